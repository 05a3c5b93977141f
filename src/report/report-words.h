/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the log words what was done: the report's run of equal events, of which the first stands for all. */
#pragma once

#include "base/strbuf.h"
#include "report/report.h"

/* What it is about: "0000:01:00.0", "7 VFs (0000:01:10.0 to 0000:01:11.4)", a name on another bus; nothing for modules. */
void report_add_what(struct strbuf *b, const struct report *r);

/* The whole line of a run that was done, and in *ret_id its kind (log.h). */
void report_add_done(struct strbuf *b, const struct report *r, const char **ret_id);

/* Whether a step sets a MAC: each VF has one of its own, so that the values of a run differ. */
bool report_is_address(const struct plan_step *step);

/* "creating 64 VFs on 0000:5e:00.0": a step that is being done. */
void report_add_doing(struct strbuf *b, const struct report *r, const struct plan_step *step);
