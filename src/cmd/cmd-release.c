/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* release: gives back what was taken, as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/apply.h"
#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "config/config-load.h"
#include "guard/clearance-file.h"
#include "guard/guard.h"
#include "json/render-json.h"
#include "plan/step-kind.h"
#include "report/log.h"
#include "report/output.h"
#include "report/report.h"
#include "scan/scan.h"
#include "state/notes.h"
#include "state/ready.h"
#include "state/state-file.h"
#include "view/rows.h"

static void on_step(void *userdata, const struct apply_event *event)
{
        report_event(userdata, event);
}

/* Before anything is cleared: an event that comes meanwhile must not claim it again. */
static int mark_released(struct context *c, const struct release *release)
{
        for (size_t i = 0; i < release->plan->n_items; i++) {
                CLEANUP_FREE char *key = config_section_key(release->plan->items[i].section);

                state_set_released(&c->state, key);
        }
        return state_save(c->sys, &c->state);
}

/* What was given back is not taken early in the next boot, but by a whole look, if it is still configured by then. */
static int withdraw(struct context *c, const struct release *release)
{
        CLEANUP(names_freep) char **keys = xcalloc(release->plan->n_items + 1, sizeof(*keys));

        for (size_t i = 0; i < release->plan->n_items; i++)
                keys[i] = config_section_key(release->plan->items[i].section);
        (void) ready_drop(c->sys, keys, release->plan->n_items);
        return clearance_withdraw(c->sys, keys, release->plan->n_items);
}

/* The helper's notes of what it claimed would bring the entries back. */
static void drop_notes(struct context *c, const struct state *before)
{
        for (size_t i = 0; i < before->n_devices; i++)
                if (!state_find_device(&c->state, &before->devices[i].address))
                        (void) hotplug_drop_claim(c->sys, &before->devices[i].address);
}

static int summarize(const struct release *release, const struct report *report, const struct apply_result *result)
{
        const struct plan *plan = release->plan;
        CLEANUP_STRBUF struct strbuf names = { 0 }, done = { 0 };
        size_t n_failed = 0;

        for (size_t i = 0; i < plan->n_items; i++)
                if (result->failed[i] || plan->items[i].verdict == VERDICT_REFUSED)
                        strbuf_addf(&names, "%s%s", n_failed++ > 0 ? ", " : "", plan->items[i].section->name);
        step_counts_format(&report->done, SUMMARY_RELEASED, &done);
        if (n_failed > 0) {
                log_plain(LOG_ERR, MSG_NOT_DONE, "Failed to release %zu of %zu sections: %s. Done: %s.", n_failed,
                          plan->n_items, names.text ? names.text : "", done.text);
                return EXIT_SECTION_FAILED;
        }
        log_plain(LOG_NOTICE, MSG_RELEASED, "%zu %s released: %s.", plan->n_items,
                  plan->n_items == 1 ? "section" : "sections", done.text);
        return EXIT_OK;
}

int give_back(struct context *c, const struct release_input *input, struct release *release, bool mark)
{
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        CLEANUP(report_free) struct report report = { 0 };
        CLEANUP_STATE struct state before = { 0 };
        const struct apply_options options = {
                .last_phase = PHASE_MDEV,
                .state = &c->state,
                .wait = SETTLE_TIMEOUT_DEFAULT,
                .write_timeout = c->config ? c->config->write_timeout : WRITE_TIMEOUT_DEFAULT,
                .observer = on_step,
                .userdata = &report,
        };
        int r = mark ? mark_released(c, release) : 0;

        if (r < 0)
                return context_host_error("/" STATE_PATH ": failed to write it, so nothing was released", r);
        r = withdraw(c, release);
        if (r < 0)
                return context_host_error("/" CLEARANCE_PATH ": failed to write it, so nothing was released", r);
        (void) state_load(c->sys, false, &before);
        report_not_done(release->plan, input->inventory, false, &c->state);
        report_begin(&report, release->plan, input->inventory, &c->state);
        apply_run(c->sys, release->plan, input->inventory, &options, &result);
        report_flush(&report);
        for (size_t i = 0; i < release->plan->n_items; i++)
                result.failed[i] = result.failed[i] || release->plan->items[i].verdict == VERDICT_REFUSED;
        release_forget(input, release, result.failed, &c->state);
        drop_notes(c, &before);
        r = state_save(c->sys, &c->state);
        if (r < 0)
                return context_host_error("/" STATE_PATH " can't be written", r);
        return summarize(release, &report, &result);
}

int release_load_config(struct context *c, const struct options *o)
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
                          nearest                   ? "?"
                          : all->plan->n_items == 0 ? "; nothing at all is"
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

static int look(struct context *c)
{
        int r = inventory_read(c->sys, c->config, &c->snapshot.inventory);

        if (r == 0)
                r = inventory_read_bus(c->sys, c->config, &c->state, c->snapshot.inventory);
        if (r == 0)
                inventory_read_taken(c->sys, &c->state, c->snapshot.inventory);
        return r;
}

/* What is held for the sections of these names, with what the guards say of giving it back. */
static int build(struct context *c, char **names, size_t n, struct release_input *ret_input, struct release *ret)
{
        *ret_input = (struct release_input){
                .state = &c->state,
                .config = c->config,
                .inventory = c->snapshot.inventory,
                .names = names,
                .n_names = n,
        };
        release_build(ret_input, ret);
        return guard_plan(c->sys, c->snapshot.inventory, ret->plan);
}

int release_sections(struct context *c, char **names, size_t n)
{
        CLEANUP_RELEASE struct release release = { 0 };
        struct release_input input;
        int r;

        snapshot_clear(&c->snapshot);
        r = look(c);
        if (r == 0)
                r = build(c, names, n, &input, &release);
        return r == 0 ? give_back(c, &input, &release, true) : context_look_error(c, r);
}

static int release(struct context *c, const struct options *o)
{
        CLEANUP_RELEASE struct release all = { 0 }, release = { 0 };
        struct release_input input = { .state = &c->state, .config = c->config };
        int r = look(c);

        input.inventory = c->snapshot.inventory;
        if (r == 0)
                release_build(&input, &all);
        if (r == 0 && o->n_args > 0 && check_names(c, o, &all) != EXIT_OK)
                return EXIT_USAGE_ERROR;
        if (r == 0)
                r = build(c, o->args, (size_t) o->n_args, &input, &release);
        if (r != 0)
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
        r = release_load_config(&c, o);
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
