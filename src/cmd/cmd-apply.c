/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apply: makes the host what the configuration says. What the unit runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "apply/claim.h"
#include "apply/converge.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "boot/boot-write.h"
#include "cmd/cmd.h"
#include "guard/clearance-file.h"
#include "guard/guard.h"
#include "plan/step-kind.h"
#include "report/log.h"
#include "report/output.h"
#include "report/progress.h"
#include "report/report.h"
#include "state/notes.h"
#include "state/ready.h"
#include "state/state-file.h"
#include "view/rows.h"

/* What a run may take beside its waits, µs: TimeoutStartSec= of the units. */
#define UNIT_TIMEOUT (600 * UINT64_C(1000000))

/* What the callbacks of one run share. */
struct run {
        struct context *context;
        const struct options *options;
        struct report report;
        size_t n_given_back;
        size_t n_steps;    /* of all its plans */
        bool waiting_told; /* the log says once what is waited for; systemctl status follows it */
};

static void run_clear(struct run *run)
{
        report_free(&run->report);
}

static void on_wait(void *userdata, const struct snapshot *s, size_t n_waiting)
{
        struct run *run = userdata;
        uint64_t limit = run->context->config->settle_timeout;
        CLEANUP_STRBUF struct strbuf names = { 0 };
        bool udev = run->options->early;

        for (size_t i = 0; i < s->plan->n_items; i++) {
                const struct plan_item *item = &s->plan->items[i];

                udev = udev || item->deferred;
                if (!item->section->left_out && (item->verdict == VERDICT_ABSENT || item->unsettled || item->deferred))
                        strbuf_addf(&names, "%s%s%s", names.len > 0 ? ", " : "", item->section->name,
                                    item->unsettled ? " (the rest of its IOMMU group has no driver yet)" : "");
        }
        if (!run->waiting_told && udev)
                log_plain(LOG_INFO, MSG_WAITING, "Waiting for udev to finish: %s.", names.text ? names.text : "");
        else if (!run->waiting_told)
                log_plain(LOG_INFO, MSG_WAITING, "Waiting up to %.3g s for %s.", (double) limit / 1e6,
                          names.text ? names.text : "");
        run->waiting_told = true;
        progress_show("Waiting for %zu of %zu: %s", n_waiting, s->plan->n_items, names.text ? names.text : "");
        /* The wait is the configuration's to bound, not the unit's TimeoutStartSec=. */
        (void) sd_notifyf(0, "STATUS=Waiting for %zu of %zu: %s\nEXTEND_TIMEOUT_USEC=%" PRIu64, n_waiting,
                          s->plan->n_items, names.text ? names.text : "", limit + UNIT_TIMEOUT);
}

/* What is deferred, absent or failed is the whole look's to tell, which follows. */
static int summarize_early(const struct run *run, const struct converge_result *result)
{
        CLEANUP_STRBUF struct strbuf done = { 0 }, left = { 0 };

        step_counts_format(&run->report.done, SUMMARY_APPLY, &done);
        strbuf_add_count(&left, result->n_deferred, "section is", "sections are");
        if (run->n_steps > 0 || result->n_deferred > 0)
                log_plain(LOG_INFO, MSG_EARLY, "Before the host is up: %s%s%s%s.", done.text ? done.text : "",
                          left.len > 0 ? "; " : "", left.text ? left.text : "",
                          left.len > 0 ? " left for later in this boot" : "");
        (void) sd_notifyf(0, "STATUS=%s", done.text ? done.text : "");
        return EXIT_OK;
}

/* The summary, and the exit status that it comes to. */
static int summarize(const struct context *c, const struct run *run, bool failed, const char *device)
{
        struct plan_counts n = plan_count(c->snapshot.plan);
        CLEANUP_STRBUF struct strbuf done = { 0 }, names = { 0 };
        size_t n_failed = 0, n_all = c->snapshot.plan->n_items - n.disabled - n.on_demand - n.left_out;

        step_counts_format(&run->report.done, SUMMARY_APPLY, &done);
        for (size_t i = 0; i < c->state.n_failures; i++) {
                const char *section = c->state.failures[i].section, *space = strchr(section, ' ');

                if (config_leaves_out(c->config, section))
                        continue;
                strbuf_addf(&names, "%s%s", n_failed++ > 0 ? ", " : "", space ? space + 1 : section);
        }
        if (failed || n_failed > 0) {
                log_plain(LOG_ERR, MSG_NOT_DONE, "%zu of %zu sections failed: %s. Done: %s.", n_failed, n_all,
                          names.text ? names.text : "", done.text);
                (void) sd_notifyf(0, "STATUS=%zu of %zu sections failed: %s", n_failed, n_all,
                                  names.text ? names.text : "");
                return EXIT_SECTION_FAILED;
        }
        if (device) {
                /* Of one that was right already there is nothing to tell. */
                if (run->n_steps > 0)
                        log_plain(LOG_NOTICE, MSG_DONE, "%s is as configured: %s.", device, done.text);
                return EXIT_OK;
        }
        log_plain(LOG_NOTICE, MSG_DONE, "%zu of %zu sections are as configured: %s.", n.ok + n.change, n_all,
                  done.text);
        (void) sd_notifyf(0, "STATUS=%zu of %zu sections are as configured", n.ok + n.change, n_all);
        return EXIT_OK;
}

/* A driver that makes VFs for minutes is not to be cut off by the unit's TimeoutStartSec=. */
static void extend_timeout(const struct context *c, const struct plan *plan)
{
        uint64_t limit = 0;

        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].kind == STEP_NUMVFS)
                        limit += apply_write_limit(&plan->steps[i], c->config->write_timeout);
        if (limit > 0)
                (void) sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRIu64, 2 * limit + UNIT_TIMEOUT);
}

static int on_plan(void *userdata, const struct snapshot *s, bool last)
{
        struct run *run = userdata;

        run->n_steps += s->plan->n_steps;
        extend_timeout(run->context, s->plan);
        last = last && !run->options->early;
        if (last)
                report_not_done(s->plan, s->inventory, run->options->device != NULL, &run->context->state);
        report_begin(&run->report, s->plan, s->inventory, &run->context->state);
        if (last)
                report_taken(&run->report);
        return 0;
}

/* What was taken early, before the host could be seen whole, and is not to be handed over. */
static int on_give_back(void *userdata, const struct snapshot *s)
{
        struct run *run = userdata;

        run->n_given_back += s->plan->n_items;
        for (size_t i = 0; i < s->plan->n_items; i++) {
                const struct plan_item *item = &s->plan->items[i];
                const struct log_entry entry = { .priority = LOG_WARNING,
                                                 .message_id = MSG_GIVEN_BACK,
                                                 .section = item->section,
                                                 .loc = item->loc };

                log_write(&entry,
                          "%s: was claimed early in this boot but is not to be handed over now; returning it to the "
                          "host.",
                          item->section->name);
        }
        report_not_done(s->plan, s->inventory, false, &run->context->state);
        report_begin(&run->report, s->plan, s->inventory, &run->context->state);
        return 0;
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

/* What failed because the device went away meanwhile is no failure: should it come back, it is an addition. */
static bool has_gone(struct context *c, const char *device)
{
        struct plan_subject subject;

        if (snapshot_take(c->sys, c->config, &c->state, &c->snapshot) < 0 ||
            plan_find_subject(c->snapshot.inventory, device, &subject))
                return false;
        converge_clear_failures(c->config, &c->state);
        if (state_save(c->sys, &c->state) < 0)
                return false;
        log_plain(LOG_INFO, MSG_GONE, "%s was removed during setup.", device);
        return true;
}

/* The record is for the next boot: without it devices are handed over all the same, only later. */
static void warn_of_clearance(int r)
{
        if (r < 0)
                log_plain(LOG_WARNING, MSG_HOST,
                          "Failed to write /" CLEARANCE_PATH
                          ": %s; the next boot hands devices over only after the host is up.",
                          strerrordesc_np(-r));
}

static void warn_of_marks(int r)
{
        if (r < 0)
                log_plain(LOG_WARNING, MSG_HOST,
                          "Failed to write below /" READY_DIRECTORY
                          ": %s; units waiting for sections may wait in vain.",
                          strerrordesc_np(-r));
}

static int apply(struct context *c, const struct options *o)
{
        static const char *const stages[] = {
                [CONVERGE_RECORD] = "/" STATE_PATH ": failed to write it, so nothing more was changed",
                [CONVERGE_APPLY] = "The plan was not completed",
        };
        CLEANUP(run_clear) struct run run = { .context = c, .options = o };
        const struct converge_options options = {
                .on_plan = on_plan,
                .on_plan_done = on_plan_done,
                .on_give_back = on_give_back,
                .on_step = on_step,
                .on_wait = on_wait,
                .mode = o->early    ? CONVERGE_EARLY
                        : o->device ? CONVERGE_EVENT
                                    : CONVERGE_WHOLE,
                .in_force = !o->config,
                .userdata = &run,
        };
        struct converge_result result = { 0 };
        size_t failures_before = c->state.n_failures;
        int r = converge(c->sys, c->config, &c->state, &c->snapshot, &options, &result);

        if (r < 0)
                return result.stage == CONVERGE_LOOK ? context_look_error(c, r)
                                                     : context_host_error(stages[result.stage], r);
        warn_of_clearance(result.clearance);
        warn_of_marks(result.ready);
        /* When nothing was done, nothing forgotten and nothing has failed, now or before, the file says what it said.
         */
        if (run.n_steps + run.n_given_back > 0 || c->state.changed || failures_before > 0 || c->state.n_failures > 0)
                r = state_save(c->sys, &c->state);
        if (r < 0)
                return context_host_error("/" STATE_PATH " can't be written", r);
        if (o->early)
                return summarize_early(&run, &result);
        if (o->device && c->state.n_failures > 0 && has_gone(c, o->device))
                return EXIT_OK;
        return summarize(c, &run, result.failed, o->device);
}

/* For a device that has come: the note of it is taken first, so that whatever comes later makes a note of its own. */
static int begin_device(struct context *c, const struct options *o)
{
        int r = sys_open(o->root, &c->sys);

        if (r == 0)
                r = hotplug_take_request(c->sys, o->device);
        if (r < 0 && r != -ENOENT)
                return context_host_error("/run/passthru-setup can't be written", r);
        return r == -ENOENT && o->pending ? -1 : EXIT_OK;
}

int apply_publish(const struct context *c, const struct options *o)
{
        int r = o->config ? 0 : claims_save(c->sys, c->config);

        /* Without a configuration there is nothing to clear. */
        if (r == 0 && !o->config && c->config->n_files == 0)
                r = clearance_remove(c->sys);
        if (r == 0 && !o->config)
                r = ready_prune(c->sys, c->config);
        return r < 0 ? context_host_error("/run/passthru-setup can't be written", r) : EXIT_OK;
}

/* What is applied is not released any more. */
static void take_again(struct context *c)
{
        for (size_t i = 0; i < c->config->n_sections; i++) {
                CLEANUP_FREE char *key =
                        c->config->sections[i]->left_out ? NULL : config_section_key(c->config->sections[i]);

                if (key)
                        state_clear_released(&c->state, key);
        }
}

int apply_sections(struct context *c, const struct options *o)
{
        take_again(c);
        return apply(c, o);
}

/* What is named is in force from now on, until it is released. */
static void hold_named(struct context *c, const struct options *o)
{
        for (size_t i = 0; o->n_args > 0 && i < c->config->n_sections; i++) {
                const struct config_section *s = c->config->sections[i];
                CLEANUP_FREE char *key = config_section_key(s);

                if (s->when != WHEN_BOOT && s->enabled && !s->left_out)
                        (void) state_set_hold(&c->state, key, NULL);
        }
}

/* Gives back what is held for sections that the configuration has no longer. */
static int prune(struct context *c)
{
        CLEANUP_RELEASE struct release release = { 0 };
        struct release_input input = { .state = &c->state, .config = c->config };
        int r = snapshot_take(c->sys, c->config, &c->state, &c->snapshot);

        input.inventory = c->snapshot.inventory;
        input.held = c->snapshot.plan;
        if (r == 0)
                release_build(&input, &release);
        if (r == 0)
                r = guard_plan(c->sys, c->snapshot.inventory, release.plan);
        if (r < 0)
                return context_look_error(c, r);
        return release.plan && release.plan->n_items > 0 ? give_back(c, &input, &release, false) : EXIT_OK;
}

/* For `status`: what the journal says too, but there it would have to be looked for. A run for one device alone is not
 * told of: it would hide that the run at boot failed for another. */
static void record_run(struct context *c, const struct options *o, int status)
{
        const struct last_run run = { .time = (uint64_t) time(NULL), .status = (unsigned) status };
        int r = c->sys ? 0 : sys_open(o->root, &c->sys);

        if (r == 0)
                r = last_run_save(c->sys, &run);
        if (r < 0)
                log_plain(LOG_WARNING, MSG_HOST,
                          "Failed to write /" LAST_RUN_PATH " (%s); status will not show this run.",
                          strerrordesc_np(-r));
}

/* What passthru-setup.service waited for in vain has come, and everything is as configured by now: the unit is started
 * once more, so that it is not failed for ever. It finds nothing to do. */
static void mend_unit(struct context *c)
{
        char *const argv[] = { (char *) "/usr/bin/systemctl", (char *) "--no-block", (char *) "start",
                               (char *) "passthru-setup.service", NULL };

        if (converge_is_mended(c->sys, c->config, &c->state, &c->snapshot) > 0)
                (void) boot_runner_live.run(NULL, argv);
}

static int run_apply(struct context *c, const struct options *o)
{
        int r = apply_publish(c, o), pruned = EXIT_OK;

        if (r != EXIT_OK || c->config->n_files == 0)
                return r;
        if (o->device) {
                r = snapshot_take(c->sys, c->config, &c->state, &c->snapshot);
                if (r < 0)
                        return context_look_error(c, r);
                if (!converge_select(c->config, &c->state, &c->snapshot, o->device))
                        return EXIT_OK;
        }
        if (!o->device)
                hold_named(c, o);
        if (o->prune)
                pruned = prune(c);
        r = o->device ? apply(c, o) : apply_sections(c, o);
        if (r == EXIT_OK)
                r = pruned;
        if (!o->device && !o->early) {
                record_run(c, o, r);
                context_check_initramfs(c, o);
        }
        return r;
}

/* With a mistake in the configuration nothing is handed over, and nothing is kept from the host. */
static void give_back_claims(struct context *c, const struct options *o)
{
        int r = c->sys ? 0 : sys_open(o->root, &c->sys);

        if (r == 0)
                r = claim_give_back_all(c->sys);
        if (r < 0)
                log_plain(LOG_ERR, MSG_HOST, "Failed to return the claimed devices to the host's drivers: %s",
                          strerrordesc_np(-r));
}

int cmd_apply(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_CLOSE int lock = -1;
        int r = EXIT_OK;

        if (o->dry_run)
                return cmd_plan(o);
        if (!streq(o->root, "/"))
                return usage_error("apply works on the running host; with --root it takes --dry-run");
        if (geteuid() != 0) {
                log_plain(LOG_ERR, NULL, "apply needs root; plan shows what it would do.");
                return EXIT_NO_PRIVILEGE;
        }
        if (o->device && (r = begin_device(&c, o)) != EXIT_OK)
                return r < 0 ? EXIT_OK : r;
        /* Before the configuration is read: who has waited for another run applies what the files say by then. */
        (void) sd_notify(0, "STATUS=Reading the devices");
        lock = context_lock(o, &r);
        if (lock < 0)
                return r;
        r = context_load_config(&c, o, o->args, o->n_args);
        if (o->early && r == EXIT_CONFIG_ERROR) {
                give_back_claims(&c, o);
                return EXIT_OK; /* passthru-setup.service names the mistakes */
        }
        if (r == EXIT_CONFIG_ERROR)
                record_run(&c, o, r);
        if (r == EXIT_OK)
                r = context_open(&c, o, true);
        if (r == EXIT_OK && c.off)
                return EXIT_OK;
        if (r == EXIT_OK)
                r = run_apply(&c, o);
        if (r == EXIT_OK && o->device)
                mend_unit(&c);
        return r;
}
