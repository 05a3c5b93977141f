/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads for doctor which modules there are, and some of their parameters. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "doctor/doctor-read.h"
#include "scan/scan.h"

static const char *const parameters[DOCTOR_PARAM_MAX] = {
        [DOCTOR_IGNORE_MSRS] = "kvm/parameters/ignore_msrs",
        [DOCTOR_UNSAFE_INTERRUPTS] = "vfio_iommu_type1/parameters/allow_unsafe_interrupts",
        [DOCTOR_NOIOMMU] = "vfio/parameters/enable_unsafe_noiommu_mode",
        [DOCTOR_ENABLE_GVT] = "i915/parameters/enable_gvt",
        [DOCTOR_I915_MAX_VFS] = "i915/parameters/max_vfs",
        [DOCTOR_XE_MAX_VFS] = "xe/parameters/max_vfs",
};

static void add(struct sys *sys, const char *name, struct doctor_facts *facts)
{
        struct doctor_module *m = ARRAY_APPEND(facts->modules, facts->n_modules, facts->alloc_modules);
        int r;

        replace_string(&m->name, name);
        m->loaded = module_is_present(sys, name)    ? DOCTOR_YES
                    : sys_exists(sys, "sys/module") ? DOCTOR_NO
                                                    : DOCTOR_NOT_KNOWN;
        if (m->loaded == DOCTOR_YES)
                return;
        r = module_is_installed(sys, name);
        m->installed = r > 0 ? DOCTOR_YES : r == 0 ? DOCTOR_NO : DOCTOR_NOT_KNOWN;
}

void doctor_read_modules(struct sys *sys, const struct plan *plan, struct doctor_facts *facts)
{
        static const char *const names[] = { "vfio_pci", "i915", "kvmgt" };
        char module[BUS_NAME_MAX];

        for (size_t i = 0; i < DOCTOR_PARAM_MAX; i++) {
                char path[128], value[256];
                int r;

                (void) snprintf(path, sizeof(path), "sys/module/%s", parameters[i]);
                r = sys_read_attr(sys, path, value, sizeof(value));
                facts->params_hidden[i] = r == -EACCES || r == -EPERM;
                if (r == 0)
                        replace_string(&facts->params[i], value);
        }
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                add(sys, names[i], facts);
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].section->kind == SECTION_MODULE)
                        add(sys, plan->items[i].section->name, facts);
                else if (plan->items[i].section->bus != BUS_PCI)
                        add(sys, bus_module(plan->items[i].section->bus, module), facts);
}
