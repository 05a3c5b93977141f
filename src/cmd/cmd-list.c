/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list: what there is to hand over. Needs no configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "cmd/cmd.h"
#include "device/device-class.h"
#include "device/holders.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
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

/* Who has which functions open: VFIO's nodes, and what they are of. */
struct open_nodes {
        const struct inventory *inv;
        char **uses, **nodes;
        size_t n;
        size_t *functions; /* of each node; of a group's node the first of its functions */
};

static void open_nodes_clear(struct open_nodes *o)
{
        for (size_t i = 0; i < o->n; i++)
                free(o->nodes[i]);
        free(o->nodes);
        free(o->functions);
}

static int on_holder(void *arg, const char *node, const char *who)
{
        struct open_nodes *o = arg;

        for (size_t i = 0; i < o->n; i++)
                for (size_t k = o->functions[i]; k < o->inv->n_functions && streq(o->nodes[i], node); k++) {
                        const struct pci_function *f = &o->inv->functions[k];

                        if ((k == o->functions[i] || f->group == o->inv->functions[o->functions[i]].group) &&
                            driver_is_vfio(f->driver) && !o->uses[k])
                                o->uses[k] = xasprintf("%s has it open", who);
                }
        return 0;
}

static void add_node(struct open_nodes *o, size_t function, char *node)
{
        o->functions[o->n] = function;
        o->nodes[o->n++] = node;
}

/* The VMs that have what VFIO has. */
static void read_holders(struct sys *sys, const struct inventory *inv, char **uses)
{
        CLEANUP(open_nodes_clear)
        struct open_nodes o = {
                .inv = inv,
                .uses = uses,
                .nodes = xcalloc(2 * inv->n_functions + 1, sizeof(*o.nodes)),
                .functions = xcalloc(2 * inv->n_functions + 1, sizeof(*o.functions)),
        };

        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *f = &inv->functions[i];
                char path[64], address[PCI_ADDRESS_MAX], own[OPENER_NODE_MAX];

                if (!driver_is_vfio(f->driver))
                        continue;
                if (f->group != NO_GROUP)
                        add_node(&o, i, xasprintf("/dev/vfio/%d", f->group));
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s",
                                pci_address_format(&f->address, address));
                if (opener_own_node(sys, path, own))
                        add_node(&o, i, xstrdup(own));
        }
        if (o.n > 0)
                opener_search(sys, (const char *const *) o.nodes, o.n, on_holder, &o, NULL);
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
        read_holders(sys, inv, ret->uses);
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
