/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [sriov] sections: the number of VFs and the driver that most of them have; what single VFs have is in [vf] sections.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "device/netdev.h"
#include "import/generate-internal.h"

#define CLASS_ETHERNET 0x0200
#define ETHERNET_MTU 1500

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

static struct driver_count *find_count(const struct driver_counts *counts, const char *driver)
{
        for (size_t i = 0; i < counts->n; i++)
                if (streq(counts->items[i].driver, driver))
                        return &counts->items[i];
        return NULL;
}

/* The driver that most VFs have; of as many, the first. */
static const char *most_common(struct generator *g, size_t pf)
{
        CLEANUP(counts_clear) struct driver_counts counts = { 0 };
        const struct driver_count *best = NULL;

        for (unsigned i = 0; i < g->wishes[pf].vfs; i++) {
                const char *driver = vf_driver(g, pf, i);
                struct driver_count *c = find_count(&counts, driver);

                if (!c)
                        c = ARRAY_APPEND(counts.items, counts.n, counts.alloc);
                c->driver = driver;
                c->n++;
        }
        for (size_t i = 0; i < counts.n; i++)
                if (!best || counts.items[i].n > best->n)
                        best = &counts.items[i];
        return best ? best->driver : NULL;
}

/* Whether a VF that is made again would not have the value by itself. Whether it checks for spoofed packets, and its
 * number of vectors, is each driver's own choice. */
static bool is_of_note(const struct values *v, enum property p)
{
        switch (p) {
        case PROPERTY_SPOOFCHK:
        case PROPERTY_MSIX_COUNT:
                return true;
        case PROPERTY_QOS:
                return v->value[PROPERTY_VLAN] != 0 && v->value[p] != 0;
        case PROPERTY_MIN_TX_RATE:
                return v->value[p] != 0 &&
                       (v->value[PROPERTY_MAX_TX_RATE] == 0 || v->value[p] <= v->value[PROPERTY_MAX_TX_RATE]);
        case PROPERTY_VLAN_PROTOCOL:
                return v->value[PROPERTY_VLAN] != 0 && v->value[p] != 0x8100; /* linux/if_ether.h: ETH_P_8021Q */
        default:
                return v->value[p] != 0;
        }
}

/* Whether another VF has the same, which no configuration may say. */
static bool is_mac_of_another(const struct generator *g, const struct values *v)
{
        for (size_t i = 0; i < g->inv->n_functions; i++) {
                const struct values *other = g->inv->functions[i].values;

                if (other && other != v && (other->known & PROPERTY_BIT(PROPERTY_MAC)) &&
                    other->value[PROPERTY_MAC] == v->value[PROPERTY_MAC])
                        return true;
        }
        return false;
}

/* What is set of it, as far as a configuration can say so. */
static void add_settings(struct generator *g, size_t vf, struct strbuf *keys)
{
        const struct values *v = g->inv->functions[vf].values;

        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                CLEANUP_STRBUF struct strbuf value = { 0 };
                uint64_t same;

                if (!(v->known & ~v->lacking & PROPERTY_BIT(p)) || !is_of_note(v, p))
                        continue;
                values_format(v, PROPERTY_BIT(p), &value);
                if (p == PROPERTY_MAC && is_mac_of_another(g, v))
                        generate_note(g, NULL, "the MAC %s of %s, which another VF has too", value.text,
                                      ADDRESS_OF(&g->inv->functions[vf]));
                else if (property_parse(p, value.text, &same) == 0)
                        strbuf_addf(keys, "%s = %s\n", property_name(p), value.text);
        }
}

/* [vf up/3], or [vf up/3-7] where those before it in a row are the same. */
static void name_vfs(struct draft *d, const char *section, unsigned first, unsigned last)
{
        free(d->name);
        d->name = first == last ? xasprintf("%s/%u", section, first) : xasprintf("%s/%u-%u", section, first, last);
}

/* What VFs have that their PF's section does not say: another driver than most, and settings. */
static void generate_vfs(struct generator *g, size_t pf)
{
        const struct wish *w = &g->wishes[pf];
        struct draft *last = NULL; /* of the VF before */
        unsigned first = 0;

        for (unsigned i = 0; i < w->vfs; i++) {
                size_t vf = vf_at(g, pf, i);
                CLEANUP_STRBUF struct strbuf keys = { 0 };

                if (vf != NO_INDEX && !streq(vf_driver(g, pf, i), w->base))
                        strbuf_addf(&keys, "driver = %s\n", vf_driver(g, pf, i));
                if (vf != NO_INDEX && g->inv->functions[vf].vf_read)
                        add_settings(g, vf, &keys);
                if (!keys.text)
                        last = NULL;
                else if (last && streq_ptr(last->keys.text, keys.text)) {
                        strbuf_free(&last->above);
                        name_vfs(last, w->section, first, i);
                } else {
                        first = i;
                        last = draft_new(g, SECTION_VF, w->section);
                        name_vfs(last, w->section, i, i);
                        draft_about(g, last, vf);
                        strbuf_add(&last->keys, keys.text);
                }
        }
}

/* What is set of the PF itself. */
static void add_pf_settings(struct generator *g, struct draft *d, const struct pci_function *f)
{
        const struct netdev *n = netdev_of(f);
        uint64_t mtu =
                f->values && values_have(f->values, PROPERTY_MTU) ? f->values->value[PROPERTY_MTU] : ETHERNET_MTU;

        if (eswitch_of(f->values) == ESWITCH_SWITCHDEV)
                strbuf_add(&d->keys, "eswitch = switchdev\n");
        if (n && f->class >> 8 == CLASS_ETHERNET && mtu != ETHERNET_MTU && mtu >= properties[PROPERTY_MTU].min &&
            mtu <= properties[PROPERTY_MTU].max)
                strbuf_addf(&d->keys, "mtu = %u\n", (unsigned) mtu);
        if (n && f->vf_error)
                generate_note(g, NULL, "VF settings of %s: failed to read them (%s)", ADDRESS_OF(f),
                              f->vf_error == ENODATA ? "not reported by the driver" : strerrordesc_np(f->vf_error));
        if (f->eswitch_error)
                generate_note(g, NULL, "eswitch mode of %s: failed to read it (%s)", ADDRESS_OF(f),
                              strerrordesc_np(f->eswitch_error));
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
        d = draft_for(g, SECTION_SRIOV, pf);
        w->section = d->name;
        w->done = true;
        draft_about(g, d, pf);
        draft_selector(g, d, pf);
        strbuf_addf(&d->keys, "vfs = %u\nvf-driver = %s\n", w->vfs, w->base);
        add_pf_settings(g, d, f);
        for (unsigned i = 0; i < w->vfs; i++)
                if (vf_at(g, pf, i) != NO_INDEX)
                        g->wishes[vf_at(g, pf, i)].done = true;
        if (f->numvfs == w->vfs)
                draft_group(g, d, f->vfs, f->numvfs);
        generate_vfs(g, pf);
}
