/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving back devices on other buses than PCI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "release/release-internal.h"

bool release_bus_device_is_held(const struct plan *plan, const struct inventory *inv, const struct state_bus_device *d)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (item->verdict == VERDICT_DISABLED)
                        continue;
                /* Refused, it claims nothing; it is still about what it names. */
                if (item->section->bus == d->bus && d->bus != BUS_PCI &&
                    streq_ptr(item->section->selector.text, d->name))
                        return false;
                for (size_t k = 0; k < item->n_bus_claims; k++) {
                        const struct bus_device *claimed = &inv->bus_devices[item->bus_claims[k].device];

                        if (claimed->bus == d->bus && streq(claimed->name, d->name))
                                return false;
                }
        }
        return true;
}

static void add_step(struct releaser *b, enum stage stage, enum step_kind kind, size_t item,
                     const struct bus_device *now, const char *old, const char *value)
{
        struct plan_step *step = release_step(b, stage, kind, PHASE_DEVICE_DRIVER, item, old, value);

        step->bus = now->bus;
        step->guarded = kind == STEP_UNBIND && driver_is_vfio(now->driver);
        replace_string(&step->subject, now->name);
}

/* An mdev on it that is not given back with it: as with PCI, it would be lost, and is removed first by whoever made
 * it. */
static const struct mdev_device *kept_mdev(const struct releaser *b, const struct bus_device *now)
{
        const struct plan *plan = b->out->plan;

        for (size_t i = 0; i < b->inv->n_mdevs; i++) {
                const struct mdev_device *m = &b->inv->mdevs[i];
                bool removed = false;

                if (m->parent == NO_INDEX || !streq_ptr(b->inv->parents[m->parent].path, now->path))
                        continue;
                for (size_t k = 0; k < plan->n_steps; k++)
                        removed = removed || (plan->steps[k].kind == STEP_MDEV_REMOVE &&
                                              memcmp(plan->steps[k].uuid, m->uuid, sizeof(m->uuid)) == 0);
                if (!removed)
                        return m;
        }
        return NULL;
}

static void add_driver(struct releaser *b, size_t item, const struct state_bus_device *d, const struct bus_device *now)
{
        bool known = d->driver && inventory_has_bus_driver(b->inv, d->bus, d->driver);

        if (streq_ptr(now->driver, d->driver))
                return;
        if (now->driver)
                add_step(b, STAGE_DRIVERS, STEP_UNBIND, item, now, now->driver, known ? d->driver : NULL);
        if (!d->driver)
                return;
        /* One whose module has gone is the kernel's to find. */
        if (known)
                add_step(b, STAGE_DRIVERS, STEP_BIND, item, now, now->driver, d->driver);
        else
                add_step(b, STAGE_DRIVERS, STEP_PROBE, item, now, NULL, NULL);
}

/* What there is of it, if it is to be given back. */
static const struct bus_device *find_now(const struct releaser *b, size_t item, const struct state_bus_device *d)
{
        size_t device = inventory_find_bus_device(b->inv, d->bus, d->name);

        if (item == NO_INDEX || device == NO_INDEX ||
            (b->in->held && !release_bus_device_is_held(b->in->held, b->inv, d)))
                return NULL;
        return &b->inv->bus_devices[device];
}

void release_bus_device(struct releaser *b, size_t item, const struct state_bus_device *d)
{
        const struct bus_device *now = find_now(b, item, d);
        const char *override = d->override_ ? d->override_ : "",
                   *have = now && now->driver_override ? now->driver_override : "";
        /* Another has given it another driver since: that stands. */
        bool others = now && now->driver && !streq_ptr(now->driver, d->to);

        if (!now || now->error || (others && !streq_ptr(d->to, have)))
                return;
        if (!streq(have, override))
                add_step(b, STAGE_OVERRIDES, STEP_OVERRIDE, item, now, have, override);
        if (!others)
                add_driver(b, item, d, now);
}

void release_bus_refuse(struct releaser *b, size_t item, const struct state_bus_device *d)
{
        const struct bus_device *now = find_now(b, item, d);
        const struct mdev_device *m = now && !streq_ptr(now->driver, d->driver) ? kept_mdev(b, now) : NULL;
        CLEANUP_FREE char *reason = NULL;
        char uuid[UUID_TEXT_MAX];

        if (now && now->error)
                reason = xasprintf("failed to read %s (%s)", now->name, strerrordesc_np(now->error));
        else if (m)
                reason = xasprintf("%s is the parent of mdev %s, which would be lost: release that first", now->name,
                                   uuid_format(m->uuid, uuid));
        else
                return;
        plan_refuse(b->out->plan, item, reason);
}
