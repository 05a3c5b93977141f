/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the host about the one thing that is explained. */
#include "explain/explain-facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "device/device-path.h"
#include "device/holders.h"
#include "device/modalias.h"
#include "guard/guard-bus.h"
#include "scan/scan.h"
#include "survey/survey.h"

#define ENTRIES_MAX 5 /* lines of the journal */

struct reader {
        struct sys *sys;
        const struct inventory *inv;
        const struct explain_subject *subject;
        struct explain_facts *facts;
        size_t *functions; /* that the subject is about */
        size_t n_functions, alloc_functions;
        char **nodes; /* /dev/…, through which they are open */
        size_t n_nodes, alloc_nodes;
};

static void reader_clear(struct reader *r)
{
        for (size_t i = 0; i < r->n_nodes; i++)
                free(r->nodes[i]);
        free(r->nodes);
        free(r->functions);
}

/* ---- which ---- */

static void add_function(struct reader *r, size_t function)
{
        size_t *slot;

        for (size_t i = 0; i < r->n_functions; i++)
                if (r->functions[i] == function)
                        return;
        slot = function == NO_INDEX ? NULL : ARRAY_APPEND(r->functions, r->n_functions, r->alloc_functions);
        if (slot)
                *slot = function;
}

static void list_functions(struct reader *r)
{
        const struct explain_subject *s = r->subject;

        add_function(r, s->function);
        for (size_t i = 0; s->item && !s->claim && i < s->item->n_claims; i++)
                add_function(r, s->item->claims[i].function);
}

/* ---- who has it open ---- */

static void add_node(struct reader *r, const char *format, const char *name)
{
        char **slot = ARRAY_APPEND(r->nodes, r->n_nodes, r->alloc_nodes);

        *slot = xasprintf(format, name);
}

/* A device file of sysfs that sits below one of the functions, by the name that it has in /dev. */
static void add_below(struct reader *r, const char *dir, const char *number)
{
        CLEANUP_FREE char *place = NULL;
        char path[64], text[4096], *rest = text, *line;
        int e = usage_read_place(r->sys, dir, number, &place);

        for (size_t i = 0; e == 0 && i < r->n_functions; i++) {
                if (!usage_is_under(place, &r->inv->functions[r->functions[i]]))
                        continue;
                (void) snprintf(path, sizeof(path), "%s/%s/uevent", dir, number);
                if (sys_read_attr(r->sys, path, text, sizeof(text)) < 0)
                        return;
                while ((line = strsep(&rest, "\n"))) {
                        const char *name = after_prefix(line, "DEVNAME=");

                        if (name) {
                                add_node(r, "/dev/%s", name);
                                return;
                        }
                }
                return;
        }
}

static void add_device_files(struct reader *r)
{
        static const char *const dirs[] = { "sys/dev/char", "sys/dev/block" };

        for (size_t i = 0; i < ARRAY_SIZE(dirs) && r->n_functions > 0; i++) {
                CLEANUP(names_freep) char **names = NULL;
                size_t n = 0;
                int e = sys_list(r->sys, dirs[i], &names, &n);

                for (size_t k = 0; k < n && e == 0; k++)
                        add_below(r, dirs[i], names[k]);
        }
}

static void add_group_of(struct reader *r, const char *device)
{
        CLEANUP_FREE char *group = NULL;
        char path[256], own[OPENER_NODE_MAX];
        int e;

        (void) snprintf(path, sizeof(path), "%s/iommu_group", device);
        e = sys_read_link_name(r->sys, path, &group);
        if (e >= 0)
                add_node(r, "/dev/vfio/%s", group);
        /* The mdevs' are below no function. */
        if (!opener_own_node(r->sys, device, own))
                return;
        add_node(r, "%s", own);
}

static void add_mdev(struct reader *r, const uint8_t uuid[static 16])
{
        char path[MDEV_PATH_MAX];

        add_group_of(r, mdev_path(uuid, path));
}

static void list_nodes(struct reader *r)
{
        const struct explain_subject *s = r->subject;

        add_device_files(r);
        for (size_t i = 0; i < r->n_functions; i++) {
                const struct pci_function *f = &r->inv->functions[r->functions[i]];
                char path[128], address[PCI_ADDRESS_MAX];
                uint64_t enabled = 0;

                if (!driver_is_vfio(f->driver))
                        continue;
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/enable", pci_address_format(&f->address, address));
                if (sys_read_number(r->sys, path, &enabled) == 0 && enabled > 0)
                        r->facts->open = true;
                *strrchr(path, '/') = '\0';
                add_group_of(r, path);
        }
        for (size_t i = 0; s->item && i < s->item->n_bus_claims; i++) {
                const struct bus_device *d = &r->inv->bus_devices[s->item->bus_claims[i].device];
                char path[BUS_NAME_MAX + 64];

                if (!driver_is_vfio(d->driver))
                        continue;
                r->facts->open = r->facts->open || bus_device_is_open(r->sys, r->inv, d->bus, d->name);
                (void) snprintf(path, sizeof(path), "sys/bus/%s/devices/%s", bus_name(d->bus), d->name);
                add_group_of(r, path);
        }
        if (s->has_uuid)
                add_mdev(r, s->uuid);
        for (size_t i = 0; s->item && !s->has_uuid && i < s->item->n_mdevs; i++)
                if (s->item->mdevs[i].exists)
                        add_mdev(r, s->item->mdevs[i].uuid);
}

/* Of what a process has open of one thing, the first says it all. */
static int add_holder(void *arg, const char *node, const struct opener *who)
{
        struct explain_facts *facts = arg;
        CLEANUP_FREE char *text = opener_text(who);
        struct explain_holder *h;

        if (facts->n_holders > 0 && streq(facts->holders[facts->n_holders - 1].who, text))
                return 0;
        h = ARRAY_APPEND(facts->holders, facts->n_holders, facts->alloc_holders);
        replace_string(&h->node, node);
        h->who = STEAL(text);
        return 0;
}

static void read_holders(struct reader *r)
{
        struct opener_view view = { 0 };

        list_nodes(r);
        if (r->n_nodes == 0)
                return;
        opener_search(r->sys, (const char *const *) r->nodes, r->n_nodes, add_holder, r->facts, &view);
        r->facts->holders_known = view.any;
        r->facts->holders_hidden = view.hidden;
}

/* ---- what fits it ---- */

static int compare_modules(const void *a, const void *b)
{
        return strcmp(((const struct explain_module *) a)->name, ((const struct explain_module *) b)->name);
}

static int add_module(void *arg, const char *name, bool blacklisted)
{
        struct explain_facts *facts = arg;
        struct explain_module *m;

        for (size_t i = 0; i < facts->n_modules; i++)
                if (streq(facts->modules[i].name, name))
                        return 0;
        m = ARRAY_APPEND(facts->modules, facts->n_modules, facts->alloc_modules);
        m->blacklisted = blacklisted;
        replace_string(&m->name, name);
        return 0;
}

static void read_modules(struct reader *r)
{
        const struct pci_function *f;
        char alias[MODALIAS_MAX];
        int e;

        if (r->subject->function == NO_INDEX)
                return;
        f = &r->inv->functions[r->subject->function];
        (void) modalias_of("pci", f, alias);
        e = SYS_CALL(r->sys, module_lookup, alias, add_module, r->facts);
        if (e == -EOPNOTSUPP)
                e = module_lookup_in_file(r->sys, alias, add_module, r->facts);
        r->facts->modules_known = e == 0;
        if (r->facts->n_modules > 1)
                qsort(r->facts->modules, r->facts->n_modules, sizeof(*r->facts->modules), compare_modules);
        if (f->driver) {
                CLEANUP_FREE char *path = NULL;

                path = xasprintf("sys/bus/pci/drivers/%s/module", f->driver);
                (void) sys_read_link_name(r->sys, path, &r->facts->driver_module);
        }
}

/* ---- what happened last ---- */

static int add_entry(void *arg, const struct journal_line *line)
{
        struct explain_facts *facts = arg;
        struct explain_entry *e = ARRAY_APPEND(facts->entries, facts->n_entries, facts->alloc_entries);

        e->age = line->age / 1000000;
        e->error = line->priority <= LOG_ERR;
        replace_string(&e->text, line->text);
        return 0;
}

static void read_journal(struct reader *r)
{
        const struct plan_item *item = r->subject->item;
        size_t function = r->subject->function;
        char address[PCI_ADDRESS_MAX];
        const char *devices[] = { address };
        struct journal_query query = { .devices = devices, .max = ENTRIES_MAX };
        struct explain_facts *facts = r->facts;
        int e;

        if (function != NO_INDEX) {
                (void) pci_address_format(&r->inv->functions[function].address, address);
                query.n_devices = 1;
        }
        /* Of one of many VFs its own lines say more than the section's. */
        if (item && (!r->subject->claim || function == NO_INDEX)) {
                query.section = item->section->name;
                query.kind = section_kind_name(item->section->kind);
        }
        if (query.n_devices == 0 && !query.section) {
                facts->journal_error = EOPNOTSUPP;
                return;
        }
        e = SYS_CALL(r->sys, journal, &query, add_entry, facts);
        facts->journal_error = -e;
        /* The newest came first. */
        for (size_t i = 0; i < facts->n_entries / 2; i++) {
                struct explain_entry swap = facts->entries[i];

                facts->entries[i] = facts->entries[facts->n_entries - 1 - i];
                facts->entries[facts->n_entries - 1 - i] = swap;
        }
}

void explain_facts_read(struct sys *sys, const struct inventory *inv, const struct explain_subject *subject,
                        struct explain_facts *ret)
{
        CLEANUP(reader_clear) struct reader r = { .sys = sys, .inv = inv, .subject = subject, .facts = ret };

        list_functions(&r);
        read_modules(&r);
        read_holders(&r);
        read_journal(&r);
}
