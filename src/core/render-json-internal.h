/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the JSON of plan, status and release have in common. NULL: memory is out. */
#pragma once

#include "core/json.h"
#include "core/plan.h"
#include "core/release.h"

json_t *steps_json(const struct plan *plan);

/* What is still handed over for sections that the configuration has no longer. */
json_t *held_json(const struct release *held);
