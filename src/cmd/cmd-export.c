/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* export: what a section hands over, as a VM's configuration says it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/names.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "export/export.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/scan.h"

static int unknown_target(const char *word)
{
        const char *names[EXPORT_TARGET_MAX], *nearest;

        for (enum export_target t = 0; t < EXPORT_TARGET_MAX; t++)
                names[t] = export_target_name(t);
        nearest = names_nearest(word, names, ARRAY_SIZE(names));
        (void) fprintf(stderr, "%s: unknown target%s%s%s; expected libvirt, proxmox or qemu.\n", word,
                       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
        return EXIT_USAGE_ERROR;
}

/* The target, or EXPORT_TARGET_MAX when it was told what is wrong. */
static enum export_target parse_arguments(const struct options *o)
{
        enum export_target target;
        uint64_t n;

        if (o->n_args < 2) {
                (void) fputs("export takes a target (libvirt, proxmox, qemu) and a section: passthru-setup export "
                             "libvirt gpu\n",
                             stderr);
                return EXPORT_TARGET_MAX;
        }
        target = export_target_from_name(o->args[0]);
        if (target == EXPORT_TARGET_MAX)
                (void) unknown_target(o->args[0]);
        else if (o->vmid && target != EXPORT_PROXMOX)
                (void) fputs("--vmid is for export proxmox.\n", stderr);
        else if (o->vmid && (parse_unsigned(o->vmid, 10, 999999999, &n) < 0 || n < 100)) /* as qm(1) has it */
                (void) fprintf(stderr, "--vmid=%s: expected a number from 100 to 999999999\n", o->vmid);
        else
                return target;
        return EXPORT_TARGET_MAX;
}

static int unknown_section(const struct config *config, const char *name)
{
        CLEANUP_FREE const char **names = calloc(config->n_sections + 1, sizeof(*names));
        const char *nearest = NULL;
        size_t n = 0;

        for (size_t i = 0; names && i < config->n_sections; i++)
                if (config->sections[i]->kind != SECTION_MODULE)
                        names[n++] = config->sections[i]->name;
        if (names)
                nearest = names_nearest(name, names, n);
        log_plain(LOG_ERR, NULL, "%s: there is no such section%s%s%s", name, nearest ? "; did you mean " : "",
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

static int export(const struct context *c, const struct options *o, enum export_target target)
{
        const struct export_input input = { c->snapshot.plan, c->snapshot.inventory, &c->state };
        CLEANUP_EXPORT struct export_list list = { 0 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_FREE char *text = NULL;
        int r = inventory_read_type_details(c->sys, c->snapshot.inventory);

        for (int i = 1; i < o->n_args && r == 0; i++) {
                r = export_add(&input, o->args[i], &list, &diags);
                if (r == -ENOENT)
                        return unknown_section(c->config, o->args[i]);
        }
        if (r == 0)
                r = export_text(&list, c->snapshot.inventory, target, o->vmid ? o->vmid : "VMID", &diags, &text);
        return r < 0 ? context_host_error("The lines can't be printed", r) : print(text, &diags);
}

int cmd_export(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        enum export_target target = parse_arguments(o);
        int r;

        if (target == EXPORT_TARGET_MAX)
                return EXIT_USAGE_ERROR;
        r = context_load_config(&c, o, NULL, 0);
        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        return r == EXIT_OK ? export(&c, o, target) : r;
}
