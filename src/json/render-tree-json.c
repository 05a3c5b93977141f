/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree as JSON: flat within a group; a VF names its PF, an mdev its parent. */
#include <stdio.h>

#include "base/uuid.h"
#include "device/device-class.h"
#include "device/vgpu.h"
#include "json/json.h"
#include "json/render-json.h"
#include "view/tree.h"

static json_t *function_json(const struct tree_node *node, const struct inventory *inv)
{
        const struct pci_function *f = &inv->functions[node->index];
        const struct mdev_parent *vgpu = vgpu_of_function(inv, node->index);
        json_t *j = json_function(f);

        json_put(j, "section", json_text(node->section));
        json_put(j, "refused", json_boolean(node->refused));
        json_put(j, "bridge", json_boolean(node->bridge));
        json_put(j, "blocks", json_boolean(node->blocks));
        json_put(j, "use", json_text(node->use));
        if (f->physfn != NO_INDEX)
                json_put(j, "pf", json_address(&inv->functions[f->physfn].address));
        if (vgpu)
                json_put(j, "vgpu_type", json_integer(vgpu->current));
        return j;
}

static json_t *mdev_json(const struct tree_node *node, const struct inventory *inv)
{
        const struct mdev_device *m = &inv->mdevs[node->index];
        char uuid[UUID_TEXT_MAX];

        return json_pack("{s:s, s:o, s:o, s:o}", "uuid", uuid_format(m->uuid, uuid), "type", json_text(m->type),
                         "section", json_text(node->section), "parent",
                         json_text(m->parent == NO_INDEX ? NULL : inv->parents[m->parent].name));
}

/* The nodes below the one at *i, which moves to the last of them. */
static json_t *below_json(const struct tree *tree, const struct inventory *inv, size_t *i)
{
        json_t *array = json_array();

        while (*i + 1 < tree->n && tree->nodes[*i + 1].depth > 0) {
                const struct tree_node *node = &tree->nodes[++*i];

                json_add(array, node->kind == TREE_MDEV ? mdev_json(node, inv) : function_json(node, inv));
        }
        return array;
}

char *render_tree_json(const struct tree *tree, const struct inventory *inv)
{
        json_t *groups = json_array(), *parents = json_array();

        for (size_t i = 0; i < tree->n; i++) {
                const struct tree_node *node = &tree->nodes[i];
                int group = node->kind == TREE_GROUP ? inv->functions[node->index].group : NO_GROUP;
                json_t *below = below_json(tree, inv, &i);

                if (node->kind == TREE_GROUP)
                        json_add(groups,
                                 json_pack("{s:o, s:o}", "group",
                                           group == NO_GROUP ? json_null() : json_integer(group), "devices", below));
                else
                        json_add(parents, json_pack("{s:o, s:o}", "parent", json_text(inv->parents[node->index].name),
                                                    "mdevs", below));
        }
        return json_finish(
                json_pack("{s:i, s:o, s:o}", "version", JSON_VERSION, "groups", groups, "parents", parents));
}
