/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every row needs: the list, and settings and names in it. */
#include "view/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "plan/step-setting.h"
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
        case STATUS_ON_DEMAND:
                return ROW_DIM;
        default:
                return ROW_BAD;
        }
}

struct row *add_row(struct row_list *list, enum row_color color)
{
        struct row *row = ARRAY_APPEND(list->items, list->n, list->alloc);

        row->color = color;
        return row;
}

void row_set(struct row *row, size_t column, struct strbuf *text)
{
        row->cells[column] = strbuf_steal(text);
}

void row_set_text(struct row *row, size_t column, const char *text)
{
        if (text)
                replace_string(&row->cells[column], text);
}

const char *driver_word(const char *driver)
{
        if (!driver || streq(driver, DRIVER_NONE))
                return "no driver";
        return streq(driver, DRIVER_HOST) ? "host driver" : driver;
}

void add_place(struct strbuf *b, const struct plan_item *item)
{
        CLEANUP_FREE char *place = item_place(item);

        strbuf_addf(b, "%s (%s)", item->verdict == VERDICT_ABSENT && !item->section->required ? ", not required" : "",
                    place);
}

void add_settings(struct strbuf *b, const struct plan *plan, size_t item, const struct pci_function *f, const char *arrow)
{
        size_t n = 0;

        FOR_ITEM_STEPS(step, plan, item)
        {
                if (!step_is_of_sriov(step) || (f && pci_address_compare(&step->address, &f->address) != 0))
                        continue;
                strbuf_add(b, n++ > 0 ? ", " : "");
                step_setting_format(b, step, arrow);
        }
}
