/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What --help prints. */
#pragma once

#include "cli/verbs.h"

/* Of the program as a whole (VERB_MAX), or of a verb, with its own options and an example: a new string, none of whose
 * lines is longer than 80 columns. */
char *help_text(enum verb verb);
