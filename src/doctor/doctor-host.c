/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of CPU, modules and their parameters. */
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "doctor/doctor-internal.h"
#include "import/foreign-config.h"

static void say_no_virtualization(struct examination *e)
{
        struct doctor_finding *f =
                finding_add(e, DOCTOR_WARNING, "CPU",
                            "no virtualisation (neither vmx nor svm): VMs run without KVM, or not at all");

        if (e->facts->hypervisor)
                finding_remedy(f, "this host is a VM: turn on nested virtualisation for it (QEMU: -cpu host)");
        else if (e->facts->cpu == DOCTOR_CPU_INTEL)
                finding_remedy(f, "in the firmware's setup, turn on VT-x (Intel Virtualization Technology)");
        else if (e->facts->cpu == DOCTOR_CPU_AMD)
                finding_remedy(f, "in the firmware's setup, turn on SVM Mode");
        else
                finding_remedy(f, "in the firmware's setup, turn on VT-x (Intel) or SVM Mode (AMD)");
}

void examine_cpu(struct examination *e)
{
        const struct doctor_facts *facts = e->facts;
        const char *flag = facts->vmx ? " (vmx)" : facts->svm ? " (svm)" : facts->sie ? " (sie)" : "";
        struct doctor_finding *f;

        if (facts->kvm == DOCTOR_YES)
                finding_add(e, DOCTOR_OK, "CPU", "virtualisation is on%s, and KVM is available", flag);
        else if (doctor_is_x86(facts) && facts->cpu_flags && !facts->vmx && !facts->svm)
                say_no_virtualization(e);
        else if (facts->kvm == DOCTOR_NO) {
                f = finding_add(e, DOCTOR_WARNING, "CPU", "KVM is not there (no /dev/kvm)%s%s",
                                *flag ? ", though the CPU can" : "", flag);
                finding_remedy(
                        f,
                        facts->vmx ? "run: modprobe kvm_intel; when it fails, dmesg says why"
                        : facts->svm
                                ? "run: modprobe kvm_amd; when it fails, SVM Mode may be off in the firmware's setup"
                                : "dmesg says why: dmesg | grep -i kvm");
        } else if (*flag)
                finding_add(e, DOCTOR_OK, "CPU", "virtualisation is on%s", flag);
        else
                finding_add(
                        e, DOCTOR_NOTE, "CPU",
                        "can't tell whether it can virtualise: no flags in /proc/cpuinfo, and nothing of KVM in /sys");
}

void doctor_add_kernel(struct strbuf *b, const struct examination *e)
{
        strbuf_addf(b, "%s%s", e->facts->release ? "Linux " : "the running kernel",
                    e->facts->release ? e->facts->release : "");
}

struct present {
        struct strbuf there, unknown;
        const char *kernel;
};

/* Tells of a module that is not there; severity: of that. */
static void look_at(struct examination *e, const char *name, enum doctor_severity severity,
                    const struct config_loc *loc, struct present *present)
{
        const struct doctor_module *m = facts_module(e->facts, name);
        struct strbuf *list = &present->unknown;
        struct doctor_finding *f;

        if (m && (m->loaded == DOCTOR_YES || m->installed == DOCTOR_YES))
                list = &present->there;
        else if (m && m->loaded == DOCTOR_NO && m->installed == DOCTOR_NO) {
                f = finding_add(e, severity, "modules", "%s is neither loaded nor there for %s", name,
                                present->kernel);
                finding_remedy(f, "reboot if the kernel was upgraded since; else install one that has %s", name);
                if (loc)
                        finding_at(f, loc->file, loc->line);
                return;
        }
        strbuf_addf(list, "%s%s", list->len > 0 ? ", " : "", name);
}

/* The first section that hands devices of the bus to VFIO; NULL: none does. */
static const struct config_section *wants_vfio_of(const struct examination *e, enum bus_kind bus)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++)
                if (item_wants_vfio(&e->input->plan->items[i]) && e->input->plan->items[i].section->bus == bus)
                        return e->input->plan->items[i].section;
        return NULL;
}

static void look_at_all(struct examination *e, struct present *present)
{
        for (enum bus_kind bus = BUS_PCI; bus < BUS_OTHER; bus++) {
                const struct config_section *s = wants_vfio_of(e, bus);
                char module[BUS_NAME_MAX];

                if (s && bus != BUS_PCI && inventory_has_bus_driver(e->input->inventory, bus, bus_driver(bus)))
                        strbuf_addf(&present->there, "%s%s", present->there.len > 0 ? ", " : "",
                                    bus_module(bus, module));
                else if (s)
                        look_at(e, bus_module(bus, module), DOCTOR_ERROR, bus == BUS_PCI ? NULL : &s->loc, present);
        }
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct config_section *s = e->input->plan->items[i].section;

                if (s->kind == SECTION_MODULE && item_is_wanted(&e->input->plan->items[i]) &&
                    !streq(s->name, "vfio_pci"))
                        look_at(e, s->name, s->required ? DOCTOR_ERROR : DOCTOR_NOTE, &s->loc, present);
        }
        if (present->unknown.text)
                finding_add(e, DOCTOR_NOTE, "modules",
                            "can't tell whether there: %s (modules.dep of %s can't be read)", present->unknown.text,
                            present->kernel);
        if (present->there.text)
                finding_add(e, DOCTOR_OK, "modules", "there: %s", present->there.text);
}

void examine_modules(struct examination *e)
{
        CLEANUP_STRBUF struct strbuf kernel = { 0 };
        struct present present = { 0 };

        doctor_add_kernel(&kernel, e);
        present.kernel = kernel.text;
        look_at_all(e, &present);
        strbuf_free(&present.there);
        strbuf_free(&present.unknown);
}

bool item_wants_gvt(const struct plan_item *item)
{
        const struct config_section *s = item->section;

        return s->kind == SECTION_MDEV && item_is_wanted(item) && s->type &&
               (after_prefix(s->type, "i915-GVTg") || after_prefix(s->type, "GVTg"));
}

/* The first section that wants an mdev of GVT-g. */
static const struct config_section *find_gvt(const struct examination *e)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++)
                if (item_wants_gvt(&e->input->plan->items[i]))
                        return e->input->plan->items[i].section;
        return NULL;
}

bool has_gvt_parent(const struct inventory *inv)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                for (size_t k = 0; k < inv->parents[i].n_types; k++)
                        if (after_prefix(inv->parents[i].types[k].id, "i915-GVTg"))
                                return true;
        return false;
}

/* enable_gvt is on, and yet there is no parent: since Linux 5.19 GVT-g is a module of its own that nothing loads. */
static void say_no_kvmgt(struct examination *e, const struct config_section *s)
{
        const struct doctor_module *m = facts_module(e->facts, "kvmgt");
        const struct config_section *configured = config_find(e->input->config, SECTION_MODULE, "kvmgt");
        struct doctor_finding *f;

        if (configured && configured->enabled && m && m->loaded != DOCTOR_YES) {
                finding_add(e, DOCTOR_OK, s->name, "GVT-g is on; [module kvmgt] loads the rest");
                return;
        }
        if (m && m->loaded == DOCTOR_YES) {
                f = finding_add(e, DOCTOR_ERROR, s->name, "GVT-g is on and kvmgt loaded, but i915 offers no mdevs");
                finding_remedy(f, "GVT-g is for the 5th to 10th generation of Intel's CPUs; dmesg | grep -i gvt");
        } else {
                f = finding_add(e, m && m->loaded == DOCTOR_NO ? DOCTOR_ERROR : DOCTOR_WARNING, s->name,
                                "GVT-g is on, but kvmgt, which makes its mdevs, %s",
                                m && m->loaded == DOCTOR_NO ? "is not loaded" : "may not be loaded");
                finding_remedy(f, "add the section [module kvmgt] to /etc/passthru.conf");
        }
        finding_at(f, s->loc.file, s->loc.line);
}

char *doctor_find_modeset_off(struct examination *e)
{
        char *word = find_word(e, "nomodeset", NULL);

        return word ? word : find_word(e, "i915.modeset", "0");
}

void examine_gvt(struct examination *e)
{
        const struct config_section *s = find_gvt(e);
        const struct doctor_module *i915 = facts_module(e->facts, "i915");
        const char *value = e->facts->params[DOCTOR_ENABLE_GVT];
        CLEANUP_FREE char *modeset = s ? doctor_find_modeset_off(e) : NULL;
        struct doctor_finding *f;

        if (!s)
                return;
        if (has_gvt_parent(e->input->inventory))
                finding_add(e, DOCTOR_OK, s->name, "GVT-g is on");
        else if (modeset) {
                f = finding_add(e, DOCTOR_ERROR, s->name, "%s keeps i915 from driving the display: no GVT-g", modeset);
                finding_at(f, s->loc.file, s->loc.line);
                finding_drop_word(e, f, modeset);
        } else if (e->facts->params_hidden[DOCTOR_ENABLE_GVT])
                finding_add(e, DOCTOR_NOTE, s->name,
                            "can't tell whether GVT-g is on: i915.enable_gvt is for root alone to read");
        else if (param_is_on(value))
                say_no_kvmgt(e, s);
        else if (value) {
                f = finding_add(e, DOCTOR_ERROR, s->name, "GVT-g is off: i915.enable_gvt = %s", value);
                finding_at(f, s->loc.file, s->loc.line);
                finding_add_word(e, f, "i915.enable_gvt=1");
        } else if (i915 && i915->loaded == DOCTOR_YES) {
                f = finding_add(e, DOCTOR_ERROR, s->name,
                                "this kernel has no GVT-g: i915 has no parameter enable_gvt");
                finding_at(f, s->loc.file, s->loc.line);
                finding_remedy(f, "use a kernel built with CONFIG_DRM_I915_GVT");
        } else if (i915 && i915->loaded == DOCTOR_NO) {
                f = finding_add(e, DOCTOR_ERROR, s->name, "GVT-g needs i915, which is not loaded");
                finding_at(f, s->loc.file, s->loc.line);
                finding_remedy(f,
                               "run: modprobe i915; is the processor's graphics on in the firmware's setup, or i915 "
                               "blacklisted?");
        } else
                finding_add(e, DOCTOR_NOTE, s->name, "can't tell whether GVT-g is on: nothing of i915 in /sys/module");
}

const struct pci_function *doctor_find_gpu(const struct examination *e, const struct plan_item **ret_item)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                for (size_t k = 0; item_wants_vfio(item) && k < item->n_claims; k++) {
                        size_t function = item->claims[k].function;

                        if (function == NO_INDEX || e->input->inventory->functions[function].class >> 16 != 0x03)
                                continue;
                        *ret_item = item;
                        return &e->input->inventory->functions[function];
                }
        }
        return NULL;
}

void examine_msrs(struct examination *e)
{
        const struct foreign_param *given;
        const char *value = e->facts->params[DOCTOR_IGNORE_MSRS];
        const struct config_section *s = config_find(e->input->config, SECTION_MODULE, "kvm");
        const struct plan_item *item;
        struct doctor_finding *f;

        for (size_t i = 0; s && s->enabled && i < s->n_pairs; i++)
                if (streq(s->pairs[i].name, "ignore_msrs")) /* whatever it says, it was thought of, and plan tells */
                        return;
        if (!doctor_find_gpu(e, &item) || !doctor_is_x86(e->facts) || e->facts->kvm == DOCTOR_NO)
                return;
        if (!value)
                finding_add(e, DOCTOR_NOTE, "kvm",
                            "can't tell whether ignore_msrs is set: nothing of kvm in /sys/module");
        else if (param_is_on(value))
                finding_add(e, DOCTOR_OK, "kvm",
                            "ignore_msrs = 1: guest drivers may access registers that KVM does not have");
        else if ((given = doctor_find_param(e, "kvm", "ignore_msrs")) && param_is_on(given->value)) {
                f = finding_add(
                        e, DOCTOR_NOTE, "kvm",
                        "ignore_msrs=%s is set here, and off in the running kernel: it counts when kvm is loaded next",
                        given->value);
                finding_at(f, given->file, given->line);
                finding_remedy(f, "run, with no VM running: modprobe -r kvm_intel kvm_amd kvm; or reboot");
        } else {
                f = finding_add(e, DOCTOR_NOTE, "kvm",
                                "ignore_msrs is off: some GPU drivers, mostly on Windows, access registers that KVM "
                                "does not have, and the guest stops");
                finding_remedy(f, "only if that happens: [module kvm] ignore_msrs = 1 in /etc/passthru.conf");
        }
}
