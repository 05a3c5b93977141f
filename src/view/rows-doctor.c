/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of `doctor`: a finding and, below it, what to do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/doctor.h"
#include "view/rows-internal.h"

enum { SEVERITY, SUBJECT, TEXT };

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

static void add_finding(const struct doctor_finding *f, struct row_list *list)
{
        struct row *row = add_row(list, color_of(f->severity));
        const struct config_loc loc = { f->file, f->line };
        CLEANUP_FREE char *place = f->file ? loc_text(&loc) : NULL;
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (f->file && !place)
                list->out_of_memory = true;
        row_set_text(list, row, SEVERITY, doctor_severity_name(f->severity));
        row_set_text(list, row, SUBJECT, f->subject);
        strbuf_add(&text, f->text);
        if (place)
                strbuf_addf(&text, " (%s)", place);
        row_set(list, row, TEXT, &text);
}

static void add_remedy(const char *line, size_t n, const char *arrow, struct row_list *list)
{
        struct row *row = add_row(list, ROW_PLAIN);
        CLEANUP_STRBUF struct strbuf text = { 0 };

        strbuf_addf(&text, "%s ", arrow);
        strbuf_addn(&text, line, n);
        row_set(list, row, TEXT, &text);
}

int rows_of_doctor(const struct doctor_report *report, const char *arrow, struct row_list *ret)
{
        for (size_t i = 0; i < report->n; i++) {
                const char *line = report->items[i].remedy;

                add_finding(&report->items[i], ret);
                while (line && *line) {
                        size_t n = strcspn(line, "\n");

                        add_remedy(line, n, arrow, ret);
                        line += n + (line[n] == '\n');
                }
        }
        return ret->out_of_memory ? -ENOMEM : 0;
}
