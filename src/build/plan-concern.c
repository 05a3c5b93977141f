/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sections are about one device: those that an event of it may change, the one that claims it. */
#include <stdio.h>
#include <string.h>

#include "build/plan-internal.h"

bool plan_find_subject(const struct inventory *inv, const char *name, struct plan_subject *ret)
{
        struct pci_address a;
        const struct mdev_parent *parent;
        const char *device;
        enum bus_kind bus = bus_parse_event(name, &device);

        *ret = NO_SUBJECT;
        if (bus != BUS_OTHER)
                ret->bus_device = inventory_find_bus_device(inv, bus, device);
        if (pci_address_parse(name, false, &a, NULL) == 0)
                ret->function = inventory_find_index(inv, &a);
        parent = inventory_find_parent(inv, name);
        if (parent)
                ret->parent = (size_t) (parent - inv->parents);
        return ret->function != NO_INDEX || ret->parent != NO_INDEX || ret->bus_device != NO_INDEX;
}

/* Whether the section names, or takes, the device on another bus. */
static bool concerns_bus_device(const struct inventory *inv, const struct plan_item *item, size_t device)
{
        const struct bus_device *d = &inv->bus_devices[device];

        for (size_t i = 0; i < item->n_bus_claims; i++)
                if (item->bus_claims[i].device == device)
                        return true;
        return item->section->kind == SECTION_DEVICE && item->section->bus == d->bus &&
               streq_ptr(item->section->selector.text, d->name);
}

bool plan_concerns(const struct plan *plan, const struct inventory *inv, const struct plan_item *item,
                   const struct plan_subject *subject)
{
        const struct selector *sel = &item->section->selector;
        size_t f = subject->function, pf = f == NO_INDEX ? NO_INDEX : inv->functions[f].physfn;

        if (item->section->kind == SECTION_MODULE)
                return false;
        if (subject->parent != NO_INDEX && item->parent == subject->parent)
                return true;
        if (subject->bus_device != NO_INDEX)
                return concerns_bus_device(inv, item, subject->bus_device);
        if (f == NO_INDEX)
                return false;
        /* A VF is its PF's section's, and so are those that name their VF through it. */
        if (item->pf != NO_INDEX && (item->pf == f || item->pf == pf))
                return true;
        if (item->found == f || item_claims(item, f))
                return true;
        if (sel->kind == SELECTOR_VF) {
                CLEANUP_FREE char *key = NULL;
                const struct plan_item *sriov;

                if (asprintf(&key, "%s %s", section_kind_name(SECTION_SRIOV), sel->section) < 0)
                        key = NULL;
                sriov = key ? plan_find_item(plan, key) : NULL;

                return sriov && plan_concerns(plan, inv, sriov, subject);
        }
        return false;
}

bool plan_takes(const struct plan *plan, size_t function)
{
        for (size_t i = 0; i < plan->n_items; i++)
                if (item_is_open(&plan->items[i]) && item_claims(&plan->items[i], function))
                        return true;
        return false;
}
