/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as data: counting, taking back and freeing it. */
#include "plan/plan.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "plan/step-kind.h"

void plan_step_clear(struct plan_step *s)
{
        free(s->subject);
        free(s->attribute);
        free(s->old);
        free(s->value);
}

struct plan_step *step_list_add(struct step_list *list, enum step_kind kind, enum step_phase phase, size_t item,
                                const char *old, const char *value)
{
        struct plan_step *step = ARRAY_APPEND(list->items, list->n, list->alloc);

        step->kind = kind;
        step->phase = phase;
        step->item = item;
        if (old)
                step->old = xstrdup(old);
        if (value)
                step->value = xstrdup(value);
        return step;
}

void plan_join_steps(struct plan *plan, struct step_list *lists, size_t n_lists)
{
        for (size_t i = 0; i < n_lists; i++) {
                struct step_list *list = &lists[i];

                array_reserve(&plan->steps, &plan->alloc_steps, plan->n_steps + list->n, sizeof(*plan->steps));
                if (list->n > 0)
                        memcpy(plan->steps + plan->n_steps, list->items, list->n * sizeof(*list->items));
                plan->n_steps += list->n;
                list->n = 0; /* moved */
        }
}

void step_lists_clear(struct step_list *lists, size_t n_lists)
{
        for (size_t i = 0; i < n_lists; i++) {
                for (size_t k = 0; k < lists[i].n; k++)
                        plan_step_clear(&lists[i].items[k]);
                free(lists[i].items);
        }
}

static void item_clear(struct plan_item *item)
{
        for (size_t i = 0; i < item->n_claims; i++) {
                free(item->claims[i].driver);
                free(item->claims[i].values);
        }
        free(item->claims);
        free(item->bus_claims);
        free(item->mdevs);
        free(item->reason);
        for (size_t i = 0; i < item->n_obstacles; i++)
                free(item->obstacles[i]);
        free(item->obstacles);
        free(item->line);
        free(item->note);
        for (size_t i = 0; i < item->n_reasons; i++) {
                free(item->reasons[i].device);
                free(item->reasons[i].text);
        }
        free(item->reasons);
        free(item->parent_name);
        free(item->type_id);
        free(item->type_name);
}

void plan_free(struct plan *plan)
{
        if (!plan)
                return;
        for (size_t i = 0; i < plan->n_items; i++)
                item_clear(&plan->items[i]);
        free(plan->items);
        for (size_t i = 0; i < plan->n_steps; i++)
                plan_step_clear(&plan->steps[i]);
        free(plan->steps);
        plan_index_free(plan->index);
        free(plan->dropped);
        free(plan);
}

static int compare_drivers(const void *a, const void *b)
{
        return strcmp(((const struct plan_step *) a)->value, ((const struct plan_step *) b)->value);
}

static void keep(void *node)
{
        (void) node; /* the steps are the plan's */
}

/* A driver's module is loaded once, by the first item that needs it. When that one goes, the next takes it over. */
static void hand_on_modules(struct plan *plan, bool *gone)
{
        void *first = NULL; /* tsearch(3) tree: by driver, the first step that stays and binds to it */

        for (size_t i = 0; i < plan->n_steps; i++)
                if (!gone[i] && plan->steps[i].kind == STEP_BIND && !tsearch(&plan->steps[i], &first, compare_drivers))
                        out_of_memory();
        for (size_t i = 0; i < plan->n_steps && first; i++) {
                struct plan_step *load = &plan->steps[i], **user;

                if (!gone[i] || load->kind != STEP_MODULE_LOAD || !load->attribute)
                        continue;
                user = tfind(&(struct plan_step){ .value = load->attribute }, &first, compare_drivers);
                if (!user)
                        continue;
                load->item = (*user)->item;
                gone[i] = false;
        }
        tdestroy(first, keep);
}

void plan_refuse(struct plan *plan, size_t item, const char *reason)
{
        plan->items[item].verdict = VERDICT_REFUSED;
        if (reason)
                plan_add_obstacle(&plan->items[item], xstrdup(reason));
        else
                plan_compose_reason(&plan->items[item]);
        plan_drop_steps(plan, item);
}

void plan_defer(struct plan *plan, size_t item)
{
        plan->items[item].deferred = true;
        plan_drop_steps(plan, item);
}

bool plan_steps_share_device(const struct plan_step *a, const struct plan_step *b)
{
        if (a->bus != BUS_PCI || b->bus != BUS_PCI)
                return a->bus == b->bus && streq(a->subject, b->subject);
        return a->has_address && b->has_address && a->new_vf == b->new_vf && a->vf_index == b->vf_index &&
               pci_address_compare(&a->address, &b->address) == 0;
}

struct taking_list {
        struct plan_taking *items;
        size_t n, alloc;
};

static void add_taking(struct taking_list *list, size_t item, size_t function)
{
        struct plan_taking *t = ARRAY_APPEND(list->items, list->n, list->alloc);

        *t = (struct plan_taking){ item, function };
}

/* The function, and what a PF's driver takes along. */
static void add_takings(struct taking_list *list, const struct inventory *inv, size_t item, size_t function)
{
        const struct pci_function *f = &inv->functions[function];

        add_taking(list, item, function);
        for (unsigned i = 0; i < f->numvfs; i++)
                if (f->vfs[i] != NO_INDEX && driver_is_own(inv->functions[f->vfs[i]].driver))
                        add_taking(list, item, f->vfs[i]);
}

void plan_takings(const struct plan *plan, const struct inventory *inv, struct plan_taking **ret, size_t *ret_n)
{
        struct taking_list list = { 0 };

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];
                size_t function;

                if (step->kind != STEP_UNBIND || !step->has_address || step->new_vf || driver_is_vfio(step->old))
                        continue;
                function = inventory_find_index(inv, &step->address);
                if (function != NO_INDEX)
                        add_takings(&list, inv, step->item, function);
        }
        *ret = list.items;
        *ret_n = list.n;
}

void plan_refused_takings(const struct plan *plan, const struct inventory *inv, size_t item, struct plan_taking **ret,
                          size_t *ret_n)
{
        const struct plan_item *it = &plan->items[item];
        bool refused = it->verdict == VERDICT_REFUSED;
        const struct pci_function *pf =
                refused && it->section->kind == SECTION_SRIOV && it->pf != NO_INDEX ? &inv->functions[it->pf] : NULL;
        struct taking_list list = { 0 };

        for (size_t i = 0; i < it->n_claims && refused; i++) {
                size_t function = it->claims[i].function;

                if (function != NO_INDEX && driver_is_own(inv->functions[function].driver) &&
                    !function_is_on(&inv->functions[function], it->claims[i].driver))
                        add_takings(&list, inv, item, function);
        }
        for (unsigned i = 0; pf && it->make && i < pf->numvfs; i++)
                if (pf->vfs[i] != NO_INDEX && driver_is_own(inv->functions[pf->vfs[i]].driver))
                        add_taking(&list, item, pf->vfs[i]);
        *ret = list.items;
        *ret_n = list.n;
}

/* What becomes of an item whose steps go, for its own sake or since they need the steps of `of`. */
static void lose_steps(struct plan_item *item, const struct plan_item *of)
{
        if (item->verdict != VERDICT_CHANGE)
                return;
        item->deferred = of->deferred;
        if (of->deferred)
                return;
        item->verdict = VERDICT_REFUSED;
        item->guarded = of->guarded;
        item->busy = of->busy;
        plan_add_obstacle(item, xstrdup(of->reason ? of->reason : ""));
}

/* The number of VFs of a PF that is to be made no more. */
struct lost_number {
        struct pci_address pf;
        size_t item;
};

static int compare_numbers(const void *a, const void *b)
{
        return pci_address_compare(&((const struct lost_number *) a)->pf, &((const struct lost_number *) b)->pf);
}

/* A VF's steps belong to the VF's item but need the PF's numvfs: when the PF's item goes, they go. An item goes as a
 * whole: what is left of it would be for nothing. causes: by item, the number from 1 of the one for whose sake it
 * goes, at first itself. */
static void find_dependents(const struct plan *plan, size_t *causes)
{
        CLEANUP_FREE struct lost_number *numbers = xcalloc(plan->n_steps + 1, sizeof(*numbers));
        size_t n = 0;

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (step->kind == STEP_NUMVFS && causes[step->item] > 0 &&
                    plan->items[step->item].section->kind == SECTION_SRIOV)
                        numbers[n++] = (struct lost_number){ step->address, step->item };
        }
        qsort(numbers, n, sizeof(*numbers), compare_numbers);
        for (size_t i = 0; i < plan->n_steps && n > 0; i++) {
                const struct plan_step *step = &plan->steps[i];
                const struct lost_number key = { .pf = step->address }, *number = NULL;

                if (step->new_vf && causes[step->item] == 0)
                        number = bsearch(&key, numbers, n, sizeof(*numbers), compare_numbers);
                if (number)
                        causes[step->item] = number->item + 1;
        }
}

static void drop_items(struct plan *plan, size_t *causes)
{
        CLEANUP_FREE bool *gone = xcalloc(plan->n_steps + 1, sizeof(*gone));
        size_t kept = 0;

        find_dependents(plan, causes);
        for (size_t i = 0; i < plan->n_steps; i++)
                gone[i] = causes[plan->steps[i].item] > 0;
        hand_on_modules(plan, gone);
        for (size_t i = 0; i < plan->n_steps; i++) {
                struct plan_step *step = &plan->steps[i];

                if (!gone[i]) {
                        plan->steps[kept++] = *step;
                        continue;
                }
                lose_steps(&plan->items[step->item], &plan->items[causes[step->item] - 1]);
                plan_step_clear(step);
        }
        plan->n_steps = kept;
        plan_link_steps(plan);
}

void plan_drop_begin(struct plan *plan)
{
        plan->dropped = xcalloc(plan->n_items + 1, sizeof(*plan->dropped));
}

void plan_drop_end(struct plan *plan)
{
        CLEANUP_FREE size_t *causes = STEAL(plan->dropped);
        bool any = plan->any_dropped;

        plan->any_dropped = false;
        if (any)
                drop_items(plan, causes);
}

void plan_drop_steps(struct plan *plan, size_t item)
{
        bool several = plan->dropped;

        if (!several)
                plan_drop_begin(plan);
        plan->dropped[item] = item + 1;
        plan->any_dropped = plan->any_dropped || plan->items[item].first_step > 0;
        if (!several)
                plan_drop_end(plan);
}

void plan_link_steps(struct plan *plan)
{
        for (size_t i = 0; i < plan->n_items; i++)
                plan->items[i].first_step = 0;
        for (size_t i = plan->n_steps; i-- > 0;) {
                struct plan_step *step = &plan->steps[i];

                step->next = plan->items[step->item].first_step;
                plan->items[step->item].first_step = i + 1;
        }
}

bool function_is_on(const struct pci_function *f, const char *driver)
{
        if (streq(driver, DRIVER_HOST))
                return driver_is_own(f->driver);
        return streq(driver, DRIVER_NONE) ? !f->driver : streq_ptr(f->driver, driver);
}

struct plan_counts plan_count(const struct plan *plan)
{
        struct plan_counts c = { 0 };

        for (size_t i = 0; i < plan->n_steps; i++)
                step_counts_add(&c.steps, &plan->steps[i], 1, plan->steps[i].vgpu);
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                switch (item->verdict) {
                case VERDICT_OK:
                        c.ok++;
                        break;
                case VERDICT_CHANGE:
                        c.change++;
                        break;
                case VERDICT_ABSENT:
                        c.absent++;
                        c.absent_required += item->section->required;
                        break;
                case VERDICT_REFUSED:
                        c.refused++;
                        c.refused_required += item->section->required;
                        break;
                case VERDICT_DISABLED:
                        c.on_demand += item->section->dormant && !item->section->left_out;
                        c.disabled += !item->section->dormant && !item->section->left_out;
                        c.left_out += item->section->left_out;
                        break;
                }
        }
        return c;
}
