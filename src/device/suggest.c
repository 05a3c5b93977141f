/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds selectors for a function. */
#include "device/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"

static bool same_subsystem(const struct pci_function *f, const struct pci_function *g)
{
        return f->subvendor == g->subvendor && f->subdevice == g->subdevice;
}

/* "10de:2484", or with the subsystem where that tells it from its like; NULL where nothing does. */
static void id_of(const struct inventory *inv, size_t function, char **ret)
{
        const struct pci_function *f = &inv->functions[function];
        size_t first, n = inventory_find_id(inv, f->vendor, f->device, &first), like = 0;

        for (size_t i = 0; i < n; i++) {
                size_t other = inv->by_id[first + i];

                like += other != function && same_subsystem(f, &inv->functions[other]);
        }
        if (n == 1)
                *ret = xasprintf("%04x:%04x", f->vendor, f->device);
        else if (like == 0 && (f->subvendor || f->subdevice))
                *ret = xasprintf("%04x:%04x:%04x:%04x", f->vendor, f->device, f->subvendor, f->subdevice);
}

static void mac_of(const struct pci_function *f, char **ret)
{
        for (size_t i = 0; i < f->n_netdevs; i++) {
                char mac[MAC_TEXT_MAX];

                if (!f->netdevs[i].has_mac)
                        continue;
                *ret = xstrdup(mac_format(f->netdevs[i].mac, mac));
                return;
        }
}

static void slot_of(const struct inventory *inv, size_t function, char **ret)
{
        CLEANUP_FREE char *place = NULL;
        size_t slot;

        if (selector_slot_of(inv, function, &slot, &place) == 0)
                *ret = xasprintf("%s/%s", inv->slots[slot].name, place);
}

void suggest_value(const struct inventory *inv, size_t function, enum selector_kind kind, char **ret)
{
        const struct pci_function *f = &inv->functions[function];
        char address[PCI_ADDRESS_MAX];

        *ret = NULL;
        switch (kind) {
        case SELECTOR_ADDRESS:
                *ret = xstrdup(pci_address_format(&f->address, address));
                return;
        case SELECTOR_ID:
                if (f->physfn == NO_INDEX)
                        id_of(inv, function, ret);
                return;
        case SELECTOR_PATH:
                if (f->path && f->physfn == NO_INDEX)
                        (void) selector_path_of(f->path, ret);
                return;
        case SELECTOR_MAC:
                if (f->physfn == NO_INDEX)
                        mac_of(f, ret);
                return;
        case SELECTOR_SERIAL:
                *ret = f->n_serials > 0 ? xstrdup(f->serials[0]) : NULL;
                return;
        case SELECTOR_SLOT:
                slot_of(inv, function, ret);
                return;
        default:
                return;
        }
}

void suggest_best(const struct inventory *inv, size_t function, enum selector_kind *ret_kind, char **ret)
{
        static const enum selector_kind order[] = { SELECTOR_ID, SELECTOR_PATH, SELECTOR_ADDRESS };

        *ret = NULL;
        for (size_t i = 0; i < ARRAY_SIZE(order) && !*ret; i++) {
                *ret_kind = order[i];
                suggest_value(inv, function, order[i], ret);
        }
}

void suggest_lines(const struct inventory *inv, size_t function, enum selector_kind *ret_kind, struct strbuf *b)
{
        const struct pci_function *f = &inv->functions[function];
        CLEANUP_FREE char *value = NULL;

        suggest_best(inv, function, ret_kind, &value);
        strbuf_addf(b, "%s = %s\n", selector_key(*ret_kind), value);
        if (*ret_kind != SELECTOR_ID)
                strbuf_addf(b, "expect = %04x:%04x\n", f->vendor, f->device);
}
