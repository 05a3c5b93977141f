/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a word on the command line stands for. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/uuid.h"
#include "device/lookup.h"
#include "explain/explain-internal.h"

struct finder {
        const struct explain_input *in;
        struct explain_subject *found;
        size_t n, alloc;
        struct lookup *lookup; /* for what the plan has not looked for; made when it is needed */
};

size_t explain_main_function(const struct plan_item *item)
{
        if (item->section->kind == SECTION_SRIOV && item->pf != NO_INDEX)
                return item->pf;
        if ((item->section->kind == SECTION_DEVICE && item->n_claims > 0) || (item->section->kind == SECTION_VF && item->n_claims == 1))
                return item->claims[0].function;
        return item->section->kind == SECTION_DEVICE || item->section->kind == SECTION_SRIOV ? item->found : NO_INDEX;
}

static struct explain_subject *add(struct finder *f, const struct plan_item *item, size_t function)
{
        struct explain_subject *s = ARRAY_APPEND(f->found, f->n, f->alloc);

        *s = (struct explain_subject){ .item = item, .function = function, .parent = NO_INDEX };
        return s;
}

const struct plan_item *explain_sriov(const struct plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].section->kind == SECTION_SRIOV && streq(plan->items[i].section->name, name))
                        return &plan->items[i];
        return NULL;
}

/* The plan looks for nothing that a disabled section names. Whether that is the function; with NO_INDEX, the first that it
 * is. Returns it, or NO_INDEX. */
static size_t named_by_disabled(struct finder *f, const struct plan_item *item, size_t function)
{
        const struct config_section *s = item->section;
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;

        if (item->verdict != VERDICT_DISABLED || (s->kind != SECTION_DEVICE && s->kind != SECTION_SRIOV))
                return NO_INDEX;
        if (!f->lookup)
                lookup_new(f->in->inventory, &f->lookup);
        lookup_find(f->lookup, &s->selector, &hits, &n);
        for (size_t i = 0; i < n; i++)
                if ((function == NO_INDEX || hits[i] == function) &&
                    (s->kind == SECTION_DEVICE || f->in->inventory->functions[hits[i]].physfn == NO_INDEX))
                        return hits[i];
        return NO_INDEX;
}

/* The VF of that number of a [sriov] section's PF, disabled or not; NO_INDEX: it is not there. */
static size_t vf_of(struct finder *f, const struct plan_item *sriov, unsigned index)
{
        size_t pf = sriov->pf != NO_INDEX ? sriov->pf : named_by_disabled(f, sriov, NO_INDEX);
        const struct pci_function *function = pf == NO_INDEX ? NULL : &f->in->inventory->functions[pf];

        return function && index < function->numvfs ? function->vfs[index] : NO_INDEX;
}

static void add_item(struct finder *f, const struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        const struct plan_item *sriov = sel->kind == SELECTOR_VF ? explain_sriov(f->in->plan, sel->section) : NULL;
        size_t function = explain_main_function(item);

        if (item->verdict == VERDICT_DISABLED)
                function = sriov ? vf_of(f, sriov, sel->vf_index) : named_by_disabled(f, item, NO_INDEX);
        (void) add(f, item, function);
}

/* A function that no section has: one may that is disabled, or would if its PF's were not. */
static void add_unclaimed(struct finder *f, size_t function)
{
        size_t pf = f->in->inventory->functions[function].physfn;
        const struct plan_item *disabled = NULL;
        struct explain_subject *s;

        for (size_t i = 0; i < f->in->plan->n_items; i++) {
                const struct plan_item *item = &f->in->plan->items[i];

                if (named_by_disabled(f, item, function) != NO_INDEX) {
                        (void) add(f, item, function);
                        return;
                }
                if (pf != NO_INDEX && item->section->kind == SECTION_SRIOV && named_by_disabled(f, item, pf) != NO_INDEX)
                        disabled = item;
        }
        s = add(f, NULL, function);
        s->disabled = disabled;
}

/* A function: what its section is about, or a part of that; the parent of mdevs keeps its own driver. */
static void add_function(struct finder *f, size_t function)
{
        const struct plan_item *item = plan_item_of(f->in->plan, function);
        const struct plan_claim *claim = NULL;
        struct explain_subject *s;

        if (item && item->section->kind == SECTION_MDEV)
                item = NULL;
        if (item && explain_main_function(item) == function) {
                add_item(f, item);
                return;
        }
        for (size_t i = 0; item && i < item->n_claims; i++)
                if (item->claims[i].function == function)
                        claim = &item->claims[i];
        if (!claim) {
                add_unclaimed(f, function);
                return;
        }
        s = add(f, item, function);
        s->claim = claim;
}

static void add_mdev(struct finder *f, const uint8_t uuid[static 16])
{
        const struct plan_item *item = plan_item_of_mdev(f->in->plan, uuid);
        struct explain_subject *s;

        if (!item && !inventory_find_mdev(f->in->inventory, uuid))
                return;
        s = add(f, item, NO_INDEX);
        s->has_uuid = true;
        memcpy(s->uuid, uuid, 16);
}

static bool add_claimed_vf(struct finder *f, const struct plan_item *item, unsigned index, const struct plan_item *disabled)
{
        for (size_t i = 0; i < item->n_claims; i++) {
                struct explain_subject *s;

                if (item->claims[i].vf_index != index)
                        continue;
                s = add(f, item, item->claims[i].function);
                s->claim = &item->claims[i];
                s->disabled = disabled;
                return true;
        }
        return false;
}

static bool names_vf(const struct config_section *s, const char *section, unsigned index)
{
        const struct selector *sel = &s->selector;

        return (s->kind == SECTION_DEVICE || s->kind == SECTION_VF) && sel->kind == SELECTOR_VF && streq(sel->section, section) &&
               index >= sel->vf_index && index <= (s->kind == SECTION_VF ? s->vf_last : sel->vf_index);
}

/* VF 3 of [sriov uplink], which may be another section's, and may be still to come. */
static void by_vf(struct finder *f, const char *section, unsigned index)
{
        const struct plan *plan = f->in->plan;
        const struct plan_item *pf = explain_sriov(plan, section), *disabled = NULL;
        size_t vf;

        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (!names_vf(item->section, section, index))
                        continue;
                if (item->verdict == VERDICT_DISABLED) {
                        disabled = item;
                        continue;
                }
                if (item->section->kind == SECTION_DEVICE)
                        add_item(f, item);
                else if (!add_claimed_vf(f, item, index, NULL))
                        continue;
                return;
        }
        if (!pf || add_claimed_vf(f, pf, index, disabled))
                return;
        vf = vf_of(f, pf, index);
        if (vf != NO_INDEX)
                add_function(f, vf);
}

static void by_disabled_vfs(struct finder *f, const struct plan_item *item)
{
        const struct config_section *s = item->section;
        size_t n = f->n;

        for (unsigned i = s->selector.vf_index; i <= s->vf_last; i++)
                by_vf(f, s->selector.section, i);
        if (f->n == n)
                add_item(f, item);
}

static bool is_disabled_vf(const struct plan_item *item)
{
        return item->section->kind == SECTION_VF && item->verdict == VERDICT_DISABLED;
}

/* The VFs of a [vf] section that is disabled are as all others: they are looked for by their number. */
static void by_section(struct finder *f, const char *word)
{
        for (size_t i = 0; i < f->in->plan->n_items; i++) {
                const struct plan_item *item = &f->in->plan->items[i];

                if (!streq(item->section->name, word))
                        continue;
                if (is_disabled_vf(item))
                        by_disabled_vfs(f, item);
                else
                        add_item(f, item);
        }
}

/* One that the configuration has no longer, and the state still knows: "device hba". */
static void by_held_section(struct finder *f, const char *word)
{
        const struct state *state = f->in->state;

        for (size_t i = 0; i < state->n_devices; i++) {
                const char *name = state->devices[i].section ? strchr(state->devices[i].section, ' ') : NULL;
                size_t function = inventory_find_index(f->in->inventory, &state->devices[i].address);

                if (name && streq(name + 1, word) && function != NO_INDEX)
                        add_function(f, function);
        }
        for (size_t i = 0; i < state->n_mdevs; i++) {
                const char *name = state->mdevs[i].section ? strchr(state->mdevs[i].section, ' ') : NULL;

                if (name && streq(name + 1, word))
                        add_mdev(f, state->mdevs[i].uuid);
        }
}

/* A section that names what is not there, by the very selector. */
static void by_absent_address(struct finder *f, const struct selector *sel)
{
        for (size_t i = 0; i < f->in->plan->n_items; i++) {
                const struct plan_item *item = &f->in->plan->items[i];
                const struct selector *its = &item->section->selector;

                if (its->kind == SELECTOR_ADDRESS && its->slot == sel->slot &&
                    pci_address_compare(&its->address, &sel->address) == 0)
                        add_item(f, item);
        }
}

static void by_address(struct finder *f, const struct selector *sel)
{
        const struct inventory *inv = f->in->inventory;

        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_address *a = &inv->functions[i].address;

                if (sel->slot ? pci_address_same_slot(a, &sel->address) : pci_address_compare(a, &sel->address) == 0)
                        add_function(f, i);
        }
        if (f->n == 0)
                by_absent_address(f, sel);
}

static void by_uuid(struct finder *f, const char *word)
{
        uint8_t uuid[16];

        if (uuid_parse(word, uuid) == 0)
                add_mdev(f, uuid);
}

static void by_interface(struct finder *f, const char *word)
{
        const struct inventory *inv = f->in->inventory;

        for (size_t i = 0; i < inv->n_functions; i++)
                for (size_t k = 0; k < inv->functions[i].n_netdevs; k++)
                        if (streq(inv->functions[i].netdevs[k].name, word)) {
                                add_function(f, i);
                                return;
                        }
        /* It goes with its driver: a section may still know the device by it. */
        for (size_t i = 0; i < f->in->plan->n_items; i++) {
                const struct selector *sel = &f->in->plan->items[i].section->selector;

                if (sel->kind == SELECTOR_INTERFACE && streq(sel->text, word))
                        add_item(f, &f->in->plan->items[i]);
        }
}

static void by_parent(struct finder *f, const char *word)
{
        const struct mdev_parent *parent = inventory_find_parent(f->in->inventory, word);
        struct explain_subject *s;

        if (!parent)
                return;
        s = add(f, NULL, parent->function);
        s->parent = (size_t) (parent - f->in->inventory->parents);
}

/* One on another bus than PCI, by its name: that of the section which names or takes it. */
static void by_bus_device(struct finder *f, const char *word)
{
        const struct inventory *inv = f->in->inventory;

        for (size_t i = 0; i < f->in->plan->n_items; i++) {
                const struct plan_item *item = &f->in->plan->items[i];
                bool is = item->section->bus != BUS_PCI && streq_ptr(item->section->selector.text, word);

                for (size_t k = 0; k < item->n_bus_claims && !is; k++)
                        is = streq(inv->bus_devices[item->bus_claims[k].device].name, word);
                if (is)
                        add_item(f, item);
        }
}

void explain_find(const struct explain_input *in, const char *word, struct explain_subject **ret, size_t *ret_n)
{
        struct finder f = { .in = in };
        struct selector sel = { 0 };
        int r;

        by_section(&f, word);
        if (f.n == 0) {
                r = selector_parse(SELECTOR_ADDRESS, word, &sel);
                if (r == 0 && sel.kind == SELECTOR_VF)
                        by_vf(&f, sel.section, sel.vf_index);
                else if (r == 0)
                        by_address(&f, &sel);
                selector_clear(&sel);
        }
        if (f.n == 0)
                by_held_section(&f, word);
        if (f.n == 0)
                by_uuid(&f, word);
        if (f.n == 0)
                by_interface(&f, word);
        if (f.n == 0)
                by_bus_device(&f, word);
        if (f.n == 0)
                by_parent(&f, word);
        lookup_free(f.lookup);
        *ret = f.found;
        *ret_n = f.n;
}
