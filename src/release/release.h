/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release: from the state, the plan that gives back exactly what was taken, in reverse. */
#pragma once

#include "plan/plan.h"

struct release {
        struct config *sections; /* that the state speaks of: as configured now, or by their names alone */
        struct plan *plan;       /* an item for each, in its order */
};

struct release_input {
        const struct state *state;
        const struct inventory *inventory;
        const struct config *config; /* for the lines of sections that are still there; NULL: none */
        const struct plan *held;     /* only what no section of this plan is about any more; NULL: all */
        char *const *names;          /* only sections of these names, "gpu", or kinds and names, "device gpu" */
        size_t n_names;              /* 0: all */
};

void release_free(struct release *r);
#define CLEANUP_RELEASE CLEANUP(release_free)

/* *ret is zeroed before. The plan borrows from the inventory. */
void release_build(const struct release_input *input, struct release *ret);

/* The item of a section that is to be released, by its key: its index, or NO_INDEX. */
size_t release_item(const struct release *r, const char *key);

/* Whether a section of the plan is about the function, or has the mdev: else it is held for a section that has gone. */
bool release_is_held(const struct plan *plan, const struct inventory *inv, const struct state_device *d);
bool release_bus_device_is_held(const struct plan *plan, const struct inventory *inv, const struct state_bus_device *d);
bool release_mdev_is_held(const struct plan *plan, const struct inventory *inv, const struct state_mdev *m);

/* Takes out of the state what was given back: the entries of the sections of which no step failed (`failed`, by item),
 * and of what has gone. The input's state is the same. */
void release_forget(const struct release_input *input, const struct release *r, const bool *failed, struct state *state);
