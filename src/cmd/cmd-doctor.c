/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: the host, finding by finding, and what to do about each. Writes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-host.h"
#include "boot/bootloader-read.h"
#include "cmd/cmd.h"
#include "doctor/doctor-read.h"
#include "doctor/doctor.h"
#include "import/foreign-config.h"
#include "guard/clearance-file.h"
#include "import/foreign-read.h"
#include "report/log.h"
#include "report/output.h"
#include "view/rows.h"
#include "vmdef/vmdef-read.h"

static void print_text(const struct doctor_report *report, const struct options *o, struct strbuf *text)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *summary = doctor_summary(report);

        rows_of_doctor(report, style.utf8 ? "→" : "->", &rows);
        render_rows(text, &rows, false, &style);
        if (!o->no_legend)
                render_summary(text, ROW_PLAIN, &style, "doctor: %s", summary);
}

static int print(const struct doctor_report *report, const struct options *o)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *json = NULL;

        if (o->json)
                json = render_doctor_json(report);
        else
                print_text(report, o, &text);
        if (json)
                strbuf_add(&text, json);
        return output_page(text.text, o->no_pager);
}

/* Without its files the loader itself is known all the same. */
static void read_boot(struct sys *sys, struct boot_host *boot, struct doctor_facts *facts)
{
        int r = boot_host_read(sys, boot);

        if (r == 0)
                return;
        facts->unread_boot =
                xasprintf("%s: %s", sys->failed[0] ? sys->failed : "they can't be read", strerrordesc_np(-r));
        bootloader_find(sys, &boot->loader);
        replace_string(&boot->running, facts->cmdline ? facts->cmdline : "");
}

int cmd_doctor(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_FACTS struct doctor_facts facts = { 0 };
        CLEANUP_BOOT_HOST struct boot_host boot = { 0 };
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        CLEANUP_VMDEFS struct vmdefs vms = { 0 };
        CLEANUP_FREE char *cleared = NULL;
        CLEANUP_REPORT struct doctor_report report = { 0 };
        struct doctor_input input = { .facts = &facts, .boot = &boot, .rivals = &rivals, .vms = &vms };
        int r = context_load_config(&c, o, NULL, 0);

        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        /* What is in the way of a VM's device is to be known before the VM starts. */
        if (r == EXIT_OK)
                config_wake_all(c.config);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        if (r != EXIT_OK)
                return r;
        input.config = c.config;
        input.inventory = c.snapshot.inventory;
        input.plan = c.snapshot.plan;
        doctor_read(c.sys, c.snapshot.inventory, c.snapshot.plan, !o->config, &facts);
        read_boot(c.sys, &boot, &facts);
        rivals_read(c.sys, &rivals);
        vmdefs_read(c.sys, &vms);
        if (clearance_load(c.sys, CLEARANCE_PATH, &cleared, &input.cleared_len) == 0)
                input.cleared = cleared;
        doctor_examine(&input, &report);
        r = print(&report, o);
        return r == EXIT_OK && doctor_count(&report, DOCTOR_ERROR) > 0 ? EXIT_SECTION_FAILED : r;
}
