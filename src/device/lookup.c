/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a selector to functions, by sorted keys. */
#include "device/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/macro.h"

/* One name that a function goes by. Compared without case: serials and MACs are written either way, and
 * interfaces that differ in case alone are told apart by lookup_find(). */
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

static int add_key(struct lookup *lookup, enum selector_kind kind, const char *text, size_t function)
{
        struct key *key = ARRAY_APPEND(lookup->keys, lookup->n_keys, lookup->alloc_keys);

        if (!key)
                return -ENOMEM;
        key->kind = kind;
        key->function = function;
        key->text = strdup(text);
        return key->text ? 0 : -ENOMEM;
}

/* By the slot alone, with all that is in it, and by its place there. */
static int add_slot_keys(struct lookup *lookup, size_t i)
{
        CLEANUP_FREE char *place = NULL, *text = NULL;
        size_t slot;
        int r = selector_slot_of(lookup->inv, i, &slot, &place);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (asprintf(&text, "%s/%s", lookup->inv->slots[slot].name, place) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        r = add_key(lookup, SELECTOR_SLOT, text, i);
        return r == 0 ? add_key(lookup, SELECTOR_SLOT, lookup->inv->slots[slot].name, i) : r;
}

static int add_keys(struct lookup *lookup, size_t i)
{
        const struct pci_function *f = &lookup->inv->functions[i];
        CLEANUP_FREE char *path = NULL;
        /* A VF on a bus behind its PF's, but below the same bridge, would have the path of another device. */
        int r = f->path && f->physfn == NO_INDEX ? selector_path_of(f->path, &path) : -EINVAL;

        if (r == 0)
                r = add_key(lookup, SELECTOR_PATH, path, i);
        if (r == -EINVAL)
                r = 0;
        if (r == 0)
                r = add_slot_keys(lookup, i);
        for (size_t k = 0; k < f->n_netdevs && r == 0; k++) {
                const struct netdev *n = &f->netdevs[k];
                char mac[18];

                r = add_key(lookup, SELECTOR_INTERFACE, n->name, i);
                if (r == 0 && n->altname)
                        r = add_key(lookup, SELECTOR_INTERFACE, n->altname, i);
                (void) snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1], n->mac[2],
                                n->mac[3], n->mac[4], n->mac[5]);
                if (r == 0 && n->has_mac)
                        r = add_key(lookup, SELECTOR_MAC, mac, i);
        }
        for (size_t k = 0; k < f->n_serials && r == 0; k++)
                r = add_key(lookup, SELECTOR_SERIAL, f->serials[k], i);
        return r;
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

int lookup_new(const struct inventory *inv, struct lookup **ret)
{
        CLEANUP(lookup_freep) struct lookup *lookup = calloc(1, sizeof(*lookup));
        int r = 0;

        if (!lookup)
                return -ENOMEM;
        lookup->inv = inv;
        for (size_t i = 0; i < inv->n_functions && r == 0; i++)
                r = add_keys(lookup, i);
        if (r < 0)
                return r;
        if (lookup->n_keys > 0)
                qsort(lookup->keys, lookup->n_keys, sizeof(*lookup->keys), compare_keys);
        *ret = STEAL(lookup);
        return 0;
}

struct hits {
        size_t *items;
        size_t n, alloc;
};

static int add_hit(struct hits *hits, size_t function)
{
        size_t *slot;

        if (hits->n > 0 && hits->items[hits->n - 1] == function)
                return 0; /* two netdevs of one function */
        slot = ARRAY_APPEND(hits->items, hits->n, hits->alloc);
        if (!slot)
                return -ENOMEM;
        *slot = function;
        return 0;
}

static int find_key(const struct lookup *lookup, const struct selector *s, struct hits *hits)
{
        const struct key want = { .kind = s->kind, .text = s->text };
        size_t low = 0, high = lookup->n_keys;
        int r = 0;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_text(&lookup->keys[middle], &want) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (; low < lookup->n_keys && compare_text(&lookup->keys[low], &want) == 0 && r == 0; low++)
                if (s->kind != SELECTOR_INTERFACE || streq(lookup->keys[low].text, s->text))
                        r = add_hit(hits, lookup->keys[low].function);
        return r;
}

static int find_slot(const struct inventory *inv, const struct selector *s, struct hits *hits)
{
        struct pci_address a = s->address;
        int r = 0;

        for (unsigned function = 0; function < 8 && r == 0; function++) {
                size_t i;

                a.function = (uint8_t) function;
                i = inventory_find_index(inv, &a);
                if (i != NO_INDEX)
                        r = add_hit(hits, i);
        }
        return r;
}

static int find_id(const struct inventory *inv, const struct pci_id_pattern *id, struct hits *hits)
{
        size_t first = 0, n = inv->n_functions;
        bool exact = id->vendor != PCI_ID_ANY && id->device != PCI_ID_ANY;
        int r = 0;

        if (exact)
                n = inventory_find_id(inv, (uint16_t) id->vendor, (uint16_t) id->device, &first);
        for (size_t k = first; k < first + n && r == 0; k++) {
                size_t i = exact ? inv->by_id[k] : k;

                if (pci_id_pattern_matches(id, &inv->functions[i]))
                        r = add_hit(hits, i);
        }
        return r;
}

static int give(struct hits *hits, int r, size_t **ret, size_t *ret_n)
{
        if (r < 0) {
                free(hits->items);
                return r;
        }
        *ret = hits->items;
        *ret_n = hits->n;
        return 0;
}

int lookup_find_id(const struct lookup *lookup, const struct pci_id_pattern *id, size_t **ret, size_t *ret_n)
{
        struct hits hits = { 0 };

        return give(&hits, find_id(lookup->inv, id, &hits), ret, ret_n);
}

int lookup_find(const struct lookup *lookup, const struct selector *s, size_t **ret, size_t *ret_n)
{
        struct hits hits = { 0 };
        size_t i;
        int r = 0;

        switch (s->kind) {
        case SELECTOR_ADDRESS:
                if (s->slot) {
                        r = find_slot(lookup->inv, s, &hits);
                        break;
                }
                i = inventory_find_index(lookup->inv, &s->address);
                if (i != NO_INDEX)
                        r = add_hit(&hits, i);
                break;
        case SELECTOR_ID:
                r = find_id(lookup->inv, &s->id, &hits);
                break;
        case SELECTOR_PATH:
        case SELECTOR_INTERFACE:
        case SELECTOR_MAC:
        case SELECTOR_SERIAL:
        case SELECTOR_SLOT:
                r = find_key(lookup, s, &hits);
                break;
        case SELECTOR_NONE:
        case SELECTOR_VF:
        case SELECTOR_PARENT:
        case SELECTOR_NAME:
                break;
        }
        return give(&hits, r, ret, ret_n);
}
