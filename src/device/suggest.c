/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds selectors for a function. */
#include "device/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"

static bool same_subsystem(const struct pci_function *f, const struct pci_function *g)
{
        return f->subvendor == g->subvendor && f->subdevice == g->subdevice;
}

/* "10de:2484", or with the subsystem where that tells it from its like; NULL where nothing does. */
static int id_of(const struct inventory *inv, size_t function, char **ret)
{
        const struct pci_function *f = &inv->functions[function];
        size_t first, n = inventory_find_id(inv, f->vendor, f->device, &first), like = 0;
        int r = 0;

        for (size_t i = 0; i < n; i++) {
                size_t other = inv->by_id[first + i];

                like += other != function && same_subsystem(f, &inv->functions[other]);
        }
        if (n == 1)
                r = asprintf(ret, "%04x:%04x", f->vendor, f->device);
        else if (like == 0 && (f->subvendor || f->subdevice))
                r = asprintf(ret, "%04x:%04x:%04x:%04x", f->vendor, f->device, f->subvendor, f->subdevice);
        if (r < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int mac_of(const struct pci_function *f, char **ret)
{
        for (size_t i = 0; i < f->n_netdevs; i++) {
                const uint8_t *m = f->netdevs[i].mac;

                if (!f->netdevs[i].has_mac)
                        continue;
                if (asprintf(ret, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]) < 0) {
                        *ret = NULL;
                        return -ENOMEM;
                }
                return 0;
        }
        return 0;
}

static int slot_of(const struct inventory *inv, size_t function, char **ret)
{
        CLEANUP_FREE char *place = NULL;
        size_t slot;
        int r = selector_slot_of(inv, function, &slot, &place);

        if (r == 0 && asprintf(ret, "%s/%s", inv->slots[slot].name, place) < 0) {
                *ret = NULL;
                r = -ENOMEM;
        }
        return r;
}

int suggest_value(const struct inventory *inv, size_t function, enum selector_kind kind, char **ret)
{
        const struct pci_function *f = &inv->functions[function];
        char address[PCI_ADDRESS_MAX];
        int r;

        *ret = NULL;
        switch (kind) {
        case SELECTOR_ADDRESS:
                *ret = strdup(pci_address_format(&f->address, address));
                return *ret ? 0 : -ENOMEM;
        case SELECTOR_ID:
                return f->physfn == NO_INDEX ? id_of(inv, function, ret) : 0;
        case SELECTOR_PATH:
                r = f->path && f->physfn == NO_INDEX ? selector_path_of(f->path, ret) : 0;
                return r == -ENOMEM ? r : 0;
        case SELECTOR_MAC:
                return f->physfn == NO_INDEX ? mac_of(f, ret) : 0;
        case SELECTOR_SERIAL:
                *ret = f->n_serials > 0 ? strdup(f->serials[0]) : NULL;
                return f->n_serials > 0 && !*ret ? -ENOMEM : 0;
        case SELECTOR_SLOT:
                r = slot_of(inv, function, ret);
                return r == -ENOMEM ? r : 0;
        default:
                return 0;
        }
}

int suggest_best(const struct inventory *inv, size_t function, enum selector_kind *ret_kind, char **ret)
{
        static const enum selector_kind order[] = { SELECTOR_ID, SELECTOR_PATH, SELECTOR_ADDRESS };
        int r = 0;

        *ret = NULL;
        for (size_t i = 0; i < ARRAY_SIZE(order) && r == 0 && !*ret; i++) {
                *ret_kind = order[i];
                r = suggest_value(inv, function, order[i], ret);
        }
        return r;
}

int suggest_lines(const struct inventory *inv, size_t function, enum selector_kind *ret_kind, struct strbuf *b)
{
        const struct pci_function *f = &inv->functions[function];
        CLEANUP_FREE char *value = NULL;
        int r = suggest_best(inv, function, ret_kind, &value);

        if (r < 0 || !value)
                return r < 0 ? r : -ENOMEM;
        strbuf_addf(b, "%s = %s\n", selector_key(*ret_kind), value);
        if (*ret_kind != SELECTOR_ID)
                strbuf_addf(b, "expect = %04x:%04x\n", f->vendor, f->device);
        return 0;
}

size_t suggest_card(const struct inventory *inv, size_t function, size_t ret[static PCI_SLOT_FUNCTIONS])
{
        struct pci_address a = inv->functions[function].address;
        size_t n = 0;

        for (unsigned i = 0; i < PCI_SLOT_FUNCTIONS; i++) {
                size_t member;

                a.function = (uint8_t) i;
                member = inventory_find_index(inv, &a);
                if (member != NO_INDEX && inv->functions[member].physfn == NO_INDEX &&
                    !pci_function_is_bridge(&inv->functions[member]))
                        ret[n++] = member;
        }
        return n;
}
