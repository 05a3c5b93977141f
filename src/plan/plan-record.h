/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan is about to change, recorded as it was before. */
#pragma once

#include "plan/plan.h"

/* Adds what the plan is about to change, as it is now; what is recorded already stays. */
void state_record(struct state *state, const struct plan *plan, const struct inventory *inventory);
