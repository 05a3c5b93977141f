/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads CPU, IOMMU, interrupts, groups, the framebuffer and the state of the initramfs for doctor. */
#include "doctor/doctor-read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "boot/initramfs-made-read.h"
#include "boot/initramfs.h"
#include "survey/survey.h"
#include "usage/usage.h"

#define TEXT_MAX (8U * 1024 * 1024) /* a host with thousands of CPUs has a /proc/cpuinfo of some MiB */

int doctor_read_text(struct sys *sys, const char *path, char **ret)
{
        size_t len = 0;

        return sys->ops->read_file(sys->userdata, path, TEXT_MAX, ret, &len);
}

static void read_cpu(struct sys *sys, struct doctor_facts *facts)
{
        CLEANUP_FREE char *text = NULL;

        facts->kvm = sys_exists(sys, "sys/class/misc/kvm") ? DOCTOR_YES
                     : sys_exists(sys, "sys/class/misc")   ? DOCTOR_NO
                                                           : DOCTOR_NOT_KNOWN;
        if (doctor_read_text(sys, "proc/cpuinfo", &text) == 0)
                doctor_parse_cpuinfo(facts, text);
}

static bool has_name(char **names, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (streq(names[i], name))
                        return true;
        return false;
}

static void read_iommu(struct sys *sys, struct doctor_facts *facts)
{
        CLEANUP(names_freep) char **tables = NULL;
        size_t n = 0;
        int r = sys_list(sys, "sys/firmware/acpi/tables", &tables, &n);

        if (r == 0) {
                facts->dmar = has_name(tables, n, "DMAR") ? DOCTOR_YES : DOCTOR_NO;
                facts->ivrs = has_name(tables, n, "IVRS") ? DOCTOR_YES : DOCTOR_NO;
        }
        r = sys_list(sys, "sys/class/iommu", &facts->units, &facts->n_units);
        facts->units_known = r == 0;
}

/* "IR-PCI-MSI", "IR-IO-APIC" of any interrupt. */
static void read_interrupts(struct sys *sys, struct doctor_facts *facts)
{
        CLEANUP(names_freep) char **irqs = NULL;
        size_t n = 0;

        (void) sys_list(sys, "sys/kernel/irq", &irqs, &n);
        for (size_t i = 0; i < n && facts->remapping != DOCTOR_YES; i++) {
                char path[512], chip[128];

                (void) snprintf(path, sizeof(path), "sys/kernel/irq/%s/chip_name", irqs[i]);
                if (sys_read_attr(sys, path, chip, sizeof(chip)) == 0 && *chip)
                        facts->remapping = after_prefix(chip, "IR-") ? DOCTOR_YES : DOCTOR_NO;
        }
}

static void read_kernel(struct sys *sys, struct doctor_facts *facts)
{
        char release[256];

        (void) doctor_read_text(sys, "proc/cmdline", &facts->cmdline);
        if (sys_read_attr(sys, "proc/sys/kernel/osrelease", release, sizeof(release)) == 0)
                replace_string(&facts->release, release);
}

static void read_group(struct sys *sys, int group, struct doctor_facts *facts)
{
        struct doctor_group *g = ARRAY_APPEND(facts->groups, facts->n_groups, facts->alloc_groups);
        CLEANUP_FREE char *text = NULL;
        char path[128];
        int r;

        g->group = group;
        (void) snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/reserved_regions", group);
        r = doctor_read_text(sys, path, &text);
        g->known = r == 0;
        g->direct = r == 0 && doctor_has_direct_region(text);
}

static int compare_numbers(const void *a, const void *b)
{
        const int *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

/* Those of what the plan claims, in order, each once. */
static void read_groups(struct sys *sys, const struct inventory *inventory, const struct plan *plan,
                        struct doctor_facts *facts)
{
        CLEANUP_FREE int *groups = NULL;
        size_t n = 0, alloc = 0;

        for (size_t i = 0; i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_claims; k++) {
                        size_t function = plan->items[i].claims[k].function;
                        int *slot;

                        if (function == NO_INDEX || inventory->functions[function].group < 0)
                                continue;
                        slot = ARRAY_APPEND(groups, n, alloc);
                        *slot = inventory->functions[function].group;
                }
        if (n > 0)
                qsort(groups, n, sizeof(*groups), compare_numbers);
        for (size_t i = 0; i < n; i++)
                if (i == 0 || groups[i] != groups[i - 1])
                        read_group(sys, groups[i], facts);
}

/* Of the host's own devices any that is translated tells. */
static void read_passthrough(struct sys *sys, const struct inventory *inventory, struct doctor_facts *facts)
{
        for (size_t i = 0; i < inventory->n_functions && facts->passthrough != DOCTOR_NO; i++) {
                const struct pci_function *f = &inventory->functions[i];
                char path[128], type[64];

                if (f->group < 0 || !f->driver || driver_is_vfio(f->driver) || pci_function_is_bridge(f))
                        continue;
                (void) snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/type", f->group);
                if (sys_read_attr(sys, path, type, sizeof(type)) < 0)
                        continue;
                if (streq(type, "identity"))
                        facts->passthrough = DOCTOR_YES;
                else if (after_prefix(type, "DMA"))
                        facts->passthrough = DOCTOR_NO;
        }
}

static void read_display(struct sys *sys, const struct inventory *inventory, struct doctor_facts *facts)
{
        CLEANUP(usage_freep) struct usage *usage = usage_new();

        usage_read_display(sys, inventory, usage);
        facts->framebuffer = STEAL(usage->framebuffer);
        facts->boot_vga = usage->boot_vga;
}

static void read_initramfs(struct sys *sys, struct doctor_facts *facts)
{
        struct initramfs_look look;
        int r = facts->release ? initramfs_look(sys, facts->release, &look) : -ENODATA;

        if (r == 0)
                facts->initramfs = look.n_withdrawn > 0 ? DOCTOR_INITRAMFS_WITHDRAWN
                                   : look.n_missing > 0 ? DOCTOR_INITRAMFS_STALE
                                                        : DOCTOR_INITRAMFS_CURRENT;
        else if (r == -ENOENT && sys_exists(sys, "var/lib/passthru-setup"))
                facts->initramfs = DOCTOR_INITRAMFS_NONE;
        else
                facts->initramfs = DOCTOR_INITRAMFS_NOT_KNOWN;
        if (r == 0)
                facts->withdrawn = look.withdrawn;
}

/* The package's, or one of the host's that calls it among others. */
static void read_hook(struct sys *sys, struct doctor_facts *facts)
{
        CLEANUP_FREE char *text = NULL;

        facts->libvirt_hook = sys_exists(sys, "etc/libvirt/hooks/qemu.d/passthru-setup") ||
                              (doctor_read_text(sys, "etc/libvirt/hooks/qemu", &text) == 0 &&
                               strstr(text, "passthru-setup"));
}

void doctor_read(struct sys *sys, const struct inventory *inventory, const struct plan *plan, bool usual,
                 struct doctor_facts *ret)
{
        *ret = (struct doctor_facts){ .boot_vga = NO_INDEX };
        initramfs_made_read(sys, &ret->made);
        read_cpu(sys, ret);
        read_iommu(sys, ret);
        read_interrupts(sys, ret);
        read_kernel(sys, ret);
        read_groups(sys, inventory, plan, ret);
        read_passthrough(sys, inventory, ret);
        read_display(sys, inventory, ret);
        doctor_read_modules(sys, plan, ret);
        doctor_read_files(sys, ret);
        read_hook(sys, ret);
        if (usual)
                read_initramfs(sys, ret);
}
