/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [device]: which functions a section takes, and the steps for them. */
#include <stdlib.h>
#include <string.h>

#include "core/plan-internal.h"
#include "util/strbuf.h"

/* A VF named through its PF's section: "uplink/3". The [sriov] section leaves it to this one. */
static void resolve_vf(struct builder *b, struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        struct plan_item *pf = find_sriov_item(b, sel->section);
        struct plan_claim claim = { 0 };
        CLEANUP_FREE char *driver = NULL;
        size_t i = 0;

        if (!pf || !item_is_open(pf)) {
                item_fail(b, item, pf && pf->verdict != VERDICT_REFUSED ? VERDICT_ABSENT : VERDICT_REFUSED, NULL,
                          "no VF %s without [sriov %s], which is %s", sel->text, sel->section,
                          !pf                                   ? "not there"
                          : pf->verdict == VERDICT_DISABLED     ? "disabled"
                          : pf->verdict == VERDICT_ABSENT       ? "absent"
                                                                : "refused");
                return;
        }
        while (i < pf->n_claims && pf->claims[i].vf_index != sel->vf_index)
                i++;
        if (i == pf->n_claims) {
                item_fail(b, item, VERDICT_REFUSED, NULL, "%s: [sriov %s] has %u VFs, numbered from 0", sel->text,
                          sel->section, pf->vfs);
                return;
        }
        claim = pf->claims[i];
        driver = claim.function == NO_INDEX
                         ? driver_for_new_vf(b, &b->inv->functions[pf->pf], item->section->driver)
                         : driver_for(b, &b->inv->functions[claim.function], item->section->driver);
        if (!driver)
                return;
        item->pf = pf->pf;
        item_claim(b, item, claim.function, claim.vf_index, driver);
        if (item->n_claims > 0)
                item->claims[0].named = true;
        free(claim.driver);
        pf->n_claims--;
        memmove(&pf->claims[i], &pf->claims[i + 1], (pf->n_claims - i) * sizeof(claim));
}

static void claim_function(struct builder *b, struct plan_item *item, size_t i)
{
        const struct pci_function *f = &b->inv->functions[i];
        CLEANUP_FREE char *driver = driver_for(b, f, item->section->driver);

        if (!driver || item_claims(item, i))
                return;
        check_driver(b, item, f, driver);
        check_vf_stays(b, item, i);
        item_claim(b, item, i, 0, driver);
}

/* "All functions" is not to leave one out without a word. */
static void check_readable(struct builder *b, struct plan_item *item, const struct pci_address *slot)
{
        char text[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < b->inv->n_unreadable; i++)
                if (!b->inv->unreadable[i].going && pci_address_same_slot(&b->inv->unreadable[i].address, slot))
                        item_fail(b, item, VERDICT_REFUSED, NULL, "%s, a function of the same card, can't be read (%s)",
                                  pci_address_format(&b->inv->unreadable[i].address, text),
                                  strerrordesc_np(b->inv->unreadable[i].error));
}

/* The other functions of the card; a bridge among them stays, and VFs are their PF's business. */
static void claim_siblings(struct builder *b, struct plan_item *item, size_t hit)
{
        struct pci_address a = b->inv->functions[hit].address;

        check_readable(b, item, &a);

        for (unsigned function = 0; function < 8; function++) {
                size_t i;

                a.function = (uint8_t) function;
                i = inventory_find_index(b->inv, &a);
                if (i != NO_INDEX && b->inv->functions[i].physfn == NO_INDEX &&
                    !pci_function_is_bridge(&b->inv->functions[i]))
                        claim_function(b, item, i);
        }
}

void plan_device_resolve(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        CLEANUP_FREE size_t *hits = NULL;
        size_t n;

        if (s->selector.kind == SELECTOR_VF) {
                resolve_vf(b, item);
                return;
        }
        n = resolve_selector(b, item, &hits);
        if (n > 0 && s->selector.slot)
                check_readable(b, item, &s->selector.address);
        for (size_t i = 0; i < n && item_is_open(item); i++) {
                claim_function(b, item, hits[i]);
                if (s->all_functions)
                        claim_siblings(b, item, hits[i]);
        }
        /* Of a slot, the first function is the card. */
        for (size_t i = 0; i < item->n_claims && config_has_attributes(s); i++)
                for (size_t k = 0; k < (s->selector.slot ? 1 : n); k++)
                        item->claims[i].named = item->claims[i].named || item->claims[i].function == hits[k];
}

void plan_device_steps(struct builder *b, struct plan_item *item)
{
        check_sriov_item(b, item);
        for (size_t i = 0; i < item->n_claims && item_is_open(item); i++) {
                struct plan_claim *claim = &item->claims[i];

                if (claim->function != NO_INDEX)
                        driver_steps(b, item, claim,
                                     item->section->selector.kind == SELECTOR_VF ? PHASE_VF_DRIVER
                                                                                 : PHASE_DEVICE_DRIVER);
                else
                        new_vf_steps(b, item, claim, &b->inv->functions[item->pf].address);
        }
}
