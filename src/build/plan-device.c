/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [device]: which functions a section takes, and the steps for them. */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "build/plan-internal.h"
#include "device/device-class.h"

/* A VF by an address of its own is this section's, as by NAME/N: the [sriov] section's are the others. */
static void take_from_pf(struct builder *b, struct plan_item *item, size_t i)
{
        const struct pci_function *f = &b->inv->functions[i];
        size_t index = f->physfn == NO_INDEX ? NO_INDEX : b->pf_item[f->physfn];
        struct plan_item *pf = index == NO_INDEX ? NULL : &b->plan->items[index];

        if (!pf || !item_is_open(pf) || (item->pf != NO_INDEX && item->pf != f->physfn))
                return;
        for (size_t k = 0; k < pf->n_claims; k++) {
                if (pf->claims[k].function != i)
                        continue;
                item->pf = f->physfn;
                pf->late = pf->late || streq(item->section->driver, DRIVER_HOST) ||
                           (streq(item->section->driver, DRIVER_NONE) && streq(pf->section->driver, DRIVER_HOST));
                drop_claim(b, pf, k);
                return;
        }
}

static void claim_function(struct builder *b, struct plan_item *item, size_t i)
{
        const struct pci_function *f = &b->inv->functions[i];
        CLEANUP_FREE char *driver = driver_for(b, f, item->section->driver);

        if (!driver || has_claimed(b, item, i))
                return;
        check_driver(b, item, f, driver);
        check_vf_stays(b, item, i);
        if (item_is_open(item))
                take_from_pf(b, item, i);
        item_claim(b, item, i, f->physfn == NO_INDEX ? 0 : f->vf_index, driver);
}

/* "All functions" is not to leave one out without a word. */
static void check_readable(struct builder *b, struct plan_item *item, const struct pci_address *slot)
{
        char text[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < b->inv->n_unreadable; i++)
                if (!b->inv->unreadable[i].going && pci_address_same_slot(&b->inv->unreadable[i].address, slot))
                        item_fail(item, VERDICT_REFUSED, NULL, "failed to read %s, a function of the same card (%s)",
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

        if (s->bus != BUS_PCI) {
                plan_bus_resolve(b, item);
                return;
        }
        if (s->selector.kind == SELECTOR_VF) {
                take_vfs(b, item);
                return;
        }
        n = resolve_selector(b, item, &hits);
        if (!item_is_open(item)) /* of another device than the one that is meant nothing more matters */
                return;
        if (n > 0 && s->selector.slot)
                check_readable(b, item, &s->selector.address);
        for (size_t i = 0; i < n; i++) {
                claim_function(b, item, hits[i]);
                if (s->all_functions)
                        claim_siblings(b, item, hits[i]);
        }
        /* Of a slot, the first function is the card. */
        for (size_t i = 0; i < item->n_claims && config_sets_device(s); i++)
                for (size_t k = 0; k < (s->selector.slot ? 1 : n); k++)
                        item->claims[i].named = item->claims[i].named || item->claims[i].function == hits[k];
}

static bool leaves_display(const struct builder *b, const struct plan_item *item)
{
        for (size_t i = 0; i < item->n_claims; i++) {
                const struct plan_claim *claim = &item->claims[i];
                const struct pci_function *f = claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];

                if (f && claim->change && device_is_display(f) && !driver_is_vfio(f->driver))
                        return true;
        }
        return false;
}

/* Who has it open would keep its driver from letting go, or crash. The firmware's framebuffer is vfio-pci's to take, since
 * Linux 6.0 (vfio_pci_vga_init()). */
static void display_steps(struct builder *b, struct plan_item *item)
{
        const struct inventory *inv = b->inv;

        if (!item->section->display_stop || !leaves_display(b, item))
                return;
        if (inv->display_manager)
                step_set(add_step(b, item, PHASE_DISPLAY, STEP_UNIT, UNIT_ACTIVE, UNIT_INACTIVE), DISPLAY_MANAGER, NULL);
        for (size_t i = 0; i < inv->n_consoles; i++)
                step_set(add_step(b, item, PHASE_DISPLAY, STEP_CONSOLE, "1", "0"), inv->consoles[i], NULL);
}

void plan_device_check(struct builder *b, struct plan_item *item)
{
        if (item->section->bus == BUS_PCI)
                check_claims(b, item);
        else
                plan_bus_check(b, item);
}

void plan_device_steps(struct builder *b, struct plan_item *item)
{
        if (item->section->bus != BUS_PCI) {
                plan_bus_steps(b, item);
                return;
        }
        check_sriov_item(b, item);
        for (size_t i = 0; i < item->n_claims && item_is_open(item); i++) {
                struct plan_claim *claim = &item->claims[i];

                if (item->pf != NO_INDEX && item_is_open(pf_item_of(b, item)))
                        vf_driver_steps(b, item, claim);
                else
                        driver_steps(b, item, claim, PHASE_DEVICE_DRIVER);
        }
        if (item_is_open(item))
                display_steps(b, item);
}
