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
#include "host/converge.h"
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

/* What the callbacks of one run share. */
struct run {
        struct context *context;
        struct report report;
        size_t n_steps;    /* of all its plans */
        bool waiting_told; /* the log says once what is waited for; systemctl status follows it */
};

static void run_clear(struct run *run)
{
        report_free(&run->report);
}

static void on_wait(void *userdata, const struct snapshot *s, size_t n_absent)
{
        struct run *run = userdata;
        CLEANUP_STRBUF struct strbuf names = { 0 };

        for (size_t i = 0; i < s->plan->n_items; i++)
                if (s->plan->items[i].verdict == VERDICT_ABSENT)
                        strbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "", s->plan->items[i].section->name);
        if (!run->waiting_told)
                log_plain(LOG_INFO, MSG_WAITING, "Waiting up to %.3g s for %s.",
                          (double) run->context->config->settle_timeout / 1e6, names.text ? names.text : "");
        run->waiting_told = true;
        (void) sd_notifyf(0, "STATUS=Waiting for %zu of %zu: %s", n_absent, s->plan->n_items,
                          names.text ? names.text : "");
}

/* The summary, and the exit status that it comes to. */
static int summarize(const struct context *c, const struct report *report, bool failed)
{
        struct plan_counts n = plan_count(c->snapshot.plan);
        CLEANUP_STRBUF struct strbuf done = { 0 }, names = { 0 };
        size_t n_failed = c->state.n_failures, n_all = c->snapshot.plan->n_items - n.disabled - n.left_out;

        strbuf_add_count(&done, report->modules, "module set up", "modules set up");
        strbuf_add_count(&done, report->vfs, "VF made", "VFs made");
        strbuf_add_count(&done, report->bound, "function bound", "functions bound");
        strbuf_add_count(&done, report->mdevs, "mdev made", "mdevs made");
        if (done.len == 0)
                strbuf_add(&done, "nothing to change");
        for (size_t i = 0; i < c->state.n_failures; i++) {
                const char *space = strchr(c->state.failures[i].section, ' ');

                strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", space ? space + 1 : c->state.failures[i].section);
        }
        if (failed || n_failed > 0) {
                log_plain(LOG_ERR, MSG_NOT_DONE, "%zu of %zu sections failed: %s. Done: %s.", n_failed,
                          n_all, names.text ? names.text : "", done.text);
                (void) sd_notifyf(0, "STATUS=%zu of %zu sections failed: %s", n_failed,
                                  n_all, names.text ? names.text : "");
                return EXIT_SECTION_FAILED;
        }
        log_plain(LOG_NOTICE, MSG_DONE, "%zu of %zu sections are as configured: %s.", n.ok + n.change,
                  n_all, done.text);
        (void) sd_notifyf(0, "STATUS=%zu of %zu sections are as configured", n.ok + n.change,
                          n_all);
        return EXIT_OK;
}

static int on_plan(void *userdata, const struct snapshot *s, bool last)
{
        struct run *run = userdata;

        run->n_steps += s->plan->n_steps;
        if (last)
                report_not_done(s->plan, s->inventory, &run->context->state);
        return report_begin(&run->report, s->plan, s->inventory, &run->context->state);
}

static void on_plan_done(void *userdata)
{
        struct run *run = userdata;

        report_flush(&run->report);
}

static void on_step(void *userdata, const struct apply_event *event)
{
        struct run *run = userdata;

        report_event(&run->report, event);
}

static int apply(struct context *c)
{
        static const char *const stages[] = {
                [CONVERGE_LOOK] = "The devices can't be read",
                [CONVERGE_RECORD] = "/" STATE_PATH " can't be written, so no more was changed",
                [CONVERGE_APPLY] = "The plan was not carried out to its end",
        };
        CLEANUP(run_clear) struct run run = { .context = c };
        const struct converge_options options = {
                .on_plan = on_plan,
                .on_plan_done = on_plan_done,
                .on_step = on_step,
                .on_wait = on_wait,
                .userdata = &run,
        };
        struct converge_result result = { 0 };
        size_t failures_before = c->state.n_failures;
        int r = converge(c->sys, c->config, &c->state, &c->snapshot, &options, &result);

        if (r < 0)
                return host_error(stages[result.stage], r);
        /* When nothing was done and nothing has failed, now or before, the file says what it said. */
        if (run.n_steps > 0 || failures_before > 0 || c->state.n_failures > 0)
                r = state_save(c->sys, &c->state);
        if (r < 0)
                return host_error("/" STATE_PATH " can't be written", r);
        return summarize(c, &run.report, result.failed);
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
