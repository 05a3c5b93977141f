/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a selector to functions, by sorted keys. */
#include "device/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"

/* One name that a function goes by. Compared without case: serials and MACs are written either way, and
 * interfaces that differ in case alone are distinguished by lookup_find(). */
struct key {
        enum selector_kind kind;
        char *text;
        size_t function;
};

struct lookup {
        const struct inventory *inv;
        struct key *keys;
        size_t n_keys, alloc_keys;
};

void lookup_free(struct lookup *lookup)
{
        if (!lookup)
                return;
        for (size_t i = 0; i < lookup->n_keys; i++)
                free(lookup->keys[i].text);
        free(lookup->keys);
        free(lookup);
}

static void add_key(struct lookup *lookup, enum selector_kind kind, const char *text, size_t function)
{
        struct key *key = ARRAY_APPEND(lookup->keys, lookup->n_keys, lookup->alloc_keys);

        key->kind = kind;
        key->function = function;
        key->text = xstrdup(text);
}

/* By the slot alone, with all that is in it, and by its place there. */
static void add_slot_keys(struct lookup *lookup, size_t i)
{
        CLEANUP_FREE char *place = NULL, *text = NULL;
        size_t slot;

        if (selector_slot_of(lookup->inv, i, &slot, &place) < 0)
                return;
        text = xasprintf("%s/%s", lookup->inv->slots[slot].name, place);
        add_key(lookup, SELECTOR_SLOT, text, i);
        add_key(lookup, SELECTOR_SLOT, lookup->inv->slots[slot].name, i);
}

static void add_keys(struct lookup *lookup, size_t i)
{
        const struct pci_function *f = &lookup->inv->functions[i];
        CLEANUP_FREE char *path = NULL;
        /* A VF on a bus behind its PF's, but below the same bridge, would have the path of another device. */

        if (f->path && f->physfn == NO_INDEX && selector_path_of(f->path, &path) == 0)
                add_key(lookup, SELECTOR_PATH, path, i);
        add_slot_keys(lookup, i);
        for (size_t k = 0; k < f->n_netdevs; k++) {
                const struct netdev *n = &f->netdevs[k];
                char mac[MAC_TEXT_MAX];

                add_key(lookup, SELECTOR_INTERFACE, n->name, i);
                if (n->altname)
                        add_key(lookup, SELECTOR_INTERFACE, n->altname, i);
                (void) mac_format(n->mac, mac);
                if (n->has_mac)
                        add_key(lookup, SELECTOR_MAC, mac, i);
        }
        for (size_t k = 0; k < f->n_serials; k++)
                add_key(lookup, SELECTOR_SERIAL, f->serials[k], i);
}

static int compare_text(const struct key *x, const struct key *y)
{
        if (x->kind != y->kind)
                return x->kind < y->kind ? -1 : 1;
        return strcasecmp(x->text, y->text);
}

static int compare_keys(const void *a, const void *b)
{
        const struct key *x = a, *y = b;
        int r = compare_text(x, y);

        return r != 0 ? r : (x->function > y->function) - (x->function < y->function);
}

void lookup_new(const struct inventory *inv, struct lookup **ret)
{
        CLEANUP(lookup_freep) struct lookup *lookup = xcalloc(1, sizeof(*lookup));

        lookup->inv = inv;
        for (size_t i = 0; i < inv->n_functions; i++)
                add_keys(lookup, i);
        if (lookup->n_keys > 0)
                qsort(lookup->keys, lookup->n_keys, sizeof(*lookup->keys), compare_keys);
        *ret = STEAL(lookup);
}

struct hits {
        size_t *items;
        size_t n, alloc;
};

static void add_hit(struct hits *hits, size_t function)
{
        size_t *slot;

        if (hits->n > 0 && hits->items[hits->n - 1] == function)
                return; /* two netdevs of one function */
        slot = ARRAY_APPEND(hits->items, hits->n, hits->alloc);
        *slot = function;
}

static void find_key(const struct lookup *lookup, const struct selector *s, struct hits *hits)
{
        const struct key want = { .kind = s->kind, .text = s->text };
        size_t low = 0, high = lookup->n_keys;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_text(&lookup->keys[middle], &want) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (; low < lookup->n_keys && compare_text(&lookup->keys[low], &want) == 0; low++)
                if (s->kind != SELECTOR_INTERFACE || streq(lookup->keys[low].text, s->text))
                        add_hit(hits, lookup->keys[low].function);
}

static void find_slot(const struct inventory *inv, const struct selector *s, struct hits *hits)
{
        struct pci_address a = s->address;

        for (unsigned function = 0; function < 8; function++) {
                size_t i;

                a.function = (uint8_t) function;
                i = inventory_find_index(inv, &a);
                if (i != NO_INDEX)
                        add_hit(hits, i);
        }
}

static void find_id(const struct inventory *inv, const struct pci_id_pattern *id, struct hits *hits)
{
        size_t first = 0, n = inv->n_functions;
        bool exact = id->vendor != PCI_ID_ANY && id->device != PCI_ID_ANY;

        if (exact)
                n = inventory_find_id(inv, (uint16_t) id->vendor, (uint16_t) id->device, &first);
        for (size_t k = first; k < first + n; k++) {
                size_t i = exact ? inv->by_id[k] : k;

                if (pci_id_pattern_matches(id, &inv->functions[i]))
                        add_hit(hits, i);
        }
}

void lookup_find_id(const struct lookup *lookup, const struct pci_id_pattern *id, size_t **ret, size_t *ret_n)
{
        struct hits hits = { 0 };

        find_id(lookup->inv, id, &hits);
        *ret = hits.items;
        *ret_n = hits.n;
}

void lookup_find(const struct lookup *lookup, const struct selector *s, size_t **ret, size_t *ret_n)
{
        struct hits hits = { 0 };
        size_t i;

        switch (s->kind) {
        case SELECTOR_ADDRESS:
                if (s->slot) {
                        find_slot(lookup->inv, s, &hits);
                        break;
                }
                i = inventory_find_index(lookup->inv, &s->address);
                if (i != NO_INDEX)
                        add_hit(&hits, i);
                break;
        case SELECTOR_ID:
                find_id(lookup->inv, &s->id, &hits);
                break;
        case SELECTOR_PATH:
        case SELECTOR_INTERFACE:
        case SELECTOR_MAC:
        case SELECTOR_SERIAL:
        case SELECTOR_SLOT:
                find_key(lookup, s, &hits);
                break;
        case SELECTOR_NONE:
        case SELECTOR_VF:
        case SELECTOR_PARENT:
        case SELECTOR_NAME:
                break;
        }
        *ret = hits.items;
        *ret_n = hits.n;
}
