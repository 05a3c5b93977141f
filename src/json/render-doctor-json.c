/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The findings of doctor as JSON. */
#include "doctor/doctor.h"
#include "json/json.h"
#include "json/render-json-internal.h"
#include "json/render-json.h"

static json_t *finding_json(const struct doctor_finding *f)
{
        json_t *j = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", f->id, "severity",
                              doctor_severity_name(f->severity), "subject", json_text(f->subject), "text",
                              json_text(f->text), "remedy", json_split(f->remedy, '\n'), "file", json_text(f->file),
                              "line", f->file && f->line ? json_integer(f->line) : json_null());

        if (f->item)
                add_reasons_json(j, f->item);
        return j;
}

char *render_doctor_json(const struct doctor_report *report)
{
        json_t *findings = json_array();

        for (size_t i = 0; i < report->n; i++)
                json_add(findings, finding_json(&report->items[i]));
        return json_finish(json_pack("{s:i, s:o}", "version", JSON_VERSION, "findings", findings));
}
