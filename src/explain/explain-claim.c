/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The section that would claim what none does, and whether it would be refused. */
#include <stdlib.h>
#include <string.h>

#include "device/device-class.h"
#include "device/suggest.h"
#include "explain/explain-internal.h"

/* Whether `functions = all` may take the function's whole card. */
static bool card_is_free(const struct explain_input *in, size_t function)
{
        CLEANUP_FREE size_t *card = NULL;
        size_t n = device_card(in->inventory, function, &card);

        for (size_t i = 0; i < n; i++)
                if (device_is_of_chipset(&in->inventory->functions[card[i]]) || plan_item_of(in->plan, card[i]))
                        return false;
        return true;
}

/* The item of a section that has a VF of a PF, which would be lost with its driver; NULL: none has. */
static const struct plan_item *item_of_vfs(const struct explain_input *in, const struct pci_function *pf)
{
        const struct plan_item *item = NULL;

        for (unsigned i = 0; i < pf->numvfs && !item; i++)
                item = pf->vfs[i] == NO_INDEX ? NULL : plan_item_of(in->plan, pf->vfs[i]);
        return item;
}

/* Whether `group = whole` may take a member along: what the plan would not refuse. */
static bool may_go_along(const struct explain_input *in, size_t function)
{
        const struct pci_function *f = &in->inventory->functions[function];

        return !pci_function_is_bridge(f) && !device_is_of_chipset(f) && !plan_item_of(in->plan, function) &&
               !item_of_vfs(in, f);
}

/* The others of its group that would keep a VM from having it, but for those that a section wants for one too.
 * *ret_card: they are of its card; *ret_whole: all may be taken with it. */
static bool has_blockers(const struct explain_input *in, const struct explanation *e, bool *ret_card, bool *ret_whole)
{
        const struct pci_function *f = &in->inventory->functions[e->subject.function];
        bool any = false;

        *ret_card = *ret_whole = f->physfn == NO_INDEX;
        for (size_t i = 0; i < e->n_members; i++) {
                const struct explain_member *m = &e->members[i];

                if (!m->blocks || (m->item && explain_is_for_vm(m->item, m->function)))
                        continue;
                any = true;
                *ret_whole = *ret_whole && may_go_along(in, m->function);
                *ret_card = *ret_card && device_same_card(in->inventory, e->subject.function, m->function);
        }
        return any;
}

static void claim_function(const struct explain_input *in, const struct explanation *e, struct strbuf *claim,
                           struct strbuf *note)
{
        size_t function = e->subject.function;
        const struct pci_function *f = &in->inventory->functions[function];
        const struct plan_item *taken;
        enum selector_kind kind;
        bool blocked, card, whole;

        if (device_is_of_chipset(f)) {
                strbuf_add(note, "not offered: it belongs to the board");
                return;
        }
        if (inventory_carrier(in->inventory, function) != NO_INDEX) {
                strbuf_add(note, "not by itself: hand over the device that it is behind");
                return;
        }
        taken = item_of_vfs(in, f);
        if (taken) {
                strbuf_addf(note, "not while [%s %s] has a VF of it", section_kind_name(taken->section->kind),
                            taken->section->name);
                return;
        }
        blocked = has_blockers(in, e, &card, &whole);
        card = card && card_is_free(in, function);
        if (blocked && !card && !whole) {
                strbuf_add(note, "not by itself: no VM can open it because of the other devices in its IOMMU group");
                return;
        }
        suggest_lines(in->inventory, function, &kind, claim);
        if (blocked)
                strbuf_add(claim, card ? "functions = all\n" : "group = whole\n");
        if (e->use) {
                strbuf_add(note, "refused as long as the host uses it so, unless force = ");
                guard_add_names(note, e->use_guards, " ");
        } else if (f->group == NO_GROUP)
                strbuf_add(note, "refused as long as it has no IOMMU group: passthru-setup doctor");
}

void explain_claim(const struct explain_input *in, struct explanation *e)
{
        const struct explain_subject *s = &e->subject;
        CLEANUP_STRBUF struct strbuf claim = { 0 }, note = { 0 };

        if (s->item || s->disabled || s->has_uuid || explain_mdev_section(in, s, NULL))
                return;
        if (s->parent != NO_INDEX)
                strbuf_addf(&claim, "parent = %s\ntype = TYPE\n", in->inventory->parents[s->parent].name);
        else if (!pci_function_is_bridge(&in->inventory->functions[s->function]))
                claim_function(in, e, &claim, &note);
        if (note.len > 0)
                e->claim_note = strbuf_steal(&note);
        if (claim.len == 0)
                return;
        e->claim = strbuf_steal(&claim);
}
