/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way of an apply. */
#include "apply/converge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "guard/clearance-file.h"
#include "guard/guard.h"
#include "plan/plan-record.h"
#include "release/release.h"
#include "state/notes.h"
#include "state/ready.h"
#include "state/state-file.h"

struct way {
        struct sys *sys;
        const struct config *config;
        struct state *state;
        struct snapshot *s;
        const struct converge_options *options;
        struct converge_result *result;
        bool *failed; /* by section: a step of it failed in this run, and is not tried a second time */
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

static void note_failures(struct way *w, const struct apply_result *result)
{
        for (size_t i = 0; i < w->s->plan->n_items; i++)
                if (result->failed[i])
                        w->failed[w->s->plan->items[i].section->index] = true;
        w->result->failed = w->result->failed || result->n_failed > 0;
}

/* Whoever waits for the sections that are as configured goes on. failed: by item, of the plan that was carried out;
 * NULL: it has no steps that were. */
static void mark_ready(struct way *w, const bool *failed)
{
        for (size_t i = 0; w->options->in_force && i < w->s->plan->n_items; i++) {
                const struct plan_item *item = &w->s->plan->items[i];
                bool done = item->verdict == VERDICT_CHANGE && !item->deferred && failed && !failed[i];
                int r;

                if (item->section->left_out)
                        continue;
                r = ready_mark(w->sys, item->section, item->verdict == VERDICT_OK || done);
                if (w->result->ready == 0)
                        w->result->ready = r;
        }
}

static struct apply_options options_of(const struct way *w)
{
        return (struct apply_options){
                .last_phase = PHASE_MDEV,
                .state = w->state,
                .wait = w->config->settle_timeout,
                .write_timeout = w->config->write_timeout,
                .observer = w->options->on_step,
                .userdata = w->options->userdata,
        };
}

/* Which of a plan's steps are done. */
enum part { PART_ALL, PART_MODULES, PART_DISPLAY };

/* last: it is the last plan. */
static int run(struct way *w, enum part part, bool last)
{
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        struct apply_options options = options_of(w);
        int r;

        options.modules_only = part == PART_MODULES;
        options.last_phase = part == PART_MODULES ? PHASE_MODULE : part == PART_DISPLAY ? PHASE_DISPLAY : PHASE_MDEV;
        w->result->stage = CONVERGE_APPLY;
        r = w->options->on_plan ? w->options->on_plan(w->options->userdata, w->s, last) : 0;
        if (r < 0)
                return r;
        apply_run(w->sys, w->s->plan, w->s->inventory, &options, &result);
        if (w->options->on_plan_done)
                w->options->on_plan_done(w->options->userdata);
        note_failures(w, &result);
        if (part == PART_ALL) {
                finish_mdevs(w, &result);
                mark_ready(w, result.failed);
        }
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
        r = run(w, PART_MODULES, false);
        return r < 0 ? r : look(w);
}

/* A file that was edited and not applied yet is no reason for an event to take away what is there: that waits for
 * whoever edited it. */
static void leave_what_is_there(struct plan *plan)
{
        plan_drop_begin(plan);
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (!step->guarded && (step->kind != STEP_NUMVFS || streq(step->old, "0")))
                        continue;
                plan->items[step->item].verdict = VERDICT_DISABLED;
                plan_drop_steps(plan, step->item);
        }
        plan_drop_end(plan);
}

/* Holds back what has failed already, and while udev is not idle what waits for the rest of its group to have drivers.
 */
static void hold_back(struct way *w, bool idle)
{
        struct plan *plan = w->s->plan;

        plan_drop_begin(plan);
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].verdict == VERDICT_CHANGE &&
                    (w->failed[plan->items[i].section->index] || (plan->items[i].unsettled && !idle)))
                        plan_defer(plan, i);
        plan_drop_end(plan);
}

/* Until udev has handled its events, a NIC may lack the name by which the host's configuration knows it. */
static bool is_too_early(const struct way *w, bool idle)
{
        return w->options->mode == CONVERGE_WHOLE && !idle;
}

static bool holds_back(const struct way *w)
{
        for (size_t i = 0; i < w->s->plan->n_items; i++)
                if (w->s->plan->items[i].deferred)
                        return true;
        return false;
}

/* What must not be touched leaves the plan, and what is for later. */
static int filter(struct way *w, bool idle)
{
        int r = 0;

        w->result->stage = CONVERGE_LOOK;
        if (w->options->mode == CONVERGE_EVENT)
                leave_what_is_there(w->s->plan);
        if (w->options->mode == CONVERGE_EARLY || is_too_early(w, idle))
                clearance_hold_back(w->sys, w->s->plan, w->s->inventory);
        r = guard_plan(w->sys, w->s->inventory, w->s->plan);
        if (r == 0)
                clearance_check_cards(w->sys, w->s->plan, w->s->inventory);
        if (r < 0)
                return r;
        hold_back(w, idle);
        return 0;
}

/* What is taken before the last plan is upheld by that one, or goes back: early by that of a whole look. */
static void mark_provisional(struct way *w)
{
        const struct plan *plan = w->s->plan;

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];
                struct state_device *d =
                        step->has_address && !step->new_vf ? state_find_device(w->state, &step->address) : NULL;

                if (d && (step->kind == STEP_OVERRIDE || step->kind == STEP_BIND) &&
                    plan->items[step->item].section->kind == SECTION_DEVICE)
                        d->provisional = true;
        }
}

/* What was before goes to the state before anything changes, so that a run that is killed leaves it behind. */
static int record(struct way *w, bool last)
{
        int r;

        w->result->stage = CONVERGE_RECORD;
        state_record(w->state, w->s->plan, w->s->inventory);
        r = 0;
        if (!last || w->options->mode == CONVERGE_EARLY)
                mark_provisional(w);
        return w->s->plan->n_steps > 0 ? state_save(w->sys, w->state) : r;
}

static bool has_display_steps(const struct plan *plan)
{
        return plan->n_steps > 0 && plan->steps[0].phase == PHASE_DISPLAY;
}

/* Once nobody shows anything on a display that goes, the rest is looked at again: what is refused anyhow takes nobody's
 * display. */
static int stop_display(struct way *w)
{
        int r;

        if (!has_display_steps(w->s->plan))
                return 0;
        r = filter(w, true);
        if (r < 0 || !has_display_steps(w->s->plan))
                return r;
        w->result->stage = CONVERGE_RECORD;
        state_record(w->state, w->s->plan, w->s->inventory);
        r = state_save(w->sys, w->state);
        if (r == 0)
                r = run(w, PART_DISPLAY, false);
        return r < 0 ? r : look(w);
}

/* What is ready is done at once; what waits is held back by filter(). */
static int do_ready(struct way *w)
{
        int r;

        if (w->s->plan->n_steps == 0) {
                mark_ready(w, NULL);
                return 0;
        }
        r = record(w, false);
        return r < 0 ? r : run(w, PART_ALL, false);
}

/* µs: udev kills a worker after 3 minutes (event_timeout), so that its queue comes to an end. */
#define UDEV_TIMEOUT (200 * UINT64_C(1000000))

/* Rounds of looking and doing until nothing is to be waited for any more, up to settle-timeout; what may not be taken
 * before udev is idle waits for that. Early, nothing is waited for beyond what udev is at work on. Without udev's
 * events there is no wait: what is not there is absent, and the rest goes on. */
static int settle(struct way *w)
{
        const struct sys_ops *ops = w->sys->ops;
        uint64_t start = ops->now(w->sys->userdata), deadline = start + w->config->settle_timeout;
        bool event = w->options->mode == CONVERGE_EVENT;
        size_t told = 0;

        if (snapshot_count_waiting(w->s, event, false) == 0 &&
            (plan_count(w->s->plan).change == 0 || !is_too_early(w, SYS_CALL(w->sys, events_idle) != 0)))
                return 0;
        /* Listen first, then look again: what came between the snapshot and now is not missed. */
        if (SYS_CALL(w->sys, events_begin) < 0)
                return look(w);
        for (;;) {
                uint64_t began = ops->now(w->sys->userdata);
                bool idle = SYS_CALL(w->sys, events_idle) > 0, held;
                size_t n;
                int r = look(w);

                if (r == 0)
                        r = filter(w, idle);
                if (r < 0)
                        return r;
                n = w->options->mode == CONVERGE_EARLY && idle ? 0 : snapshot_count_waiting(w->s, event, idle);
                held = is_too_early(w, idle) && holds_back(w);
                n += held;
                if (n == 0)
                        return 0;
                if (n != told && w->options->on_wait)
                        w->options->on_wait(w->options->userdata, w->s, n);
                told = n;
                r = do_ready(w);
                if (r < 0)
                        return r;
                if (snapshot_wait(w->sys, held ? MAX_OF(deadline, start + UDEV_TIMEOUT) : deadline,
                                  ops->now(w->sys->userdata) - began) <= 0)
                        return look(w); /* the last one, for what came without an event */
        }
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

        if (w->options->mode != CONVERGE_WHOLE || !w->options->in_force || !is_whole(w->config) ||
            hotplug_is_open(w->sys))
                return 0;
        w->result->stage = CONVERGE_RECORD;
        r = hotplug_open(w->sys);
        return r < 0 ? r : look(w);
}

/* ---- what is not upheld ---- */

static void mark_taken(const struct plan *plan, bool *taken)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                for (size_t k = 0; item_is_open(item) && !item->deferred && k < item->n_claims; k++)
                        if (item->claims[k].function != NO_INDEX && !streq(item->claims[k].driver, DRIVER_HOST))
                                taken[item->claims[k].function] = true;
        }
}

/* Whether this run can tell that a device which no section takes any more is to go back. Early, what is absent may
 * still come, and so may the display for lack of which another is refused: that is for the whole look. And an event is
 * no reason to take away what belongs to other sections than those it is about. */
static bool may_give_back(const struct way *w, const struct state_device *d)
{
        const struct plan_item *item = plan_find_item(w->s->plan, d->section);

        if (item)
                return !item->section->left_out && !w->failed[item->section->index] &&
                       w->options->mode != CONVERGE_EARLY;
        return w->options->mode != CONVERGE_EVENT;
}

/* Fills sub with the devices that were taken before and go back, of which there may be none; their strings stay the
 * state's. If there are none, the others are upheld. */
static void find_not_upheld(struct way *w, struct state *sub)
{
        CLEANUP_FREE bool *taken = xcalloc(w->s->inventory->n_functions + 1, sizeof(*taken));

        mark_taken(w->s->plan, taken);
        for (size_t i = 0; i < w->state->n_devices; i++) {
                struct state_device *d = &w->state->devices[i], *slot;
                size_t function = inventory_find_index(w->s->inventory, &d->address);

                if (!d->provisional || function == NO_INDEX || taken[function] || !may_give_back(w, d))
                        continue;
                slot = ARRAY_APPEND(sub->devices, sub->n_devices, sub->alloc_devices);
                *slot = *d;
        }
        for (size_t i = 0; sub->n_devices == 0 && w->options->mode != CONVERGE_EARLY && i < w->state->n_devices; i++) {
                struct state_device *d = &w->state->devices[i];
                size_t function = inventory_find_index(w->s->inventory, &d->address);

                if (!d->provisional || function == NO_INDEX || !taken[function])
                        continue;
                d->provisional = false;
                w->state->changed = true;
        }
}

static void forget(struct way *w, const struct state *sub, const struct release *release, const bool *failed)
{
        for (size_t i = 0; i < sub->n_devices; i++) {
                const struct pci_address a = sub->devices[i].address;
                size_t item = release_item(release, sub->devices[i].section);
                const struct state_device *d = state_find_device(w->state, &a);

                if (!d || item == NO_INDEX || failed[item] || release->plan->items[item].verdict == VERDICT_REFUSED)
                        continue;
                (void) hotplug_drop_claim(w->sys, &a);
                state_drop_device(w->state, (size_t) (d - w->state->devices));
                w->state->changed = true;
        }
}

/* Gives back what was taken early and is not upheld, to the driver that it would have had: by the planner of release,
 * for these devices alone. Returns 1 when some went back, 0, or a negative errno. */
static int give_back_some(struct way *w)
{
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        CLEANUP_RELEASE struct release release = { 0 };
        struct state sub = { 0 };
        CLEANUP_FREE struct state_device *devices = NULL;
        const struct release_input input = { .state = &sub, .config = w->config, .inventory = w->s->inventory };
        const struct apply_options options = options_of(w);
        struct snapshot s = { .inventory = w->s->inventory };
        int r = 0;
        size_t n;

        find_not_upheld(w, &sub);
        devices = sub.devices;
        if (sub.n_devices == 0)
                return r;
        release_build(&input, &release);
        r = guard_plan(w->sys, w->s->inventory, release.plan);
        s.plan = release.plan;
        w->result->stage = CONVERGE_APPLY;
        if (r == 0 && w->options->on_give_back)
                r = w->options->on_give_back(w->options->userdata, &s);
        if (r == 0)
                apply_run(w->sys, release.plan, w->s->inventory, &options, &result);
        if (w->options->on_plan_done)
                w->options->on_plan_done(w->options->userdata);
        if (r < 0)
                return r;
        n = w->state->n_devices;
        forget(w, &sub, &release, result.failed);
        w->result->failed = w->result->failed || result.n_failed > 0;
        r = look(w);
        if (r == 0)
                r = filter(w, true);
        return r < 0 ? r : w->state->n_devices < n;
}

/* With what goes back, an IOMMU group may be fit for VFIO no longer, and others that were taken for it go back too. */
static int give_back(struct way *w)
{
        int r;

        do
                r = give_back_some(w);
        while (r > 0);
        return r;
}

static bool is_left_out(const struct config *config, const struct plan_item *item)
{
        return config->sections[item->section->index]->left_out;
}

static bool share_a_group(const struct inventory *inv, const struct plan_item *a, const struct plan_item *b)
{
        for (size_t i = 0; i < a->n_claims; i++)
                for (size_t k = 0; k < b->n_claims && a->claims[i].function != NO_INDEX; k++) {
                        int group = inv->functions[a->claims[i].function].group;

                        if (b->claims[k].function != NO_INDEX && group != NO_GROUP &&
                            group == inv->functions[b->claims[k].function].group)
                                return true;
                }
        return false;
}

/* A section is planned with those of its IOMMU group, for whether it can be handed over depends on whether they can.
 */
static void select_groups(struct config *config, const struct state *state, const struct snapshot *s)
{
        CLEANUP_FREE const struct plan_item **selected = xcalloc(s->plan->n_items + 1, sizeof(*selected));
        size_t n = 0;

        for (size_t i = 0; i < s->plan->n_items; i++)
                if (!is_left_out(config, &s->plan->items[i]) && s->plan->items[i].n_claims > 0)
                        selected[n++] = &s->plan->items[i];
        for (size_t done = 0; done < n; done++)
                for (size_t i = 0; i < s->plan->n_items; i++) {
                        const struct plan_item *item = &s->plan->items[i];
                        CLEANUP_FREE char *key = NULL;

                        if (!is_left_out(config, item) || !share_a_group(s->inventory, item, selected[done]))
                                continue;
                        key = config_section_key(item->section);
                        if (state_is_released(state, key))
                                continue;
                        config->sections[item->section->index]->left_out = false;
                        selected[n++] = item;
                }
}

void converge_wake_held(struct config *config, const struct state *state)
{
        for (size_t i = 0; i < state->n_holds; i++)
                for (size_t k = 0; k < config->n_sections; k++)
                        if (config_section_is(config->sections[k], state->holds[i].section))
                                config_wake(config, config->sections[k]);
}

bool converge_select(struct config *config, const struct state *state, const struct snapshot *s, const char *device)
{
        struct plan_subject subject;
        bool any = false;

        if (!plan_find_subject(s->inventory, device, &subject))
                return false;
        for (size_t i = 0; i < s->plan->n_items; i++) {
                const struct plan_item *item = &s->plan->items[i];
                struct config_section *section = config->sections[item->section->index];
                CLEANUP_FREE char *key = config_section_key(section);
                bool concerned =
                        !state_is_released(state, key) && plan_concerns(s->plan, s->inventory, item, &subject);

                section->left_out = section->kind != SECTION_MODULE && !concerned;
                any = any || (concerned && section->enabled);
        }
        select_groups(config, state, s);
        return any;
}

void converge_clear_failures(const struct config *config, struct state *state)
{
        for (size_t i = state->n_failures; i-- > 0;)
                if (!config_leaves_out(config, state->failures[i].section))
                        state_drop_failure(state, i);
}

static void count_deferred(struct way *w)
{
        for (size_t i = 0; i < w->s->plan->n_items; i++)
                w->result->n_deferred += w->s->plan->items[i].deferred;
}

/* The last plan: all of it is done that the guards let pass. */
static int finish(struct way *w)
{
        int r = filter(w, true);

        if (r == 0)
                r = give_back(w);
        if (r == 0)
                r = record(w, true);
        if (r < 0)
                return r;
        count_deferred(w);
        /* The guards have had their say, and what udev makes of the bind is to find the record as it is then. */
        if (w->options->in_force && w->options->mode != CONVERGE_EARLY)
                w->result->clearance = clearance_update(w->sys, w->s->plan, w->s->inventory,
                                                        SYS_CALL(w->sys, events_idle) != 0);
        return run(w, PART_ALL, true);
}

int converge(struct sys *sys, const struct config *config, struct state *state, struct snapshot *s,
             const struct converge_options *options, struct converge_result *ret)
{
        CLEANUP_FREE bool *failed = xcalloc(config->n_sections + 1, sizeof(*failed));
        struct way w = { .sys = sys,
                         .config = config,
                         .state = state,
                         .s = s,
                         .options = options,
                         .result = ret,
                         .failed = failed };
        int r;

        *ret = (struct converge_result){ 0 };
        r = look(&w);
        if (r == 0) {
                converge_clear_failures(config, state);
                state_prune(state, s->inventory);
                r = load_modules(&w);
        }
        if (r == 0)
                r = stop_display(&w);
        if (r == 0)
                r = settle(&w);
        if (r == 0)
                r = open_hotplug(&w);
        return r < 0 ? r : finish(&w);
}

int converge_is_mended(struct sys *sys, struct config *config, const struct state *state, struct snapshot *s)
{
        struct last_run before;
        struct plan_counts n;
        int r = last_run_load(sys, &before);

        if (r < 0 || before.time == 0 || before.status == 0)
                return r < 0 ? r : 0;
        for (size_t i = 0; i < config->n_sections; i++)
                config->sections[i]->left_out = false;
        r = snapshot_take(sys, config, state, s);
        if (r == 0)
                r = guard_plan(sys, s->inventory, s->plan);
        if (r < 0)
                return r;
        n = plan_count(s->plan);
        return n.change == 0 && n.absent_required == 0 && n.refused_required == 0 && state->n_failures == 0;
}
