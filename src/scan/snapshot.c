/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes snapshots, and waits for one in which all that the configuration names is there. */
#include "scan/snapshot.h"

#include "base/macro.h"
#include "scan/scan.h"

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
                inventory_read_taken(sys, state, fresh.inventory);
        if (r < 0)
                return r;
        input.inventory = fresh.inventory;
        plan_build(&input, &fresh.plan);
        *s = fresh;
        fresh = old;
        return 0;
}

size_t snapshot_count_waiting(const struct snapshot *s, bool present_only, bool idle)
{
        const struct plan *plan = s->plan;
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

/* The share of a CPU that looking takes from what is waited for: 1 / (1 + this). */
#define LOOK_REST 4

int snapshot_wait(struct sys *sys, uint64_t deadline, uint64_t look_time)
{
        int r = SYS_CALL(sys, events_wait, deadline);
        uint64_t next = sys->ops->now(sys->userdata) + LOOK_REST * look_time;

        while (r > 0 && sys->ops->now(sys->userdata) < MIN_OF(next, deadline) && SYS_CALL(sys, events_idle) == 0)
                if (SYS_CALL(sys, events_wait, MIN_OF(next, deadline)) < 0)
                        break;
        return r;
}
