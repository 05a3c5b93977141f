/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes snapshots, and waits for one in which all that the configuration names is there. */
#include "host/snapshot.h"

#include "host/inventory-read.h"
#include "util/macro.h"

void snapshot_clear(struct snapshot *s)
{
        plan_free(s->plan);
        inventory_free(s->inventory);
        *s = (struct snapshot){ 0 };
}

int snapshot_take(struct sys *sys, const struct config *config, const struct state *state, struct snapshot *s)
{
        CLEANUP_SNAPSHOT struct snapshot fresh = { 0 };
        struct plan_input input = {
                .config = config,
                .state = state,
                .derive_uuid = sys->ops->derive_uuid,
                .userdata = sys->userdata,
        };
        struct snapshot old = *s;
        int r = inventory_read(sys, config, &fresh.inventory);

        if (r == 0)
                r = inventory_read_bus(sys, config, state, fresh.inventory);
        if (r == 0)
                r = inventory_read_taken_eswitches(sys, state, fresh.inventory);
        if (r < 0)
                return r;
        input.inventory = fresh.inventory;
        r = plan_build(&input, &fresh.plan);
        if (r < 0)
                return r;
        *s = fresh;
        fresh = old;
        return 0;
}

/* How many absent sections are worth waiting for. */
static size_t count_absent(const struct plan *plan, bool present_only, bool idle)
{
        size_t n = 0;

        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (item->section->left_out)
                        continue;
                n += (!present_only && item->verdict == VERDICT_ABSENT && (item->section->required || !idle)) ||
                     (item->unsettled && !idle);
        }
        return n;
}

bool snapshot_is_unsettled(const struct snapshot *s, bool present_only)
{
        return count_absent(s->plan, present_only, false) > 0;
}

/* The share of a CPU that looking takes from what is waited for: 1 / (1 + this). */
#define LOOK_REST 4

/* Until an event has come, and a while longer for those that come with it: a coldplug has hundreds, and a look at
 * everything for each would keep udev's workers from what they do. 1 one came, 0 the deadline is past, -errno. */
static int wait_for_events(struct sys *sys, uint64_t deadline, uint64_t look_time)
{
        int r = SYS_CALL(sys, events_wait, deadline);
        uint64_t next = sys->ops->now(sys->userdata) + LOOK_REST * look_time;

        while (r > 0 && sys->ops->now(sys->userdata) < MIN_OF(next, deadline) && SYS_CALL(sys, events_idle) == 0)
                if (SYS_CALL(sys, events_wait, MIN_OF(next, deadline)) < 0)
                        break;
        return r;
}

int snapshot_settle(struct sys *sys, const struct config *config, const struct state *state, struct snapshot *s,
                    bool present_only, settle_observer observer, void *userdata)
{
        uint64_t deadline = sys->ops->now(sys->userdata) + config->settle_timeout;
        size_t absent = count_absent(s->plan, present_only, false), told = 0;
        int r;

        if (absent == 0)
                return 0;
        /* Listen first, then look again: what came between the snapshot and now is not missed. */
        if (SYS_CALL(sys, events_begin) < 0)
                return snapshot_take(sys, config, state, s);
        for (;;) {
                uint64_t began = sys->ops->now(sys->userdata);
                int idle = SYS_CALL(sys, events_idle);

                r = snapshot_take(sys, config, state, s);
                if (r < 0)
                        return r;
                absent = count_absent(s->plan, present_only, idle > 0);
                if (absent == 0)
                        return 0;
                if (absent != told && observer)
                        observer(userdata, s, absent);
                told = absent;
                r = wait_for_events(sys, deadline, sys->ops->now(sys->userdata) - began);
                if (r <= 0) /* a last look, for what came without an event */
                        return snapshot_take(sys, config, state, s);
        }
}
