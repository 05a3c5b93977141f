/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the JSON of several verbs has in common. NULL: memory is out. */
#pragma once

#include "core/json.h"
#include "core/plan.h"
#include "core/release.h"

/* Adds "reasons", what the guards found about the item, if that is anything. Returns 0 or -ENOMEM. */
int add_reasons_json(json_t *j, const struct plan_item *item);

json_t *steps_json(const struct plan *plan);

/* What is still handed over for sections that the configuration has no longer. */
json_t *held_json(const struct release *held);
