/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan: what apply would do, and what it would not, and why. Writes nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"
#include "view/rows.h"

static int print_json(const struct context *c, const struct options *o)
{
        CLEANUP_RELEASE struct release held = { 0 };
        CLEANUP_FREE char *text = NULL;

        context_held(c, o, false, &held);
        text = render_plan_json(c->snapshot.plan, &held, c->snapshot.inventory);
        return output_page(text, o->no_pager);
}

int context_print_plan(const struct context *c, const struct options *o, bool pager)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *summary = plan_summary(c->snapshot.plan);
        CLEANUP_RELEASE struct release held = { 0 };

        context_held(c, o, false, &held);
        rows_of_plan(c->snapshot.plan, c->snapshot.inventory, style.utf8 ? "→" : "->", &rows);
        rows_of_held(&held, c->snapshot.inventory, &rows);
        render_rows(&text, &rows, false, &style);
        if (!o->no_legend)
                render_summary(&text, ROW_PLAIN, &style, "Plan: %s", summary);
        return output_page(text.text, !pager);
}

/* 2: there is something to do; 1: there is not, and yet a required section is not as configured. */
static int detailed_status(const struct plan *plan)
{
        struct plan_counts n = plan_count(plan);

        if (plan->n_steps > 0)
                return EXIT_CHANGES;
        return n.absent_required + n.refused_required > 0 ? EXIT_SECTION_FAILED : EXIT_OK;
}

int cmd_plan(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        int r = context_load_config(&c, o, o->args, o->n_args);

        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        if (r == EXIT_OK)
                r = o->json ? print_json(&c, o) : context_print_plan(&c, o, !o->no_pager);
        if (r == EXIT_OK && o->detailed_exitcode)
                r = detailed_status(c.snapshot.plan);
        return r;
}
