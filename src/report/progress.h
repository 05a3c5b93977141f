/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is under way, on one line of the terminal: written again and again in place, and gone when there is anything
 * else to say. */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/* Whether there is anybody to see it: stderr is a terminal that can, and so neither a pipe nor the journal. */
bool progress_is_shown(void);

/* Writes the line, in place of the one before. Without a terminal nothing. */
void progress_show(const char *format, ...) PRINTF_LIKE(1, 2);

/* Removes the line. To be called before anything else is written. */
void progress_clear(void);
