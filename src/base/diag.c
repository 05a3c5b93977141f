/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnostics. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"

void diag_list_free(struct diag_list *list)
{
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].file);
                free(list->items[i].text);
        }
        free(list->items);
        *list = (struct diag_list){ 0 };
}

void diag_add(struct diag_list *list, enum diag_severity severity, const struct config_loc *loc,
              const char *format, ...)
{
        struct diag *d = ARRAY_APPEND(list->items, list->n, list->alloc);
        va_list args;

        va_start(args, format);
        d->text = xvasprintf(format, args);
        va_end(args);
        if (loc && loc->file)
                d->file = xstrdup(loc->file);
        d->severity = severity;
        d->line = loc ? loc->line : 0;
        if (severity == DIAG_ERROR)
                list->n_errors++;
}

bool diag_has_errors(const struct diag_list *list)
{
        return list->n_errors > 0;
}

/* Insertion order breaks ties: qsort() is not stable, so the index goes into the key. */
struct sort_item {
        struct diag diag;
        size_t index;
};

static int compare(const void *a, const void *b)
{
        const struct sort_item *x = a, *y = b;
        const char *xf = x->diag.file ? x->diag.file : "", *yf = y->diag.file ? y->diag.file : "";
        int r = strcmp(xf, yf);

        if (r != 0)
                return r;
        if (x->diag.line != y->diag.line)
                return x->diag.line < y->diag.line ? -1 : 1;
        return (x->index > y->index) - (x->index < y->index);
}

void diag_sort(struct diag_list *list)
{
        CLEANUP_FREE struct sort_item *items = NULL;

        if (list->n < 2)
                return;
        items = xcalloc(list->n, sizeof(*items));
        for (size_t i = 0; i < list->n; i++)
                items[i] = (struct sort_item){ list->items[i], i };
        qsort(items, list->n, sizeof(*items), compare);
        for (size_t i = 0; i < list->n; i++)
                list->items[i] = items[i].diag;
}
