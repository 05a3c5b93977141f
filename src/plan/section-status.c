/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status of a section, and the names of statuses and verdicts. */
#include "plan/section-status.h"

#include <errno.h>

#include "base/cleanup.h"

const char *plan_verdict_name(enum plan_verdict verdict)
{
        static const char *const names[] = {
                [VERDICT_OK] = "ok",           [VERDICT_CHANGE] = "change",     [VERDICT_ABSENT] = "absent",
                [VERDICT_REFUSED] = "refused", [VERDICT_DISABLED] = "disabled",
        };

        return names[verdict];
}

const char *section_status_name(enum section_status status)
{
        static const char *const names[] = {
                [STATUS_OK] = "ok",           [STATUS_DRIFT] = "drift",       [STATUS_ABSENT] = "absent",
                [STATUS_REFUSED] = "refused", [STATUS_FAILED] = "failed",     [STATUS_DISABLED] = "disabled",
                [STATUS_STUCK] = "stuck",     [STATUS_RELEASED] = "released", [STATUS_WAITING] = "waiting",
                [STATUS_ON_DEMAND] = "on-demand",
        };

        return names[status];
}

const char *item_verdict_name(const struct plan_item *item)
{
        return item->section->dormant ? section_status_name(STATUS_ON_DEMAND) : plan_verdict_name(item->verdict);
}

const struct state_failure *item_failure(const struct plan_item *item, const struct state *state)
{
        CLEANUP_FREE char *key = state && state->n_failures > 0 ? config_section_key(item->section) : NULL;

        return key ? state_find_failure(state, key) : NULL;
}

const char *item_failure_text(const struct plan_item *item, const struct state *state)
{
        const struct state_failure *failure = item->slow ? NULL : item_failure(item, state);
        const char *text = failure ? failure->text : item->reason;

        return text ? text : "";
}

static bool is_released(const struct plan_item *item, const struct state *state)
{
        CLEANUP_FREE char *key = state && state->n_released > 0 ? config_section_key(item->section) : NULL;

        return key && state_is_released(state, key);
}

enum section_status section_status(const struct plan_item *item, const struct state *state)
{
        const struct state_failure *failure = item->verdict == VERDICT_OK ? NULL : item_failure(item, state);

        if (item->slow)
                return STATUS_STUCK;
        /* Whatever the plan says of it: the next apply would leave it alone. */
        if (failure && failure->error == ETIMEDOUT && item->verdict != VERDICT_DISABLED)
                return STATUS_STUCK;
        switch (item->verdict) {
        case VERDICT_OK:
                return STATUS_OK; /* whatever failed once, it is right now */
        case VERDICT_CHANGE:
                return is_released(item, state) ? STATUS_RELEASED : failure ? STATUS_FAILED : STATUS_DRIFT;
        case VERDICT_ABSENT:
                return item->found != NO_INDEX ? STATUS_WAITING : STATUS_ABSENT;
        case VERDICT_REFUSED:
                return STATUS_REFUSED;
        case VERDICT_DISABLED:
                break;
        }
        return item->section->dormant ? STATUS_ON_DEMAND : STATUS_DISABLED;
}

struct status_counts status_count(const struct plan *plan, const struct state *state)
{
        struct status_counts counts = { 0 };

        for (size_t i = 0; i < plan->n_items; i++)
                if (!plan->items[i].section->left_out)
                        counts.n[section_status(&plan->items[i], state)]++;
        return counts;
}

bool section_is_off(const struct plan_item *item, const struct state *state)
{
        enum section_status status = section_status(item, state);

        return status != STATUS_OK && status != STATUS_DISABLED && status != STATUS_RELEASED &&
               status != STATUS_ON_DEMAND && item->section->required;
}
