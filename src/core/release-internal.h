/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the release*.c files share while the steps back are being made. */
#pragma once

#include "core/plan-internal.h"
#include "core/release.h"

/* The reverse of the way there; within a stage the order of the state. */
enum stage {
        STAGE_MDEVS,     /* first what lies on the others */
        STAGE_OVERRIDES, /* before anything is unbound, so that what is loose finds its own driver and no other */
        STAGE_DRIVERS,
        STAGE_VFS,
        STAGE_MAX,
};

struct steps {
        struct plan_step *items;
        size_t n, alloc;
};

struct releaser {
        const struct release_input *in;
        const struct inventory *inv;
        struct release *out;
        struct steps stages[STAGE_MAX];
};

/* The item of a section that is to be released, by its key: its index, or NO_INDEX. */
size_t release_item(const struct release *r, const char *key);

/* Appends a step to a stage. NULL, or -ENOMEM: memory is out. */
struct plan_step *release_step(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                               const char *old, const char *value);
int release_step_at(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                    const struct pci_address *address, const char *old, const char *value, bool guarded);

/* Whether a VF goes with the others of its PF. */
bool release_goes_with_pf(const struct releaser *b, const struct pci_function *f);

/* The driver, the override and the attributes that a function had. Returns 0 or -ENOMEM. */
int release_function(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f);
