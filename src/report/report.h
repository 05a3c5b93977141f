/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the log what apply does: one line for each thing, a run of equal things in one. */
#pragma once

#include "apply/apply.h"

struct report {
        const struct plan *plan;
        const struct inventory *inventory;
        struct state *state;       /* takes the failures */
        bool *skipped;             /* by item: that steps of it were skipped is noted */
        struct apply_event first;  /* of the run of equal events that is not told yet */
        char *detail;              /* of that run */
        struct pci_address *addresses;
        size_t n, n_addresses, alloc_addresses;
        struct step_counts done;   /* for the summary */
};

/* A plan's steps are about to be done; the counts go on. *r is zeroed before the first. */
void report_begin(struct report *r, const struct plan *plan, const struct inventory *inventory, struct state *state);
void report_free(struct report *r);
#define CLEANUP_REPORT CLEANUP(report_free)

/* Takes what apply tells of a step. */
void report_event(struct report *r, const struct apply_event *event);

/* Tells of functions that the helper had claimed, and that their driver took as soon as it was there. After
 * report_begin(), for a plan that has no steps for them. */
void report_taken(struct report *r);

/* Tells what is held back. To be called after the last event. */
void report_flush(struct report *r);

/* A line for each section that the plan leaves out because it is absent or refused. hotplug: what is absent has an event
 * of its own to come, and is nothing to tell. */
void report_not_done(const struct plan *plan, const struct inventory *inventory, bool hotplug, struct state *state);
