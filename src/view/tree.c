/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the tree. */
#include "view/tree.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"

struct builder {
        const struct inventory *inv;
        const struct plan *plan;
        const struct usage *usage;
        struct tree *tree;
        bool *taken; /* by function: none; the guards ask for it */
};

void tree_free(struct tree *tree)
{
        for (size_t i = 0; i < tree->n; i++)
                free(tree->nodes[i].use);
        free(tree->nodes);
        *tree = (struct tree){ 0 };
}

/* A member is claimed for a VM, or VFIO's already. */
static bool group_is_wanted(const struct builder *b, int group)
{
        size_t n;
        const size_t *members = inventory_group(b->inv, group, &n);

        for (size_t i = 0; i < n; i++) {
                const struct pci_function *f = &b->inv->functions[members[i]];

                if (!pci_function_is_bridge(f) && (driver_is_vfio(f->driver) || plan_item_of(b->plan, members[i])))
                        return true;
        }
        return false;
}

static struct tree_node *add(struct builder *b, enum tree_kind kind, unsigned depth, size_t index)
{
        struct tree_node *node = ARRAY_APPEND(b->tree->nodes, b->tree->n, b->tree->alloc);

        *node = (struct tree_node){ .kind = kind, .depth = depth, .index = index };
        return node;
}

static void add_mdevs(struct builder *b, size_t parent, unsigned depth)
{
        for (size_t i = 0; i < b->inv->n_mdevs; i++) {
                const struct plan_item *item;
                struct tree_node *node;

                if (b->inv->mdevs[i].parent != parent)
                        continue;
                node = add(b, TREE_MDEV, depth, i);
                item = plan_item_of_mdev(b->plan, b->inv->mdevs[i].uuid);
                node->section = item ? item->section->name : NULL;
        }
}

static void add_function(struct builder *b, size_t function, unsigned depth, bool wanted)
{
        const struct pci_function *f = &b->inv->functions[function];
        struct tree_node *node = add(b, TREE_FUNCTION, depth, function);
        const struct plan_item *item;
        unsigned guards;

        node->bridge = pci_function_is_bridge(f);
        item = node->bridge ? NULL : plan_item_of_vgpu(b->plan, function);
        if (!item && !node->bridge)
                item = plan_item_of(b->plan, function);
        node->section = item ? item->section->name : NULL;
        node->refused = item && item->verdict == VERDICT_REFUSED;
        node->blocks = wanted && !driver_is_viable(f->driver) && !node->section &&
                       inventory_carrier(b->inv, function) == NO_INDEX;
        usage_describe(b->usage, b->inv, function, b->taken, &node->use, &guards);
        for (size_t i = 0; i < b->inv->n_parents; i++)
                if (b->inv->parents[i].function == function)
                        add_mdevs(b, i, depth + 1);
        for (unsigned i = 0; i < f->numvfs; i++)
                if (f->vfs[i] != NO_INDEX)
                        add_function(b, f->vfs[i], depth + 1, false);
}

static int compare_groups(const void *a, const void *b)
{
        return *(const int *) a - *(const int *) b;
}

/* The groups that have a function of their own (a VF is drawn below its PF), each once, in order: a new array. */
static int *list_groups(const struct inventory *inv, size_t *ret_n)
{
        int *groups = xcalloc(inv->n_functions + 1, sizeof(*groups));
        size_t n = 0, kept = 0;

        for (size_t i = 0; i < inv->n_functions; i++)
                if (inv->functions[i].physfn == NO_INDEX)
                        groups[n++] = inv->functions[i].group;
        if (n > 1)
                qsort(groups, n, sizeof(*groups), compare_groups);
        for (size_t i = 0; i < n; i++)
                if (kept == 0 || groups[kept - 1] != groups[i])
                        groups[kept++] = groups[i];
        *ret_n = kept;
        return groups;
}

static void add_group(struct builder *b, int group)
{
        bool wanted = group != NO_GROUP && group_is_wanted(b, group);
        size_t n_members, n = 0;
        const size_t *members = inventory_group(b->inv, group, &n_members);

        for (size_t i = 0; i < n_members; i++) {
                if (b->inv->functions[members[i]].physfn != NO_INDEX)
                        continue;
                if (n++ == 0)
                        add(b, TREE_GROUP, 0, members[i]);
                add_function(b, members[i], 1, wanted);
        }
}

void tree_build(const struct tree_input *input, struct tree *ret)
{
        CLEANUP_FREE bool *taken = xcalloc(input->inventory->n_functions + 1, sizeof(*taken));
        CLEANUP_FREE int *groups = NULL;
        struct builder b = { input->inventory, input->plan, input->usage, ret, taken };
        size_t n = 0;

        groups = list_groups(b.inv, &n);
        for (size_t i = 0; i < n; i++)
                add_group(&b, groups[i]);
        for (size_t i = 0; i < b.inv->n_parents; i++) {
                if (b.inv->parents[i].function != NO_INDEX)
                        continue;
                add(&b, TREE_PARENT, 0, i);
                add_mdevs(&b, i, 1);
        }
}
