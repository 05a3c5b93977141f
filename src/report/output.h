/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stdout and stderr can show. */
#pragma once

#include <stdbool.h>

#include "view/table.h"
#include "base/macro.h"

/* Colour: a terminal, unless NO_COLOR or TERM=dumb; SYSTEMD_COLORS says yes or no for any. */
bool output_has_color(int fd);

/* The style for stdout. */
struct render_style output_style(void);

bool output_is_utf8(void);

/* Writes text (NULL: none) to stdout, all of it. Returns an exit status: 0, or 1 with a message when it can't be written. */
int output_text(const char *text);

/* The same by a pager, if the environment has one for what stdout is and --no-pager is not given. */
int output_page(const char *text, bool no_pager);
/* Writes text in place of what this wrote before, which `first` says it did not: on a terminal over it, else behind an empty
 * line. Returns an exit status. */
int output_again(const char *text, bool first);
/* The same of a format. */
int output_format(const char *format, ...) PRINTF_LIKE(1, 2);

/* Keeps an error that stderr or the journal has been given. */
void output_note_error(const char *text);

/* For --json: the errors, if the run ended before it wrote anything to stdout. */
void output_json_errors(void);

/* Tells stderr what is wrong with the command line, as a sentence. Returns EXIT_USAGE_ERROR. */
int usage_error(const char *format, ...) PRINTF_LIKE(1, 2);
