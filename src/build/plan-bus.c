/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [device] on another bus than PCI: which devices a section takes, what keeps it from it, and the steps. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "build/plan-internal.h"

static void claim(struct builder *b, struct plan_item *item, size_t device)
{
        struct plan_bus_claim *c = ARRAY_APPEND(item->bus_claims, item->n_bus_claims, item->alloc_bus_claims);

        c->device = device;
        if (item_is_open(item))
                b->bus_owner[device] = item_index(b, item);
}

static bool wants_group(const struct plan_item *item)
{
        return bus_has_groups(item->section->bus) && driver_is_vfio(item->section->driver);
}

/* Without it nothing would keep its own driver from it, nor let another have it. */
static void refuse_without_override(struct plan_item *item, const struct bus_device *d)
{
        if (d->bus == BUS_AP)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s has no driver_override: with this kernel a queue goes to vfio_ap by the "
                          "masks apmask and aqmask under /sys/bus/ap (chzdev sets them)",
                          d->name);
        else
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s has no driver_override: this kernel can't say which driver a device of the "
                          "bus %s is for",
                          d->name, bus_name(d->bus));
}

void plan_bus_resolve(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        size_t device = inventory_find_bus_device(b->inv, s->bus, s->selector.text);
        const struct bus_device *d = device == NO_INDEX ? NULL : &b->inv->bus_devices[device];

        if (!d) {
                item_fail(item, VERDICT_ABSENT, NULL, "no device %s under /sys/bus/%s/devices", s->selector.text,
                          bus_name(s->bus));
                return;
        }
        if (d->error) {
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read %s (%s)", d->name, strerrordesc_np(d->error));
                return;
        }
        if (!d->overridable)
                refuse_without_override(item, d);
        if (wants_group(item) && d->group == NO_GROUP && !noiommu_wanted(b->in->config))
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s has no IOMMU group, which %s needs: it is behind no IOMMU, or the kernel has no driver "
                          "for that IOMMU",
                          d->name, s->driver);
        claim(b, item, device);
}

/* What is in an fsl-mc container is made by the container's driver, and goes with it to VFIO's. */
static bool goes_with(const struct bus_device *m, const struct bus_device *d)
{
        const char *rest = d->bus == BUS_FSL_MC && m->path && d->path ? after_prefix(m->path, d->path) : NULL;

        return rest && *rest == '/';
}

static bool shares_group(const struct bus_device *m, const struct bus_device *d)
{
        return m != d && d->group != NO_GROUP && m->group == d->group && !goes_with(m, d);
}

static struct plan_item *owner_of(struct builder *b, size_t device)
{
        size_t owner = b->bus_owner[device];
        struct plan_item *item = owner == NO_INDEX ? NULL : &b->plan->items[owner];

        return item && item_is_open(item) ? item : NULL;
}

/* group = whole: the members on the same bus, which is all that the section's driver can take. */
static void extend(struct builder *b, struct plan_item *item)
{
        const struct bus_device *d = &b->inv->bus_devices[item->bus_claims[0].device];

        if (item->section->group != GROUP_WHOLE || !wants_group(item))
                return;
        for (size_t i = 0; i < b->inv->n_bus_devices; i++) {
                const struct bus_device *m = &b->inv->bus_devices[i];

                if (shares_group(m, d) && m->bus == d->bus && m->overridable && !m->error && !owner_of(b, i))
                        claim(b, item, i);
        }
}

static bool is_claimed(const struct plan_item *item, size_t device)
{
        for (size_t i = 0; i < item->n_bus_claims; i++)
                if (item->bus_claims[i].device == device)
                        return true;
        return false;
}

/* Appends "fff52000.dma (pl330)", … for the members that would keep the group from VFIO; returns how many there are.
 */
static size_t add_blockers(struct builder *b, const struct plan_item *item, const struct bus_device *d,
                           struct strbuf *text)
{
        const size_t *members;
        size_t n = 0, n_members;

        for (size_t i = 0; i < b->inv->n_bus_devices; i++) {
                const struct bus_device *m = &b->inv->bus_devices[i];
                const struct plan_item *owner = owner_of(b, i);
                const char *driver = owner ? owner->section->driver : m->driver;

                if (!shares_group(m, d) || (!m->error && driver_is_viable(driver)) || is_claimed(item, i))
                        continue;
                strbuf_addf(text, "%s%s (%s)", n++ > 0 ? ", " : "", m->name,
                            m->error ? strerrordesc_np(m->error) : driver);
        }
        members = inventory_group(b->inv, d->group, &n_members);
        for (size_t i = 0; i < n_members && d->group != NO_GROUP; i++) {
                const char *driver = final_driver(b, members[i]);

                if (!driver_is_viable(driver))
                        strbuf_addf(text, "%s%s (%s)", n++ > 0 ? ", " : "",
                                    ADDRESS_TEXT(&b->inv->functions[members[i]]), driver);
        }
        return n;
}

/* False: the item was refused. */
static bool check_group(struct builder *b, struct plan_item *item)
{
        const struct bus_device *d = &b->inv->bus_devices[item->bus_claims[0].device];
        CLEANUP_STRBUF struct strbuf text = { 0 };
        size_t n;

        if (item->section->group == GROUP_IGNORE || !wants_group(item) || d->group == NO_GROUP)
                return true;
        n = add_blockers(b, item, d, &text);
        if (n == 0)
                return true;
        item_fail(item, VERDICT_REFUSED,
                  config_has(item->section, KEY_GROUP) ? config_loc_of(item->section, KEY_GROUP) : NULL,
                  "IOMMU group %d also contains %s, so no VM can open it%s", d->group, text.text,
                  item->section->group == GROUP_WHOLE ? ""
                  : n > 1                             ? "; set group = whole to include those of its bus"
                                                      : "; set group = whole to include it, if it is on the same bus");
        return false;
}

static void note_group(struct builder *b, struct plan_item *item)
{
        const struct bus_device *d = &b->inv->bus_devices[item->bus_claims[0].device];

        if (d->group == NO_GROUP)
                return;
        if (item->n_bus_claims > 1)
                item_note(item, "group %d: with %zu more", d->group, item->n_bus_claims - 1);
        else
                item_note(item, "group %d: alone", d->group);
}

static bool is_open_claim(const struct plan_item *item)
{
        return item->n_bus_claims > 0 && item_is_open(item);
}

static bool is_refused_claim(const struct plan_item *item)
{
        return item->n_bus_claims > 0 && item->verdict == VERDICT_REFUSED;
}

void plan_bus_groups(struct builder *b)
{
        struct plan *plan = b->plan;
        CLEANUP_FREE bool *refused = xcalloc(plan->n_items + 1, sizeof(*refused));
        bool again = b->inv->n_bus_devices > 0;

        for (size_t i = 0; i < plan->n_items; i++) {
                refused[i] = is_refused_claim(&plan->items[i]);
                if (refused[i] || is_open_claim(&plan->items[i]))
                        extend(b, &plan->items[i]);
        }
        /* A refusal leaves a device on its driver, which may be what refuses the next one: until nothing changes. */
        while (again) {
                again = false;
                for (size_t i = 0; i < plan->n_items; i++)
                        if (is_open_claim(&plan->items[i]) && !check_group(b, &plan->items[i]))
                                again = true;
        }
        for (size_t i = 0; i < plan->n_items; i++)
                if (refused[i])
                        (void) check_group(b, &plan->items[i]);
                else if (is_open_claim(&plan->items[i]))
                        note_group(b, &plan->items[i]);
}

/* mdevs are lost with their parent's driver, and an open one keeps the kernel waiting. */
static void check_bus_mdevs(struct builder *b, struct plan_item *item, const struct bus_device *d)
{
        CLEANUP_FREE size_t *mdevs = xcalloc(b->inv->n_mdevs + 1, sizeof(*mdevs));
        size_t n = 0;

        for (size_t i = 0; i < b->inv->n_mdevs; i++) {
                const struct mdev_device *m = &b->inv->mdevs[i];

                if (m->parent != NO_INDEX && streq_ptr(b->inv->parents[m->parent].path, d->path))
                        mdevs[n++] = i;
        }
        refuse_mdevs(b, item, d->name, mdevs, n);
}

static struct plan_step *add_bus_step(struct builder *b, const struct plan_item *item, const struct bus_device *d,
                                      enum step_kind kind, const char *old, const char *value)
{
        struct plan_step *step = add_step(b, item, PHASE_DEVICE_DRIVER, kind, old, value);

        step_set(step, d->name, NULL);
        step->bus = d->bus;
        return step;
}

/* The override comes with the rest and not in a phase of its own: nothing of these is claimed while others are waited
 * for, and it stands before the unbind all the same. */
static void steps_of(struct builder *b, struct plan_item *item, struct plan_bus_claim *c)
{
        const struct bus_device *d = &b->inv->bus_devices[c->device];
        const char *want = item->section->driver, *have = d->driver_override ? d->driver_override : "";

        c->change = !streq(have, want) || !streq_ptr(d->driver, want);
        if (!streq(have, want))
                (void) add_bus_step(b, item, d, STEP_OVERRIDE, have, want);
        if (streq_ptr(d->driver, want))
                return;
        if (!inventory_has_bus_driver(b->inv, d->bus, want))
                need_module_of(b, item, want);
        if (d->driver) {
                struct plan_step *step = add_bus_step(b, item, d, STEP_UNBIND, d->driver, want);

                step->guarded = driver_is_vfio(d->driver);
        }
        (void) add_bus_step(b, item, d, STEP_BIND, d->driver, want);
}

void plan_bus_check(struct builder *b, struct plan_item *item)
{
        for (size_t i = 0; i < item->n_bus_claims; i++) {
                const struct bus_device *d = &b->inv->bus_devices[item->bus_claims[i].device];

                if (d->driver && !streq(d->driver, item->section->driver))
                        check_bus_mdevs(b, item, d);
        }
}

void plan_bus_steps(struct builder *b, struct plan_item *item)
{
        for (size_t i = 0; i < item->n_bus_claims; i++)
                steps_of(b, item, &item->bus_claims[i]);
}
