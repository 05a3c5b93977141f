/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a word on the command line stands for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain-internal.h"
#include "core/names.h"
#include "core/uuid.h"
#include "util/array.h"
#include "util/macro.h"

struct finder {
        const struct explain_input *in;
        struct explain_subject *found;
        size_t n, alloc;
        bool out_of_memory;
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

        if (!s)
                f->out_of_memory = true;
        else
                *s = (struct explain_subject){ .item = item, .function = function, .parent = NO_INDEX };
        return s;
}

static void add_item(struct finder *f, const struct plan_item *item)
{
        (void) add(f, item, explain_main_function(item));
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
        s = add(f, claim ? item : NULL, function);
        if (s)
                s->claim = claim;
}

static void add_mdev(struct finder *f, const uint8_t uuid[static 16])
{
        const struct plan_item *item = plan_item_of_mdev(f->in->plan, uuid);
        struct explain_subject *s;

        if (!item && !inventory_find_mdev(f->in->inventory, uuid))
                return;
        s = add(f, item, NO_INDEX);
        if (!s)
                return;
        s->has_uuid = true;
        memcpy(s->uuid, uuid, 16);
}

static void by_section(struct finder *f, const char *word)
{
        for (size_t i = 0; i < f->in->plan->n_items; i++)
                if (streq(f->in->plan->items[i].section->name, word))
                        add_item(f, &f->in->plan->items[i]);
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

static bool add_claimed_vf(struct finder *f, const struct plan_item *item, unsigned index)
{
        for (size_t i = 0; i < item->n_claims; i++) {
                struct explain_subject *s;

                if (item->claims[i].vf_index != index)
                        continue;
                s = add(f, item, item->claims[i].function);
                if (s)
                        s->claim = &item->claims[i];
                return true;
        }
        return false;
}

/* VF 3 of [sriov uplink], which may be another section's, and may be still to come. */
static void by_vf(struct finder *f, const struct selector *sel)
{
        const struct plan *plan = f->in->plan;
        const struct plan_item *pf = NULL;

        for (size_t i = 0; i < plan->n_items; i++) {
                const struct config_section *s = plan->items[i].section;

                if (s->kind == SECTION_SRIOV && streq(s->name, sel->section))
                        pf = &plan->items[i];
                if (s->kind == SECTION_VF && streq(s->selector.section, sel->section) &&
                    add_claimed_vf(f, &plan->items[i], sel->vf_index))
                        return;
                if (s->kind != SECTION_DEVICE || s->selector.kind != SELECTOR_VF ||
                    !streq(s->selector.section, sel->section) || s->selector.vf_index != sel->vf_index)
                        continue;
                add_item(f, &plan->items[i]);
                return;
        }
        if (pf && add_claimed_vf(f, pf, sel->vf_index))
                return;
        if (pf && pf->pf != NO_INDEX && sel->vf_index < f->in->inventory->functions[pf->pf].numvfs &&
            f->in->inventory->functions[pf->pf].vfs[sel->vf_index] != NO_INDEX)
                add_function(f, f->in->inventory->functions[pf->pf].vfs[sel->vf_index]);
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
        if (s)
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

int explain_find(const struct explain_input *in, const char *word, struct explain_subject **ret, size_t *ret_n)
{
        struct finder f = { .in = in };
        struct selector sel = { 0 };
        int r;

        by_section(&f, word);
        if (f.n == 0) {
                r = selector_parse(SELECTOR_ADDRESS, word, &sel);
                if (r == -ENOMEM)
                        f.out_of_memory = true;
                else if (r == 0 && sel.kind == SELECTOR_VF)
                        by_vf(&f, &sel);
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
        if (f.out_of_memory) {
                free(f.found);
                return -ENOMEM;
        }
        *ret = f.found;
        *ret_n = f.n;
        return 0;
}

int explain_nearest(const struct explain_input *in, const char *word, char **ret)
{
        const struct inventory *inv = in->inventory;
        size_t most = in->plan->n_items + inv->n_functions + inv->n_parents, n = 0;
        CLEANUP_FREE char(*addresses)[PCI_ADDRESS_MAX] = calloc(inv->n_functions + 1, sizeof(*addresses));
        CLEANUP_FREE const char **names = NULL;
        const char *nearest;

        *ret = NULL;
        for (size_t i = 0; i < inv->n_functions; i++)
                most += inv->functions[i].n_netdevs;
        names = calloc(most + 1, sizeof(*names));
        if (!addresses || !names)
                return -ENOMEM;
        for (size_t i = 0; i < in->plan->n_items; i++)
                names[n++] = in->plan->items[i].section->name;
        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *f = &inv->functions[i];

                names[n++] = pci_address_format(&f->address, addresses[i]);
                for (size_t k = 0; k < f->n_netdevs; k++)
                        names[n++] = f->netdevs[k].name;
        }
        for (size_t i = 0; i < inv->n_parents; i++)
                names[n++] = inv->parents[i].name;
        nearest = names_nearest(word, names, n);
        if (!nearest)
                return 0;
        *ret = strdup(nearest);
        return *ret ? 0 : -ENOMEM;
}
