/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the log what apply does. */
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "plan/advice.h"
#include "plan/step-kind.h"
#include "plan/step-setting.h"
#include "report/log.h"
#include "report/progress.h"
#include "report/report-words.h"
#include "view/rows.h"

void report_begin(struct report *r, const struct plan *plan, const struct inventory *inventory, struct state *state)
{
        r->plan = plan;
        r->inventory = inventory;
        r->state = state;
        free(r->skipped);
        r->skipped = xcalloc(plan->n_items + 1, sizeof(*r->skipped));
}

void report_free(struct report *r)
{
        free(r->skipped);
        free(r->detail);
        free(r->addresses);
        *r = (struct report){ 0 };
}

/* A failure is always told; of what was done, the things that a user asked for and not the way to them. */
static bool is_told(const struct apply_event *e)
{
        if (e->outcome == OUTCOME_SKIPPED)
                return false;
        if (e->outcome == OUTCOME_FAILED)
                return true;
        switch (e->step->kind) {
        case STEP_MDEV_ATTR:
                return false;
        case STEP_SET:
                return !step_is_part(e->step);
        case STEP_OVERRIDE:
        case STEP_UNBIND:
                return !e->step->way;
        default:
                return true;
        }
}

/* Modules, numbers of VFs and mdevs are few, and each has something of its own to tell. */
static bool is_told_alone(const struct plan_step *step)
{
        switch (step->kind) {
        case STEP_MODULE_LOAD:
        case STEP_MODULE_PARAM:
        case STEP_NUMVFS:
        case STEP_MDEV_CREATE:
        case STEP_MDEV_ATTR:
        case STEP_MDEV_REMOVE:
        case STEP_UNIT:
        case STEP_CONSOLE:
                return true;
        case STEP_SET:
                return step_row(step)->scope == SCOPE_PF || step_row(step)->scope == SCOPE_NETDEV;
        default:
                return step->bus != BUS_PCI;
        }
}

static bool goes_on(const struct report *r, const struct apply_event *e)
{
        const struct apply_event *f = &r->first;

        if (r->n == 0 || is_told_alone(e->step) || is_told_alone(f->step))
                return false;
        /* Each has an address of its own. */
        if (report_is_address(f->step) && report_is_address(e->step) && step_row(f->step) == step_row(e->step) &&
            f->step->item == e->step->item && f->outcome == OUTCOME_DONE && e->outcome == OUTCOME_DONE)
                return true;
        return f->step->kind == e->step->kind && f->step->item == e->step->item && f->outcome == e->outcome &&
               f->error == e->error && streq_ptr(f->step->value, e->step->value) &&
               streq_ptr(f->step->old, e->step->old) && streq_ptr(f->step->attribute, e->step->attribute) &&
               step_settings_equal(f->step, e->step) && streq(r->detail, e->detail);
}

static void add_failed(struct strbuf *b, const struct report *r)
{
        const struct plan_step *step = r->first.step;
        const char *advice = step->bus != BUS_PCI && step->kind == STEP_BIND
                                     ? advice_for_bus_driver(step->value, r->first.error)
                                     : advice_for(step, r->first.error);

        report_add_what(b, r);
        strbuf_addf(b, "%s%s", b->len > 0 ? ": " : "", r->detail);
        if (r->first.error && r->first.error != ETIMEDOUT) /* that one is ours, and the detail has the words */
                strbuf_addf(b, ": %s", strerrordesc_np(r->first.error));
        if (advice)
                strbuf_addf(b, ". %s", advice);
}

/* Notes a failure under the state's key, "device gpu". False: the very same is noted already; a run has more than one
 * plan, and a module that can't be loaded fails in each. */
static bool remember(struct state *state, const struct config_section *s, int error, const char *text)
{
        CLEANUP_FREE char *key = config_section_key(s);
        const struct state_failure *before = state_find_failure(state, key);

        if (before && before->error == error && streq(before->text, text))
                return false;
        state_add_failure(state, key, error, text);
        return true;
}

void report_flush(struct report *r)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const struct plan_item *item;
        struct log_entry entry = { 0 };
        bool told = false;

        if (r->n == 0)
                return;
        item = &r->plan->items[r->first.step->item];
        entry = (struct log_entry){
                .priority = LOG_INFO,
                .section = item->section,
                .loc = item->loc,
                .action = step_name(r->first.step),
                .error = r->first.error,
                .addresses = r->addresses,
                .n_addresses = r->n_addresses,
                .device = r->first.step->bus == BUS_PCI && !step_is_of_display(r->first.step) ? NULL
                                                                                              : r->first.step->subject,
        };
        if (r->first.outcome == OUTCOME_FAILED) {
                entry.priority = LOG_ERR;
                entry.message_id = MSG_FAILED;
                add_failed(&text, r);
                told = !remember(r->state, item->section, r->first.error, text.text ? text.text : "");
        } else {
                report_add_done(&text, r, &entry.message_id);
        }
        if (!told)
                log_write(&entry, "%s: %s", item->section->name, text.text ? text.text : "");
        (void) sd_notifyf(0, "STATUS=%s: %s", item->section->name, text.text ? text.text : "");
        r->n = r->n_addresses = 0;
}

static void show_progress(const struct report *r, const struct plan_step *step)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (!progress_is_shown())
                return;
        report_add_doing(&text, r, step);
        progress_show("%zu of %zu: %s: %s", (size_t) (step - r->plan->steps) + 1, r->plan->n_steps,
                      r->plan->items[step->item].section->name, text.text ? text.text : "");
}

void report_event(struct report *r, const struct apply_event *e)
{
        struct pci_address *slot;

        if (e->outcome == OUTCOME_BEGUN) {
                show_progress(r, e->step);
                return;
        }
        /* Its cause has a line of its own; that it failed for it is for the summary and for status. */
        if (e->outcome == OUTCOME_SKIPPED && !r->skipped[e->step->item]) {
                r->skipped[e->step->item] = true;
                report_flush(r);
                (void) remember(r->state, r->plan->items[e->step->item].section, 0,
                                "skipped: a prerequisite step failed");
        }
        if (e->outcome == OUTCOME_DONE)
                step_counts_add(&r->done, e->step, 1, e->vgpu);
        if (!is_told(e))
                return;
        if (!goes_on(r, e)) {
                report_flush(r);
                r->first = *e;
                replace_string(&r->detail, e->detail);
                r->first.detail = NULL; /* lives only as long as the event */
        }
        r->n++;
        slot = e->has_address ? ARRAY_APPEND(r->addresses, r->n_addresses, r->alloc_addresses) : NULL;
        if (slot)
                *slot = e->address;
}

void report_not_done(const struct plan *plan, const struct inventory *inventory, bool hotplug, struct state *state)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                bool required = item->section->required;
                CLEANUP_FREE char *loc = item_place(item);
                struct log_entry entry = {
                        .priority = required ? LOG_ERR : LOG_NOTICE,
                        .message_id = item->verdict == VERDICT_REFUSED ? MSG_REFUSED : MSG_ABSENT,
                        .section = item->section,
                        .loc = item->loc,
                        .action = plan_verdict_name(item->verdict),
                };
                size_t function = item->n_claims > 0 ? item->claims[0].function : item->pf;

                if (item->verdict != VERDICT_REFUSED && (item->verdict != VERDICT_ABSENT || hotplug))
                        continue;
                if (function != NO_INDEX) {
                        entry.addresses = &inventory->functions[function].address;
                        entry.n_addresses = 1;
                }
                if (item->section->bus != BUS_PCI)
                        entry.device = item->section->selector.text;
                log_write(&entry, "%s: %s%s: %s (%s)", item->section->name, plan_verdict_name(item->verdict),
                          required ? "" : ", not required", item->reason ? item->reason : "", loc);
                if (required)
                        (void) remember(state, item->section, 0, item->reason ? item->reason : "");
        }
}

void report_taken(struct report *r)
{
        for (size_t i = 0; i < r->plan->n_items; i++) {
                const struct plan_item *item = &r->plan->items[i];

                for (size_t k = 0; k < item->n_claims; k++) {
                        const struct plan_claim *claim = &item->claims[k];
                        const struct pci_function *f =
                                claim->function == NO_INDEX ? NULL : &r->inventory->functions[claim->function];
                        struct state_device *d = f ? state_find_device(r->state, &f->address) : NULL;
                        struct plan_step step = {
                                .kind = STEP_BIND, .phase = PHASE_DEVICE_DRIVER, .item = i, .value = claim->driver
                        };
                        struct apply_event event = {
                                .step = &step, .outcome = OUTCOME_DONE, .has_address = true, .detail = ""
                        };

                        if (!d || !d->fresh || !streq_ptr(f->driver, claim->driver))
                                continue;
                        d->fresh = false;
                        step.has_address = true;
                        event.address = step.address = f->address;
                        report_event(r, &event);
                        report_flush(r); /* the step is of this moment */
                }
        }
}
