/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from a configuration's text to a machine that is as it says. */
#include "fake/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "apply/converge.h"
#include "base/array.h"
#include "state/state-file.h"

void run_clear(struct run *run)
{
        for (size_t i = 0; i < run->n_events; i++) {
                free(run->events[i].section);
                free(run->events[i].detail);
        }
        free(run->events);
        snapshot_clear(&run->snapshot);
        state_free(&run->state);
        diag_list_free(&run->diags);
        config_free(run->config);
        *run = (struct run){ 0 };
}

static bool went_well(struct run *run, const char *where, int r)
{
        if (r < 0 && run->error == 0) {
                run->error = r;
                run->where = where;
        }
        return r >= 0;
}

static void observe(void *userdata, const struct apply_event *event)
{
        struct run *run = userdata;
        const struct plan_item *item = &run->plan->items[event->step->item];
        struct run_event *e;

        if (event->outcome == OUTCOME_BEGUN)
                return;
        e = ARRAY_APPEND(run->events, run->n_events, run->alloc_events);
        assert_non_null(e);
        assert_non_null(event->detail);
        e->kind = event->step->kind;
        e->outcome = event->outcome;
        e->section = strdup(item->section->name);
        e->error = event->error;
        e->detail = strdup(event->detail);
        if (event->has_address)
                pci_address_format(&event->address, e->address);
        else if (event->step->bus != BUS_PCI)
                (void) snprintf(e->address, sizeof(e->address), "%s", event->step->subject);
        if (event->outcome == OUTCOME_FAILED) {
                CLEANUP_FREE char *section = NULL;

                assert_true(asprintf(&section, "%s %s", section_kind_name(item->section->kind), e->section) > 0);
                state_add_failure(&run->state, section, e->error, e->detail);
        }
}

static bool read_config(const char *text, struct run *run)
{
        run->config = config_new();
        assert_non_null(run->config);
        config_add_file(run->config, "passthru.conf", text, strlen(text), &run->diags);
        config_finish(run->config, &run->diags);
        for (size_t i = 0; i < run->diags.n; i++)
                fprintf(stderr, "passthru.conf:%u: %s\n", run->diags.items[i].line, run->diags.items[i].text);
        return !diag_has_errors(&run->diags);
}

struct config *run_config(const char *text)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct config *config = config_new();

        assert_non_null(config);
        config_add_file(config, "c", text, strlen(text), &diags);
        config_finish(config, &diags);
        assert_false(diag_has_errors(&diags));
        return config;
}

static int on_plan(void *userdata, const struct snapshot *s, bool last)
{
        struct run *run = userdata;

        (void) last;
        run->plan = s->plan;
        run->n_steps += s->plan->n_steps;
        return 0;
}

static void on_step(void *userdata, const struct apply_event *event)
{
        observe(userdata, event);
}

static int on_give_back(void *userdata, const struct snapshot *s)
{
        struct run *run = userdata;

        run->plan = s->plan;
        run->n_given_back += s->plan->n_items;
        return 0;
}

void run_apply(struct fake_kernel *k, const char *text, struct run *run)
{
        run_mode(k, text, CONVERGE_WHOLE, run);
}

static void hold_all(struct run *run, const char *vm)
{
        for (size_t i = 0; i < run->config->n_sections; i++) {
                CLEANUP_FREE char *key = config_section_key(run->config->sections[i]);

                if (run->config->sections[i]->dormant)
                        state_set_hold(&run->state, key, vm);
        }
}

/* device: whose sections alone are meant; NULL: all. vm: the sections that are not for boot are held for it; NULL: they stay as
 * they are. */
static void go(struct fake_kernel *k, const char *text, enum converge_mode mode, const char *device, const char *vm,
               struct run *run)
{
        static const char *const stages[] = { "reading", "recording", "applying" };
        const struct converge_options options = { .mode = mode, .on_plan = on_plan, .on_step = on_step, .on_give_back = on_give_back,
                                                 .in_force = true, .userdata = run };
        struct sys *sys = fake_sys(k);
        struct converge_result result;
        int r;

        assert_true(read_config(text, run));
        if (!went_well(run, "state_load", state_load(sys, true, &run->state)))
                return;
        if (vm)
                hold_all(run, vm);
        converge_wake_held(run->config, &run->state);
        if (device && (!went_well(run, "snapshot_take", snapshot_take(sys, run->config, &run->state, &run->snapshot)) ||
                       !converge_select(run->config, &run->state, &run->snapshot, device)))
                return;
        r = converge(sys, run->config, &run->state, &run->snapshot, &options, &result);
        if (went_well(run, stages[result.stage], r))
                went_well(run, "state_save", state_save(sys, &run->state));
        if (run->error == 0)
                went_well(run, "clearance", result.clearance);
        if (run->error == 0)
                went_well(run, "marks", result.ready);
        run->n_deferred = result.n_deferred;
}

void run_mode(struct fake_kernel *k, const char *text, enum converge_mode mode, struct run *run)
{
        go(k, text, mode, NULL, NULL, run);
}

void run_device(struct fake_kernel *k, const char *text, const char *device, struct run *run)
{
        go(k, text, CONVERGE_EVENT, device, NULL, run);
}

void run_held(struct fake_kernel *k, const char *text, const char *vm, struct run *run)
{
        go(k, text, CONVERGE_WHOLE, NULL, vm, run);
}

const struct plan_item *run_item(const struct run *run, const char *name)
{
        assert_non_null(run->snapshot.plan);
        for (size_t i = 0; i < run->snapshot.plan->n_items; i++)
                if (streq(run->snapshot.plan->items[i].section->name, name))
                        return &run->snapshot.plan->items[i];
        fail_msg("no section %s", name);
        return NULL;
}

const struct run_event *run_find(const struct run *run, const char *section, enum step_outcome outcome)
{
        for (size_t i = 0; i < run->n_events; i++)
                if ((!section || streq(run->events[i].section, section)) && run->events[i].outcome == outcome)
                        return &run->events[i];
        return NULL;
}

static bool is_against(const struct plan_item *item)
{
        return item->verdict == VERDICT_REFUSED || (item->verdict == VERDICT_ABSENT && item->section->required);
}

bool run_is_clean(const struct run *run)
{
        if (run->error < 0)
                return false;
        for (size_t i = 0; i < run->n_events; i++)
                if (run->events[i].outcome != OUTCOME_DONE)
                        return false;
        for (size_t i = 0; i < run->snapshot.plan->n_items; i++)
                if (is_against(&run->snapshot.plan->items[i]))
                        return false;
        return true;
}

void run_print(const struct run *run)
{
        static const char *const verdicts[] = { "ok", "change", "absent", "refused", "disabled" };
        static const char *const outcomes[] = { "done", "failed", "skipped" };

        if (run->error < 0)
                fprintf(stderr, "  %s: %s\n", run->where, strerror(-run->error));
        for (size_t i = 0; run->snapshot.plan && i < run->snapshot.plan->n_items; i++) {
                const struct plan_item *item = &run->snapshot.plan->items[i];

                fprintf(stderr, "  [%s %s] %s %s\n", section_kind_name(item->section->kind), item->section->name,
                        verdicts[item->verdict], item->reason ? item->reason : "");
        }
        for (size_t i = 0; i < run->n_events; i++) {
                const struct run_event *e = &run->events[i];

                fprintf(stderr, "  %s step %d %s %s: %s %s\n", e->section, e->kind, e->address, outcomes[e->outcome],
                        e->error ? strerror(e->error) : "", e->detail);
        }
}
