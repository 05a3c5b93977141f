/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [device] sections: a card's functions together where all of them go, and all cards of an id where ids= takes them.
 */
#include <stdlib.h>

#include "base/array.h"
#include "base/macro.h"
#include "device/device-class.h"
#include "device/suggest.h"
#include "import/generate-internal.h"

struct functions {
        size_t *items;
        size_t n, alloc;
};

static void functions_clear(struct functions *f)
{
        free(f->items);
}
#define CLEANUP_FUNCTIONS CLEANUP(functions_clear)

static void add(struct functions *list, size_t function)
{
        size_t *slot = ARRAY_APPEND(list->items, list->n, list->alloc);

        *slot = function;
}

static void list_card(struct generator *g, size_t function, struct functions *ret)
{
        CLEANUP_FREE size_t *card = NULL;
        size_t n = device_card(g->inv, function, &card);

        for (size_t i = 0; i < n; i++)
                add(ret, card[i]);
}

/* Whether a function can be of a section for this driver. */
static bool is_open(const struct generator *g, size_t function, const char *driver)
{
        const struct wish *w = &g->wishes[function];

        return w->driver && streq(w->driver, driver) && !w->done;
}

/* Whether the whole card goes: more functions than the one, all to the same driver. */
static bool is_whole(const struct generator *g, const struct functions *card, const char *driver)
{
        const struct pci_address *slot = &g->inv->functions[card->items[0]].address;

        for (size_t i = 0; i < card->n; i++)
                if (!is_open(g, card->items[i], driver))
                        return false;
        for (size_t i = 0; i < g->inv->n_unreadable; i++)
                if (pci_address_same_slot(&g->inv->unreadable[i].address, slot))
                        return false;
        return card->n > 1;
}

static void finish(struct generator *g, struct draft *d, const struct functions *taken, const char *driver)
{
        if (!streq(driver, DRIVER_VFIO))
                strbuf_addf(&d->keys, "driver = %s\n", driver);
        draft_group(g, d, taken->items, taken->n);
        for (size_t i = 0; i < taken->n; i++)
                g->wishes[taken->items[i]].done = true;
}

static bool contains(const struct functions *list, size_t function)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i] == function)
                        return true;
        return false;
}

/* What an id takes, as the plan has it: the VFs of [sriov] sections are not meant. false: a section with this id would
 * take what is not to be taken. */
static bool list_hits(struct generator *g, const struct rival *rival, struct functions *ret)
{
        const struct pci_function *functions = g->inv->functions;

        for (size_t i = 0; i < g->inv->n_functions; i++) {
                size_t pf = functions[i].physfn;

                if (!pci_id_pattern_matches(&rival->id, &functions[i]) || (pf != NO_INDEX && g->wishes[pf].makes_vfs))
                        continue;
                if (!is_open(g, i, DRIVER_VFIO) || !rival_is_for(rival, &functions[i]))
                        return false;
                add(ret, i);
        }
        return true;
}

/* The other functions of the cards that were hit; 0: there are none. false: they do not all go. */
static bool add_siblings(struct generator *g, struct functions *hits, bool *ret_others)
{
        size_t n = hits->n;

        *ret_others = false;
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FUNCTIONS struct functions card = { 0 };

                if (g->inv->functions[hits->items[i]].physfn != NO_INDEX)
                        continue;
                list_card(g, hits->items[i], &card);
                for (size_t k = 0; k < card.n; k++)
                        if (!contains(hits, card.items[k])) {
                                *ret_others = true;
                                if (!is_whole(g, &card, DRIVER_VFIO))
                                        return false;
                                add(hits, card.items[k]);
                        }
        }
        return true;
}

static void add_id(struct strbuf *b, const struct pci_id_pattern *id)
{
        const uint32_t fields[] = { id->vendor, id->device, id->subvendor, id->subdevice };
        size_t n = id->subvendor == PCI_ID_ANY && id->subdevice == PCI_ID_ANY ? 2 : 4;

        strbuf_add(b, "id = ");
        for (size_t i = 0; i < n; i++) {
                strbuf_add(b, i > 0 ? ":" : "");
                if (fields[i] == PCI_ID_ANY)
                        strbuf_add(b, "*");
                else
                        strbuf_addf(b, "%04x", fields[i]);
        }
        strbuf_add(b, "\n");
}

static int compare_indices(const void *a, const void *b)
{
        size_t x = *(const size_t *) a, y = *(const size_t *) b;

        return (x > y) - (x < y);
}

/* Several devices of the id that ids= names: it takes them all, and so does the section. */
static bool generate_all_of_id(struct generator *g, size_t function)
{
        const struct rival *rival = g->wishes[function].by;
        CLEANUP_FUNCTIONS struct functions taken = { 0 };
        size_t n_hits;
        struct draft *d;
        bool others;

        if (!rival || rival->kind != RIVAL_VFIO_IDS || !list_hits(g, rival, &taken) || taken.n < 2)
                return false;
        n_hits = taken.n;
        if (!add_siblings(g, &taken, &others))
                taken.n = n_hits;
        d = draft_for(g, SECTION_DEVICE, function);
        qsort(taken.items, taken.n, sizeof(*taken.items), compare_indices);
        for (size_t i = 0; i < taken.n; i++)
                draft_about(g, d, taken.items[i]);
        add_comment(&d->above,
                    "ids= takes all %zu devices of this id; for one of them give its path (passthru-setup list).",
                    n_hits);
        add_id(&d->keys, &rival->id);
        strbuf_add(&d->keys, "count = all\n");
        if (others && taken.n > n_hits)
                strbuf_add(&d->keys, "functions = all\n");
        finish(g, d, &taken, DRIVER_VFIO);
        return true;
}

void generate_device(struct generator *g, size_t function)
{
        const char *driver = g->wishes[function].driver;
        CLEANUP_FUNCTIONS struct functions taken = { 0 };
        struct draft *d;
        bool whole = false;

        if (generate_all_of_id(g, function))
                return;
        if (g->inv->functions[function].physfn == NO_INDEX) {
                list_card(g, function, &taken);
                whole = taken.n > 0 && is_whole(g, &taken, driver);
        }
        if (!whole) {
                taken.n = 0;
                add(&taken, function);
        }
        d = draft_for(g, SECTION_DEVICE, function);
        for (size_t i = 0; i < taken.n; i++)
                draft_about(g, d, taken.items[i]);
        draft_selector(g, d, function);
        if (whole)
                strbuf_add(&d->keys, "functions = all\n");
        finish(g, d, &taken, driver);
}
