/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev] sections: mdevs that are there, and those that mdevctl makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "device/vgpu.h"
#include "import/generate-internal.h"

/* An mdev to have a section. */
struct wanted {
        const uint8_t *uuid;                /* NULL: a vGPU that is the VF itself */
        const char *type, *parent;          /* the type's id; a name under /sys/class/mdev_bus */
        const struct mdev_parent *offering; /* NULL: it is not there */
        const struct rival *rival;          /* mdevctl's definition, or NULL */
        bool by_hand;                       /* mdevctl makes it only when told to */
};

/* mdevctl's definition of an mdev, or NULL. */
static const struct rival *find_definition(const struct generator *g, const uint8_t uuid[static 16])
{
        for (size_t i = 0; i < g->in->rivals->n; i++) {
                const struct rival *rival = &g->in->rivals->items[i];

                if (rival->kind == RIVAL_MDEVCTL && memcmp(rival->uuid, uuid, sizeof(rival->uuid)) == 0)
                        return rival;
        }
        return NULL;
}

/* The PCI function that the parent is, also where it offers nothing now. */
static size_t parent_function(const struct generator *g, const struct wanted *m)
{
        struct pci_address address;

        if (m->offering)
                return m->offering->function;
        return pci_address_parse(m->parent, false, &address, NULL) < 0 ? NO_INDEX
                                                                       : inventory_find_index(g->inv, &address);
}

/* NULL, or why there can be no section. */
static const char *obstacle(const struct generator *g, const struct wanted *m, size_t function)
{
        const struct pci_function *f = function == NO_INDEX ? NULL : &g->inv->functions[function];
        const struct wish *pf = f && f->physfn != NO_INDEX ? &g->wishes[f->physfn] : NULL;

        if (!is_plain_value(m->type) || strchr(m->type, '/') || m->type[0] == '.')
                return "its type can't be written in a line of this file";
        if (!is_plain_value(m->parent))
                return "its parent can't be written in a line of this file";
        if ((f && g->wishes[function].driver && !streq(g->wishes[function].driver, DRIVER_HOST)) ||
            (pf && pf->section && !g->wishes[function].driver && !streq(pf->base, DRIVER_HOST)))
                return "its parent needs its own driver, but is bound to another";
        for (size_t i = 0; m->rival && i < m->rival->n_attrs; i++) {
                const char *name = m->rival->attrs[i].name;

                if (!is_plain_value(name) || name[0] == '.' || strpbrk(name, "/= ") ||
                    !is_plain_value(m->rival->attrs[i].value))
                        return "its attributes can't be written in lines of this file";
        }
        return NULL;
}

static void add_parent(struct generator *g, struct draft *d, const struct wanted *m, size_t function)
{
        const struct pci_function *f = function == NO_INDEX ? NULL : &g->inv->functions[function];
        const struct wish *pf = f && f->physfn != NO_INDEX ? &g->wishes[f->physfn] : NULL;

        if (!m->offering)
                add_comment(&d->above, "%s offers no mdevs now.", m->parent);
        if (pf && pf->section)
                strbuf_addf(&d->keys, "parent = %s/%u\n", pf->section, f->vf_index);
        else if (f)
                draft_selector(g, d, function);
        else
                strbuf_addf(&d->keys, "parent = %s\n", m->parent);
}

static const char *type_name(const struct generator *g, const struct wanted *m)
{
        unsigned number;

        if (!m->uuid)
                return vgpu_type_number(m->type, &number) ? vgpu_type_name(g->inv, m->offering, number) : NULL;
        for (size_t i = 0; m->offering && i < m->offering->n_types; i++)
                if (streq(m->offering->types[i].id, m->type))
                        return m->offering->types[i].name;
        return NULL;
}

static void generate_mdev(struct generator *g, const struct wanted *m)
{
        size_t function = parent_function(g, m);
        const char *why = obstacle(g, m, function), *name = type_name(g, m);
        char uuid[UUID_TEXT_MAX] = "";
        struct draft *d;

        if (m->uuid)
                (void) uuid_format(m->uuid, uuid);
        if (why) {
                generate_note(g, m->rival, "the %s%s of type %s on %s: %s", m->uuid ? "mdev " : "vGPU", uuid, m->type,
                              m->parent, why);
                return;
        }
        d = draft_new(g, SECTION_MDEV, m->uuid ? m->type : "vgpu");
        add_comment(&d->above, "%s%s%s%s on %s", m->type, name ? " (" : "", name ? name : "", name ? ")" : "",
                    m->parent);
        add_parent(g, d, m, function);
        strbuf_addf(&d->keys, "type = %s\n", m->type);
        if (m->uuid)
                strbuf_addf(&d->keys, "uuid = %s\n", uuid);
        for (size_t i = 0; m->rival && i < m->rival->n_attrs; i++)
                strbuf_addf(&d->keys, "attr = %s=%s\n", m->rival->attrs[i].name, m->rival->attrs[i].value);
        if (m->by_hand) {
                add_comment(&d->above,
                            "mdevctl creates it only on request (start is manual); yes creates it at every boot.");
                strbuf_add(&d->keys, "enabled = no\n");
        }
        if (m->rival)
                g->used[m->rival - g->in->rivals->items] = true;
}

static void generate_running(struct generator *g)
{
        for (size_t i = 0; i < g->inv->n_mdevs; i++) {
                const struct mdev_device *device = &g->inv->mdevs[i];
                char uuid[UUID_TEXT_MAX];
                struct wanted m = {
                        .uuid = device->uuid,
                        .type = device->type,
                        .offering = device->parent == NO_INDEX ? NULL : &g->inv->parents[device->parent],
                        .rival = find_definition(g, device->uuid),
                };

                if (!m.offering || !m.type) {
                        generate_note(g, NULL, "mdev %s: failed to read its parent or its type",
                                      uuid_format(device->uuid, uuid));
                        continue;
                }
                m.parent = m.offering->name;
                generate_mdev(g, &m);
        }
        for (size_t i = 0; i < g->inv->n_parents; i++) {
                const struct mdev_parent *vf = &g->inv->parents[i];
                char type[16];

                (void) snprintf(type, sizeof(type), "%u", vf->current);
                if (vf->vgpu && vf->current > 0)
                        generate_mdev(g, &(struct wanted){ .type = type, .parent = vf->name, .offering = vf });
        }
}

void generate_mdevs(struct generator *g)
{
        const struct rivals *rivals = g->in->rivals;

        if (g->in->from & FROM_RUNNING)
                generate_running(g);
        for (size_t i = 0; i < rivals->n && g->in->from & FROM_RIVAL(RIVAL_MDEVCTL); i++) {
                const struct rival *rival = &rivals->items[i], *first;
                struct wanted m = { rival->uuid, rival->type, rival->parent, NULL, rival, !rival->in_force };

                if (rival->kind != RIVAL_MDEVCTL)
                        continue;
                first = find_definition(g, rival->uuid);
                if (first && first != rival)
                        generate_note(g, rival, "%s has the same UUID", first->file);
                else if (!(g->in->from & FROM_RUNNING) || !inventory_find_mdev(g->inv, rival->uuid)) {
                        m.offering = inventory_find_parent(g->inv, rival->parent);
                        generate_mdev(g, &m);
                }
        }
}
