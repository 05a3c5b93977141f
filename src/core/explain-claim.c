/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The section that would claim what none does, and whether it would be refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/device-class.h"
#include "core/explain-internal.h"
#include "core/suggest.h"

/* SMBus, timers and such of the chipset: nothing to hand over, nor to take along. On a card behind a port the same classes
 * are a part of it, as the UCSI of a GPU is. */
static int is_of_chipset(const struct pci_function *f, bool *ret)
{
        CLEANUP_FREE char *path = NULL;
        int r = f->path ? selector_path_of(f->path, &path) : -EINVAL;

        if (r == -ENOMEM)
                return r;
        *ret = device_class_of(f) == DEVICE_SYSTEM && f->physfn == NO_INDEX && !(path && strchr(path, '/'));
        return 0;
}

/* Whether `functions = all` may take the function's whole card. */
static int card_is_free(const struct explain_input *in, size_t function, bool *ret)
{
        size_t card[PCI_SLOT_FUNCTIONS], n = suggest_card(in->inventory, function, card);
        int r = 0;

        *ret = true;
        for (size_t i = 0; i < n && r == 0 && *ret; i++) {
                bool chipset = false;

                r = is_of_chipset(&in->inventory->functions[card[i]], &chipset);
                *ret = !chipset && !plan_item_of(in->plan, card[i]);
        }
        return r;
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

static int claim_function(const struct explain_input *in, const struct explanation *e, struct strbuf *claim, const char **ret_note)
{
        size_t function = e->subject.function;
        const struct pci_function *f = &in->inventory->functions[function];
        bool chipset = false, blocked, card, is_free = true;
        enum selector_kind kind;
        int r = is_of_chipset(f, &chipset);

        if (r < 0)
                return r;
        if (chipset) {
                *ret_note = "not offered: it is the board's own";
                return 0;
        }
        blocked = has_blockers(in, e, &card);
        if (blocked && card)
                r = card_is_free(in, function, &is_free);
        if (r < 0)
                return r;
        if (blocked && (!card || !is_free)) {
                *ret_note = "not by itself: no VM could open it with what its IOMMU group holds besides";
                return 0;
        }
        r = suggest_lines(in->inventory, function, &kind, claim);
        if (blocked)
                strbuf_add(claim, "functions = all\n");
        if (e->use)
                *ret_note = "refused as long as the host uses it so, unless force = yes";
        else if (f->group == NO_GROUP)
                *ret_note = "refused as long as it has no IOMMU group: passthru-setup doctor";
        return r;
}

int explain_claim(const struct explain_input *in, struct explanation *e)
{
        const struct explain_subject *s = &e->subject;
        CLEANUP_STRBUF struct strbuf claim = { 0 };
        const char *note = NULL;
        int r = 0;

        if (s->item || s->disabled || s->has_uuid || explain_mdev_section(in, s, NULL))
                return 0;
        if (s->parent != NO_INDEX)
                strbuf_addf(&claim, "parent = %s\ntype = TYPE\n", in->inventory->parents[s->parent].name);
        else if (!pci_function_is_bridge(&in->inventory->functions[s->function]))
                r = claim_function(in, e, &claim, &note);
        if (note) {
                e->claim_note = strdup(note);
                r = e->claim_note ? r : -ENOMEM;
        }
        if (r < 0 || (claim.len == 0 && !claim.failed))
                return r;
        return strbuf_steal(&claim, &e->claim);
}
