/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [module] sections: parameters that matter to VFIO and its guests, where somebody has set them. */
#include "base/macro.h"
#include "import/generate-internal.h"
#include "plan/plan.h"

static const struct {
        const char *module, *name, *usual; /* the value that it has when nobody sets it */
} parameters[] = {
        { "vfio", "enable_unsafe_noiommu_mode", "N" },
        { "vfio_iommu_type1", "allow_unsafe_interrupts", "N" },
        { "vfio_pci", "nointxmask", "N" },
        { "vfio_pci", "disable_vga", "N" },
        { "vfio_pci", "disable_idle_d3", "N" },
        { "vfio_pci", "enable_sriov", "N" },
        { "kvm", "ignore_msrs", "N" },
        { "kvm", "report_ignored_msrs", "Y" },
};

const char *const generate_modules_read[] = { "vfio", "vfio_iommu_type1", "vfio_pci", "kvm", NULL };

static const char *value_now(const struct generator *g, const char *module, const char *name)
{
        const struct module_info *m = inventory_find_module(g->inv, module);

        for (size_t i = 0; m && i < m->n_params; i++)
                if (streq(m->params[i].name, name))
                        return m->params[i].value;
        return NULL;
}

void generate_modules(struct generator *g)
{
        struct draft *d = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(parameters) && g->in->from & FROM_RUNNING; i++) {
                const char *value = value_now(g, parameters[i].module, parameters[i].name);

                if (!value || !is_plain_value(value) || module_value_equal(value, parameters[i].usual))
                        continue;
                if (!d || !streq(d->name, parameters[i].module))
                        d = draft_new(g, SECTION_MODULE, parameters[i].module);
                if (!d)
                        return;
                strbuf_addf(&d->keys, "%s = %s\n", parameters[i].name, value);
        }
}
