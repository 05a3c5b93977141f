/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sections are about one device: those that an event of it may change, the one that claims it. */
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

static const struct plan_item *item_of_section(const struct plan *plan, enum section_kind kind, const char *name)
{
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].section->kind == kind && streq(plan->items[i].section->name, name))
                        return &plan->items[i];
        return NULL;
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
                const struct plan_item *sriov = item_of_section(plan, SECTION_SRIOV, sel->section);

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

const struct plan_item *plan_item_of(const struct plan *plan, size_t function)
{
        const struct plan_item *named = NULL;

        for (size_t i = 0; plan && i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (item->verdict == VERDICT_DISABLED)
                        continue;
                if ((item->section->kind == SECTION_SRIOV && item->pf == function) || item_claims(item, function))
                        return item;
                if (!named && item->found == function)
                        named = item;
        }
        return named;
}

const struct plan_item *plan_item_of_mdev(const struct plan *plan, const uint8_t uuid[static 16])
{
        for (size_t i = 0; plan && i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_mdevs; k++)
                        if (plan->items[i].mdevs[k].known && memcmp(plan->items[i].mdevs[k].uuid, uuid, 16) == 0)
                                return &plan->items[i];
        return NULL;
}

const struct plan_item *plan_item_of_vgpu(const struct plan *plan, const struct inventory *inv, size_t function)
{
        for (size_t i = 0; plan && i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_mdevs; k++) {
                        const struct plan_mdev *m = &plan->items[i].mdevs[k];

                        if (m->vgpu && inv->parents[m->parent].function == function)
                                return &plan->items[i];
                }
        return NULL;
}
