/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of an item, found by the function that they are for. */
#include "plan/claim-steps.h"

#include <stdlib.h>

#include "base/alloc.h"
/* Where a step belongs among the others: VFs to come behind what is there. */
struct place {
        bool new_vf;
        unsigned vf_index;
        struct pci_address address;
};

static int compare_place(const struct plan_step *step, const struct place *place)
{
        if (step->new_vf != place->new_vf)
                return step->new_vf ? 1 : -1;
        if (step->new_vf)
                return (step->vf_index > place->vf_index) - (step->vf_index < place->vf_index);
        return pci_address_compare(&step->address, &place->address);
}

static int compare_steps(const void *a, const void *b)
{
        const struct plan_step *x = *(const struct plan_step *const *) a, *y = *(const struct plan_step *const *) b;
        const struct place place = { y->new_vf, y->vf_index, y->address };
        int r = compare_place(x, &place);

        return r != 0 ? r : (x > y) - (x < y);
}

void claim_steps_find(const struct plan *plan, size_t item, struct claim_steps *ret)
{
        size_t n = 0;

        FOR_ITEM_STEPS(step, plan, item)
        n += step->has_address;
        ret->steps = xcalloc(n + 1, sizeof(*ret->steps));
        FOR_ITEM_STEPS(step, plan, item)
        if (step->has_address)
                ret->steps[ret->n++] = step;
        qsort(ret->steps, ret->n, sizeof(*ret->steps), compare_steps);
}

void claim_steps_clear(struct claim_steps *steps)
{
        free(steps->steps);
}

const struct plan_step **claim_steps_of(const struct claim_steps *steps, const struct plan_claim *claim,
                                        const struct inventory *inv, size_t *ret_n)
{
        struct place place = { claim->function == NO_INDEX, claim->vf_index, { 0 } };
        size_t low = 0, high = steps->n, end;

        if (!place.new_vf)
                place.address = inv->functions[claim->function].address;
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_place(steps->steps[middle], &place) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (end = low; end < steps->n && compare_place(steps->steps[end], &place) == 0;)
                end++;
        *ret_n = end - low;
        return steps->steps + low;
}
