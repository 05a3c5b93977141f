/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that set properties, in words. */
#pragma once

#include "base/strbuf.h"
#include "plan/plan.h"

/* The row of what a STEP_SET sets; those of a group have all but the name in common. NULL: the step is another. */
const struct property_row *step_row(const struct plan_step *step);
bool step_sets(const struct plan_step *step, enum property property);

/* Fills the step's changes: those of a mask, which are of one group. have NULL: nothing is known of what there is. */
void step_set_changes(struct plan_step *step, const struct values *want, const struct values *have, uint64_t mask);

/* What the step wants, as values. */
void step_wanted(const struct plan_step *step, struct values *ret);

/* What the step does, in the words of the configuration: "vlan 100 → 200, qos 0 → 3"; without an arrow, or where
 * nothing is known of what was there, "vlan 200". */
void step_setting_format(struct strbuf *b, const struct plan_step *step, const char *arrow);

/* "vlan, qos"; "200, 3"; and what was there, nothing when that is not known. */
void step_names_format(struct strbuf *b, const struct plan_step *step);
void step_values_format(struct strbuf *b, const struct plan_step *step);
void step_before_format(struct strbuf *b, const struct plan_step *step);

/* Whether two steps set the same properties to the same values, which were the same before. */
bool step_settings_equal(const struct plan_step *a, const struct plan_step *b);

/* Whether it is about the device of a [device] section: what it sets there, or its option ROM. */
/* Whether it is about what shows something on a display; and what it does with that, "stop" or "stopped". */
bool step_is_of_display(const struct plan_step *step);
const char *step_display_word(const struct plan_step *step, bool done);

bool step_is_of_device(const struct plan_step *step);

/* Whether it sets a VF, a PF or its interface. */
bool step_is_of_sriov(const struct plan_step *step);

