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
        size_t card[PCI_SLOT_FUNCTIONS], n = suggest_card(in->inventory, function, card);

        for (size_t i = 0; i < n; i++)
                if (device_is_of_chipset(&in->inventory->functions[card[i]]) || plan_item_of(in->plan, card[i]))
                        return false;
        return true;
}

/* The others of its group that would keep a VM from having it, but for those that a section wants for one too. */
static bool has_blockers(const struct explain_input *in, const struct explanation *e, bool *ret_card)
{
        const struct pci_function *f = &in->inventory->functions[e->subject.function];
        bool any = false;

        *ret_card = f->physfn == NO_INDEX;
        for (size_t i = 0; i < e->n_members; i++) {
                const struct explain_member *m = &e->members[i];
                const struct pci_function *other = &in->inventory->functions[m->function];

                if (!m->blocks || (m->item && explain_is_for_vm(m->item, m->function)))
                        continue;
                any = true;
                *ret_card = *ret_card && !pci_function_is_bridge(other) && other->physfn == NO_INDEX &&
                            pci_address_same_slot(&other->address, &f->address);
        }
        return any;
}

static void claim_function(const struct explain_input *in, const struct explanation *e, struct strbuf *claim,
                           struct strbuf *note)
{
        size_t function = e->subject.function;
        const struct pci_function *f = &in->inventory->functions[function];
        enum selector_kind kind;
        bool blocked, card;

        if (device_is_of_chipset(f)) {
                strbuf_add(note, "not offered: it is the board's own");
                return;
        }
        if (inventory_carrier(in->inventory, function) != NO_INDEX) {
                strbuf_add(note, "not by itself: it goes with the device that it is behind");
                return;
        }
        blocked = has_blockers(in, e, &card);
        if (blocked && (!card || !card_is_free(in, function))) {
                strbuf_add(note, "not by itself: no VM could open it with what its IOMMU group holds besides");
                return;
        }
        suggest_lines(in->inventory, function, &kind, claim);
        if (blocked)
                strbuf_add(claim, "functions = all\n");
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
