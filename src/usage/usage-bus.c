/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices on other buses than PCI against what the host itself uses: by what has its place below theirs. */
#include <string.h>

#include "usage/usage-internal.h"

const struct bus_device *usage_bus_taking(const struct inventory *inv, const struct plan_step *step)
{
        size_t device;

        if (step->bus == BUS_PCI || step->kind != STEP_UNBIND || driver_is_vfio(step->old))
                return NULL;
        device = inventory_find_bus_device(inv, step->bus, step->subject);
        return device == NO_INDEX ? NULL : &inv->bus_devices[device];
}

/* What a refused section would take, which has no steps. */
static const struct bus_device *refused_taking(const struct inventory *inv, const struct plan_item *item, size_t claim)
{
        const struct bus_device *d = &inv->bus_devices[item->bus_claims[claim].device];

        if (item->verdict != VERDICT_REFUSED || !d->driver || !driver_is_own(d->driver))
                return NULL;
        return streq(d->driver, item->section->driver) ? NULL : d;
}

bool usage_bus_matters(const struct inventory *inv, const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_bus_claims; k++)
                        if (refused_taking(inv, &plan->items[i], k))
                                return true;
        for (size_t i = 0; i < plan->n_steps; i++)
                if (usage_bus_taking(inv, &plan->steps[i]))
                        return true;
        return false;
}

/* Where consoles are drawn: a display that is no PCI device (simpledrm, a SoC's). */
static bool console_reason(const struct usage *usage, const struct pci_function *place,
                           const struct usage_words *words, struct strbuf *text)
{
        if (!usage->console_on_vt || !usage_is_under(usage->framebuffer, place))
                return false;
        strbuf_addf(text, "%sthe console is on it", words->lead);
        return true;
}

static bool keyboard_reason(const struct usage *usage, const struct pci_function *place,
                            const struct usage_words *words, struct strbuf *text)
{
        for (size_t i = 0; i < usage->n_keyboards; i++)
                if (!usage_is_under(usage->keyboards[i].place, place))
                        return false;
        if (usage->n_keyboards == 0)
                return false;
        strbuf_addf(text, "%s has the only keyboard (", words->subject);
        usage_add_name(text, usage->keyboards[0].name);
        strbuf_add(text, ")");
        return true;
}

static bool guard_reason(const struct usage *usage, enum guard guard, const struct bus_device *d,
                         const struct usage_words *words, struct strbuf *text)
{
        const struct pci_function place = { .path = d->path }, group = { .path = d->group_path };

        switch (guard) {
        case GUARD_DISK:
                return usage_block_reason(usage, &place, words, text);
        case GUARD_NETWORK:
                return usage_net_reason(usage, &place, words, text) ||
                       (group.path && usage_net_reason(usage, &group, words, text));
        case GUARD_DISPLAY:
                return console_reason(usage, &place, words, text);
        case GUARD_KEYBOARD:
                return keyboard_reason(usage, &place, words, text);
        default:
                return false;
        }
}

/* Gives the item what the guards say of a device that it takes. */
static void ask(const struct usage *usage, struct plan_item *item, const struct bus_device *d)
{
        CLEANUP_STRBUF struct strbuf lead = { 0 };
        bool named = item->n_bus_claims <= 1;
        struct usage_words words = { named ? "it" : d->name, "" };

        if (!named)
                strbuf_addf(&lead, "%s: ", d->name);
        words.lead = lead.text ? lead.text : "";
        for (enum guard guard = 0; guard < GUARD_MAX; guard++) {
                CLEANUP_STRBUF struct strbuf text = { 0 };

                if (!plan_has_reason(item, guard, d->name) && guard_reason(usage, guard, d, &words, &text))
                        plan_add_reason(item, guard, NO_INDEX, d->name, &text);
        }
}

/* The device of the group that was to be taken, and stays on its driver; NULL: none. */
static const struct bus_device *find_stayer(const struct inventory *inv, const struct plan *plan, int group,
                                            size_t *ret_item)
{
        for (size_t i = 0; i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_bus_claims && usage_is_refused(&plan->items[i]); k++) {
                        const struct bus_device *d = &inv->bus_devices[plan->items[i].bus_claims[k].device];

                        if (d->group == group && !driver_is_viable(d->driver)) {
                                *ret_item = i;
                                return d;
                        }
                }
        return NULL;
}

/* plan_bus_groups() counted on what is refused now. 1: refused one more; 0: not. */
static int check_groups(const struct inventory *inv, struct plan *plan)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                CLEANUP_STRBUF struct strbuf text = { 0 };
                const struct bus_device *d;
                const struct config_section *s;
                size_t other = 0;

                if (!item_is_open(item) || item->n_bus_claims == 0 || item->section->group == GROUP_IGNORE ||
                    !driver_is_vfio(item->section->driver) ||
                    inv->bus_devices[item->bus_claims[0].device].group == NO_GROUP)
                        continue;
                d = find_stayer(inv, plan, inv->bus_devices[item->bus_claims[0].device].group, &other);
                if (!d)
                        continue;
                s = plan->items[other].section;
                strbuf_addf(
                        &text,
                        "IOMMU group %d also contains %s (%s), which stays with the host because [%s %s] is refused",
                        d->group, d->name, d->driver, section_kind_name(s->kind), s->name);
                usage_refuse_with(plan, i, &plan->items[other], &text);
                return 1;
        }
        return 0;
}

void usage_bus_guard(const struct usage *usage, const struct inventory *inv, struct plan *plan)
{
        int r = 0;

        if (!inv->bus_devices) /* none was asked for */
                return;
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct bus_device *d = usage_bus_taking(inv, &plan->steps[i]);

                if (d)
                        ask(usage, &plan->items[plan->steps[i].item], d);
        }
        for (size_t i = 0; i < plan->n_items; i++) {
                struct plan_item *item = &plan->items[i];

                for (size_t k = 0; k < item->n_bus_claims; k++) {
                        const struct bus_device *d = refused_taking(inv, item, k);

                        if (d)
                                ask(usage, item, d);
                }
                if (item->section->bus != BUS_PCI)
                        (void) usage_refuse(plan, i);
        }
        do
                r = check_groups(inv, plan);
        while (r > 0);
}
