/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way of an apply. */
#include "host/converge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan-record.h"
#include "host/guard.h"
#include "host/hotplug.h"
#include "host/override.h"
#include "host/remembered.h"
#include "host/state-file.h"
#include "util/array.h"
#include "util/macro.h"

struct way {
        struct sys *sys;
        const struct config *config;
        struct state *state;
        struct snapshot *s;
        const struct converge_options *options;
        struct converge_result *result;
        struct pci_address *claimed; /* functions whose override was set before the wait */
        size_t n_claimed, alloc_claimed;
        bool unasked; /* the first whole run of a boot, or an event: nobody has asked for a new look at what the host uses */
};

static int look(struct way *w)
{
        w->result->stage = CONVERGE_LOOK;
        return snapshot_take(w->sys, w->config, w->state, w->s);
}

/* An mdev whose steps are all done is whole; until then a rerun sets its attributes again. */
static void finish_mdevs(struct way *w, const struct apply_result *result)
{
        for (size_t pass = 0; pass < 2; pass++)
                for (size_t i = 0; i < w->s->plan->n_steps; i++) {
                        const struct plan_step *step = &w->s->plan->steps[i];
                        struct state_mdev *m;

                        if ((step->kind != STEP_MDEV_CREATE && step->kind != STEP_MDEV_ATTR) ||
                            result->failed_steps[i] != (pass == 1))
                                continue;
                        m = state_find_mdev(w->state, step->uuid);
                        if (m)
                                m->unfinished = pass == 1;
                }
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
                .write_timeout = w->config->write_timeout,
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
        if (last_phase == PHASE_MDEV)
                finish_mdevs(w, &result);
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
static int load_modules(struct way *w)
{
        int r;

        if (!has_module_steps(w->s->plan))
                return 0;
        r = run(w, true, PHASE_MODULE);
        return r < 0 ? r : look(w);
}

/* A file that was edited and not applied yet is no reason for an event to take away what is there: that waits for whoever
 * edited it. */
static int leave_what_is_there(struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps;) {
                const struct plan_step *step = &plan->steps[i];
                size_t item = step->item;
                int r;

                if (!step->guarded && (step->kind != STEP_NUMVFS || streq(step->old, "0"))) {
                        i++;
                        continue;
                }
                plan->items[item].verdict = VERDICT_DISABLED;
                r = plan_drop_steps(plan, item);
                if (r < 0)
                        return r;
                i = 0; /* steps have gone: from the start again */
        }
        return 0;
}

/* What must not be touched leaves the plan; what was before goes to the state before anything changes, so that a run
 * that is killed leaves it behind. */
static int guard_and_record(struct way *w)
{
        int r;

        w->result->stage = CONVERGE_LOOK;
        r = w->options->hotplug ? leave_what_is_there(w->s->plan) : 0;
        if (r == 0)
                r = guard_plan(w->sys, w->s->inventory, w->s->plan);
        if (r == 0 && w->unasked)
                r = remembered_guard(w->sys, w->s->plan);
        if (r < 0)
                return r;
        w->result->stage = CONVERGE_RECORD;
        r = state_record(w->state, w->s->plan, w->s->inventory);
        return r == 0 && w->s->plan->n_steps > 0 ? state_save(w->sys, w->state) : r;
}

static int note_claims(struct way *w)
{
        for (size_t i = 0; i < w->s->plan->n_steps; i++) {
                const struct plan_step *step = &w->s->plan->steps[i];
                struct pci_address *slot;

                if (step->kind != STEP_OVERRIDE || step->phase != PHASE_OVERRIDE)
                        continue;
                slot = ARRAY_APPEND(w->claimed, w->n_claimed, w->alloc_claimed);
                if (!slot)
                        return -ENOMEM;
                *slot = step->address;
        }
        return 0;
}

/* What came during the wait may have made a section's answer another one. A function that is refused now gets its
 * override back, and, if that kept its own driver off, its driver. Best effort: a rerun refuses it all the same. */
static void unclaim(struct way *w)
{
        for (size_t i = 0; i < w->n_claimed; i++) {
                const struct state_device *d = state_find_device(w->state, &w->claimed[i]);
                const char *before = d && d->override_ ? d->override_ : "";
                size_t function = inventory_find_index(w->s->inventory, &w->claimed[i]);
                char got[4096], address[PCI_ADDRESS_MAX];

                if (function == NO_INDEX || plan_takes(w->s->plan, function))
                        continue;
                (void) override_write(w->sys, &w->claimed[i], before, got, sizeof(got));
                (void) pci_address_format(&w->claimed[i], address);
                if (!w->s->inventory->functions[function].driver)
                        (void) w->sys->ops->write(w->sys->userdata, "sys/bus/pci/drivers_probe", address,
                                                  strlen(address));
        }
}

/* Overrides of what is there, before the wait for what is not: udev's coldplug is loading drivers meanwhile, and none
 * of them shall take a device that is ours. Then the wait. */
static int claim_and_settle(struct way *w)
{
        int r;

        if (!snapshot_is_unsettled(w->s, w->options->hotplug))
                return 0;
        r = guard_and_record(w);
        if (r == 0)
                r = note_claims(w);
        if (r == 0)
                r = run(w, false, PHASE_OVERRIDE);
        if (r < 0)
                return r;
        w->result->stage = CONVERGE_LOOK;
        return snapshot_settle(w->sys, w->config, w->state, w->s, w->options->hotplug, w->options->on_wait,
                               w->options->userdata);
}

static bool is_whole(const struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->left_out)
                        return false;
        return true;
}

/* The first whole run of a boot hands over to the helper: see hotplug_open(). */
static int open_hotplug(struct way *w)
{
        int r;

        if (w->options->hotplug || !w->options->in_force || !is_whole(w->config) || hotplug_is_open(w->sys))
                return 0;
        w->result->stage = CONVERGE_RECORD;
        r = hotplug_open(w->sys);
        return r < 0 ? r : look(w);
}

void converge_clear_failures(const struct config *config, struct state *state)
{
        for (size_t i = state->n_failures; i-- > 0;)
                if (!config_leaves_out(config, state->failures[i].section))
                        state_drop_failure(state, i);
}

int converge(struct sys *sys, const struct config *config, struct state *state, struct snapshot *s,
             const struct converge_options *options, struct converge_result *ret)
{
        struct way w = { .sys = sys, .config = config, .state = state, .s = s, .options = options, .result = ret };
        int r;

        *ret = (struct converge_result){ 0 };
        w.unasked = options->in_force && (options->hotplug || !hotplug_is_open(sys));
        r = look(&w);
        if (r == 0) {
                converge_clear_failures(config, state);
                state_prune(state, s->inventory);
                r = load_modules(&w);
        }
        if (r == 0)
                r = claim_and_settle(&w);
        if (r == 0)
                r = open_hotplug(&w);
        if (r == 0)
                r = guard_and_record(&w);
        if (r == 0) {
                unclaim(&w);
                /* Best effort: where /var can't be written, the next boot's early claims go by the configuration alone. */
                if (options->in_force && !options->hotplug)
                        (void) remembered_save(sys, s->plan);
                r = run(&w, false, PHASE_MDEV);
        }
        free(w.claimed);
        return r;
}
