/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of a configuration file, cleaned for libinih: counted, stripped, and refused where inih would
 * silently garble them. */
#pragma once

#include <stddef.h>

#include "base/diag.h"

enum line_kind { LINE_END, LINE_BLANK, LINE_SECTION, LINE_KEY };

struct config_lines {
        const char *text; /* the whole file; needs no NUL at its end */
        size_t len;
        size_t pos;
        struct config_loc loc;   /* of the line that was given last */
        struct diag_list *diags;
        size_t n_errors;         /* of this file, told or not */
};

/* Where the comment of a line of n bytes starts: at its first character, or at # or ; after white space. Without one, n. */
size_t config_comment_start(const char *s, size_t n);

/* Errors of one file that are reported one by one; what comes after is only counted, so that a binary given by mistake
 * does not fill memory and screen. */
#define CONFIG_ERRORS_MAX 1000

/* Puts the next line into buf (size bytes, "\n" at its end): without indentation, comment, CR and BOM; empty when
 * there is nothing in it, or when it is refused. */
enum line_kind config_lines_next(struct config_lines *lines, char *buf, size_t size);

/* An error at the line that was given last, counted and told within CONFIG_ERRORS_MAX. */
#define config_lines_error(lines, ...)                                                    \
        do {                                                                              \
                if ((lines)->n_errors++ < CONFIG_ERRORS_MAX)                              \
                        diag_add((lines)->diags, DIAG_ERROR, &(lines)->loc, __VA_ARGS__); \
        } while (0)
