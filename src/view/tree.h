/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host as a tree: IOMMU groups, their functions, VFs below their PFs, mdevs below their parents; and what is to be
 * known of each: who claims it, what the host itself does with it, what keeps a group from being handed over. */
#pragma once

#include "plan/plan.h"
#include "usage/usage.h"
#include "view/rows.h"

enum tree_kind { TREE_GROUP, TREE_FUNCTION, TREE_PARENT, TREE_MDEV };

struct tree_node {
        enum tree_kind kind;
        unsigned depth;      /* 0: a group, or a parent that is no PCI function */
        size_t index;        /* into the inventory's functions, parents or mdevs; of a group: its first member */
        const char *section; /* that claims it, or NULL */
        bool refused;        /* the section is */
        bool bridge;
        bool blocks; /* with its driver no VM could open the group, of which another member is claimed or VFIO's */
        char *use;   /* what the host itself does with it, or NULL */
};

struct tree {
        struct tree_node *nodes; /* each before what is below it */
        size_t n, alloc;
};

struct tree_input {
        const struct inventory *inventory;
        const struct plan *plan; /* NULL: no configuration */
        const struct usage *usage;
};

void tree_build(const struct tree_input *input, struct tree *ret);
void tree_free(struct tree *tree);
#define CLEANUP_TREE CLEANUP(tree_free)

/* Tree, device, driver, section, remarks. */
void rows_of_tree(const struct tree *tree, const struct inventory *inv, struct row_list *ret);

char *render_tree_json(const struct tree *tree, const struct inventory *inv);
