/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan and the status as JSON. */
#pragma once

#include "core/plan.h"
#include "core/rows.h"

/* The version of what these functions write; it grows when something is taken away or changes its meaning. */
#define JSON_VERSION 1

/* {"version", "sections", "steps", "summary"}; new strings. 0 or -ENOMEM. */
int render_plan_json(const struct plan *plan, const struct inventory *inv, char **ret);
int render_status_json(const struct plan *plan, const struct inventory *inv, const struct state *state, char **ret);

/* {"version", "devices", "parents"}: what rows_of_list() has, with every selector that there is. 0 or -ENOMEM. */
int render_list_json(const struct inventory *inv, const struct list_filter *filter, char **ret);

/* {"version", "files", "diagnostics": [{"severity", "file", "line", "text"}]} */
int render_check_json(const struct config *config, const struct diag_list *diags, char **ret);
