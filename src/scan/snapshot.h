/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot: the inventory at one moment and the plan that follows from it. */
#pragma once

#include "plan/plan.h"
#include "sys/sys.h"

struct snapshot {
        struct inventory *inventory;
        struct plan *plan;
};

void snapshot_clear(struct snapshot *s);
#define CLEANUP_SNAPSHOT CLEANUP(snapshot_clear)

/* Replaces *s by what is there now. On failure *s stays. Returns 0 or a negative errno. */
int snapshot_take(struct sys *sys, const struct config *config, const struct state *state, struct snapshot *s);

/* How many sections are worth waiting for: absent ones that are required, optional ones while udev is not idle, and those
 * whose group holds a device that udev may still give a driver. present_only: none that is absent. */
size_t snapshot_count_waiting(const struct snapshot *s, bool present_only, bool idle);

/* Called with what is waited for each time that changes: items of s->plan that are absent. */
typedef void (*settle_observer)(void *userdata, const struct snapshot *s, size_t n_absent);

/* Waits for an event after events_begin(), and a while longer for those that come with it: a coldplug has hundreds, and a look
 * at everything for each would keep udev's workers from what they do. deadline: µs, as sys_ops.now(); look_time: what the
 * last look took, µs. Returns 1 when one came, 0 when the deadline is past, or a negative errno. */
int snapshot_wait(struct sys *sys, uint64_t deadline, uint64_t look_time);
