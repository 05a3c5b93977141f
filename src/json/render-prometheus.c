/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Metrics (https://prometheus.io/docs/instrumenting/exposition_formats/). A state is a series for each that there is,
 * one of them 1, as node_exporter's systemd collector has it: an alert needs no list of what is good. */
#include "json/render-prometheus.h"

#include <inttypes.h>

#include "base/strbuf.h"
#include "view/rows.h"

static void add_family(struct strbuf *b, const char *name, const char *help)
{
        strbuf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void add_single(struct strbuf *b, const char *name, const char *help, uint64_t value)
{
        add_family(b, name, help);
        strbuf_addf(b, "%s %" PRIu64 "\n", name, value);
}

static void add_label(struct strbuf *b, const char *name, const char *value)
{
        strbuf_addf(b, "%s=\"", name);
        for (; *value; value++)
                if (*value == '\n')
                        strbuf_add(b, "\\n");
                else
                        strbuf_add(b, (char[]){ *value == '\\' || *value == '"' ? '\\' : *value,
                                                *value == '\\' || *value == '"' ? *value : '\0', '\0' });
        strbuf_add(b, "\"");
}

static void add_section(struct strbuf *b, const struct plan_item *item, enum section_status actual)
{
        for (enum section_status status = 0; status < SECTION_STATUSES; status++) {
                strbuf_add(b, "passthru_section_status{");
                add_label(b, "section", item->section->name);
                strbuf_add(b, ",");
                add_label(b, "kind", section_kind_name(item->section->kind));
                strbuf_add(b, ",");
                add_label(b, "required", item->section->required ? "yes" : "no");
                strbuf_add(b, ",");
                add_label(b, "status", section_status_name(status));
                strbuf_addf(b, "} %d\n", status == actual);
        }
}

static void add_vfs_of(struct strbuf *b, const char *section, enum member_use use, size_t n)
{
        strbuf_add(b, "passthru_section_vfs{");
        add_label(b, "section", section);
        strbuf_add(b, ",");
        add_label(b, "use", member_use_name(use));
        strbuf_addf(b, "} %zu\n", n);
}

/* Of each [sriov] section, so that an alert can say when a host runs out of them. */
static void add_vfs(struct strbuf *b, const struct metrics *m)
{
        bool any = false;

        for (size_t i = 0; i < m->plan->n_items; i++) {
                const struct config_section *s = m->plan->items[i].section;
                const struct pool *pool = &m->pools->items[i];

                if (s->kind != SECTION_SRIOV)
                        continue;
                if (!any)
                        add_family(b, "passthru_section_vfs", "VFs that a VM can open, by whether one has.");
                any = true;
                add_vfs_of(b, s->name, MEMBER_FREE, pool->n_free);
                add_vfs_of(b, s->name, MEMBER_OPEN, pool->n_open);
        }
}

static void add_sections(struct strbuf *b, const struct metrics *m)
{
        size_t counts[SECTION_STATUSES] = { 0 }, off = 0;

        if (m->plan->n_items > 0)
                add_family(b, "passthru_section_status", "Whether a section of the configuration is in this state.");
        for (size_t i = 0; i < m->plan->n_items; i++) {
                enum section_status status = section_status(&m->plan->items[i], m->state);

                add_section(b, &m->plan->items[i], status);
                counts[status]++;
                off += section_is_off(&m->plan->items[i], m->state);
        }
        add_family(b, "passthru_sections", "Sections of the configuration, by state.");
        for (enum section_status status = 0; status < SECTION_STATUSES; status++) {
                strbuf_add(b, "passthru_sections{");
                add_label(b, "status", section_status_name(status));
                strbuf_addf(b, "} %zu\n", counts[status]);
        }
        if (m->pools)
                add_vfs(b, m);
        add_single(b, "passthru_required_sections_off", "Required sections that are not as configured.", off);
        add_single(b, "passthru_drift_steps", "Steps that apply would carry out now.", m->plan->n_steps);
        if (m->held)
                add_single(b, "passthru_held_sections",
                           "Sections no longer in the configuration that still have devices handed over.",
                           plan_count(m->held->plan).change);
}

char *render_prometheus(const struct metrics *m)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        add_family(&b, "passthru_info", "The version of passthru-setup.");
        strbuf_add(&b, "passthru_info{");
        add_label(&b, "version", m->version);
        strbuf_add(&b, "} 1\n");
        add_single(&b, "passthru_config_valid", "Whether the configuration has no mistake.", m->plan != NULL);
        if (m->plan)
                add_sections(&b, m);
        if (m->last_run.time > 0) {
                add_single(&b, "passthru_last_run_timestamp_seconds", "When the last apply of this boot ended.",
                           m->last_run.time);
                add_single(&b, "passthru_last_run_success",
                           "Whether the last apply of this boot ended with exit status 0.", m->last_run.status == 0);
        }
        return strbuf_steal(&b);
}
