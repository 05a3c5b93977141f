/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every row needs: the list, and settings and names in it. */
#include "view/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strutil.h"
#include "view/rows-internal.h"

void row_list_free(struct row_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                for (size_t k = 0; k < ROW_COLUMNS; k++)
                        free(list->items[i].cells[k]);
        free(list->items);
        *list = (struct row_list){ 0 };
}

enum row_color status_color(enum section_status status)
{
        switch (status) {
        case STATUS_OK:
                return ROW_GOOD;
        case STATUS_DRIFT:
                return ROW_CHANGE;
        case STATUS_DISABLED:
                return ROW_DIM;
        default:
                return ROW_BAD;
        }
}

struct row *add_row(struct row_list *list, enum row_color color)
{
        struct row *row = ARRAY_APPEND(list->items, list->n, list->alloc);

        if (!row)
                list->out_of_memory = true;
        else
                row->color = color;
        return row;
}

void row_set(struct row_list *list, struct row *row, size_t column, struct strbuf *text)
{
        if (!row || strbuf_steal(text, &row->cells[column]) < 0) {
                list->out_of_memory = true;
                strbuf_free(text);
        }
}

void row_set_text(struct row_list *list, struct row *row, size_t column, const char *text)
{
        if (row && text && replace_string(&row->cells[column], text) < 0)
                list->out_of_memory = true;
}

void add_place(struct strbuf *b, const struct plan_item *item)
{
        CLEANUP_FREE char *place = item_place(item);

        b->failed = b->failed || !place;
        strbuf_addf(b, "%s (%s)", item->verdict == VERDICT_ABSENT && !item->section->required ? ", not required" : "",
                    place ? place : "");
}

/* The next of a list's parts, "vlan, qos": its length, and *list past it. */
static int next_part(const char **list)
{
        const char *start = *list;
        size_t n = strcspn(start, ",");

        *list = start[n] ? start + n + strlen(", ") : start + n;
        return (int) n;
}

/* Of "vlan, qos", "100, 0" and "200, 3": "vlan 100 → 200, qos 0 → 3"; without an arrow "vlan 200, qos 3". */
static void add_each(struct strbuf *b, const char *names, const char *old, const char *values, const char *arrow)
{
        while (*names) {
                const char *name = names, *was = old, *value = values;

                strbuf_addf(b, "%.*s", next_part(&names), name);
                if (was && arrow)
                        strbuf_addf(b, " %.*s %s", next_part(&old), was, arrow);
                strbuf_addf(b, " %.*s%s", next_part(&values), value, *names ? ", " : "");
        }
}

void add_setting(struct strbuf *b, const struct plan_step *step, const char *arrow)
{
        if (step->kind == STEP_PF_SET && streq(step->attribute, "up"))
                strbuf_addf(b, "%s %s", step->subject, streq(step->value, "yes") ? "up" : "down");
        else
                add_each(b, step->attribute, step->old, step->value, arrow);
}

void add_settings(struct strbuf *b, const struct plan *plan, size_t item, const struct pci_function *f, const char *arrow)
{
        size_t n = 0;

        FOR_ITEM_STEPS(step, plan, item)
        {
                if ((step->kind != STEP_VF_SET && step->kind != STEP_PF_SET && step->kind != STEP_ESWITCH) ||
                    (f && pci_address_compare(&step->address, &f->address) != 0))
                        continue;
                strbuf_add(b, n++ > 0 ? ", " : "");
                add_setting(b, step, arrow);
        }
}
