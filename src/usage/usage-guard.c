/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan against what the host itself uses: which sections are refused, and what a refusal means for others. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "usage/usage-internal.h"

struct guard_run {
        const struct usage *usage;
        const struct inventory *inv;
        struct plan *plan;
        struct plan_taking *takings;
        size_t n_takings;
        bool *taken;          /* by function */
        size_t *first, *next; /* by function its first taking, by taking the next one of its function: numbers from 1,
                                 0 none */
};

/* Of a section for one function that one is "it". The others, which are taken with it or lost, are named by their
 * addresses. */
static bool is_named(const struct plan_item *item, size_t function)
{
        const struct selector *sel = &item->section->selector;

        if (item->section->kind != SECTION_DEVICE)
                return false;
        if (item->n_claims == 1)
                return function == item->claims[0].function;
        return function == item->found && !sel->slot && (sel->kind != SELECTOR_ID || item->section->count == 1);
}

bool usage_is_refused(const struct plan_item *item)
{
        return item->verdict == VERDICT_REFUSED && (item->guarded || plan_item_refusing(item) != 0);
}

void usage_refuse_with(struct plan *plan, size_t item, const struct plan_item *neighbour, struct strbuf *text)
{
        CLEANUP_FREE char *reason = strbuf_steal(text);

        plan->items[item].guarded = neighbour->guarded;
        plan->items[item].loc = &plan->items[item].section->loc;
        plan_refuse(plan, item, reason);
}

int usage_refuse(struct plan *plan, size_t item)
{
        struct plan_item *it = &plan->items[item];
        unsigned refusing = plan_item_refusing(it);

        if (refusing == 0)
                return 0;
        /* At the next boot there are no VFs yet, and so none to be lost. */
        it->guarded = (refusing & ~GUARD_BIT(GUARD_VFS)) != 0;
        if (it->n_obstacles == 0)
                it->loc = &it->section->loc;
        plan_refuse(plan, item, NULL);
        return 1;
}

/* A taking is from a driver, and that takes its VFs with it. */
static bool vfs_reason(const struct pci_function *f, struct strbuf *text)
{
        char address[PCI_ADDRESS_MAX];

        if (f->numvfs > 0)
                strbuf_addf(text, "%s has %u %s lost with its driver", pci_address_format(&f->address, address),
                            f->numvfs, f->numvfs == 1 ? "VF, which is" : "VFs, which are");
        return f->numvfs > 0;
}

bool usage_guard_reason(const struct usage *usage, const struct inventory *inv, size_t function, enum guard guard,
                        const bool *taken, const struct usage_words *words, struct strbuf *text)
{
        const struct pci_function *f = &inv->functions[function];

        switch (guard) {
        case GUARD_DISK:
                return usage_block_reason(usage, f, words, text);
        case GUARD_NETWORK:
                return usage_net_reason(usage, f, words, text);
        case GUARD_DISPLAY:
                return usage_console_reason(usage, inv, function, words, text) ||
                       (taken && usage_display_reason(inv, function, taken, words, text));
        case GUARD_KEYBOARD:
                return taken && usage_keyboard_reason(usage, inv, function, taken, words, text);
        case GUARD_VFS:
                return vfs_reason(f, text);
        case GUARD_MAX:
                break;
        }
        return false;
}

/* What is still to be taken. A refusal may have refused others with it. */
static void mark_taken(struct guard_run *g)
{
        for (size_t i = 0; i < g->n_takings; i++)
                g->taken[g->takings[i].function] = false;
        for (size_t i = 0; i < g->n_takings; i++)
                if (g->plan->items[g->takings[i].item].verdict == VERDICT_CHANGE)
                        g->taken[g->takings[i].function] = true;
}

/* The item takes the VFs away itself before the driver goes: a PF with a driver of its section's. */
static bool removes_vfs(const struct plan *plan, const struct plan_taking *t, const struct inventory *inv)
{
        FOR_ITEM_STEPS(step, plan, t->item)
        if (step->kind == STEP_NUMVFS && streq(step->value, "0") &&
            pci_address_compare(&step->address, &inv->functions[t->function].address) == 0)
                return true;
        return false;
}

/* Gives the item what a guard says of a function that it takes; once. */
static void ask(struct guard_run *g, const struct plan_taking *t, enum guard guard, const bool *taken)
{
        struct plan_item *item = &g->plan->items[t->item];
        bool named = is_named(item, t->function);
        char address[PCI_ADDRESS_MAX], lead[PCI_ADDRESS_MAX + 2] = "";
        struct usage_words words = { "it", lead };
        CLEANUP_STRBUF struct strbuf text = { 0 };

        (void) pci_address_format(&g->inv->functions[t->function].address, address);
        if (!named) {
                (void) snprintf(lead, sizeof(lead), "%s: ", address);
                words.subject = address;
        }
        if (plan_has_reason(item, guard, address) || (guard == GUARD_VFS && removes_vfs(g->plan, t, g->inv)) ||
            !usage_guard_reason(g->usage, g->inv, t->function, guard, taken, &words, &text))
                return;
        plan_add_reason(item, guard, t->function, address, &text);
}

/* What does not depend on what else is taken. All is asked before anything is refused, so that each item has all of
 * it. */
static void check_takings(struct guard_run *g)
{
        for (size_t i = 0; i < g->n_takings; i++)
                for (enum guard guard = 0; guard < GUARD_MAX; guard++)
                        ask(g, &g->takings[i], guard, NULL);
        plan_drop_begin(g->plan);
        for (size_t i = 0; i < g->plan->n_items; i++)
                (void) usage_refuse(g->plan, i);
        plan_drop_end(g->plan);
        mark_taken(g);
}

/* The last display and keyboard: of several sections that would take it, the first is refused, and with it there is
 * one. */
static void check_last(struct guard_run *g)
{
        for (size_t i = 0; i < g->n_takings; i++) {
                const struct plan_taking *t = &g->takings[i];
                const struct plan_item *item = &g->plan->items[t->item];
                int r = 0;

                for (enum guard guard = GUARD_DISPLAY; guard <= GUARD_KEYBOARD; guard++)
                        if (item->verdict == VERDICT_CHANGE && !(item->section->force & GUARD_BIT(guard)))
                                ask(g, t, guard, g->taken);
                if (item->verdict == VERDICT_CHANGE)
                        r = usage_refuse(g->plan, t->item);
                if (r > 0)
                        mark_taken(g);
        }
}

static void mark_item(struct guard_run *g, const struct plan_item *item, bool taken)
{
        for (size_t i = 0; i < item->n_claims; i++)
                if (item->claims[i].function != NO_INDEX)
                        g->taken[item->claims[i].function] = taken;
}

/* Once it is certain what is taken: the last display and keyboard that are overridden, and those of what is refused
 * for something else, as if it were taken. */
static void complete_reasons(struct guard_run *g)
{
        mark_taken(g);
        for (size_t i = 0; i < g->n_takings; i++) {
                const struct plan_taking *t = &g->takings[i];
                const struct plan_item *item = &g->plan->items[t->item];
                bool refused = item->verdict == VERDICT_REFUSED && plan_item_refusing(item) != 0;

                if (!refused && item->verdict != VERDICT_CHANGE)
                        continue;
                if (refused)
                        mark_item(g, item, true);
                for (enum guard guard = GUARD_DISPLAY; guard <= GUARD_KEYBOARD; guard++)
                        ask(g, t, guard, g->taken);
                if (refused)
                        mark_item(g, item, false);
        }
}

/* What the guards would say of a section that the plan itself refuses: without it the second reason would come when
 * the first one is gone, after a reboot. */
static void check_refused(struct guard_run *g, size_t item)
{
        CLEANUP_FREE struct plan_taking *takings = NULL;
        size_t n;

        plan_refused_takings(g->plan, g->inv, item, &takings, &n);
        for (size_t i = 0; i < n; i++)
                g->taken[takings[i].function] = true;
        for (size_t i = 0; i < n; i++)
                for (enum guard guard = 0; guard < GUARD_MAX; guard++)
                        ask(g, &takings[i], guard, g->taken);
        for (size_t i = 0; i < n; i++)
                g->taken[takings[i].function] = false;
        (void) usage_refuse(g->plan, item);
}

static void check_all_refused(struct guard_run *g)
{
        mark_taken(g);
        for (size_t i = 0; i < g->plan->n_items; i++)
                if (g->plan->items[i].verdict == VERDICT_REFUSED && !usage_is_refused(&g->plan->items[i]))
                        check_refused(g, i);
}

/* The function of the group that was to be taken and stays on its driver, or NULL. */
static const struct plan_taking *find_stayer(const struct guard_run *g, int group)
{
        size_t n, found = 0;
        const size_t *members = inventory_group(g->inv, group, &n);

        for (size_t i = 0; i < n; i++)
                for (size_t k = g->first[members[i]]; k > 0; k = g->next[k - 1]) {
                        const struct plan_taking *t = &g->takings[k - 1];

                        if (usage_is_refused(&g->plan->items[t->item]) &&
                            !driver_is_viable(g->inv->functions[t->function].driver) && (found == 0 || k < found))
                                found = k;
                }
        return found > 0 ? &g->takings[found - 1] : NULL;
}

static void check_group_of(struct guard_run *g, size_t item, bool *ret_again)
{
        const struct plan_item *it = &g->plan->items[item];

        for (size_t i = 0; i < it->n_claims; i++) {
                const struct plan_claim *c = &it->claims[i];
                CLEANUP_STRBUF struct strbuf text = { 0 };
                const struct plan_taking *t = NULL;
                const struct config_section *s;
                const struct pci_function *f;
                char address[PCI_ADDRESS_MAX];

                if (c->function != NO_INDEX && driver_is_vfio(c->driver) && g->inv->functions[c->function].group >= 0)
                        t = find_stayer(g, g->inv->functions[c->function].group);
                if (!t)
                        continue;
                f = &g->inv->functions[t->function];
                s = g->plan->items[t->item].section;
                strbuf_addf(
                        &text,
                        "IOMMU group %d also contains %s (%s), which stays with the host because [%s %s] is refused",
                        f->group, pci_address_format(&f->address, address), f->driver, section_kind_name(s->kind),
                        s->name);
                *ret_again = true;
                usage_refuse_with(g->plan, item, &g->plan->items[t->item], &text);
                return;
        }
}

/* plan_group_check() counted on what is refused now. */
static void check_groups(struct guard_run *g)
{
        bool again = true;

        while (again) {
                again = false;
                for (size_t i = 0; i < g->plan->n_items; i++) {
                        const struct plan_item *item = &g->plan->items[i];

                        if (item_is_open(item) && item->section->group != GROUP_IGNORE)
                                check_group_of(g, i, &again);
                }
        }
}

static void check_functions(struct guard_run *g)
{
        mark_taken(g);
        check_takings(g);
        check_last(g);
        check_groups(g);
        complete_reasons(g);
}

/* Refusals with what was found since, and what is overridden. */
static void tell_all(struct plan *plan)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                if (plan->items[i].verdict == VERDICT_REFUSED)
                        (void) usage_refuse(plan, i);
                plan_note_forced(&plan->items[i]);
        }
}

void usage_guard(const struct usage *usage, const struct inventory *inv, struct plan *plan)
{
        CLEANUP_FREE struct plan_taking *takings = NULL;
        CLEANUP_FREE bool *taken = xcalloc(inv->n_functions + 1, sizeof(*taken));
        CLEANUP_FREE size_t *first = xcalloc(inv->n_functions + 1, sizeof(*first)), *next = NULL;
        struct guard_run g = { .usage = usage, .inv = inv, .plan = plan, .taken = taken, .first = first };

        plan_takings(plan, inv, &takings, &g.n_takings);
        g.takings = takings;
        g.next = next = xcalloc(g.n_takings + 1, sizeof(*next));
        for (size_t i = g.n_takings; i-- > 0;) {
                next[i] = first[takings[i].function];
                first[takings[i].function] = i + 1;
        }
        check_functions(&g);
        check_all_refused(&g);
        usage_bus_guard(usage, inv, plan);
        tell_all(plan);
}
