/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of `list`: what there is to hand over. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "device/device-class.h"
#include "device/suggest.h"
#include "view/rows-internal.h"

enum { ADDRESS, DEVICE, DRIVER, GROUP, NODE, ON_IT, SERIAL, OFFERS, SELECTOR, USE };

static const struct column columns[ROW_COLUMNS] = {
        [ADDRESS] = { "ADDRESS", .role = COLUMN_DEVICE },
        [DEVICE] = { "DEVICE", .share = 0.4 },
        [DRIVER] = { .name = "DRIVER" },
        [GROUP] = { "GROUP", .share = 0.15 },
        [NODE] = { "NUMA", .optional = true },
        [ON_IT] = { "ON IT", .optional = true, .fold = FOLD_BELOW, .into = DEVICE },
        [SERIAL] = { "SERIAL", .optional = true, .fold = FOLD_BESIDE, .into = DEVICE },
        [OFFERS] = { "OFFERS", .optional = true, .fold = FOLD_BESIDE, .into = DEVICE },
        [SELECTOR] = { "SELECTOR", .fold = FOLD_BESIDE, .into = DEVICE },
        [USE] = { "IN USE", .optional = true, .fold = FOLD_BELOW, .into = DEVICE },
};

bool list_wants(const struct inventory *inv, size_t function, const struct list_filter *filter)
{
        const struct pci_function *f = &inv->functions[function];
        enum device_class c = device_class_of(f);
        bool sriov = f->sriov, mdev = inventory_parent_of(inv, function) != NULL;

        if ((filter->sriov || filter->mdev) && !(filter->sriov && sriov) && !(filter->mdev && mdev))
                return false;
        if (filter->classes != 0 && !filter->all)
                return (filter->classes & 1U << c) && (f->physfn == NO_INDEX || mdev);
        return filter->all || mdev || (c != DEVICE_SYSTEM && f->physfn == NO_INDEX);
}

bool list_wants_parent(const struct mdev_parent *parent, const struct list_filter *filter)
{
        return parent->function == NO_INDEX && filter->classes == 0 && (!filter->sriov || filter->mdev);
}

size_t group_others(const struct inventory *inv, size_t function, size_t **ret)
{
        const struct pci_function *f = &inv->functions[function];
        size_t n = 0, alloc = 0, n_members;
        const size_t *members = inventory_group(inv, f->group, &n_members);

        *ret = NULL;
        for (size_t k = 0; k < n_members && f->group != NO_GROUP; k++) {
                size_t i = members[k], *slot;

                if (i == function || !inventory_is_company(inv, i))
                        continue;
                slot = ARRAY_APPEND(*ret, n, alloc);
                *slot = i;
        }
        return n;
}

/* "14: alone", "14: with 0000:01:00.1", "2: with 0000:00:1f.3 and 2 more" */
static void set_group(struct row *row, const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE size_t *others = NULL;
        char address[PCI_ADDRESS_MAX];
        size_t n = group_others(inv, function, &others);

        if (f->group == NO_GROUP) {
                row_set_text(row, GROUP, inv->iommu ? "no group" : "no IOMMU");
                return;
        }
        strbuf_addf(&text, "%d: ", f->group);
        if (n == 0)
                strbuf_add(&text, "alone");
        else
                strbuf_addf(&text, "with %s", pci_address_format(&inv->functions[others[0]].address, address));
        if (n > 1)
                strbuf_addf(&text, " and %zu more", n - 1);
        row_set(row, GROUP, &text);
}

/* "nic0", "nvme0n1 1.92 TB SAMSUNG MZQL21T9HCJR", "sda 278 GB PERC H710, sdb 4 TB PERC H710" */
static void set_on_it(struct row *row, const struct usage *usage, const struct pci_function *f)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (size_t i = 0; i < f->n_netdevs; i++)
                strbuf_addf(&text, "%s%s", text.len > 0 ? ", " : "", f->netdevs[i].name);
        for (size_t i = 0; i < usage->n_blocks; i++) {
                const struct usage_block *b = &usage->blocks[i];

                if (!usage_block_is_under(b, f) || !usage_block_is_disk(usage, b))
                        continue;
                strbuf_addf(&text, "%s%s", text.len > 0 ? ", " : "", b->name);
                if (b->size > 0) {
                        strbuf_add(&text, " ");
                        strbuf_add_size(&text, b->size);
                }
                if (b->model)
                        strbuf_addf(&text, " %s", b->model);
        }
        row_set(row, ON_IT, &text);
}

/* Whether there is more than one: else they tell nothing. */
static bool has_nodes(const struct inventory *inv)
{
        for (size_t i = 1; i < inv->n_functions; i++)
                if (inv->functions[i].node != inv->functions[0].node)
                        return true;
        return false;
}

static void set_node(struct row *row, const struct pci_function *f)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (f->node >= 0)
                strbuf_addf(&text, "%d", f->node);
        row_set(row, NODE, &text);
}

static void set_offers(struct row *row, const struct pci_function *f)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (f->sriov && f->totalvfs > 0)
                strbuf_addf(&text, "%u of %u VFs", f->numvfs, f->totalvfs);
        else if (f->sriov) /* the firmware has it off, or the driver as it is loaded */
                strbuf_add(&text, "no VFs");
        if (f->resets)
                strbuf_addf(&text, "%s%s%s", text.len > 0 ? ", " : "", *f->resets ? "reset " : "no reset", f->resets);
        row_set(row, OFFERS, &text);
}

static void set_selector(struct row *row, const struct inventory *inv, size_t function)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *value = NULL;
        enum selector_kind kind;
        size_t carrier = inventory_carrier(inv, function);
        char address[PCI_ADDRESS_MAX];

        if (carrier != NO_INDEX) {
                strbuf_addf(&text, "goes with %s", pci_address_format(&inv->functions[carrier].address, address));
                row_set(row, SELECTOR, &text);
                return;
        }
        suggest_best(inv, function, &kind, &value);
        strbuf_addf(&text, "%s = %s", selector_key(kind), value ? value : "");
        row_set(row, SELECTOR, &text);
}

/* A line for each type, below its parent: "  mtty-2", "Dual port serial", "12 free", the first line of its
 * description. */
static void add_types(struct row_list *list, const struct mdev_parent *parent)
{
        for (size_t i = 0; i < parent->n_types; i++) {
                const struct mdev_type *t = &parent->types[i];
                CLEANUP_STRBUF struct strbuf id = { 0 }, free_text = { 0 }, about = { 0 };
                struct row *row = add_row(list, ROW_PLAIN);

                strbuf_addf(&id, "  %s", t->id);
                row_set(row, ADDRESS, &id);
                row_set_text(row, DEVICE, t->name ? t->name : parent->vgpu ? "vGPU type" : "mdev type");
                if (t->available != UINT_MAX)
                        strbuf_addf(&free_text, "%u free", t->available);
                row_set(row, DRIVER, &free_text);
                /* Several lines of "key: value" are one here. */
                for (const char *c = t->description ? t->description : ""; *c; c++)
                        if (*c != '\n')
                                strbuf_addn(&about, c, 1);
                        else
                                strbuf_add(&about, ", ");
                row_set(row, OFFERS, &about);
        }
}

static void add_function(struct row_list *list, const struct list_host *host, size_t function,
                         const struct list_filter *filter, bool nodes)
{
        const struct inventory *inv = host->inventory;
        const struct pci_function *f = &inv->functions[function];
        const struct mdev_parent *parent = inventory_parent_of(inv, function);
        CLEANUP_STRBUF struct strbuf name = { 0 };
        struct row *row = add_row(list, ROW_PLAIN);
        char address[PCI_ADDRESS_MAX];

        row_set_text(row, ADDRESS, pci_address_format(&f->address, address));
        add_function_name(&name, f);
        row_set(row, DEVICE, &name);
        row_set_text(row, DRIVER, f->driver ? f->driver : "none");
        set_group(row, inv, function);
        if (nodes)
                set_node(row, f);
        set_on_it(row, host->usage, f);
        row_set_text(row, SERIAL, f->n_serials > 0 ? f->serials[0] : NULL);
        row_set_text(row, USE, host->uses[function]);
        set_offers(row, f);
        set_selector(row, inv, function);
        if (parent && (filter->mdev || !filter->sriov))
                add_types(list, parent);
}

void rows_of_list(const struct list_host *host, const struct list_filter *filter, struct row_list *ret)
{
        const struct inventory *inv = host->inventory;
        bool nodes = has_nodes(inv);

        ret->columns = columns;
        for (size_t i = 0; i < inv->n_functions; i++)
                if (list_wants(inv, i, filter))
                        add_function(ret, host, i, filter, nodes);
        for (size_t i = 0; i < inv->n_parents; i++) {
                const struct mdev_parent *p = &inv->parents[i];
                CLEANUP_STRBUF struct strbuf selector = { 0 };
                struct row *row;

                if (!list_wants_parent(p, filter))
                        continue;
                row = add_row(ret, ROW_PLAIN);
                row_set_text(row, ADDRESS, p->name);
                row_set_text(row, DEVICE, "mdev parent");
                strbuf_addf(&selector, "parent = %s", p->name);
                row_set(row, SELECTOR, &selector);
                add_types(ret, p);
        }
}
