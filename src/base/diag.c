/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnostics. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        CLEANUP_FREE char *text = NULL, *file = NULL;
        struct diag *d = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                text = NULL;
        if (loc && loc->file)
                file = strdup(loc->file);
        if (text && (file || !loc || !loc->file))
                d = ARRAY_APPEND(list->items, list->n, list->alloc);
        if (!d) {
                list->out_of_memory = true;
                return;
        }
        d->severity = severity;
        d->file = STEAL(file);
        d->line = loc ? loc->line : 0;
        d->text = STEAL(text);
        if (severity == DIAG_ERROR)
                list->n_errors++;
}

bool diag_has_errors(const struct diag_list *list)
{
        return list->n_errors > 0 || list->out_of_memory;
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
        items = calloc(list->n, sizeof(*items));
        if (!items)
                return; /* unsorted is still whole */
        for (size_t i = 0; i < list->n; i++)
                items[i] = (struct sort_item){ list->items[i], i };
        qsort(items, list->n, sizeof(*items), compare);
        for (size_t i = 0; i < list->n; i++)
                list->items[i] = items[i].diag;
}
