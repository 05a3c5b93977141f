/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of steps: their names, what each counts as, and how every summary words the counts. */
#pragma once

#include <stddef.h>

#include "base/strbuf.h"
#include "plan/plan.h"

/* The step's name for messages and JSON: "bind", "numvfs"; of a STEP_SET by what it sets: "vf-set", "attribute". */
const char *step_name(const struct plan_step *step);

/* What the kind sets, for JSON; NULL: what the step's attribute names. */
const char *step_kind_property(enum step_kind kind);

/* Whether the step only serves another one, which is what a user asked for: no summary counts it beside that one. */
bool step_is_part(const struct plan_step *step);

/* Adds n steps that are alike to the counts. vgpu: as in struct apply_event. */
void step_counts_add(struct step_counts *counts, const struct plan_step *step, size_t n, bool vgpu);

/* How many to report. Steps that only serve others are reported when there is nothing else. */
size_t step_counts_get(const struct step_counts *counts, enum step_count what);

enum step_summary {
        SUMMARY_PLAN,    /* what an apply would do */
        SUMMARY_APPLY,   /* what it has done */
        SUMMARY_RELEASE, /* what a release would do */
        SUMMARY_RELEASED,
        STEP_SUMMARY_MAX,
};

/* "2 VFs to create, 3 to bind"; "nothing to do" or the like when there is nothing. */
void step_counts_format(const struct step_counts *counts, enum step_summary summary, struct strbuf *b);

/* The count's name in JSON, "vfs"; and its number there, which for mdevs has the vGPUs too. */
const char *step_count_name(enum step_count what);
size_t step_count_number(const struct step_counts *counts, enum step_count what);
