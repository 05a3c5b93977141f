/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status: each section, what is wanted, what is there, and why they differ. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "json/render-json.h"
#include "json/render-prometheus.h"
#include "report/log.h"
#include "report/output.h"
#include "state/state-file.h"
#include "view/rows.h"

/* A file that says nothing is as good as none: when the last run was is not what status is for. */
static struct last_run load_last_run(const struct context *c)
{
        struct last_run run = { 0 };
        int r = last_run_load(c->sys, &run);

        if (r < 0)
                log_plain(LOG_WARNING, MSG_HOST, "/" LAST_RUN_PATH " can't be used: %s",
                          r == -EBADMSG ? "it is damaged" : strerrordesc_np(-r));
        return run;
}

static int print_json(const struct context *c, const struct options *o, const struct release *held)
{
        const struct status_input input = {
                .plan = c->snapshot.plan,
                .inventory = c->snapshot.inventory,
                .state = &c->state,
                .held = held,
                .last_run = load_last_run(c),
        };
        CLEANUP_FREE char *text = render_status_json(&input);

        return output_page(text, o->no_pager);
}

static int print_text(const struct context *c, const struct options *o, const struct release *held)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 }, summary = { 0 };
        enum row_color color = status_summary(c->snapshot.plan, &c->state, &summary);

        rows_of_status(c->snapshot.plan, c->snapshot.inventory, &c->state, &rows);
        rows_of_held(held, c->snapshot.inventory, &rows);
        if (!o->no_legend && summary.len > 0)
                render_summary(&text, color, &style, "%s", summary.text);
        render_rows(&text, &rows, !o->no_legend, &style);
        return output_page(text.text, o->no_pager);
}

/* Of a configuration with mistakes there is no plan, and that is what is to be told. */
static int print_prometheus(const struct context *c, const struct options *o)
{
        CLEANUP_RELEASE struct release held = { 0 };
        CLEANUP_FREE char *text = NULL;
        const struct metrics metrics = {
                .version = VERSION,
                .plan = c->snapshot.plan,
                .state = &c->state,
                .held = c->snapshot.plan ? &held : NULL,
                .last_run = load_last_run(c),
        };

        if (metrics.plan)
                context_held(c, o, true, &held);
        text = render_prometheus(&metrics);
        return output_text(text);
}

/* The metrics themselves say what is not as it should be: an exit status besides would keep the file
 * from being renewed just then. */
static int run_prometheus(struct context *c, const struct options *o)
{
        int r = context_load_config(c, o, NULL, 0);

        if (r == EXIT_CONFIG_ERROR) {
                r = sys_open(o->root, &c->sys);
                return r < 0 ? context_host_error("Failed to read the status", r) : print_prometheus(c, o);
        }
        if (r == EXIT_OK)
                r = context_open(c, o, false);
        if (r == EXIT_OK)
                r = context_look(c, o);
        return r == EXIT_OK ? print_prometheus(c, o) : r;
}

static bool is_off(const struct context *c)
{
        for (size_t i = 0; i < c->snapshot.plan->n_items; i++)
                if (!c->snapshot.plan->items[i].section->left_out &&
                    section_is_off(&c->snapshot.plan->items[i], &c->state))
                        return true;
        return false;
}

/* The sections that are shown are as they are among all others: what an apply of them alone would do is not asked
 * here. */
int cmd_status(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_RELEASE struct release held = { 0 };
        int r;

        if (o->prometheus)
                return run_prometheus(&c, o);
        r = context_load_config(&c, o, NULL, 0);
        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        if (r == EXIT_OK)
                context_held(&c, o, true, &held);
        if (r == EXIT_OK)
                r = context_select(&c, &held, o->args, o->n_args);
        if (r == EXIT_OK)
                r = o->json ? print_json(&c, o, &held) : print_text(&c, o, &held);
        if (r == EXIT_OK)
                context_check_initramfs(&c, o);
        return r == EXIT_OK && is_off(&c) ? EXIT_SECTION_FAILED : r;
}
