/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of `doctor`: a finding and, below it, what to do. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "doctor/doctor.h"
#include "view/rows-internal.h"

enum { SEVERITY, SUBJECT, TEXT };

static const struct column columns[ROW_COLUMNS] = {
        [SEVERITY] = { .role = COLUMN_VERDICT },
        [SUBJECT] = { .role = COLUMN_NAME, .share = 0.2 },
        [TEXT] = { .share = 0.6 },
};

static enum row_color color_of(enum doctor_severity severity)
{
        switch (severity) {
        case DOCTOR_OK:
                return ROW_GOOD;
        case DOCTOR_WARNING:
                return ROW_CHANGE;
        case DOCTOR_ERROR:
                return ROW_BAD;
        default:
                return ROW_PLAIN;
        }
}

/* The finding, and below it what to do: a line for each. */
static void add_finding(const struct doctor_finding *f, const char *arrow, struct row_list *list)
{
        struct row *row = add_row(list, color_of(f->severity));
        const struct config_loc loc = { f->file, f->line };
        CLEANUP_FREE char *place = f->file ? loc_text(&loc) : NULL;
        CLEANUP_STRBUF struct strbuf text = { 0 };

        row_set_text(row, SEVERITY, doctor_severity_name(f->severity));
        row_set_text(row, SUBJECT, f->subject);
        strbuf_add(&text, f->text);
        if (place)
                strbuf_addf(&text, " (%s)", place);
        for (const char *line = f->remedy; line && *line; line += *line == '\n') {
                size_t n = strcspn(line, "\n");

                strbuf_addf(&text, "\n%s ", arrow);
                strbuf_addn(&text, line, n);
                line += n;
        }
        row_set(row, TEXT, &text);
}

void rows_of_doctor(const struct doctor_report *report, const char *arrow, struct row_list *ret)
{
        ret->columns = columns;
        for (size_t i = 0; i < report->n; i++)
                add_finding(&report->items[i], arrow, ret);
}
