/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to do about a step that failed, by its kind and errno. */
#pragma once

/* How a configuration is applied, wherever a message says so. It works whether the unit has run, has failed, or has
 * not. */
#define HOW_TO_APPLY "systemctl reload-or-restart passthru-setup"

#include "plan/plan.h"

/* One sentence, or NULL when nothing better than the errno can be said. error: positive errno, or 0 when the
 * kernel called it success and the read-back was wrong. */
const char *advice_for(const struct plan_step *step, int error);

/* The same for a bind on another bus than PCI. */
const char *advice_for_bus_driver(const char *driver, int error);
