/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which steps of a plan are only the way to others of the same device: what is unbound to be bound elsewhere, say. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "plan/plan.h"

static int compare(const void *x, const void *y)
{
        const struct plan_step *a = *(struct plan_step *const *) x, *b = *(struct plan_step *const *) y;
        int r = (int) a->bus - (int) b->bus;

        if (r == 0)
                r = a->bus == BUS_PCI ? pci_address_compare(&a->address, &b->address) : strcmp(a->subject, b->subject);
        if (r == 0)
                r = (int) a->new_vf - (int) b->new_vf;
        if (r == 0)
                r = a->vf_index < b->vf_index ? -1 : a->vf_index > b->vf_index;
        return r != 0 ? r : a < b ? -1 : a > b; /* the steps are one array */
}

static bool is_of_driver(const struct plan_step *step)
{
        return step->kind == STEP_UNBIND || step->kind == STEP_BIND || step->kind == STEP_PROBE;
}

/* Marks those of one device. */
static void mark(struct plan_step **steps, size_t n)
{
        bool later = false, any = false;

        for (size_t i = 0; i < n; i++)
                any = any || is_of_driver(steps[i]);
        for (size_t i = n; i-- > 0;) {
                if (steps[i]->kind == STEP_OVERRIDE)
                        steps[i]->way = any;
                else if (steps[i]->kind == STEP_UNBIND)
                        steps[i]->way = later || steps[i]->phase == PHASE_VFS;
                later = later || is_of_driver(steps[i]);
        }
}

void plan_mark_ways(struct plan *plan)
{
        CLEANUP_FREE struct plan_step **steps = xcalloc(plan->n_steps + 1, sizeof(*steps));
        size_t n = 0;

        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].kind == STEP_OVERRIDE || is_of_driver(&plan->steps[i]))
                        steps[n++] = &plan->steps[i];
        if (n > 0)
                qsort(steps, n, sizeof(*steps), compare);
        for (size_t i = 0, end; i < n; i = end) {
                for (end = i + 1; end < n && plan_steps_share_device(steps[i], steps[end]); end++)
                        ;
                mark(steps + i, end - i);
        }
}
