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

static bool is_usual(const char *module, const char *name, const char *value)
{
        for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
                if (streq(parameters[i].module, module) && streq(parameters[i].name, name))
                        return module_value_equal(value, parameters[i].usual);
        return false;
}

/* Whether the last value that files give is this one's: modprobe hands over all, and the last one counts. */
static bool is_last(const struct rivals *rivals, size_t i)
{
        for (size_t k = i + 1; k < rivals->n_params; k++)
                if (streq(rivals->params[k].module, rivals->params[i].module) &&
                    streq(rivals->params[k].name, rivals->params[i].name))
                        return false;
        return true;
}

/* One parameter, in the section of its module. */
static void add_parameter(struct generator *g, struct draft **d, const char *module, const char *name,
                          const char *value)
{
        if (!is_plain_value(value) || is_usual(module, name, value))
                return;
        for (size_t i = 0; i < g->n_drafts; i++)
                if (streq(g->drafts[i]->name, module))
                        *d = g->drafts[i];
        if (!*d || !streq((*d)->name, module))
                *d = draft_new(g, SECTION_MODULE, module);
        if (*d)
                strbuf_addf(&(*d)->keys, "%s = %s\n", name, value);
}

/* What was set by hand and runs now goes before what files say. */
void generate_modules(struct generator *g)
{
        const struct rivals *rivals = g->in->rivals;
        bool running = g->in->from & FROM_RUNNING;
        struct draft *d = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(parameters) && running; i++) {
                const char *value = value_now(g, parameters[i].module, parameters[i].name);

                if (value)
                        add_parameter(g, &d, parameters[i].module, parameters[i].name, value);
        }
        for (size_t i = 0; i < rivals->n_params && g->in->from & FROM_RIVAL(RIVAL_VFIO_IDS); i++) {
                const struct foreign_param *p = &rivals->params[i];
                const char *now = running ? value_now(g, p->module, p->name) : NULL;

                if (is_last(rivals, i) && (!now || is_usual(p->module, p->name, now)))
                        add_parameter(g, &d, p->module, p->name, p->value);
        }
}
