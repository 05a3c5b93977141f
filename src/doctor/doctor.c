/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks of doctor, and the findings that they make. */
#include "doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-edit.h"
#include "doctor/doctor-internal.h"

static const struct {
        const char *id;
        void (*check)(struct examination *e);
} checks[] = {
        { "cpu", examine_cpu },
        { "iommu", examine_iommu },
        { "interrupt-remapping", examine_interrupts },
        { "unsafe-interrupts", examine_unsafe_interrupts },
        { "iommu-passthrough", examine_passthrough },
        { "acs-override", examine_acs },
        { "kernel-parameter", examine_parameters },
        { "boot-loader", examine_loader },
        { "no-iommu-mode", examine_noiommu },
        { "module", examine_modules },
        { "section", examine_sections },
        { "group", examine_groups },
        { "reserved-memory", examine_reserved },
        { "display", examine_display },
        { "gvt-g", examine_gvt },
        { "ignore-msrs", examine_msrs },
        { "initramfs", examine_initramfs },
        { "vm", examine_vms },
        { "hook", examine_hooks },
        { "rival", examine_rivals },
        { "vf-maker", examine_vf_makers },
        { "blacklist", examine_blacklists },
};

static const char *const severities[DOCTOR_SEVERITY_MAX] = {
        [DOCTOR_OK] = "ok",
        [DOCTOR_NOTE] = "note",
        [DOCTOR_WARNING] = "warning",
        [DOCTOR_ERROR] = "error",
};

const char *doctor_severity_name(enum doctor_severity severity)
{
        return severities[severity];
}

void doctor_report_free(struct doctor_report *report)
{
        for (size_t i = 0; i < report->n; i++) {
                free(report->items[i].subject);
                free(report->items[i].text);
                free(report->items[i].remedy);
                free(report->items[i].file);
        }
        free(report->items);
        *report = (struct doctor_report){ 0 };
}

struct doctor_finding *finding_add(struct examination *e, enum doctor_severity severity, const char *subject,
                                   const char *format, ...)
{
        struct doctor_finding *f = ARRAY_APPEND(e->report->items, e->report->n, e->report->alloc);
        va_list args;

        f->id = e->id;
        f->severity = severity;
        va_start(args, format);
        f->text = xvasprintf(format, args);
        va_end(args);
        replace_string(&f->subject, subject);
        return f;
}

void finding_at(struct doctor_finding *f, const char *file, unsigned line)
{
        f->line = line;
        replace_string(&f->file, file);
}

void finding_remedy(struct doctor_finding *f, const char *format, ...)
{
        CLEANUP_FREE char *line = NULL;
        char *all;
        va_list args;

        va_start(args, format);
        line = xvasprintf(format, args);
        va_end(args);
        all = xasprintf("%s%s%s", f->remedy ? f->remedy : "", f->remedy ? "\n" : "", line);
        free(f->remedy);
        f->remedy = all;
}

bool doctor_is_x86(const struct doctor_facts *facts)
{
        return facts->cpu == DOCTOR_CPU_INTEL || facts->cpu == DOCTOR_CPU_AMD || facts->cpu == DOCTOR_CPU_X86;
}

bool item_is_wanted(const struct plan_item *item)
{
        return item->verdict != VERDICT_DISABLED && !item->section->left_out;
}

bool item_wants_vfio(const struct plan_item *item)
{
        const struct config_section *s = item->section;

        return item_is_wanted(item) && (s->kind == SECTION_DEVICE || s->kind == SECTION_SRIOV || s->kind == SECTION_VF) &&
               (driver_is_vfio(s->driver) || streq_ptr(s->driver, DRIVER_AUTO));
}

bool any_wants_vfio(const struct examination *e)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++)
                if (item_wants_vfio(&e->input->plan->items[i]))
                        return true;
        return false;
}

const struct doctor_module *facts_module(const struct doctor_facts *facts, const char *name)
{
        for (size_t i = 0; i < facts->n_modules; i++)
                if (streq(facts->modules[i].name, name))
                        return &facts->modules[i];
        return NULL;
}

bool param_is_on(const char *value)
{
        return value && module_value_equal(value, "Y");
}

static void start(struct examination *e)
{
        const struct boot_host *boot = e->input->boot;
        CLEANUP_BOOT_EDIT struct boot_edit edit = { 0 };

        boot_needs_build(e->input->config, e->input->plan, e->input->inventory, boot, &e->needs);
        boot_settings_read(boot->loader.syntax, &boot->files, &e->settings);
        if (e->facts->unread_boot) {
                replace_string(&e->hindrance, "make the boot loader's files readable first");
                return;
        }
        if (!boot->loader.file || boot->loader.why_not)
                return;
        boot_edit_build(boot, &e->needs, &edit);
        e->hindrance = boot_edit_hindrance(boot, &e->needs, &edit);
}

void doctor_examine(const struct doctor_input *input, struct doctor_report *ret)
{
        struct examination e = { .input = input, .facts = input->facts, .report = ret };

        start(&e);
        for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
                e.id = checks[i].id;
                checks[i].check(&e);
        }
        boot_needs_clear(&e.needs);
        boot_settings_clear(&e.settings);
        free(e.hindrance);
}

size_t doctor_count(const struct doctor_report *report, enum doctor_severity severity)
{
        size_t n = 0;

        for (size_t i = 0; i < report->n; i++)
                n += report->items[i].severity == severity;
        return n;
}

char *doctor_summary(const struct doctor_report *report)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_add_count(&b, doctor_count(report, DOCTOR_ERROR), "error", "errors");
        strbuf_add_count(&b, doctor_count(report, DOCTOR_WARNING), "warning", "warnings");
        strbuf_add_count(&b, doctor_count(report, DOCTOR_NOTE), "note", "notes");
        strbuf_add_count(&b, doctor_count(report, DOCTOR_OK), "ok", "ok");
        strbuf_add(&b, b.len > 0 ? "." : "nothing was found.");
        return strbuf_steal(&b);
}
