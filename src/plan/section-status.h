/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a section fares: what the plan and the last run's failures say together. */
#pragma once

#include "plan/plan.h"

enum section_status {
        STATUS_OK,
        STATUS_DRIFT,    /* it is not as configured, and an apply would make it so */
        STATUS_ABSENT,
        STATUS_WAITING,  /* its device is there, and what makes it ready (a driver, VFs, an mdev parent) may still come */
        STATUS_REFUSED,
        STATUS_FAILED,   /* the last apply tried and failed */
        STATUS_STUCK,    /* a write of it has not come back from the kernel */
        STATUS_DISABLED,
        STATUS_RELEASED, /* given back by `release`, until it is applied again */
        STATUS_ON_DEMAND, /* not for boot, and not in force now */
};

#define SECTION_STATUSES (STATUS_ON_DEMAND + 1) /* how many there are */

enum section_status section_status(const struct plan_item *item, const struct state *state);

/* How many sections there are of each status, of those that are asked for. */
struct status_counts {
        size_t n[SECTION_STATUSES];
};

struct status_counts status_count(const struct plan *plan, const struct state *state);

/* Something that is required is not as the configuration says, and nobody has wanted it so. */
bool section_is_off(const struct plan_item *item, const struct state *state);
const char *section_status_name(enum section_status status);
const char *plan_verdict_name(enum plan_verdict verdict);

/* The same of an item: "on-demand" where its section is not in force, and so not planned. */
const char *item_verdict_name(const struct plan_item *item);

/* The failure that the last run noted for the item, or NULL. */
const char *item_failure_text(const struct plan_item *item, const struct state *state); /* failed, stuck: why */
const struct state_failure *item_failure(const struct plan_item *item, const struct state *state);
