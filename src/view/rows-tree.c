/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of `tree`. */
#include <stdlib.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "device/device-class.h"
#include "device/vgpu.h"
#include "view/rows-internal.h"
#include "view/tree.h"

enum { TREE, DEVICE, DRIVER, SECTION, REMARKS };

static const struct column columns[ROW_COLUMNS] = {
        [TREE] = { "GROUP", .role = COLUMN_DEVICE },
        [DEVICE] = { "DEVICE", .share = 0.4 },
        [DRIVER] = { "DRIVER", .share = 0.2 },
        [SECTION] = { "SECTION", COLUMN_VERDICT, .share = 0.2 },
        [REMARKS] = { "REMARKS", .fold = FOLD_BESIDE, .room = 30, .into = DEVICE },
};

static void add_remark(struct strbuf *b, const char *text)
{
        strbuf_addf(b, "%s%s", b->len > 0 ? "; " : "", text);
}

static void fill_function(struct row *row, const struct tree_node *node, const struct inventory *inv,
                          struct strbuf *remarks)
{
        const struct pci_function *f = &inv->functions[node->index];
        const struct mdev_parent *vgpu = vgpu_of_function(inv, node->index);
        CLEANUP_STRBUF struct strbuf name = { 0 };

        if (f->physfn != NO_INDEX)
                strbuf_addf(&name, "VF %u ", f->vf_index);
        add_function_name(&name, f);
        row_set(row, DEVICE, &name);
        row_set_text(row, DRIVER, f->driver ? f->driver : "none");
        if (node->bridge)
                add_remark(remarks, "bridge");
        if (f->physfn != NO_INDEX && f->group != NO_GROUP && f->group != inv->functions[f->physfn].group)
                strbuf_addf(remarks, "%sgroup %d", remarks->len > 0 ? "; " : "", f->group);
        if (node->blocks)
                add_remark(remarks, "blocks the group");
        if (f->sriov && f->totalvfs > 0)
                strbuf_addf(remarks, "%s%u of %u VFs", remarks->len > 0 ? "; " : "", f->numvfs, f->totalvfs);
        if (vgpu)
                strbuf_addf(remarks, "%svGPU %u", remarks->len > 0 ? "; " : "", vgpu->current);
        if (node->use)
                add_remark(remarks, node->use);
}

static void fill(struct row *row, const struct tree *tree, size_t i, const struct inventory *inv)
{
        const struct tree_node *node = &tree->nodes[i];
        CLEANUP_STRBUF struct strbuf text = { 0 }, remarks = { 0 }, section = { 0 };
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];
        int group = node->kind == TREE_GROUP ? inv->functions[node->index].group : NO_GROUP;

        row->depth = node->depth;
        switch (node->kind) {
        case TREE_GROUP:
                if (group == NO_GROUP)
                        strbuf_add(&text, inv->iommu ? "no group" : "no IOMMU");
                else
                        strbuf_addf(&text, "group %d", group);
                break;
        case TREE_FUNCTION:
                strbuf_add(&text, pci_address_format(&inv->functions[node->index].address, address));
                fill_function(row, node, inv, &remarks);
                break;
        case TREE_PARENT:
                strbuf_add(&text, inv->parents[node->index].name);
                row_set_text(row, DEVICE, "mdev parent");
                break;
        case TREE_MDEV:
                strbuf_add(&text, uuid_format(inv->mdevs[node->index].uuid, uuid));
                row_set_text(row, DEVICE, "mdev");
                row_set_text(row, DRIVER, inv->mdevs[node->index].type);
                break;
        }
        row_set(row, TREE, &text);
        if (node->section)
                strbuf_addf(&section, "%s%s", node->section, node->refused ? " (refused)" : "");
        row_set(row, SECTION, &section);
        row_set(row, REMARKS, &remarks);
}

void rows_of_tree(const struct tree *tree, const struct inventory *inv, struct row_list *ret)
{
        ret->columns = columns;
        ret->tree = true;
        for (size_t i = 0; i < tree->n; i++) {
                const struct tree_node *node = &tree->nodes[i];
                struct row *row = add_row(ret, node->blocks || node->refused ? ROW_BAD
                                               : node->section               ? ROW_GOOD
                                               : node->use                   ? ROW_CHANGE
                                               : node->bridge                ? ROW_DIM
                                                                             : ROW_PLAIN);

                fill(row, tree, i, inv);
        }
}
