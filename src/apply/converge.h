/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way of an apply: modules, claims, the wait, the guards, the record, the steps. */
#pragma once

#include "apply/apply.h"
#include "scan/snapshot.h"

enum converge_stage {
        CONVERGE_LOOK,   /* reading the devices */
        CONVERGE_RECORD, /* writing the state */
        CONVERGE_APPLY,  /* doing the steps */
};

/* What a run knows of the host, and so how far it goes. */
enum converge_mode {
        CONVERGE_WHOLE, /* the host is up, or a person asks: everything, and what is taken is cleared for the next boot */
        CONVERGE_EARLY, /* before file systems and network are: what is cleared, and what takes nothing from the host */
        CONVERGE_EVENT, /* for a device that has come, by the sections about it: no wait for what is absent, as that has an
                         * event of its own */
};

struct converge_options {
        enum converge_mode mode;
        /* It is the configuration in force, and not one that is tried: from its last look on what comes is the helper's to
         * name, and the record of what is cleared follows it. */
        bool in_force;
        /* Called before the steps of a plan are done; a run has several plans. last: what is absent or refused now
         * stays so. Returns 0, or a negative errno that ends the run. */
        int (*on_plan)(void *userdata, const struct snapshot *s, bool last);
        /* Called when those steps are done. */
        void (*on_plan_done)(void *userdata);
        /* Called before devices go back to the host that were taken early and are not upheld: the plan's items and steps are
         * about them. */
        int (*on_give_back)(void *userdata, const struct snapshot *s);
        apply_observer on_step;
        settle_observer on_wait;
        void *userdata;
};

struct converge_result {
        enum converge_stage stage; /* where it ended, when it failed */
        bool failed;               /* a step failed */
        size_t n_deferred;         /* sections that are left to a whole look */
        int clearance;             /* negative errno: the record of what is cleared could not be written */
        int ready;                 /* negative errno: nor could a mark of state/ready.h */
};

/* Makes the host what the configuration says, but for the sections that are left out. *state is the state as it was loaded;
 * what is changed is recorded in it and saved before it is changed, and once more at the end by the caller (state_save()).
 * *s is the last snapshot. Sections that are ready are handed over at once; what is absent, or whose group is not complete,
 * is waited for. Returns 0 when all steps were tried, or a negative errno. */
int converge(struct sys *sys, const struct config *config, struct state *state, struct snapshot *s,
             const struct converge_options *options, struct converge_result *ret);

/* Wakes the sections that are held: they are in force. */
void converge_wake_held(struct config *config, const struct state *state);

/* Leaves out the sections that an event of the device (an address, an mdev parent, BUS:NAME) can't change, by itself or by its
 * IOMMU group. *s is a look at all of them. False: there are no others. */
bool converge_select(struct config *config, const struct state *state, const struct snapshot *s, const char *device);

/* Whether the last whole run failed for what is as configured by now: 1, 0, or a negative errno. *s is a snapshot of everything
 * then. */
int converge_is_mended(struct sys *sys, struct config *config, const struct state *state, struct snapshot *s);

/* Forgets the failures of the last run, but for those of sections that are left out this time. */
void converge_clear_failures(const struct config *config, struct state *state);
