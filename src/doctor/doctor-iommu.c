/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of the IOMMU: is it on, who has it off, does it remap interrupts, and what weakens it.
 * Facts: drivers/iommu/intel, drivers/iommu/amd, drivers/vfio/vfio_iommu_type1.c. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "doctor/doctor-internal.h"
#include "import/foreign-config.h"

#define SUBJECT "IOMMU"

enum doctor_known doctor_iommu(const struct examination *e)
{
        if (e->facts->n_units > 0)
                return DOCTOR_YES;
        /* VFIO gives a group of its own to a device in its mode without an IOMMU. */
        if (e->input->inventory->iommu)
                return param_is_on(e->facts->params[DOCTOR_NOIOMMU]) ? DOCTOR_NO : DOCTOR_YES;
        return e->facts->units_known || e->input->inventory->n_functions > 0 ? DOCTOR_NO : DOCTOR_NOT_KNOWN;
}

static void say_on(struct examination *e)
{
        CLEANUP_STRBUF struct strbuf names = { 0 };

        for (size_t i = 0; i < e->facts->n_units; i++)
                strbuf_addf(&names, "%s%s", i > 0 ? ", " : " (", e->facts->units[i]);
        strbuf_add(&names, ")");
        finding_add(e, DOCTOR_OK, SUBJECT, "on%s", e->facts->n_units > 0 ? names.text : ": devices have groups");
}

/* The word of the command line that has it off, if one does: a new string. */
static char *word_off(struct examination *e)
{
        static const char *const options[] = { "intel_iommu", "amd_iommu", "iommu" };
        char *word = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(options) && !word; i++)
                word = find_word(e, options[i], "off");
        return word;
}

/* The firmware has a table, and no unit is in use. */
static void say_off_in_kernel(struct examination *e, enum doctor_severity severity)
{
        const char *table = e->facts->dmar == DOCTOR_YES ? "DMAR" : "IVRS";
        CLEANUP_FREE char *off = word_off(e);
        struct doctor_finding *f;

        if (off) {
                f = finding_add(e, severity, SUBJECT, "off in the kernel: %s is on its command line", off);
                finding_drop_word(e, f, off);
                return;
        }
        f = finding_add(e, severity, SUBJECT, "off in the kernel; the firmware has it on (ACPI table %s)", table);
        if (e->facts->dmar == DOCTOR_YES && !has_word(e, "intel_iommu", "on"))
                finding_add_word(e, f, "intel_iommu=on");
        else
                finding_remedy(f, "dmesg says why: dmesg | grep -i -e iommu -e %s",
                               e->facts->dmar == DOCTOR_YES ? "dmar" : "amd-vi");
}

/* One reboot is better than two: a word that has it off in the kernel, too, and the word that some kernels of Intel
 * hosts need. */
static void say_words_too(struct examination *e, struct doctor_finding *f)
{
        bool intel = e->facts->cpu == DOCTOR_CPU_INTEL && e->facts->cmdline && !has_word(e, "intel_iommu", "on");
        CLEANUP_FREE char *off = word_off(e);

        if (off)
                finding_drop_word(e, f, off);
        else if (intel && e->input->boot->by_default == IOMMU_DEFAULT_OFF)
                finding_add_word(e, f, "intel_iommu=on");
        else if (intel && e->input->boot->by_default == IOMMU_DEFAULT_UNKNOWN)
                finding_remedy(f, "then run doctor again: this kernel may need intel_iommu=on as well");
}

static void say_off_in_firmware(struct examination *e, enum doctor_severity severity)
{
        struct doctor_finding *f =
                finding_add(e, severity, SUBJECT, "off in the firmware, or missing: there is no DMAR or IVRS table");

        if (e->facts->hypervisor)
                finding_remedy(f, "this host is a VM: give it an IOMMU of its own (QEMU: -machine "
                                  "q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on)");
        else if (e->facts->cpu == DOCTOR_CPU_INTEL)
                finding_remedy(
                        f, "in the firmware's setup, turn on VT-d (Intel Virtualization Technology for Directed I/O)");
        else if (e->facts->cpu == DOCTOR_CPU_AMD)
                finding_remedy(f, "in the firmware's setup, turn on IOMMU (AMD-Vi)");
        else
                finding_remedy(f, "in the firmware's setup, turn on VT-d (Intel) or IOMMU (AMD)");
        say_words_too(e, f);
}

static void say_off(struct examination *e)
{
        enum doctor_severity severity = any_wants_vfio(e) ? DOCTOR_ERROR : DOCTOR_WARNING;
        struct doctor_finding *f;

        if (e->facts->cpu == DOCTOR_CPU_OTHER) {
                f = finding_add(e, severity, SUBJECT, "off or missing: no device has an IOMMU group");
                finding_remedy(
                        f, "the firmware must describe it (ACPI IORT, device tree); dmesg | grep -i -e iommu -e smmu");
        } else if (e->facts->dmar == DOCTOR_YES || e->facts->ivrs == DOCTOR_YES)
                say_off_in_kernel(e, severity);
        else if (e->facts->dmar == DOCTOR_NO && e->facts->ivrs == DOCTOR_NO)
                say_off_in_firmware(e, severity);
        else {
                f = finding_add(e, severity, SUBJECT,
                                "off; can't tell whether in the firmware or in the kernel: "
                                "/sys/firmware/acpi/tables can't be read");
                finding_remedy(f, "in the firmware's setup, turn on VT-d (Intel) or IOMMU (AMD)");
                say_words_too(e, f);
        }
}

/* Debian's kernels leave the CPU's graphics out without the word (CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF). */
static void say_graphics(struct examination *e)
{
        const struct boot_word *need = find_need(e, "intel_iommu=on");
        struct doctor_finding *f;

        if (!need || has_word(e, "intel_iommu", "on"))
                return;
        f = finding_add(e, DOCTOR_ERROR, SUBJECT,
                        "on, but not for the CPU's graphics, which this kernel leaves out without intel_iommu=on");
        finding_add_word(e, f, "intel_iommu=on");
}

void examine_iommu(struct examination *e)
{
        /* Its PCI functions have one each. */
        if (e->facts->s390 && e->input->inventory->n_functions == 0) {
                finding_add(
                        e, DOCTOR_OK, SUBJECT,
                        "none is needed: the channel subsystem and the crypto adapters have their own ways to a VM");
                return;
        }
        switch (doctor_iommu(e)) {
        case DOCTOR_YES:
                say_on(e);
                say_graphics(e);
                break;
        case DOCTOR_NO:
                say_off(e);
                break;
        case DOCTOR_NOT_KNOWN:
                finding_add(e, DOCTOR_NOTE, SUBJECT, "unknown: neither /sys/class/iommu nor a PCI device can be read");
                break;
        }
}

/* VFIO attaches no device where interrupts are not remapped, unless a parameter allows it. Other architectures have
 * their own ways (GIC ITS), which nothing in sysfs tells. */
void examine_interrupts(struct examination *e)
{
        bool unsafe = param_is_on(e->facts->params[DOCTOR_UNSAFE_INTERRUPTS]);
        struct doctor_finding *f;
        CLEANUP_FREE char *word = NULL;

        if (e->facts->cpu == DOCTOR_CPU_OTHER || doctor_iommu(e) != DOCTOR_YES)
                return;
        if (e->facts->remapping == DOCTOR_YES) {
                finding_add(e, DOCTOR_OK, "interrupts", "remapped by the IOMMU");
                return;
        }
        if (e->facts->remapping == DOCTOR_NOT_KNOWN) {
                finding_add(e, DOCTOR_NOTE, "interrupts",
                            "can't tell whether they are remapped: /sys/kernel/irq can't be read");
                return;
        }
        if (unsafe)
                f = finding_add(e, DOCTOR_WARNING, "interrupts",
                                "not remapped, and allow_unsafe_interrupts = 1: a guest with a "
                                "device can send interrupts to the host, and so crash it or worse");
        else
                f = finding_add(
                        e, any_wants_vfio(e) ? DOCTOR_ERROR : DOCTOR_WARNING, "interrupts",
                        "not remapped: VFIO assigns no device to a VM (\"No interrupt remapping support\" in dmesg)");
        word = find_word(e, "intremap", "off");
        if (word)
                finding_drop_word(e, f, word);
        else if (e->facts->hypervisor)
                finding_remedy(f, "this host is a VM: give its IOMMU intremap=on");
        else
                finding_remedy(f, "in the firmware's setup, turn on interrupt remapping or x2APIC; some have it under "
                                  "VT-d or IOMMU");
        if (!unsafe)
                finding_remedy(f, "or, where all guests are trusted as the host is: [module vfio_iommu_type1] "
                                  "allow_unsafe_interrupts = 1 in /etc/passthru.conf");
}

static const struct config_pair *find_pair(const struct config *config, const char *module, const char *name)
{
        const struct config_section *s = config_find(config, SECTION_MODULE, module);

        for (size_t i = 0; s && s->enabled && i < s->n_pairs; i++)
                if (streq(s->pairs[i].name, name))
                        return &s->pairs[i];
        return NULL;
}

/* Where it is given, and how to take it out there. */
static void drop_param(struct examination *e, struct doctor_finding *f, const char *module, const char *name)
{
        const struct foreign_param *p = doctor_find_param(e, module, name);
        CLEANUP_FREE char *option = NULL, *word = NULL;

        if (p && !streq(p->file, "/proc/cmdline")) {
                finding_at(f, p->file, p->line);
                finding_drop(e, f, name, p->file);
                return;
        }
        option = xasprintf("%s.%s", module, name);
        word = find_word(e, option, NULL);
        if (word)
                finding_drop_word(e, f, word);
        else
                finding_remedy(f, "it is set neither in modprobe.d nor on the kernel command line: look for a script "
                                  "that sets it");
}

/* Where interrupts are remapped it is of no use, and would take the protection away should that ever be off. */
void examine_unsafe_interrupts(struct examination *e)
{
        const struct config_pair *pair = find_pair(e->input->config, "vfio_iommu_type1", "allow_unsafe_interrupts");
        bool on = param_is_on(e->facts->params[DOCTOR_UNSAFE_INTERRUPTS]) || (pair && param_is_on(pair->value));
        struct doctor_finding *f;

        if (!on || e->facts->remapping != DOCTOR_YES)
                return;
        f = finding_add(e, DOCTOR_NOTE, "interrupts", "allow_unsafe_interrupts = 1 is not needed: they are remapped");
        if (pair && param_is_on(pair->value)) {
                finding_at(f, pair->loc.file, pair->loc.line);
                finding_remedy(f, "remove the line from the configuration");
        } else
                drop_param(e, f, "vfio_iommu_type1", "allow_unsafe_interrupts");
}

/* The host's own devices need no translation; whether they have it is a matter of speed, not of safety from guests. */
void examine_passthrough(struct examination *e)
{
        struct doctor_finding *f;

        if (e->facts->cpu == DOCTOR_CPU_OTHER || doctor_iommu(e) != DOCTOR_YES)
                return;
        /* A kernel may have it for its default (CONFIG_IOMMU_DEFAULT_PASSTHROUGH). */
        if (e->facts->passthrough == DOCTOR_YES || has_word(e, "iommu", "pt") ||
            has_word(e, "iommu.passthrough", "1")) {
                finding_add(e, DOCTOR_OK, "iommu=pt", "the host's own devices go past the IOMMU, at full speed");
                return;
        }
        if (e->facts->passthrough == DOCTOR_NOT_KNOWN && !e->facts->cmdline) {
                finding_add(e, DOCTOR_NOTE, "iommu=pt", "can't tell whether it is set: /proc/cmdline can't be read");
                return;
        }
        f = finding_add(e, DOCTOR_NOTE, "iommu=pt",
                        "not set: the host's own devices go through the IOMMU, which keeps them "
                        "apart from its memory and costs fast NICs and drives some speed");
        finding_add_word(e, f, "iommu=pt");
}

void examine_acs(struct examination *e)
{
        CLEANUP_FREE char *word = find_word(e, "pcie_acs_override", NULL);
        struct doctor_finding *f;

        if (!word)
                return;
        f = finding_add(e, DOCTOR_WARNING, "groups",
                        "isolation is not guaranteed: with %s a patched kernel splits groups that the hardware does "
                        "not isolate, and a guest's device may access another's memory",
                        word);
        finding_drop_word(e, f, word);
        finding_remedy(f, "where the groups are then too large: another slot, or group = whole");
}

void examine_noiommu(struct examination *e)
{
        const struct config_pair *pair;
        struct doctor_finding *f;

        if (!param_is_on(e->facts->params[DOCTOR_NOIOMMU]))
                return;
        f = finding_add(e, DOCTOR_WARNING, "vfio",
                        "enable_unsafe_noiommu_mode = 1: whoever has a device without an IOMMU can read and write all "
                        "of the host's memory");
        pair = find_pair(e->input->config, "vfio", "enable_unsafe_noiommu_mode");
        if (pair) {
                finding_at(f, pair->loc.file, pair->loc.line);
                finding_remedy(f, "remove the line from the configuration");
        } else
                drop_param(e, f, "vfio", "enable_unsafe_noiommu_mode");
}
