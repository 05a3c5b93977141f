/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot: the inventory at one moment and the plan that follows from it. */
#pragma once

#include "core/plan.h"
#include "host/sys.h"

struct snapshot {
        struct inventory *inventory;
        struct plan *plan;
};

void snapshot_clear(struct snapshot *s);
#define CLEANUP_SNAPSHOT CLEANUP(snapshot_clear)

/* Replaces *s by what is there now. On failure *s stays. Returns 0 or a negative errno. */
int snapshot_take(struct sys *sys, const struct config *config, const struct state *state, struct snapshot *s);

/* Whether something that the plan depends on may still come: a wait is due. present_only: what is absent is not waited
 * for, but drivers for the other devices of a group are. */
bool snapshot_is_unsettled(const struct snapshot *s, bool present_only);

/* Told what is waited for, each time that changes: items of s->plan that are absent. */
typedef void (*settle_observer)(void *userdata, const struct snapshot *s, size_t n_absent);

/* Waits until what the configuration names is there: required things up to the configuration's settle_timeout,
 * optional ones, and drivers for the other devices of a group, only while udev still has events to handle. *s is a
 * snapshot that was taken, and is the last one afterwards. Without udev's events there is no wait: what is not there is
 * absent, and the rest goes on. Returns 0, also when something stays absent, or a negative errno. */
int snapshot_settle(struct sys *sys, const struct config *config, const struct state *state, struct snapshot *s,
                    bool present_only, settle_observer observer, void *userdata);
