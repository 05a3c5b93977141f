/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list: what there is to hand over. Needs no configuration. */
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "cmd/cmd.h"
#include "device/device-class.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
#include "scan/scan.h"
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

static int print(const struct inventory *inv, const struct list_filter *filter, const struct options *o)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *json = NULL;

        if (o->json) {
                render_list_json(inv, filter, &json);
                strbuf_add(&text, json);
        } else {
                rows_of_list(inv, filter, &rows);
                render_rows(&text, &rows, !o->no_legend, &style);
        }
        if (rows.n == 0 && !o->json && !o->no_legend)
                log_plain(LOG_INFO, NULL, inv->n_functions == 0 ? "There are no PCI devices." : "There is no such device.");
        return output_page(text.text, o->no_pager);
}

int cmd_list(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { .config = config_new() };
        struct list_filter filter = { .sriov = o->sriov, .mdev = o->mdev };
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
        return r < 0 ? context_look_error(&c, r) : print(c.snapshot.inventory, &filter, o);
}
