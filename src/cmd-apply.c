/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apply: makes the host what the configuration says. What the unit runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "cmd.h"
#include "core/rows.h"
#include "host/apply.h"
#include "host/state-file.h"
#include "log.h"
#include "report.h"
#include "util/macro.h"
#include "util/strbuf.h"

static int host_error(const char *what, int r)
{
        log_plain(LOG_ERR, MSG_HOST, "%s: %s", what, strerrordesc_np(-r));
        return r == -EACCES || r == -EPERM ? EXIT_NO_PRIVILEGE : EXIT_SECTION_FAILED;
}

static int take_lock(const struct options *o)
{
        int fd = state_lock(o->root, false);

        if (fd != -EAGAIN)
                return fd;
        log_plain(LOG_INFO, MSG_WAITING, "Waiting for another passthru-setup to end.");
        (void) sd_notify(0, "STATUS=Waiting for another passthru-setup to end");
        return state_lock(o->root, true);
}

static void on_waiting(void *userdata, const struct snapshot *s, size_t n_absent)
{
        struct context *c = userdata;
        CLEANUP_STRBUF struct strbuf names = { 0 };

        for (size_t i = 0; i < s->plan->n_items; i++)
                if (s->plan->items[i].verdict == VERDICT_ABSENT)
                        strbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "", s->plan->items[i].section->name);
        if (!c->waiting_told)
                log_plain(LOG_INFO, MSG_WAITING, "Waiting up to %.3g s for %s.",
                          (double) c->config->settle_timeout / 1e6, names.text ? names.text : "");
        c->waiting_told = true;
        (void) sd_notifyf(0, "STATUS=Waiting for %zu of %zu: %s", n_absent, s->plan->n_items,
                          names.text ? names.text : "");
}

/* Does the plan's steps up to a phase, or those for [module] sections alone. */
static int run(struct context *c, bool modules_only, enum step_phase last_phase, struct report *report,
               bool *ret_failed)
{
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        const struct apply_options options = {
                .modules_only = modules_only,
                .last_phase = last_phase,
                .wait = c->config->settle_timeout,
                .observer = report_event,
                .userdata = report,
        };
        int r = apply_run(c->sys, c->snapshot.plan, c->snapshot.inventory, &options, &result);

        report_flush(report);
        if (r < 0)
                return r;
        *ret_failed = *ret_failed || result.n_failed > 0;
        return 0;
}

static bool has_module_steps(const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->items[plan->steps[i].item].section->kind == SECTION_MODULE)
                        return true;
        return false;
}

/* Modules first, for what they bring (drivers, mdev parents) is what the rest is waited for and planned with. */
static int load_modules(struct context *c, size_t *ret_loaded, bool *ret_failed)
{
        CLEANUP_REPORT struct report report = { 0 };
        int r;

        if (!has_module_steps(c->snapshot.plan))
                return 0;
        if (report_init(&report, c->snapshot.plan, c->snapshot.inventory, &c->state) < 0)
                return -ENOMEM;
        r = run(c, true, PHASE_MODULE, &report, ret_failed);
        *ret_loaded += report.modules;
        return r < 0 ? r : snapshot_take(c->sys, c->config, &c->state, &c->snapshot);
}

/* What was before goes to the state before anything changes: a run that is killed leaves it behind. */
static int record(struct context *c)
{
        int r = state_record(&c->state, c->snapshot.plan, c->snapshot.inventory);

        return r == 0 && c->snapshot.plan->n_steps > 0 ? state_save(c->sys, &c->state) : r;
}

/* Overrides of what is there, before the wait for what is not: udev's coldplug is loading drivers meanwhile, and
 * none of them shall take a device that is ours. Then the wait. */
static int claim_and_settle(struct context *c, size_t *ret_loaded, bool *ret_failed)
{
        CLEANUP_REPORT struct report report = { 0 };
        int r;

        if (plan_count(c->snapshot.plan).absent == 0)
                return 0;
        r = guard_plan(c->sys, c->snapshot.inventory, c->snapshot.plan);
        if (r == 0)
                r = record(c);
        if (r < 0)
                return r;
        if (report_init(&report, c->snapshot.plan, c->snapshot.inventory, &c->state) < 0)
                return -ENOMEM;
        r = run(c, false, PHASE_OVERRIDE, &report, ret_failed);
        *ret_loaded += report.modules;
        return r < 0 ? r : snapshot_settle(c->sys, c->config, &c->state, &c->snapshot, on_waiting, c);
}

static void add_count(struct strbuf *b, size_t n, const char *one, const char *many)
{
        if (n > 0)
                strbuf_addf(b, "%s%zu %s", b->len > 0 ? ", " : "", n, n == 1 ? one : many);
}

/* The summary, and the exit status that it comes to. */
static int summarize(const struct context *c, const struct report *report, size_t modules, bool failed)
{
        struct plan_counts n = plan_count(c->snapshot.plan);
        CLEANUP_STRBUF struct strbuf done = { 0 }, names = { 0 };
        size_t n_failed = c->state.n_failures;

        add_count(&done, modules + report->modules, "module set up", "modules set up");
        add_count(&done, report->vfs, "VF made", "VFs made");
        add_count(&done, report->bound, "function bound", "functions bound");
        add_count(&done, report->mdevs, "mdev made", "mdevs made");
        if (done.len == 0)
                strbuf_add(&done, "nothing to change");
        for (size_t i = 0; i < c->state.n_failures; i++) {
                const char *space = strchr(c->state.failures[i].section, ' ');

                strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", space ? space + 1 : c->state.failures[i].section);
        }
        if (failed || n_failed > 0) {
                log_plain(LOG_ERR, MSG_NOT_DONE, "%zu of %zu sections failed: %s. Done: %s.", n_failed,
                          c->snapshot.plan->n_items - n.disabled, names.text ? names.text : "", done.text);
                (void) sd_notifyf(0, "STATUS=%zu of %zu sections failed: %s", n_failed,
                                  c->snapshot.plan->n_items - n.disabled, names.text ? names.text : "");
                return EXIT_SECTION_FAILED;
        }
        log_plain(LOG_NOTICE, MSG_DONE, "%zu of %zu sections are as configured: %s.", n.ok + n.change,
                  c->snapshot.plan->n_items - n.disabled, done.text);
        (void) sd_notifyf(0, "STATUS=%zu of %zu sections are as configured", n.ok + n.change,
                          c->snapshot.plan->n_items - n.disabled);
        return EXIT_OK;
}

static int apply(struct context *c)
{
        CLEANUP_REPORT struct report report = { 0 };
        bool failed = false;
        size_t modules = 0;
        int r = snapshot_take(c->sys, c->config, &c->state, &c->snapshot);

        if (r < 0)
                return host_error("The devices can't be read", r);
        state_clear_failures(&c->state);
        r = load_modules(c, &modules, &failed);
        if (r == 0)
                r = claim_and_settle(c, &modules, &failed);
        if (r == 0)
                r = guard_plan(c->sys, c->snapshot.inventory, c->snapshot.plan);
        if (r < 0)
                return host_error("The devices can't be read", r);
        r = record(c);
        if (r < 0)
                return host_error("/" STATE_PATH " can't be written, so nothing was changed", r);
        report_not_done(c->snapshot.plan, c->snapshot.inventory, &c->state);
        if (report_init(&report, c->snapshot.plan, c->snapshot.inventory, &c->state) < 0)
                return host_error("Nothing was changed", -ENOMEM);
        r = run(c, false, PHASE_MDEV, &report, &failed);
        if (r < 0)
                return host_error("The plan was not carried out to its end", r);
        r = state_save(c->sys, &c->state);
        if (r < 0)
                return host_error("/" STATE_PATH " can't be written", r);
        return summarize(c, &report, modules, failed);
}

int cmd_apply(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_CLOSE int lock = -1;
        int r;

        if (!streq(o->root, "/")) {
                log_plain(LOG_ERR, NULL, "apply works on the running host; for a captured tree there is plan --root.");
                return EXIT_USAGE_ERROR;
        }
        r = context_load_config(&c, o, o->args, o->n_args);
        if (r != EXIT_OK || c.config->n_files == 0)
                return r;
        if (geteuid() != 0) {
                log_plain(LOG_ERR, NULL, "apply needs root; plan shows what it would do.");
                return EXIT_NO_PRIVILEGE;
        }
        (void) sd_notify(0, "STATUS=Reading the devices");
        lock = take_lock(o);
        if (lock < 0)
                return host_error("/run/passthru-setup/lock can't be taken", lock);
        r = context_open(&c, o);
        return r == EXIT_OK ? apply(&c) : r;
}
