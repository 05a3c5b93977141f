/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws rows as aligned columns. */
#pragma once

#include "base/strbuf.h"
#include "view/rows.h"

struct render_style {
        bool color;   /* ANSI colours */
        bool utf8;    /* a terminal that shows → and … */
        size_t width; /* columns of the terminal; 0: no limit */
};

/* Appends the rows to b. header: ROW_COLUMNS names, or NULL. colored: the column that takes the row's colour. */
void render_rows(struct strbuf *b, const struct row_list *rows, const char *const *header, size_t colored,
                 const struct render_style *style);

/* Columns that a text takes on a terminal (UTF-8, one column for each character). */
size_t text_width(const char *s);
