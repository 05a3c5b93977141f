/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree: groups, functions, VFs and mdevs, and what is to be known of each. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "guard/guard.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
#include "survey/survey.h"
#include "view/tree.h"

static int print(const struct tree *tree, const struct inventory *inv, const struct options *o)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *json = NULL;

        if (o->json) {
                json = render_tree_json(tree, inv);
                strbuf_add(&text, json);
        } else {
                rows_of_tree(tree, inv, &rows);
                render_rows(&text, &rows, !o->no_legend, &style);
        }
        return output_page(text.text, o->no_pager);
}

int cmd_tree(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP(usage_freep) struct usage *usage = NULL;
        CLEANUP_TREE struct tree tree = { 0 };
        struct tree_input input = { 0 };
        int r = context_load_config(&c, o, NULL, 0);

        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r != EXIT_OK)
                return r;
        r = snapshot_take(c.sys, c.config, &c.state, &c.snapshot);
        if (r == 0)
                r = guard_plan(c.sys, c.snapshot.inventory, c.snapshot.plan);
        if (r == 0)
                usage_read(c.sys, c.snapshot.inventory, NULL, 0, &usage);
        if (r == 0)
                hwdb_name_all(o->root, c.snapshot.inventory);
        input = (struct tree_input){ c.snapshot.inventory, c.snapshot.plan, usage };
        if (r == 0)
                tree_build(&input, &tree);
        return r < 0 ? context_look_error(&c, r) : print(&tree, c.snapshot.inventory, o);
}
