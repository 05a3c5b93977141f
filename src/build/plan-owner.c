/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a function is: sections that claim one device conflict before anything is written. */
#include "build/plan-internal.h"

static void conflict(struct builder *b, struct plan_item *a, struct plan_item *c, size_t function)
{
        const struct pci_function *f = &b->inv->functions[function];
        struct plan_item *pair[2] = { a, c };

        for (size_t i = 0; i < 2; i++) {
                const struct config_section *other = pair[1 - i]->section;
                CLEANUP_FREE char *loc = loc_text(&other->loc);

                item_fail(pair[i], VERDICT_REFUSED, NULL, "%s is also claimed by [%s %s] (%s)", ADDRESS_TEXT(f),
                          section_kind_name(other->kind), other->name, loc);
        }
}

static void own(struct builder *b, struct plan_item *item, size_t function, size_t claim)
{
        size_t *owner = &b->owner[function];

        if (*owner == NO_INDEX || *owner == item_index(b, item)) {
                *owner = item_index(b, item);
                b->owner_claim[function] = claim;
        } else
                conflict(b, &b->plan->items[*owner], item, function);
}

/* A parent serves many mdev sections, but only on its host driver. */
static void check_parent(struct builder *b, struct plan_item *item, size_t index)
{
        const struct mdev_parent *parent = index == NO_INDEX ? NULL : &b->inv->parents[index];
        size_t owner = parent && parent->function != NO_INDEX ? b->owner[parent->function] : NO_INDEX;
        struct plan_item *other = owner == NO_INDEX ? NULL : &b->plan->items[owner];

        size_t claim = other ? b->owner_claim[parent->function] : NO_INDEX;

        /* As a PF it stays on its driver; and so does a VF that goes to its own. */
        if (claim == NO_INDEX || streq(other->claims[claim].driver, DRIVER_HOST))
                return;
        conflict(b, other, item, parent->function);
}

void plan_owners(struct builder *b)
{
        struct plan *plan = b->plan;

        for (size_t i = 0; i < b->inv->n_functions; i++)
                b->owner[i] = NO_INDEX;
        for (size_t i = 0; i < plan->n_items; i++) {
                struct plan_item *item = &plan->items[i];

                if (!item_is_open(item))
                        continue;
                if (item->section->kind == SECTION_SRIOV)
                        own(b, item, item->pf, NO_INDEX);
                for (size_t k = 0; k < item->n_claims; k++)
                        if (item->claims[k].function != NO_INDEX)
                                own(b, item, item->claims[k].function, k);
        }
        for (size_t i = 0; i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_mdevs && item_is_open(&plan->items[i]); k++)
                        check_parent(b, &plan->items[i], plan->items[i].mdevs[k].parent);
}
