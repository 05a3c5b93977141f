/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* export: what a section hands over, as the configuration of a VM, a container or a cluster says it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "export/export.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/scan.h"

static void unknown_format(const char *word)
{
        CLEANUP_FREE const char **list = xcalloc(export_n_formats, sizeof(*list));
        CLEANUP_FREE char *text = NULL;

        for (size_t i = 0; i < export_n_formats; i++)
                list[i] = export_formats[i].name;
        text = options_unknown_word(word, "format", list, export_n_formats);
        (void) usage_error("%s", text);
}

/* The table of the formats, for `export` alone. */
static int print_formats(void)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (size_t i = 0; i < export_n_formats; i++)
                strbuf_addf(&text, "%-20s %s\n%21sfrom %s on\n%21suse: %s\n", export_formats[i].name,
                            export_formats[i].prints, "", export_formats[i].since, "", export_formats[i].use);
        return output_text(text.text);
}

/* NULL when it was told what is wrong. */
static const struct export_format *parse_arguments(const struct options *o)
{
        const struct export_format *format = export_format_find(o->args[0]);
        uint64_t n;

        if (!format)
                unknown_format(o->args[0]);
        else if (o->n_args < 2)
                (void) usage_error("export needs a section; usage: passthru-setup export %s SECTION…", format->name);
        else if (o->vmid && !(format->takes & EXPORT_VMID))
                (void) usage_error("--vmid is not for export %s", format->name);
        else if (o->vmid && (parse_unsigned(o->vmid, 10, 999999999, &n) < 0 || n < 100)) /* as qm(1) has it */
                (void) usage_error("--vmid=%s: expected a number from 100 to 999999999", o->vmid);
        else
                return format;
        return NULL;
}

static int unknown_section(const struct config *config, const char *name)
{
        CLEANUP_FREE const char **names = xcalloc(config->n_sections + 1, sizeof(*names));
        const char *nearest = NULL;
        size_t n = 0;

        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->kind != SECTION_MODULE)
                        names[n++] = config->sections[i]->name;
        nearest = names_nearest(name, names, n);
        log_plain(LOG_ERR, NULL, "%s: no such section%s%s%s", name, nearest ? "; did you mean " : "",
                  nearest ? nearest : "", nearest ? "?" : "");
        return EXIT_USAGE_ERROR;
}

/* A line that can't be had is worth more than the others: with an error nothing is printed. */
static int print(const char *text, const struct diag_list *diags)
{
        for (size_t i = 0; i < diags->n; i++)
                log_plain(diags->items[i].severity == DIAG_ERROR ? LOG_ERR : LOG_NOTICE, NULL, "%s",
                          diags->items[i].text);
        return diag_has_errors(diags) ? EXIT_SECTION_FAILED : output_text(text);
}

static int export(const struct context *c, const struct options *o, const struct export_format *format)
{
        const struct export_input input = { c->snapshot.plan, c->snapshot.inventory, &c->state };
        CLEANUP_EXPORT struct export_list list = { 0 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_FREE char *text = NULL;

        inventory_read_type_details(c->sys, c->snapshot.inventory);
        for (int i = 1; i < o->n_args; i++)
                if (export_add(&input, o->args[i], &list, &diags) < 0)
                        return unknown_section(c->config, o->args[i]);
        text = export_text(&list, c->snapshot.inventory, format, o->vmid ? o->vmid : "VMID", &diags);
        return print(text, &diags);
}

int cmd_export(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        const struct export_format *format;
        int r;

        if (o->n_args == 0)
                return print_formats();
        format = parse_arguments(o);
        if (!format)
                return EXIT_USAGE_ERROR;
        r = context_load_config(&c, o, NULL, 0);
        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        /* A VM's definition names its devices before it starts for the first time. */
        if (r == EXIT_OK)
                config_wake_all(c.config);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        return r == EXIT_OK ? export(&c, o, format) : r;
}
