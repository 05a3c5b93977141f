/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is of a thing, why that differs from what is wanted, and what it was before. */
#include <limits.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "device/vgpu.h"
#include "explain/explain-internal.h"
#include "view/rows-internal.h"

#define LISTED_MAX 4 /* functions or mdevs named on one row; the rest is counted */

/* A driver is named as its module, or with dashes; what is loaded tells its module. */
static bool is_own_driver(const struct explain_facts *facts, const char *driver)
{
        for (size_t i = 0; i < facts->n_modules; i++) {
                const char *a = facts->modules[i].name, *b = facts->driver_module ? facts->driver_module : driver;

                while (*a && (*a == *b || (*a == '_' && *b == '-'))) {
                        a++;
                        b++;
                }
                if (*a == *b)
                        return true;
        }
        return false;
}

static void add_driver(const struct explanation *e, const struct pci_function *f, struct strbuf *b)
{
        bool is_pf = explain_is_whole(&e->subject) && e->subject.item->section->kind == SECTION_SRIOV;

        strbuf_add(b, explain_driver_word(f->driver));
        if (f->driver && is_own_driver(e->facts, f->driver))
                strbuf_add(b, ", its own driver");
        if (f->driver_override)
                strbuf_addf(b, "; driver_override is %s", f->driver_override);
        else if (driver_is_vfio(f->driver))
                strbuf_add(b, "; driver_override is not set: ids= or new_id bound it");
        else if (!is_pf)
                strbuf_add(b, "; driver_override is not set");
}

static void add_mdev_now(const struct inventory *inv, const struct explain_subject *s, struct strbuf *b)
{
        const struct mdev_device *m = inventory_find_mdev(inv, s->uuid);

        if (!m) {
                strbuf_add(b, "not there");
                return;
        }
        strbuf_addf(b, "exists, of type %s", m->type ? m->type : "unknown");
        if (m->parent != NO_INDEX)
                strbuf_addf(b, ", on %s", inv->parents[m->parent].name);
}

static void add_vgpu_now(const struct inventory *inv, const struct mdev_parent *vf, struct strbuf *b)
{
        const char *name = vgpu_type_name(inv, vf, vf->current);

        if (vf->current == 0)
                strbuf_add(b, "no vGPU");
        else
                strbuf_addf(b, "a vGPU of type %u%s%s%s", vf->current, name ? " (" : "", name ? name : "",
                            name ? ")" : "");
}

static void add_parent_now(const struct inventory *inv, size_t parent, struct strbuf *b)
{
        const struct mdev_parent *p = &inv->parents[parent];
        size_t n = 0;

        for (size_t i = 0; i < inv->n_mdevs; i++)
                n += inv->mdevs[i].parent == parent;
        if (p->vgpu)
                add_vgpu_now(inv, p, b);
        else
                strbuf_addf(b, "%zu %s", n, n == 1 ? "mdev" : "mdevs");
        for (size_t i = 0; i < p->n_types; i++) {
                strbuf_addf(b, "%s%s", i == 0 ? "; types: " : ", ", p->types[i].id);
                if (p->types[i].available != UINT_MAX) /* it can be read */
                        strbuf_addf(b, " (%u free)", p->types[i].available);
        }
}

/* A device on another bus, refused or not: "xgmac; driver_override is not set" */
static void add_bus_now(const struct inventory *inv, const struct config_section *s, struct strbuf *b)
{
        size_t i = inventory_find_bus_device(inv, s->bus, s->selector.text);
        const struct bus_device *d = i == NO_INDEX ? NULL : &inv->bus_devices[i];

        if (!d)
                return;
        strbuf_add(b, explain_driver_word(d->driver));
        if (d->overridable)
                strbuf_addf(b, "; driver_override is %s", d->driver_override ? d->driver_override : "not set");
}

void explain_now(const struct explain_input *in, const struct explanation *e, struct strbuf *b)
{
        const struct explain_subject *s = &e->subject;
        const struct inventory *inv = in->inventory;
        char address[PCI_ADDRESS_MAX];

        if (s->has_uuid)
                add_mdev_now(inv, s, b);
        else if (s->parent != NO_INDEX)
                add_parent_now(inv, s->parent, b);
        else if (s->function != NO_INDEX) {
                const struct pci_function *f = &inv->functions[s->function];

                const struct mdev_parent *parent = inventory_parent_of(inv, s->function);
                const struct plan_item *maker = plan_item_of_vgpu(in->plan, s->function);

                add_driver(e, f, b);
                if (parent && parent->vgpu) {
                        strbuf_add(b, "; ");
                        add_vgpu_now(inv, parent, b);
                        if (maker)
                                strbuf_addf(b, ", for [mdev %s]", maker->section->name);
                }
                if (explain_is_whole(s) && s->item->section->kind == SECTION_SRIOV &&
                    s->item->verdict != VERDICT_ABSENT && s->item->verdict != VERDICT_DISABLED) {
                        strbuf_add(b, "; ");
                        add_actual(b, s->item, inv);
                } else if (f->sriov && f->numvfs > 0)
                        strbuf_addf(b, "; %u VFs", f->numvfs);
        } else if (explain_new_vf(s))
                strbuf_addf(b, "missing: %s has %u VFs",
                            pci_address_format(&inv->functions[s->item->pf].address, address),
                            inv->functions[s->item->pf].numvfs);
        else if (s->item->section->bus != BUS_PCI)
                add_bus_now(inv, s->item->section, b);
        else
                add_actual(b, s->item, inv);
        if (b->len == 0)
                strbuf_add(b, s->item && s->item->section->kind == SECTION_MDEV ? "no mdev" : "not there");
}

/* For which VM a section that is not for boot is in force. */
static void add_hold(const struct explain_input *in, const struct plan_item *item, struct strbuf *b)
{
        CLEANUP_FREE char *key = config_section_key(item->section);
        const struct state_hold *hold = in->state ? state_find_hold(in->state, key) : NULL;

        if (hold)
                strbuf_add(b, hold->vm ? ", for " : ", by hand");
        state_hold_add_vm(b, hold);
}

void explain_why(const struct explain_input *in, const struct explanation *e, struct strbuf *b)
{
        const struct plan_item *item = e->subject.item;

        switch (e->status) {
        case STATUS_OK:
                strbuf_add(b, "as configured");
                add_hold(in, item, b);
                break;
        case STATUS_DRIFT:
                if (e->subject.claim && !e->subject.claim->change && !e->subject.claim->set)
                        strbuf_add(b, "this one is as configured, others of the section are not");
                else
                        add_drift(b, in->plan, item, in->inventory);
                if (b->len == 0)
                        strbuf_add(b, "apply would make it so");
                break;
        case STATUS_ABSENT:
        case STATUS_WAITING:
        case STATUS_REFUSED:
                add_reason(b, in->plan, item, in->inventory, in->state);
                add_place(b, item);
                break;
        case STATUS_FAILED:
        case STATUS_STUCK:
                add_reason(b, in->plan, item, in->inventory, in->state);
                break;
        case STATUS_DISABLED:
                strbuf_add(b, item->section->skipped                   ? "passthru.skip= is on the kernel command line"
                              : item->section->enabled && item->reason ? item->reason
                                                                       : "enabled = no");
                break;
        case STATUS_ON_DEMAND:
                add_reason(b, in->plan, item, in->inventory, in->state);
                break;
        case STATUS_RELEASED:
                strbuf_add(b, "passthru-setup release gave it back");
                break;
        }
}

void explain_along(const struct explain_input *in, const struct plan_item *item, struct strbuf *b)
{
        size_t n = item->section->kind == SECTION_DEVICE ? item->n_claims : 0, shown = 0;
        char text[UUID_TEXT_MAX];

        for (size_t i = 1; i < n && item->claims[i].function != NO_INDEX; i++) {
                const struct pci_function *f = &in->inventory->functions[item->claims[i].function];

                if (shown++ < LISTED_MAX)
                        strbuf_addf(b, "%s%s on %s", shown > 1 ? ", " : "", pci_address_format(&f->address, text),
                                    explain_driver_word(f->driver));
        }
        for (size_t i = 1; i < item->n_bus_claims; i++) {
                const struct bus_device *d = &in->inventory->bus_devices[item->bus_claims[i].device];

                if (shown++ < LISTED_MAX)
                        strbuf_addf(b, "%s%s on %s", shown > 1 ? ", " : "", d->name, explain_driver_word(d->driver));
        }
        for (size_t i = 0; i < item->n_mdevs; i++)
                if ((item->mdevs[i].known || item->mdevs[i].vgpu) && shown++ < LISTED_MAX)
                        strbuf_addf(b, "%s%s is %s", shown > 1 ? ", " : "",
                                    item->mdevs[i].vgpu ? in->inventory->parents[item->mdevs[i].parent].name
                                                        : uuid_format(item->mdevs[i].uuid, text),
                                    item->mdevs[i].exists ? "there" : "to come");
        if (shown > LISTED_MAX)
                strbuf_addf(b, " and %zu more", shown - LISTED_MAX);
        /* All of them, to be noted by whoever runs DHCP. */
        for (size_t i = 0; item->section->kind == SECTION_SRIOV && i < item->n_claims; i++) {
                const struct plan_claim *c = &item->claims[i];
                char mac[PROPERTY_TEXT_MAX];

                if (c->values && values_have(c->values, PROPERTY_MAC))
                        strbuf_addf(b, "%sVF %u %s", b->len > 0 ? ", " : "", c->vf_index,
                                    property_value(PROPERTY_MAC, c->values->value[PROPERTY_MAC], mac));
        }
}

/* What the state keeps: what there was before it was taken. */
void explain_before(const struct explain_input *in, const struct explanation *e, struct strbuf *b)
{
        const struct explain_subject *s = &e->subject;
        const struct state_device *d =
                s->function == NO_INDEX ? NULL
                                        : state_find_device(in->state, &in->inventory->functions[s->function].address);
        const struct state_mdev *m = s->has_uuid ? state_find_mdev(in->state, s->uuid) : NULL;
        const struct config_section *section = s->item && s->item->section->bus != BUS_PCI ? s->item->section : NULL;
        const struct state_bus_device *bus =
                section && section->selector.text
                        ? state_find_bus_device(in->state, section->bus, section->selector.text)
                        : NULL;

        if (bus)
                strbuf_add(b, explain_driver_word(bus->driver));
        if (m)
                strbuf_add(b, "missing: passthru-setup created it");
        if (!d)
                return;
        if (d->has_numvfs)
                strbuf_addf(b, "%u VFs", d->numvfs);
        else if (d->early)
                strbuf_add(b, "no driver: it was claimed before its own driver was loaded");
        else if (d->has_driver)
                strbuf_add(b, explain_driver_word(d->driver));
}
