/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws rows as a table or a tree. */
#include "view/table.h"

#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"

#define SEPARATOR "  "
#define COLOR_BOLD "\033[1m"
#define COLOR_UNDERLINE "\033[4m"
#define COLOR_CYAN "\033[36m"
#define COLOR_OFF "\033[0m"

static const char *const row_colors[] = {
        [ROW_GOOD] = "\033[32m",
        [ROW_CHANGE] = "\033[33m",
        [ROW_BAD] = "\033[1;31m",
        [ROW_DIM] = "\033[2m",
};

enum pass {
        PASS_WHOLE,   /* nothing is cut */
        PASS_MEASURE, /* which width each column has on this terminal, and none less than its share */
        PASS_WRAPPED, /* each column in that width */
};

struct drawing {
        const struct row_list *rows;
        const struct render_style *style;
        bool header;
        bool drawn[ROW_COLUMNS], folded[ROW_COLUMNS];
        size_t widths[ROW_COLUMNS];  /* of the last pass */
        size_t natural[ROW_COLUMNS]; /* the widths when nothing is cut */
        double shares;               /* how much of the shares there is room for: 1 is all */
};

static void unref_table(struct libscols_table **tb)
{
        scols_unref_table(*tb);
}

/* The bytes of a character, and its columns on the terminal. libsmartcols writes \xNN for what can't be shown. */
static size_t measure(const char *s, size_t n, size_t *ret_columns)
{
        mbstate_t state = { 0 };
        wchar_t c;
        size_t bytes = mbrtowc(&c, s, n, &state);
        int columns = bytes > n ? -1 : wcwidth(c);

        *ret_columns = columns < 0 ? 4 : (size_t) columns;
        return columns < 0 ? 1 : bytes;
}

/* Columns of the first n bytes. */
static size_t width_of(const char *s, size_t n)
{
        size_t sum = 0, columns;

        for (size_t i = 0; i < n; sum += columns)
                i += measure(s + i, n - i, &columns);
        return sum;
}

/* How many of n bytes fit. */
static size_t fitting(const char *s, size_t n, size_t width)
{
        size_t used = 0, columns;

        for (size_t i = 0, bytes; i < n; i += bytes, used += columns) {
                bytes = measure(s + i, n - i, &columns);
                if (used + columns > width)
                        return i;
        }
        return n;
}

/* The same, up to the last space; a word that no line has room for is broken, after a slash if it can be. 1 at least.
 */
static size_t fitting_words(const char *line, size_t n, size_t width)
{
        size_t fit = fitting(line, n, width), space = fit, slash = fit;

        if (fit == n)
                return n;
        while (space > 0 && line[space] != ' ')
                space--;
        if (space > 0 && width_of(line + space + 1, strcspn(line + space + 1, " \n")) <= width)
                return space;
        while (slash > space && line[slash - 1] != '/')
                slash--;
        return slash > space ? slash : MAX_OF(space > 0 ? space : fit, 1U);
}

/* How far the text is from the start of a line that begins with a mark. */
static size_t indent_of(const char *line)
{
        static const char *const marks[] = { "→ ", "-> ", "+ ", "- " };

        for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
                if (after_prefix(line, marks[i]))
                        return width_of(marks[i], strlen(marks[i]));
        return 0;
}

static void add_line(struct strbuf *b, const char *line, size_t n, size_t width)
{
        size_t indent = indent_of(line), pad = 0;

        for (;;) {
                size_t fit = width <= pad ? n : fitting_words(line, n, width - pad);

                strbuf_addn(b, line, fit);
                for (line += fit, n -= fit; n > 0 && *line == ' '; n--)
                        line++;
                if (n == 0)
                        return;
                strbuf_add(b, "\n");
                strbuf_pad(b, pad = indent);
        }
}

/* What fits on one line, and at its end a character that says that there is more. */
static void add_cut(struct strbuf *b, const char *text, size_t width, const char *more)
{
        size_t n = strlen(text), fit = width_of(text, n) <= width ? n : fitting(text, n, width - 1);

        strbuf_addn(b, text, fit);
        strbuf_add(b, fit < n ? more : "");
}

static void add_wrapped(struct strbuf *b, const char *text, size_t width)
{
        for (;;) {
                size_t n = strcspn(text, "\n");

                add_line(b, text, n, width);
                text += n;
                if (!*text++)
                        return;
                strbuf_add(b, "\n");
        }
}

void render_text(struct strbuf *b, const char *text, const struct render_style *style)
{
        size_t n = strlen(text);

        add_wrapped(b, text, style->width);
        if (n == 0 || text[n - 1] != '\n')
                strbuf_add(b, "\n");
}

void render_summary(struct strbuf *b, enum row_color color, const struct render_style *style, const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        strbuf_addf(b, "%s%s", style->color ? COLOR_BOLD : "",
                    style->color && row_colors[color] ? row_colors[color] : "");
        add_wrapped(b, text, style->width);
        strbuf_addf(b, "%s\n", style->color ? COLOR_OFF : "");
}

/* A cell's text, with that of the columns that are folded into it. width: of the column, if it is known. */
static void add_cell(struct strbuf *b, const struct drawing *d, const struct row *row, size_t column, size_t width)
{
        const struct column *columns = d->rows->columns;
        size_t used = 0;

        strbuf_add(b, row->cells[column] ? row->cells[column] : "");
        used = b->len > 0 ? width_of(b->text, b->len) : 0;
        for (size_t k = 0; k < ROW_COLUMNS; k++) {
                const char *text = d->folded[k] && columns[k].into == column ? row->cells[k] : NULL;
                size_t more = isempty(text) ? 0 : width_of(text, strlen(text));

                if (more == 0)
                        continue;
                if (used > 0 && columns[k].fold == FOLD_BESIDE && used + strlen(SEPARATOR) + more <= width) {
                        strbuf_add(b, SEPARATOR);
                        used += strlen(SEPARATOR) + more;
                } else {
                        strbuf_add(b, b->len > 0 ? "\n" : "");
                        used = more;
                }
                strbuf_add(b, text);
        }
}

/* The longest of a cell's lines alone: libsmartcols takes a cell that it may cut for one line. */
static void keep_longest_line(struct strbuf *b)
{
        CLEANUP_FREE char *text = NULL;
        const char *longest = "";
        size_t n_longest = 0;

        text = strbuf_steal(b);
        for (const char *line = text; line; line = strchr(line, '\n')) {
                size_t n;

                line += *line == '\n';
                n = strcspn(line, "\n");
                if (n >= n_longest) {
                        longest = line;
                        n_longest = n;
                }
        }
        strbuf_addn(b, longest, n_longest);
}

static void fill_cell(struct drawing *d, enum pass pass, const struct row *row, size_t column,
                      struct libscols_cell *cell)
{
        static const char *const roles[] = { [COLUMN_NAME] = COLOR_BOLD, [COLUMN_DEVICE] = COLOR_CYAN };
        enum column_role role = d->rows->columns[column].role;
        CLEANUP_STRBUF struct strbuf text = { 0 }, wrapped = { 0 };

        add_cell(&text, d, row, column, pass == PASS_WRAPPED ? d->widths[column] : 0);
        if (pass == PASS_MEASURE)
                keep_longest_line(&text);
        if (pass == PASS_WRAPPED && text.len > 0 && d->rows->columns[column].cut)
                add_cut(&wrapped, text.text, d->widths[column], d->style->utf8 ? "…" : ">");
        else if (pass == PASS_WRAPPED && text.len > 0)
                add_wrapped(&wrapped, text.text, d->widths[column]);
        scols_cell_set_data(cell, wrapped.len > 0 ? wrapped.text : text.text);
        scols_cell_set_color(cell, role == COLUMN_VERDICT ? row_colors[row->color] : roles[role]);
}

/* Columns with a name, if names are shown, and those that have anything. */
static void choose_columns(struct drawing *d)
{
        const struct column *columns = d->rows->columns;

        for (size_t k = 0; k < ROW_COLUMNS; k++) {
                d->drawn[k] = d->header && columns[k].name && !columns[k].optional;
                for (size_t i = 0; i < d->rows->n && !d->drawn[k]; i++)
                        d->drawn[k] = !isempty(d->rows->items[i].cells[k]);
        }
}

/* Folds one column more, the last first. False: there is no other. */
static bool fold_one(struct drawing *d)
{
        for (size_t k = ROW_COLUMNS; k-- > 0;)
                if (d->drawn[k] && d->rows->columns[k].fold != FOLD_NEVER) {
                        d->drawn[k] = false;
                        return d->folded[k] = true;
                }
        return false;
}

/* Whether there is enough room for the columns, as wide as they were, but that some can do with less. */
static bool is_roomy(const struct drawing *d)
{
        size_t sum = 0;

        for (size_t k = 0; k < ROW_COLUMNS; k++)
                if (d->drawn[k])
                        sum += (sum > 0 ? strlen(SEPARATOR) : 0) +
                               (d->rows->columns[k].room > 0 ? MIN_OF(d->widths[k], d->rows->columns[k].room)
                                                             : d->widths[k]);
        return sum <= d->style->width;
}

static void add_column(struct drawing *d, enum pass pass, size_t column, struct libscols_table *tb)
{
        const struct column *c = &d->rows->columns[column];
        int tree = d->rows->tree && column == 0 ? SCOLS_FL_TREE : 0;
        CLEANUP_STRBUF struct strbuf name = { 0 };
        struct libscols_column *cl;

        strbuf_add(&name, d->header && c->name ? c->name : "");
        for (size_t k = 0; k < ROW_COLUMNS && name.len > 0; k++)
                if (d->folded[k] && d->rows->columns[k].into == column && !d->rows->columns[k].optional)
                        strbuf_addf(&name, ", %s", d->rows->columns[k].name);
        if (pass == PASS_MEASURE) {
                double columns = (double) d->style->width;
                double share = d->shares * (c->room > 0 ? c->room / columns : c->share);
                bool wide = (c->room > 0 || c->share > 0) && (double) d->natural[column] > share * columns;

                /* With scols_table_enable_maxout() the share is what it is not reduced below. */
                cl = scols_table_new_column(tb, name.text, wide ? share : 0, tree | (wide ? SCOLS_FL_TRUNC : 0));
        } else {
                cl = scols_table_new_column(tb, name.text, pass == PASS_WRAPPED ? (double) d->widths[column] : 0,
                                            tree | SCOLS_FL_WRAP);
        }
        if (!cl)
                out_of_memory();
        if (pass != PASS_MEASURE)
                scols_column_set_wrapfunc(cl, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
        scols_column_set_safechars(cl, "\n");
        scols_cell_set_color(scols_column_get_header(cl), COLOR_UNDERLINE);
}

static void add_lines(struct drawing *d, enum pass pass, struct libscols_table *tb)
{
        struct libscols_line *line = NULL;
        unsigned depth = 0;

        for (size_t i = 0; i < d->rows->n; i++) {
                const struct row *row = &d->rows->items[i];

                for (; line && depth >= row->depth && depth > 0; depth--)
                        line = scols_line_get_parent(line);
                line = scols_table_new_line(tb, row->depth > 0 ? line : NULL);
                if (!line)
                        out_of_memory();
                depth = row->depth;
                for (size_t k = 0, n = 0; k < ROW_COLUMNS; k++)
                        if (d->drawn[k])
                                fill_cell(d, pass, row, k, scols_line_get_cell(line, n++));
        }
}

/* Returns the text, a new string, and the columns that it takes. */
static char *draw(struct drawing *d, enum pass pass, size_t *ret_width)
{
        CLEANUP(unref_table) struct libscols_table *tb = scols_new_table();
        size_t widths[ROW_COLUMNS] = { 0 };
        char *text = NULL;

        if (!tb)
                out_of_memory();
        scols_table_enable_noheadings(tb, !d->header);
        scols_table_enable_colors(tb, d->style->color);
        scols_table_enable_ascii(tb, !d->style->utf8);
        (pass == PASS_MEASURE ? scols_table_enable_maxout : scols_table_enable_minout)(tb, true);
        scols_table_set_column_separator(tb, SEPARATOR);
        scols_table_set_termforce(tb, pass == PASS_WHOLE ? SCOLS_TERMFORCE_NEVER : SCOLS_TERMFORCE_ALWAYS);
        scols_table_set_termwidth(tb, d->style->width);
        for (size_t k = 0; k < ROW_COLUMNS; k++)
                if (d->drawn[k])
                        add_column(d, pass, k, tb);
        add_lines(d, pass, tb);
        if (scols_print_table_to_string(tb, &text) < 0)
                out_of_memory();
        *ret_width = 0;
        for (size_t k = 0, n = 0; k < ROW_COLUMNS; k++)
                if (d->drawn[k]) {
                        *ret_width += n > 0 ? strlen(SEPARATOR) : 0;
                        *ret_width += widths[k] = scols_column_get_width(scols_table_get_column(tb, n++));
                }
        memcpy(d->widths, widths, sizeof(widths));
        return text;
}

void render_rows(struct strbuf *b, const struct row_list *rows, bool header, const struct render_style *style)
{
        struct drawing d = { .rows = rows, .style = style, .header = header };
        CLEANUP_FREE char *text = NULL;
        bool wraps = false;
        size_t width;

        if (rows->n == 0)
                return;
        choose_columns(&d);
        text = draw(&d, PASS_WHOLE, &width);
        while (style->width > 0 && !is_roomy(&d) && fold_one(&d)) {
                wraps = true;
                free(text);
                text = draw(&d, PASS_WHOLE, &width);
        }
        memcpy(d.natural, d.widths, sizeof(d.natural));
        for (d.shares = 1; style->width > 0 && width > style->width && d.shares >= 0; d.shares -= 0.25) {
                wraps = true;
                free(draw(&d, PASS_MEASURE, &width));
        }
        if (wraps) {
                free(text);
                text = draw(&d, PASS_WRAPPED, &width);
        }
        strbuf_addf(b, "%s\n", text);
}
