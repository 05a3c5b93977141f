/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan against what the host itself uses: which sections are refused, and what a refusal means for others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/usage-internal.h"

struct guard {
        const struct usage *usage;
        const struct inventory *inv;
        struct plan *plan;
        struct plan_taking *takings;
        size_t n_takings;
        bool *taken; /* by function */
};

/* Of a section for one function that one is "it". The others, which go along or are VFs, are told by their addresses. */
static bool is_named(const struct plan_item *item, size_t function)
{
        const struct selector *sel = &item->section->selector;

        if (item->section->kind != SECTION_DEVICE)
                return false;
        if (item->n_claims <= 1)
                return true;
        return function == item->found && !sel->slot && (sel->kind != SELECTOR_ID || item->section->count == 1);
}

int usage_refuse(struct plan *plan, size_t item, struct strbuf *text)
{
        CLEANUP_FREE char *reason = NULL;
        int r = strbuf_steal(text, &reason);

        if (r < 0)
                return r;
        plan->items[item].guarded = true;
        plan->items[item].loc = &plan->items[item].section->loc;
        return plan_refuse(plan, item, reason);
}

/* What is still to be taken. A refusal may have refused others with it. */
static void mark_taken(struct guard *g)
{
        for (size_t i = 0; i < g->n_takings; i++)
                g->taken[g->takings[i].function] = g->plan->items[g->takings[i].item].verdict == VERDICT_CHANGE;
}

/* only: what depends on what else the plan takes. */
static bool find_reason(const struct guard *g, const struct plan_taking *t, bool only, struct strbuf *text)
{
        const struct pci_function *f = &g->inv->functions[t->function];
        bool named = is_named(&g->plan->items[t->item], t->function);
        char address[PCI_ADDRESS_MAX], lead[PCI_ADDRESS_MAX + 2] = "";
        struct usage_words words = { named ? "it" : pci_address_format(&f->address, address), lead };

        if (!named)
                (void) snprintf(lead, sizeof(lead), "%s: ", address);
        if (only)
                return usage_display_reason(g->inv, t->function, g->taken, &words, text) ||
                       usage_keyboard_reason(g->usage, g->inv, t->function, g->taken, &words, text);
        return usage_block_reason(g->usage, f, &words, text) || usage_net_reason(g->usage, f, &words, text) ||
               usage_console_reason(g->usage, g->inv, t->function, &words, text);
}

static int check_takings(struct guard *g, bool only)
{
        for (size_t i = 0; i < g->n_takings; i++) {
                const struct plan_taking *t = &g->takings[i];
                const struct plan_item *item = &g->plan->items[t->item];
                CLEANUP_STRBUF struct strbuf text = { 0 };
                int r;

                if (item->verdict != VERDICT_CHANGE || item->section->force || !find_reason(g, t, only, &text))
                        continue;
                strbuf_add(&text, "; force = yes overrides");
                r = usage_refuse(g->plan, t->item, &text);
                if (r < 0)
                        return r;
                mark_taken(g);
        }
        return 0;
}

/* The function of the group that was to be taken and stays on its driver, or NULL. */
static const struct plan_taking *find_stayer(const struct guard *g, int group)
{
        for (size_t i = 0; i < g->n_takings; i++) {
                const struct plan_taking *t = &g->takings[i];
                const struct pci_function *f = &g->inv->functions[t->function];

                if (f->group == group && g->plan->items[t->item].guarded && !driver_is_viable(f->driver))
                        return t;
        }
        return NULL;
}

static int check_group_of(struct guard *g, size_t item, bool *ret_again)
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
                strbuf_addf(&text, "group %d also holds %s (%s), which stays with the host, as [%s %s] is refused", f->group,
                            pci_address_format(&f->address, address), f->driver, section_kind_name(s->kind), s->name);
                *ret_again = true;
                return usage_refuse(g->plan, item, &text);
        }
        return 0;
}

/* plan_group_check() counted on what is refused now. */
static int check_groups(struct guard *g)
{
        bool again = true;

        while (again) {
                again = false;
                for (size_t i = 0; i < g->plan->n_items; i++) {
                        const struct plan_item *item = &g->plan->items[i];
                        int r = 0;

                        if (item_is_open(item) && item->section->group != GROUP_IGNORE)
                                r = check_group_of(g, i, &again);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Once it is certain what is refused: what force = yes takes all the same. */
static int check_forced(struct guard *g)
{
        int r = 0;

        mark_taken(g);
        for (size_t i = 0; i < g->n_takings && r == 0; i++) {
                const struct plan_taking *t = &g->takings[i];
                struct plan_item *item = &g->plan->items[t->item];
                CLEANUP_STRBUF struct strbuf text = { 0 };

                if (item->verdict == VERDICT_CHANGE && item->section->force &&
                    (find_reason(g, t, false, &text) || find_reason(g, t, true, &text)))
                        r = text.failed ? -ENOMEM : plan_force(item, text.text);
        }
        return r;
}

int usage_guard(const struct usage *usage, const struct inventory *inv, struct plan *plan)
{
        CLEANUP_FREE struct plan_taking *takings = NULL;
        CLEANUP_FREE bool *taken = calloc(inv->n_functions + 1, sizeof(*taken));
        struct guard g = { .usage = usage, .inv = inv, .plan = plan, .taken = taken };
        int r = taken ? plan_takings(plan, inv, &takings, &g.n_takings) : -ENOMEM;

        if (r < 0)
                return r;
        g.takings = takings;
        mark_taken(&g);
        r = check_takings(&g, false);
        if (r == 0)
                r = check_takings(&g, true);
        if (r == 0)
                r = check_groups(&g);
        return r < 0 ? r : check_forced(&g);
}
