/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a function is: sections that claim one device conflict before anything is written. */
#include "build/plan-internal.h"

static void fail_claimed(struct builder *b, struct plan_item *item, const struct plan_item *other, size_t function)
{
        CLEANUP_FREE char *loc = loc_text(&other->section->loc);

        item_fail(item, VERDICT_REFUSED, NULL, "%s is also claimed by [%s %s] (%s)",
                  ADDRESS_TEXT(&b->inv->functions[function]), section_kind_name(other->section->kind),
                  other->section->name, loc);
}

static void conflict(struct builder *b, struct plan_item *a, struct plan_item *c, size_t function)
{
        fail_claimed(b, a, c, function);
        fail_claimed(b, c, a, function);
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

/* Refused for something else, it has to hear of the conflict too. The VF of an [sriov] section is that one's only
 * until this one may have it. */
static void check_refused(struct builder *b, struct plan_item *item)
{
        for (size_t k = 0; k < item->n_claims; k++) {
                size_t function = item->claims[k].function,
                       owner = function == NO_INDEX ? NO_INDEX : b->owner[function];
                const struct plan_item *other = owner == NO_INDEX ? NULL : &b->plan->items[owner];

                if (other && other != item &&
                    (other->section->kind != SECTION_SRIOV || b->owner_claim[function] == NO_INDEX))
                        fail_claimed(b, item, other, function);
        }
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
                if (plan->items[i].verdict == VERDICT_REFUSED)
                        check_refused(b, &plan->items[i]);
        for (size_t i = 0; i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_mdevs && item_is_open(&plan->items[i]); k++)
                        check_parent(b, &plan->items[i], plan->items[i].mdevs[k].parent);
}
