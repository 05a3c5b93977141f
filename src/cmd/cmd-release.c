/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* release: gives back what was taken, as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "cmd/release-run.h"
#include "config/config-load.h"
#include "guard/guard.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/scan.h"
#include "state/state-file.h"
#include "view/rows.h"

/* Only for where sections stand. A configuration with mistakes, or none, keeps nothing from being given back. */
static int load_config(struct context *c, const struct options *o)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        int r = config_load(o->root, o->config, !streq(o->root, "/"), &diags, &c->config);

        if (r < 0 || diag_has_errors(&diags)) {
                config_free(c->config);
                c->config = config_new();
        }
        return c->config ? EXIT_OK : EXIT_SECTION_FAILED;
}

/* A name that nothing is held for: of a section, there is nothing to do; else another may be meant. */
static int check_names(const struct context *c, const struct options *o, const struct release *all)
{
        const struct state *state = &c->state;
        int r = EXIT_OK;

        for (int i = 0; i < o->n_args; i++) {
                CLEANUP_FREE const char **names = xcalloc(all->plan->n_items + 1, sizeof(*names));
                const char *nearest = NULL;
                bool found = false;

                for (size_t k = 0; k < all->plan->n_items; k++) {
                        names[k] = all->plan->items[k].section->name;
                        found = found || streq(names[k], o->args[i]);
                }
                if (found)
                        continue;
                if (config_find_name(c->config, o->args[i])) {
                        log_plain(LOG_NOTICE, NULL, "%s: nothing to release.", o->args[i]);
                        continue;
                }
                nearest = names_nearest(o->args[i], names, all->plan->n_items);
                log_plain(LOG_ERR, NULL, "%s: nothing to release%s%s%s", o->args[i], nearest ? "; did you mean " : "",
                          nearest ? nearest : "",
                          nearest                                                         ? "?"
                          : state->n_devices + state->n_bus_devices + state->n_mdevs == 0 ? "; nothing at all is"
                                                                                          : "");
                r = EXIT_USAGE_ERROR;
        }
        return r;
}

static int print_json(const struct release *release, const struct options *o)
{
        CLEANUP_FREE char *text = render_release_json(release);

        return output_page(text, o->no_pager);
}

static int print_plan(const struct release *release, const struct inventory *inv, const struct options *o)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *summary = release_summary(release);

        rows_of_release(release, inv, style.utf8 ? "→" : "->", &rows);
        render_rows(&text, &rows, false, &style);
        if (!o->no_legend)
                render_summary(&text, ROW_PLAIN, &style, "Release: %s", summary);
        return output_page(text.text, o->no_pager);
}

static int release(struct context *c, const struct options *o)
{
        CLEANUP_RELEASE struct release all = { 0 }, release = { 0 };
        struct release_input input = { .state = &c->state, .config = c->config };
        int r = inventory_read(c->sys, c->config, &c->snapshot.inventory);

        input.inventory = c->snapshot.inventory;
        if (r == 0)
                r = inventory_read_bus(c->sys, c->config, &c->state, c->snapshot.inventory);
        if (r == 0)
                inventory_read_taken(c->sys, &c->state, c->snapshot.inventory);
        if (r == 0)
                release_build(&input, &all);
        input.names = o->args;
        input.n_names = (size_t) o->n_args;
        if (r == 0 && o->n_args > 0 && check_names(c, o, &all) != EXIT_OK)
                return EXIT_USAGE_ERROR;
        if (r == 0)
                release_build(&input, &release);
        if (r == 0)
                r = guard_plan(c->sys, c->snapshot.inventory, release.plan);
        if (r < 0)
                return context_look_error(c, r);
        if (!o->dry_run) {
                r = give_back(c, &input, &release, true);
                context_check_initramfs(c, o);
                return r;
        }
        return o->json ? print_json(&release, o) : print_plan(&release, c->snapshot.inventory, o);
}

int cmd_release(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_CLOSE int lock = -1;
        int r;

        if (!streq(o->root, "/") && !o->dry_run)
                return usage_error("release works on the running host; with --root it takes --dry-run");
        r = load_config(&c, o);
        if (r != EXIT_OK)
                return r;
        if (!o->dry_run) {
                if (geteuid() != 0) {
                        log_plain(LOG_ERR, NULL, "release needs root; release --dry-run shows what it would do.");
                        return EXIT_NO_PRIVILEGE;
                }
                lock = context_lock(o, &r);
                if (lock < 0)
                        return r;
        }
        r = context_open(&c, o, !o->dry_run);
        return r == EXIT_OK ? release(&c, o) : r;
}
