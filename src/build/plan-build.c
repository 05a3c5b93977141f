/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the plan: resolves every section, settles conflicts and groups, and only then makes steps. */
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "build/plan-internal.h"

static void item_reason(struct plan_item *item, const char *format, ...) PRINTF_LIKE(2, 3);

static void item_reason(struct plan_item *item, const char *format, ...)
{
        va_list args;

        free(item->reason);
        va_start(args, format);
        item->reason = xvasprintf(format, args);
        va_end(args);
}

static void make_items(struct builder *b)
{
        const struct config *config = b->in->config;

        b->plan->items = xcalloc(config->n_sections + 1, sizeof(*b->plan->items));
        b->item_of = xcalloc(config->n_sections + 1, sizeof(*b->item_of));
        for (size_t i = 0; i < config->n_sections; i++) {
                struct plan_item *item = &b->plan->items[b->plan->n_items];

                if (config->sections[i]->kind == SECTION_DEFAULTS)
                        continue;
                b->item_of[i] = b->plan->n_items;
                item->section = config->sections[i];
                item->verdict = item->section->enabled ? VERDICT_OK : VERDICT_DISABLED;
                item->loc = &item->section->loc;
                item->found = NO_INDEX;
                item->twin = NO_INDEX;
                item->pf = NO_INDEX;
                item->parent = NO_INDEX;
                b->plan->n_items++;
        }
}

typedef void (*build_pass)(struct builder *b, struct plan_item *item);

static void for_each(struct builder *b, enum section_kind kind, build_pass pass)
{
        for (size_t i = 0; i < b->plan->n_items; i++) {
                struct plan_item *item = &b->plan->items[i];

                if (item->section->kind == kind && item_is_open(item))
                        pass(b, item);
        }
}

/* Those that are refused too: all that is in their way is to be said at once. */
static void for_each_refused(struct builder *b, enum section_kind kind, build_pass pass)
{
        for (size_t i = 0; i < b->plan->n_items; i++) {
                struct plan_item *item = &b->plan->items[i];

                if (item->section->kind == kind && (item_is_open(item) || item->verdict == VERDICT_REFUSED))
                        pass(b, item);
        }
}

/* Planned with the others, for a VF or a device may be another's; then left alone. */
static void leave_out(struct plan_item *item)
{
        const struct config_section *s = item->section;

        item->verdict = VERDICT_DISABLED;
        if (s->kind == SECTION_SRIOV && item->make)
                item_reason(item,
                            "[sriov %s] was not selected, and its VFs do not exist yet: apply %s too, or all sections",
                            s->name, s->name);
        else
                item_reason(item, "[%s %s] was not selected", section_kind_name(s->kind), s->name);
}

/* One array, phase after phase; within a phase the order of the configuration. */
static void join_phases(struct builder *b)
{
        struct plan *plan = b->plan;

        plan_join_steps(plan, b->phases, PHASE_MAX);
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->items[plan->steps[i].item].verdict == VERDICT_OK)
                        plan->items[plan->steps[i].item].verdict = VERDICT_CHANGE;
        plan_link_steps(plan);
        plan_drop_begin(plan);
        for (size_t i = 0; i < plan->n_items; i++) {
                struct plan_item *item = &plan->items[i];

                if (item->section->left_out)
                        leave_out(item);
                /* An item that was refused while its steps were being made has none. A module's parameters are each on
                 * its own. */
                else if (item->verdict != VERDICT_REFUSED || item->section->kind == SECTION_MODULE)
                        continue;
                plan_drop_steps(plan, i);
        }
        plan_drop_end(plan);
}

static void build(struct builder *b)
{
        size_t n_types = 0;

        make_items(b);
        lookup_new(b->inv, &b->lookup);
        b->owner = xcalloc(b->inv->n_functions + 1, sizeof(*b->owner));
        b->owner_claim = xcalloc(b->inv->n_functions + 1, sizeof(*b->owner_claim));
        b->pf_item = xcalloc(b->inv->n_functions + 1, sizeof(*b->pf_item));
        b->claimer = xcalloc(b->inv->n_functions + 1, sizeof(*b->claimer));
        b->group_seen = xcalloc(b->inv->n_functions + 1, sizeof(*b->group_seen));
        b->held = xcalloc(b->inv->n_functions + 1, sizeof(*b->held));
        b->bus_owner = xcalloc(b->inv->n_bus_devices + 1, sizeof(*b->bus_owner));
        for (size_t i = 0; i < b->inv->n_parents; i++)
                n_types += b->inv->parents[i].n_types;
        b->promised = xcalloc(n_types + 1, sizeof(*b->promised));
        b->first_type = xcalloc(b->inv->n_parents + 1, sizeof(*b->first_type));
        for (size_t i = 1; i < b->inv->n_parents; i++)
                b->first_type[i] = b->first_type[i - 1] + b->inv->parents[i - 1].n_types;
        for (size_t i = 0; i < b->inv->n_functions; i++)
                b->pf_item[i] = NO_INDEX;
        for (size_t i = 0; i < b->inv->n_bus_devices; i++)
                b->bus_owner[i] = NO_INDEX;

        for_each(b, SECTION_MODULE, plan_module_item);
        /* PFs first: devices and parents may name their VFs. */
        for_each(b, SECTION_SRIOV, plan_sriov_resolve);
        for_each(b, SECTION_VF, plan_vf_resolve);
        for_each(b, SECTION_DEVICE, plan_device_resolve);
        for_each(b, SECTION_MDEV, plan_mdev_resolve);
        plan_owners(b); /* so that whole groups leave out what another section takes */
        plan_group_hold(b);
        for_each_refused(b, SECTION_DEVICE, plan_group_extend);
        plan_owners(b);
        plan_group_check(b);
        plan_bus_groups(b);
        for_each_refused(b, SECTION_SRIOV, plan_sriov_check);
        for_each_refused(b, SECTION_VF, check_claims);
        for_each_refused(b, SECTION_DEVICE, plan_device_check);
        for_each(b, SECTION_SRIOV, plan_sriov_steps);
        for_each(b, SECTION_VF, plan_vf_steps);
        for_each(b, SECTION_DEVICE, plan_device_steps);
        for_each(b, SECTION_SRIOV, plan_sriov_restore);
        for_each(b, SECTION_MDEV, plan_mdev_steps);
        join_phases(b);
        plan_index(b->plan, b->inv);
        plan_link_steps(b->plan);
        plan_mark_ways(b->plan);
}

static void builder_clear(struct builder *b)
{
        step_lists_clear(b->phases, PHASE_MAX);
        tdestroy(b->modules, free);
        free(b->item_of);
        free(b->promised);
        free(b->first_type);
        free(b->owner);
        free(b->owner_claim);
        free(b->pf_item);
        free(b->held);
        free(b->claimer);
        free(b->group_seen);
        free(b->expected);
        free(b->bus_owner);
        lookup_free(b->lookup);
}

void plan_build(const struct plan_input *input, struct plan **ret)
{
        CLEANUP(plan_freep) struct plan *plan = xcalloc(1, sizeof(*plan));
        CLEANUP(builder_clear) struct builder b = { .in = input, .inv = input->inventory, .plan = plan };

        build(&b);
        *ret = STEAL(plan);
}
