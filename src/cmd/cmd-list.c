/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list: what there is to hand over. Needs no configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "cmd/cmd.h"
#include "device/device-class.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
#include "scan/openers.h"
#include "scan/scan.h"
#include "survey/survey.h"
#include "view/rows.h"

static int unknown_class(const char *word)
{
        const char *names[DEVICE_CLASS_MAX + 1];
        CLEANUP_FREE char *text = NULL;

        for (enum device_class c = 0; c < DEVICE_CLASS_MAX; c++)
                names[c] = device_class_name(c);
        names[DEVICE_CLASS_MAX] = "all";
        text = options_unknown_word(word, "class", names, ARRAY_SIZE(names));
        return usage_error("%s", text);
}

static int parse_classes(const struct options *o, struct list_filter *filter)
{
        for (int i = 0; i < o->n_args; i++) {
                enum device_class c = device_class_from_name(o->args[i]);

                if (streq(o->args[i], "all"))
                        filter->all = true;
                else if (c == DEVICE_CLASS_MAX)
                        return unknown_class(o->args[i]);
                else
                        filter->classes |= 1U << c;
        }
        return EXIT_OK;
}

/* VMs have what VFIO has. */
static void on_opened(void *arg, size_t function, const struct opener *who)
{
        struct list_host *host = arg;
        CLEANUP_FREE char *text = NULL;

        if (host->uses[function])
                return;
        text = opener_text(who);
        host->uses[function] = xasprintf("%s has it open", text);
}

static void list_host_clear(struct list_host *host)
{
        for (size_t i = 0; host->uses && i < host->inventory->n_functions; i++)
                free(host->uses[i]);
        free(host->uses);
}

/* What the host does with each function, as the guards say it, and VMs with theirs. */
static void list_host_read(struct sys *sys, const struct inventory *inv, const struct usage *usage,
                           struct list_host *ret)
{
        CLEANUP_FREE bool *taken = xcalloc(inv->n_functions + 1, sizeof(*taken));
        unsigned guards;

        *ret = (struct list_host){ .inventory = inv,
                                   .usage = usage,
                                   .uses = xcalloc(inv->n_functions + 1, sizeof(*ret->uses)) };
        for (size_t i = 0; i < inv->n_functions; i++)
                usage_describe(usage, inv, i, taken, &ret->uses[i], &guards);
        openers_read(sys, inv, on_opened, ret);
}

static int print(const struct list_host *host, const struct list_filter *filter, const struct options *o)
{
        const struct inventory *inv = host->inventory;
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *json = NULL;

        if (o->json) {
                json = render_list_json(host, filter);
                return output_page(json, o->no_pager);
        }
        rows_of_list(host, filter, &rows);
        render_rows(&text, &rows, !o->no_legend, &style);
        if (rows.n == 0 && !o->no_legend)
                log_plain(LOG_INFO, NULL,
                          inv->n_functions > 0 ? "No such device."
                          : host->has_channels ? "There are no PCI devices; lscss lists those for bus = css."
                                               : "There are no PCI devices.");
        return output_page(text.text, o->no_pager);
}

int cmd_list(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { .config = config_new() };
        CLEANUP(usage_freep) struct usage *usage = NULL;
        struct list_filter filter = { .sriov = o->sriov, .mdev = o->mdev };
        struct list_host host = { 0 };
        int r = parse_classes(o, &filter);

        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r != EXIT_OK)
                return r;
        r = inventory_read(c.sys, c.config, &c.snapshot.inventory);
        if (r == 0)
                inventory_read_details(c.sys, c.snapshot.inventory);
        if (r == 0)
                hwdb_name_all(o->root, c.snapshot.inventory);
        if (r == 0) {
                usage_read(c.sys, c.snapshot.inventory, NULL, 0, &usage);
                usage_read_disks(c.sys, usage);
                list_host_read(c.sys, c.snapshot.inventory, usage, &host);
        }
        host.has_channels = sys_exists(c.sys, "sys/bus/css/devices");
        r = r != 0 ? context_look_error(&c, r) : print(&host, &filter, o);
        list_host_clear(&host);
        return r;
}
