/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a release to a host that is as before. */
#include "cmd/release-run.h"

#include <stdlib.h>
#include <string.h>

#include "apply/apply.h"
#include "base/alloc.h"
#include "base/strbuf.h"
#include "guard/clearance-file.h"
#include "plan/step-kind.h"
#include "report/log.h"
#include "report/report.h"
#include "state/notes.h"
#include "state/ready.h"
#include "state/state-file.h"

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
