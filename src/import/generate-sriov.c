/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [sriov] sections: the number of VFs and the driver that most of them have; the others have a section each. */
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/macro.h"
#include "import/generate-internal.h"

struct driver_count {
        const char *driver;
        unsigned n;
};

struct driver_counts {
        struct driver_count *items;
        size_t n, alloc;
};

static void counts_clear(struct driver_counts *c)
{
        free(c->items);
}

/* A VF that is there and stays, or NO_INDEX: it is still to be made. */
static size_t vf_at(const struct generator *g, size_t pf, unsigned i)
{
        const struct pci_function *f = &g->inv->functions[pf];

        return f->numvfs == g->wishes[pf].vfs ? f->vfs[i] : NO_INDEX;
}

static const char *vf_driver(const struct generator *g, size_t pf, unsigned i)
{
        size_t vf = vf_at(g, pf, i);

        return vf == NO_INDEX ? g->wishes[pf].vf_driver : g->wishes[vf].driver;
}

/* A driver that a single VF can't be given by a section of its own. */
static bool is_for_all_only(const char *driver)
{
        return streq(driver, DRIVER_HOST) || streq(driver, DRIVER_NONE);
}

static struct driver_count *find_count(const struct driver_counts *counts, const char *driver)
{
        for (size_t i = 0; i < counts->n; i++)
                if (streq(counts->items[i].driver, driver))
                        return &counts->items[i];
        return NULL;
}

/* The driver that most VFs have; of as many, one that only all can have. NULL: memory is out. */
static const char *most_common(struct generator *g, size_t pf)
{
        CLEANUP(counts_clear) struct driver_counts counts = { 0 };
        const struct driver_count *best = NULL;

        for (unsigned i = 0; i < g->wishes[pf].vfs; i++) {
                const char *driver = vf_driver(g, pf, i);
                struct driver_count *c = find_count(&counts, driver);

                if (!c)
                        c = ARRAY_APPEND(counts.items, counts.n, counts.alloc);
                if (!c)
                        return NULL;
                c->driver = driver;
                c->n++;
        }
        for (size_t i = 0; i < counts.n; i++)
                if (!best || counts.items[i].n > best->n ||
                    (counts.items[i].n == best->n && is_for_all_only(counts.items[i].driver)))
                        best = &counts.items[i];
        return best ? best->driver : NULL;
}

/* A VF that has another driver than most. */
static void generate_other_vf(struct generator *g, size_t pf, unsigned i)
{
        const struct wish *w = &g->wishes[pf];
        size_t vf = vf_at(g, pf, i);
        const char *driver = vf_driver(g, pf, i);
        CLEANUP_FREE char *base = NULL;
        struct draft *d;

        if (is_for_all_only(driver)) {
                generate_note(g, NULL,
                              "VF %u of %s (%s) has %s: it goes to %s as the others do, for no key leaves out a "
                              "single VF",
                              i, ADDRESS_OF(&g->inv->functions[pf]), ADDRESS_OF(&g->inv->functions[vf]),
                              streq(driver, DRIVER_NONE) ? "no driver" : "its own driver", w->base);
                g->wishes[vf].driver = w->base;
                return;
        }
        if (asprintf(&base, "%s-vf%u", w->section, i) < 0) {
                base = NULL;
                g->out_of_memory = true;
                return;
        }
        d = draft_new(g, SECTION_DEVICE, base);
        if (!d)
                return;
        draft_about(g, d, vf);
        strbuf_addf(&d->keys, "address = %s/%u\n", w->section, i);
        if (!streq(driver, DRIVER_VFIO))
                strbuf_addf(&d->keys, "driver = %s\n", driver);
        draft_group(g, d, &vf, 1);
}

void generate_sriov(struct generator *g, size_t pf)
{
        const struct pci_function *f = &g->inv->functions[pf];
        struct wish *w = &g->wishes[pf];
        struct draft *d;

        for (unsigned i = 0; i < w->vfs; i++) {
                size_t vf = vf_at(g, pf, i);

                if (vf != NO_INDEX && !g->wishes[vf].driver)
                        g->wishes[vf].driver = w->vf_driver;
        }
        w->base = most_common(g, pf);
        d = w->base ? draft_for(g, SECTION_SRIOV, pf) : NULL;
        if (!d) {
                g->out_of_memory = true;
                return;
        }
        w->section = d->name;
        w->done = true;
        draft_about(g, d, pf);
        draft_selector(g, d, pf);
        strbuf_addf(&d->keys, "vfs = %u\nvf-driver = %s\n", w->vfs, w->base);
        for (unsigned i = 0; i < w->vfs; i++) {
                size_t vf = vf_at(g, pf, i);

                if (vf != NO_INDEX && !streq(vf_driver(g, pf, i), w->base))
                        generate_other_vf(g, pf, i);
                if (vf != NO_INDEX)
                        g->wishes[vf].done = true;
        }
        if (f->numvfs == w->vfs)
                draft_group(g, d, f->vfs, f->numvfs);
}
