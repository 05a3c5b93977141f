/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [sriov] eswitch: the mode of a PF's eswitch, changed in the order that its driver wants. */
#include <string.h>

#include "build/plan-internal.h"

#define CLASS_NETWORK 0x02

bool eswitch_differs(const struct builder *b, const struct plan_item *item)
{
        enum eswitch_mode want = eswitch_of(&item->section->values),
                          have = eswitch_of(b->inv->functions[item->pf].values);

        return want != ESWITCH_UNKNOWN && (have == ESWITCH_LEGACY || have == ESWITCH_SWITCHDEV) && have != want;
}

void check_eswitch(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const struct config_loc *loc = config_loc_of(item->section, KEY_PROPERTY + PROPERTY_ESWITCH);

        if (!values_have(&item->section->values, PROPERTY_ESWITCH))
                return;
        if (!pf->driver)
                item_fail(item, VERDICT_ABSENT, loc, "%s has no driver bound yet, and the eswitch is its driver's",
                          ADDRESS_TEXT(pf));
        else if (pf->eswitch_error)
                item_fail(item, VERDICT_REFUSED, loc, "failed to read the eswitch mode of %s (%s)", ADDRESS_TEXT(pf),
                          strerrordesc_np(pf->eswitch_error));
        else if (eswitch_of(pf->values) != ESWITCH_NONE)
                return;
        /* A driver has its interface and its eswitch at about the same time, some seconds after it has the device. */
        else if (pf->class >> 16 == CLASS_NETWORK && pf->n_netdevs == 0 && !driver_is_vfio(pf->driver))
                item_fail(item, VERDICT_ABSENT, loc, "%s has no eswitch and no network interface yet",
                          ADDRESS_TEXT(pf));
        else
                item_fail(item, VERDICT_REFUSED, loc, "driver %s of %s has no eswitch", pf->driver, ADDRESS_TEXT(pf));
}

void eswitch_step(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        struct plan_step *step;

        if (!eswitch_differs(b, item))
                return;
        step = set_pf_step(b, item, eswitch_order_of(pf->driver) == ESWITCH_WITHOUT_VFS ? PHASE_VFS : PHASE_ESWITCH,
                           PROPERTY_ESWITCH, eswitch_of(pf->values), eswitch_of(&item->section->values));
        step->guarded = pf->numvfs > 0;
}

/* Whether the steps that there are leave the VF on the driver that it has. */
static bool stays(const struct builder *b, size_t vf)
{
        const struct pci_function *f = &b->inv->functions[vf];
        const struct plan_item *owner = b->owner[vf] == NO_INDEX ? NULL : &b->plan->items[b->owner[vf]];

        if (!owner || !item_is_open(owner) || b->owner_claim[vf] == NO_INDEX)
                return true;
        return streq_ptr(plan_final_driver(&owner->claims[b->owner_claim[vf]], f->driver), f->driver);
}

void eswitch_vf_steps(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];

        if (item->make || !eswitch_differs(b, item) || eswitch_order_of(pf->driver) != ESWITCH_UNBOUND_VFS)
                return;
        for (unsigned i = 0; i < pf->numvfs && item_is_open(item); i++) {
                const struct pci_function *f = pf->vfs[i] == NO_INDEX ? NULL : &b->inv->functions[pf->vfs[i]];
                struct plan_step *step;

                if (!f) {
                        item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_PROPERTY + PROPERTY_ESWITCH),
                                  "VF %u can't be found: it may be in use, and changing the eswitch mode takes its "
                                  "network away",
                                  i);
                        return;
                }
                if (!f->driver)
                        continue;
                check_mdevs(b, item, pf->vfs[i]);
                unbind_step(b, item, f, NULL, PHASE_VF_UNBIND);
                if (!stays(b, pf->vfs[i]))
                        continue;
                step = add_step(b, item, PHASE_VF_DRIVER, STEP_BIND, f->driver, f->driver);
                at_address(step, &f->address);
                step->always = true;
        }
        if (item_is_open(item) && pf->numvfs > 0)
                item_note(item, "disruptive: VFs lose their drivers meanwhile");
}
