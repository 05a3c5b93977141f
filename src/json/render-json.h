/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan and the status as JSON. */
#pragma once

#include "plan/plan.h"
#include "release/release.h"
#include "scan/openers.h"
#include "state/last-run.h"
#include "view/rows.h"

/* The version of what these functions write; it grows when something is taken away or changes its meaning. */
#define JSON_VERSION 2

/* What each looks like is in conf/schema, a file for each verb. New strings. held: what of sections that the
 * configuration has no longer is still handed over; NULL: nothing. */
char *render_plan_json(const struct plan *plan, const struct release *held, const struct inventory *inv);
char *render_release_json(const struct release *release);

struct status_input {
        const struct plan *plan;
        const struct inventory *inventory;
        const struct state *state;
        const struct release *held; /* or NULL */
        const struct pools *pools; /* or NULL */
        struct last_run last_run;
};
char *render_status_json(const struct status_input *in);

/* What rows_of_list() has, with every selector that there is. */
char *render_list_json(const struct list_host *host, const struct list_filter *filter);

/* What check writes, and any verb in place of its own when the configuration has mistakes. */
char *render_check_json(const struct config *config, const struct diag_list *diags);

/* The same of a run that could not begin for something else, such as the command line: its errors. */
char *render_errors_json(char *const *errors, size_t n);
