/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws rows as a table or a tree (libsmartcols): on one line each, but on a terminal that is too narrow for that. */
#pragma once

#include "base/strbuf.h"
#include "view/rows.h"

struct render_style {
        bool color;   /* ANSI colours */
        bool utf8;    /* a terminal that shows → and … */
        size_t width; /* columns of the terminal; 0: no limit */
};

/* Appends the rows to b, below the names of their columns if header is set. */
void render_rows(struct strbuf *b, const struct row_list *rows, bool header, const struct render_style *style);

/* Appends a line that says the whole, in bold and in the colour. */
void render_summary(struct strbuf *b, enum row_color color, const struct render_style *style, const char *format, ...)
        PRINTF_LIKE(4, 5);

/* Appends text to b, and a newline if it has none. Its lines are wrapped between words; one that begins with an arrow
 * goes on below its text. */
void render_text(struct strbuf *b, const char *text, const struct render_style *style);
