/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries a plan out: each step is written, then read back, and what it says is what counts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"
#include "sys/sys.h"

enum step_outcome {
        OUTCOME_DONE,    /* read back and right */
        OUTCOME_FAILED,  /* error and detail say why */
        OUTCOME_SKIPPED, /* a step that it needs has failed */
        OUTCOME_BEGUN,   /* none yet: it is being done */
};

struct apply_event {
        const struct plan_step *step;
        enum step_outcome outcome;
        bool has_address;
        struct pci_address address; /* of the function; of the VF where the plan could only number it */
        bool vgpu;                  /* of a step on an mdev: it is a vGPU that is the VF itself */
        int error;                  /* positive errno, 0 when the kernel gave none and the read-back was wrong */
        const char *detail;         /* what was tried and what was found instead; "" when done */
};

/* Told of every step, in order: that it has begun, and how it ended. Called from apply_run() only. */
typedef void (*apply_observer)(void *userdata, const struct apply_event *event);

struct apply_options {
        bool modules_only;         /* only the steps of [module] sections */
        enum step_phase last_phase; /* nothing after this phase; PHASE_MDEV for all */
        const struct state *state;  /* what was before: a function that a driver refuses goes back there */
        uint64_t wait;           /* µs: how long the run waits, all in all, for drivers and mdev parents to come */
        uint64_t write_timeout;  /* µs: how long one write may sleep in the kernel before it is left to itself */
        apply_observer observer; /* may be NULL */
        void *userdata;
};

/* How long its write may take (µs): a driver that makes VFs is given time for each. */
uint64_t apply_write_limit(const struct plan_step *step, uint64_t write_timeout);

struct apply_result {
        size_t n_done, n_failed, n_skipped;
        bool *failed;       /* by item: a step of it failed or was skipped */
        bool *failed_steps; /* by step: likewise */
};

void apply_result_free(struct apply_result *result);
#define CLEANUP_APPLY_RESULT CLEANUP(apply_result_free)

/* Does the plan's steps. One section's failure does not end the others. What was there before is expected to be
 * in the state file already (state/state-file.h). Returns 0 when it ran to its end, whatever the outcome of the
 * steps. */
void apply_run(struct sys *sys, const struct plan *plan, const struct inventory *inventory,
               const struct apply_options *options, struct apply_result *ret);
