/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [sriov] pf-driver: a PF on a driver that does nothing but make VFs. */
#include <stdlib.h>

#include "build/plan-internal.h"

const char *pf_driver_of(const struct config_section *s)
{
        char buf[PROPERTY_TEXT_MAX];

        /* A word of the table, which buf is not needed for. */
        return values_have(&s->values, PROPERTY_PF_DRIVER)
                       ? property_value(PROPERTY_PF_DRIVER, s->values.value[PROPERTY_PF_DRIVER], buf)
                       : NULL;
}

bool pf_driver_differs(const struct plan_item *item, const struct pci_function *pf)
{
        const char *want = pf_driver_of(item->section);

        return want && !streq_ptr(pf->driver, want);
}

/* Whether vfio-pci makes VFs is a parameter of its module. */
static bool makes_vfs(const struct builder *b)
{
        const struct config_section *s = config_find(b->in->config, SECTION_MODULE, "vfio_pci");

        for (size_t i = 0; s && s->enabled && i < s->n_pairs; i++)
                if (streq(s->pairs[i].name, "enable_sriov") && module_value_equal(s->pairs[i].value, "1"))
                        return true;
        return false;
}

void check_pf_driver_key(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const struct config_section *s = item->section;
        const struct config_loc *loc = config_loc_of(s, KEY_PROPERTY + PROPERTY_PF_DRIVER);
        const char *want = pf_driver_of(s);

        if (!want)
                return;
        if (driver_is_vfio(want) && !makes_vfs(b))
                item_fail(item, VERDICT_REFUSED, loc,
                        "%s makes VFs only with a parameter of its module: set enable_sriov = 1 in [module vfio_pci]",
                        want);
        if (driver_is_vfio(want) && !driver_is_vfio(s->driver))
                item_fail(item, VERDICT_REFUSED, loc,
                          "VFs of a PF on %s are bound to it as they are made, and can't have vf-driver = %s", want,
                          s->driver);
        if (values_have(&s->values, PROPERTY_ESWITCH))
                item_fail(item, VERDICT_REFUSED, loc, "%s has no eswitch", want);
        if (item_is_open(item) && pf_driver_differs(item, pf)) {
                check_iommu(b, item, pf, want);
                check_mdevs(b, item, item->pf);
        }
}

void pf_driver_steps(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const char *want = pf_driver_of(item->section), *have = pf->driver_override ? pf->driver_override : "";

        if (!want)
                return;
        if (!streq(have, want))
                at_address(add_step(b, item, PHASE_OVERRIDE, STEP_OVERRIDE, have, want), &pf->address);
        if (!pf_driver_differs(item, pf))
                return;
        need_driver(b, item, want);
        unbind_step(b, item, pf, want, PHASE_VFS);
        at_address(add_step(b, item, PHASE_VFS, STEP_BIND, pf->driver, want), &pf->address);
}
