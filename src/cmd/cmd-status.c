/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status: each section, what is wanted, what is there, and why they differ. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "json/render-json.h"
#include "json/render-prometheus.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/openers.h"
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

/* What the status is made of, besides the context. */
struct look {
        struct release held;
        struct pools pools;
};

static void look_clear(struct look *l)
{
        release_free(&l->held);
        pools_clear(&l->pools);
}

static char *json_of(const struct context *c, const struct look *l)
{
        const struct status_input input = {
                .plan = c->snapshot.plan,
                .inventory = c->snapshot.inventory,
                .state = &c->state,
                .held = &l->held,
                .pools = &l->pools,
                .last_run = load_last_run(c),
        };

        return render_status_json(&input);
}

static void add_rows(struct strbuf *text, const struct row_list *rows, const struct options *o,
                     const struct render_style *style)
{
        if (rows->n > 0 && text->len > 0)
                strbuf_add(text, "\n");
        if (rows->n > 0)
                render_rows(text, rows, !o->no_legend, style);
}

static char *text_of(const struct context *c, const struct options *o, const struct look *l)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 }, members = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 }, summary = { 0 };
        enum row_color color = status_summary(c->snapshot.plan, &c->state, &summary);

        rows_of_status(c->snapshot.plan, c->snapshot.inventory, &c->state, &l->pools, &rows);
        rows_of_held(&l->held, c->snapshot.inventory, &rows);
        if (!o->no_legend && summary.len > 0)
                render_summary(&text, color, &style, "%s", summary.text);
        render_rows(&text, &rows, !o->no_legend, &style);
        if (o->n_args > 0)
                rows_of_pools(c->snapshot.plan, c->snapshot.inventory, &l->pools, &members);
        add_rows(&text, &members, o, &style);
        return strbuf_steal(&text);
}

/* Of a configuration with mistakes there is no plan, and that is what is to be told. */
static int print_prometheus(const struct context *c, const struct options *o)
{
        CLEANUP(look_clear) struct look l = { 0 };
        CLEANUP_FREE char *text = NULL;
        const struct metrics metrics = {
                .version = VERSION,
                .plan = c->snapshot.plan,
                .state = &c->state,
                .pools = &l.pools,
                .held = c->snapshot.plan ? &l.held : NULL,
                .last_run = load_last_run(c),
        };

        if (metrics.plan) {
                context_held(c, o, true, &l.held);
                pools_read(c->sys, c->snapshot.plan, c->snapshot.inventory, &l.pools);
        }
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
 * here. *ret_text is a new string. */
static int look(struct context *c, const struct options *o, char **ret_text)
{
        CLEANUP(look_clear) struct look l = { 0 };
        int r = context_load_config(c, o, NULL, 0);

        if (r == EXIT_OK)
                r = context_open(c, o, false);
        if (r == EXIT_OK)
                r = context_look(c, o);
        if (r != EXIT_OK)
                return r;
        context_held(c, o, true, &l.held);
        r = context_select(c, &l.held, o->args, o->n_args);
        if (r != EXIT_OK)
                return r;
        pools_read(c->sys, c->snapshot.plan, c->snapshot.inventory, &l.pools);
        *ret_text = o->json ? json_of(c, &l) : text_of(c, o, &l);
        return EXIT_OK;
}

/* What the kernel does with a device once its node is opened or closed has no event of its own. */
#define SETTLED_AFTER 1000000 /* µs */

/* The share of a CPU that looking takes: 1 / (1 + this). */
#define LOOK_REST 4

/* Waits for a change, but not after the time at which all has settled; and then until the next look may be. Returns as
 * changes_wait(). */
static int wait_for_change(struct sys *sys, uint64_t settled, uint64_t next)
{
        int r = SYS_CALL(sys, changes_wait, settled), more = r;

        while (more > 0 && sys->ops->now(sys->userdata) < next)
                more = SYS_CALL(sys, changes_wait, next);
        return more < 0 ? more : r;
}

/* Of the file that --config names; NULL: none is named. */
static char *directory_of_config(const struct options *o)
{
        const char *slash = o->config ? strrchr(o->config, '/') : NULL;

        if (!o->config)
                return NULL;
        return slash ? xstrndup(o->config, (size_t) (slash - o->config) + 1) : xstrdup(".");
}

/* A mistake that comes into the configuration meanwhile is shown, until it is mended. */
static int watch(const struct options *o)
{
        CLEANUP_FREE char *own = directory_of_config(o);
        const char *const directories[] = {
                "/run/passthru-setup",  "/etc",     "/etc/passthru.conf.d",     "/run",
                "/run/passthru.conf.d", "/usr/lib", "/usr/lib/passthru.conf.d", own,
        };
        size_t n = ARRAY_SIZE(directories) - (own ? 0 : 1);
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_FREE char *shown = NULL;
        int r = sys_open(o->root, &sys);

        if (r < 0)
                return context_host_error("Failed to watch", r);
        for (uint64_t settled = UINT64_MAX;;) {
                struct context c = { .sys = sys, .again = shown != NULL };
                CLEANUP_FREE char *text = NULL;
                uint64_t begin = sys->ops->now(sys->userdata), now;

                r = SYS_CALL(sys, changes_begin, directories, n);
                if (r < 0)
                        return context_host_error("Failed to watch", r);
                r = look(&c, o, &text);
                c.sys = NULL; /* it is for the next look too */
                context_clear(&c);
                if (r != EXIT_OK && !shown)
                        return r;
                if (text && !streq_ptr(text, shown))
                        r = output_again(text, !shown);
                if (r != EXIT_OK && text)
                        return r;
                if (text)
                        replace_string(&shown, text);
                now = sys->ops->now(sys->userdata);
                r = wait_for_change(sys, settled, now + LOOK_REST * (now - begin));
                if (r < 0)
                        return r == -EINTR ? EXIT_OK : context_host_error("Failed to watch", r);
                settled = r > 0 && text ? sys->ops->now(sys->userdata) + SETTLED_AFTER : UINT64_MAX;
        }
}

int cmd_status(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_FREE char *text = NULL;
        int r;

        if (o->prometheus)
                return run_prometheus(&c, o);
        if (o->watch)
                return watch(o);
        r = look(&c, o, &text);
        if (r == EXIT_OK)
                r = output_page(text, o->no_pager);
        if (r == EXIT_OK)
                context_check_initramfs(&c, o);
        return r == EXIT_OK && is_off(&c) ? EXIT_SECTION_FAILED : r;
}
