/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way of an apply. */
#include "host/converge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/state-file.h"
#include "util/macro.h"

struct way {
        struct sys *sys;
        const struct config *config;
        struct state *state;
        struct snapshot *s;
        const struct converge_options *options;
        struct converge_result *result;
};

static int look(struct way *w)
{
        w->result->stage = CONVERGE_LOOK;
        return snapshot_take(w->sys, w->config, w->state, w->s);
}

/* The mdevs of a section whose steps are all done are whole; until then a rerun sets their attributes again. */
static int finish_mdevs(struct way *w, const struct apply_result *result)
{
        for (size_t i = 0; i < w->s->plan->n_items; i++) {
                const struct config_section *section = w->s->plan->items[i].section;
                CLEANUP_FREE char *key = NULL;

                if (section->kind != SECTION_MDEV || result->failed[i])
                        continue;
                if (asprintf(&key, "mdev %s", section->name) < 0) {
                        key = NULL;
                        return -ENOMEM;
                }
                state_finish_mdevs(w->state, key);
        }
        return 0;
}

/* Does the plan's steps up to a phase, or those for [module] sections alone. */
static int run(struct way *w, bool modules_only, enum step_phase last_phase)
{
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        const struct apply_options options = {
                .modules_only = modules_only,
                .last_phase = last_phase,
                .state = w->state,
                .wait = w->config->settle_timeout,
                .observer = w->options->on_step,
                .userdata = w->options->userdata,
        };
        int r;

        w->result->stage = CONVERGE_APPLY;
        r = w->options->on_plan ? w->options->on_plan(w->options->userdata, w->s, last_phase == PHASE_MDEV) : 0;
        if (r < 0)
                return r;
        r = apply_run(w->sys, w->s->plan, w->s->inventory, &options, &result);
        if (w->options->on_plan_done)
                w->options->on_plan_done(w->options->userdata);
        if (r < 0)
                return r;
        w->result->failed = w->result->failed || result.n_failed > 0;
        return last_phase == PHASE_MDEV ? finish_mdevs(w, &result) : 0;
}

static bool has_module_steps(const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->items[plan->steps[i].item].section->kind == SECTION_MODULE)
                        return true;
        return false;
}

/* Modules first, for what they bring (drivers, mdev parents) is what the rest is waited for and planned with. */
static int load_modules(struct way *w)
{
        int r;

        if (!has_module_steps(w->s->plan))
                return 0;
        r = run(w, true, PHASE_MODULE);
        return r < 0 ? r : look(w);
}

/* What must not be touched leaves the plan; what was before goes to the state before anything changes, so that a run
 * that is killed leaves it behind. */
static int guard_and_record(struct way *w)
{
        int r;

        w->result->stage = CONVERGE_LOOK;
        r = guard_plan(w->sys, w->s->inventory, w->s->plan);
        if (r < 0)
                return r;
        w->result->stage = CONVERGE_RECORD;
        r = state_record(w->state, w->s->plan, w->s->inventory);
        return r == 0 && w->s->plan->n_steps > 0 ? state_save(w->sys, w->state) : r;
}

/* Overrides of what is there, before the wait for what is not: udev's coldplug is loading drivers meanwhile, and none
 * of them shall take a device that is ours. Then the wait. */
static int claim_and_settle(struct way *w)
{
        int r;

        if (plan_count(w->s->plan).absent == 0)
                return 0;
        r = guard_and_record(w);
        if (r == 0)
                r = run(w, false, PHASE_OVERRIDE);
        if (r < 0)
                return r;
        w->result->stage = CONVERGE_LOOK;
        return snapshot_settle(w->sys, w->config, w->state, w->s, w->options->on_wait, w->options->userdata);
}

int converge(struct sys *sys, const struct config *config, struct state *state, struct snapshot *s,
             const struct converge_options *options, struct converge_result *ret)
{
        struct way w = { sys, config, state, s, options, ret };
        int r;

        *ret = (struct converge_result){ 0 };
        r = look(&w);
        state_clear_failures(state);
        if (r == 0)
                r = load_modules(&w);
        if (r == 0)
                r = claim_and_settle(&w);
        if (r == 0)
                r = guard_and_record(&w);
        return r < 0 ? r : run(&w, false, PHASE_MDEV);
}
