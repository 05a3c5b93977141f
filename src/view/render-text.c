/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws rows as aligned columns. */
#include "view/render-text.h"

#include "base/macro.h"

static const char *const colors[] = {
        [ROW_PLAIN] = "", [ROW_GOOD] = "\033[32m", [ROW_CHANGE] = "\033[33m", [ROW_BAD] = "\033[1;31m",
        [ROW_DIM] = "\033[2m",
};
#define COLOR_BOLD "\033[1m"
#define COLOR_UNDERLINE "\033[4m"
#define COLOR_OFF "\033[0m"

size_t text_width(const char *s)
{
        size_t n = 0;

        /* Names of devices and sections: no character here is two columns wide. */
        for (; *s; s++)
                n += ((unsigned char) *s & 0xc0) != 0x80;
        return n;
}

/* A reason that fills the rest of the line is not made to widen its column for all the others. */
static bool spans(const struct row *row, size_t column)
{
        for (size_t k = column + 1; k < ROW_COLUMNS; k++)
                if (!isempty(row->cells[k]))
                        return false;
        return true;
}

static void add_line(struct strbuf *b, const char *const cells[], const size_t *widths, size_t colored,
                     const char *color, const char *name_color)
{
        size_t last = ROW_COLUMNS, pending = 0;

        while (last > 0 && isempty(cells[last - 1]))
                last--;
        for (size_t k = 0; k < last; k++) {
                const char *text = cells[k] ? cells[k] : "", *on = k == colored ? color : k == 0 ? name_color : "";
                size_t used = text_width(text);

                if (widths[k] == 0 && used == 0)
                        continue;
                strbuf_pad(b, pending);
                strbuf_addf(b, "%s%s%s", on, text, *on ? COLOR_OFF : "");
                pending = widths[k] > used ? widths[k] - used + 2 : 2;
        }
        strbuf_add(b, "\n");
}

void render_rows(struct strbuf *b, const struct row_list *rows, const char *const *header, size_t colored,
                 const struct render_style *style)
{
        size_t widths[ROW_COLUMNS] = { 0 };

        for (size_t i = 0; i < rows->n; i++)
                for (size_t k = 0; k < ROW_COLUMNS; k++)
                        if (!isempty(rows->items[i].cells[k]) && !spans(&rows->items[i], k))
                                widths[k] = MAX_OF(widths[k], text_width(rows->items[i].cells[k]));
        if (header) {
                for (size_t k = 0; k < ROW_COLUMNS; k++)
                        widths[k] = MAX_OF(widths[k], header[k] ? text_width(header[k]) : 0);
                add_line(b, header, widths, 0, style->color ? COLOR_UNDERLINE : "", "");
        }
        for (size_t i = 0; i < rows->n; i++)
                add_line(b, (const char *const *) rows->items[i].cells, widths, colored,
                         style->color ? colors[rows->items[i].color] : "", style->color ? COLOR_BOLD : "");
}
