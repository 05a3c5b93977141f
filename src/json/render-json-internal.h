/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the JSON of several verbs has in common. */
#pragma once

#include "json/json.h"
#include "plan/plan.h"
#include "release/release.h"

/* Adds "reasons", what the guards found about the item, if that is anything. */
void add_reasons_json(json_t *j, const struct plan_item *item);

json_t *steps_json(const struct plan *plan);

/* Puts in what a step is about: its function, VF, mdev or device on another bus. */
void json_put_place(json_t *j, const struct plan_step *step);

/* What the steps of an item change: property, what there is, and what is wanted. */
json_t *changes_json(const struct plan *plan, size_t item, const struct inventory *inv);

/* The counts of the plan's text. sections: those of sections that are no matter of a release too. */
json_t *summary_json(const struct plan *plan, bool sections);

/* What is still handed over for sections that the configuration has no longer. */
json_t *held_json(const struct release *held);
