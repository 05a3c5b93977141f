/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that give one function back what it had: its override, its driver, its attributes. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strutil.h"
#include "plan/step-setting.h"
#include "release/release-internal.h"

struct plan_step *release_step(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                               const char *old, const char *value)
{
        return step_list_add(&b->stages[stage], kind, phase, item, old, value);
}

void release_step_at(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                     const struct pci_address *address, const char *old, const char *value, bool guarded)
{
        struct plan_step *step = release_step(b, stage, kind, phase, item, old, value);

        step->has_address = true;
        step->address = *address;
        step->guarded = guarded;
}

struct plan_step *release_set(struct releaser *b, enum stage stage, enum step_phase phase, size_t item,
                              const struct state_device *d, const struct pci_function *f, uint64_t mask)
{
        struct plan_step *step = release_step(b, stage, STEP_SET, phase, item, NULL, NULL);

        step->has_address = true;
        step->address = f->address;
        step_set_changes(step, &d->before, f->values, mask);
        step->guarded = driver_is_vfio(f->driver) && step_row(step)->guarded;
        return step;
}

bool release_goes_with_pf(const struct releaser *b, const struct pci_function *f)
{
        const struct pci_function *pf = f->physfn == NO_INDEX ? NULL : &b->inv->functions[f->physfn];
        const struct state_device *d = pf ? state_find_device(b->in->state, &pf->address) : NULL;

        return d && release_changes_vfs(d, pf) && release_item(b->out, d->section) != NO_INDEX;
}

/* What was set of the device itself and is not as it was. */
static uint64_t differing(const struct state_device *d, const struct pci_function *f)
{
        static const struct values nothing;
        uint64_t mask =
                values_difference(&d->before, f->values ? f->values : &nothing) & property_scope_mask(SCOPE_DEVICE);

        /* Its driver's coming and going sets this one: the step looks again. */
        if (values_have(&d->before, PROPERTY_POWER_CONTROL) && !streq_ptr(f->driver, d->driver))
                mask |= PROPERTY_BIT(PROPERTY_POWER_CONTROL);
        return mask;
}

/* Those that are changed while the function has no driver, or the others. */
static void set_device(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f,
                       bool unbound)
{
        uint64_t mask = differing(d, f);

        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if ((mask & PROPERTY_BIT(p)) && (properties[p].when == WHEN_UNBOUND) == unbound)
                        release_set(b, STAGE_DRIVERS, PHASE_DEVICE_DRIVER, item, d, f, PROPERTY_BIT(p));
}

static bool resizes(const struct state_device *d, const struct pci_function *f)
{
        uint64_t mask = differing(d, f);

        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if ((mask & PROPERTY_BIT(p)) && properties[p].when == WHEN_UNBOUND)
                        return true;
        return false;
}

/* Unbound, resized, and on the driver that it had. The one that it would have had, or whose module has gone, is the kernel's
 * to find. */
static void add_rebind(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f,
                       const char *driver, bool find)
{
        /* A PF that was given a driver to make VFs goes back once they are gone. */
        enum stage stage = f->sriov && d->has_numvfs ? STAGE_PF : STAGE_DRIVERS;
        const char *there = driver && inventory_has_driver(b->inv, driver) ? driver : NULL;

        if (f->driver)
                release_step_at(b, stage, STEP_UNBIND, PHASE_DEVICE_DRIVER, item, &f->address, f->driver,
                                streq_ptr(f->driver, there) ? NULL : there, driver_is_vfio(f->driver));
        set_device(b, item, d, f, true);
        if ((!driver && !find))
                return;
        if (there)
                release_step_at(b, stage, STEP_BIND, PHASE_DEVICE_DRIVER, item, &f->address, f->driver, there,
                                false);
        else
                release_step_at(b, stage, STEP_PROBE, PHASE_DEVICE_DRIVER, item, &f->address, NULL, NULL,
                                false);
}

static void add_override(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        const char *override = d->override_ ? d->override_ : "", *have = f->driver_override ? f->driver_override : "";

        if (!streq(have, override))
                release_step_at(b, STAGE_OVERRIDES, STEP_OVERRIDE, PHASE_OVERRIDE, item, &f->address, have, override,
                                false);
}

static void add_driver(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        const char *have = f->driver_override ? f->driver_override : "";

        /* Another has given it another driver since: that stands. */
        if (f->driver && d->to && !streq(f->driver, d->to)) {
                if (streq(have, d->to))
                        add_override(b, item, d, f);
                return;
        }
        add_override(b, item, d, f);
        if ((streq_ptr(f->driver, d->driver) && !(d->early && !f->driver) && !resizes(d, f)))
                return;
        add_rebind(b, item, d, f, d->driver, d->early);
}

void release_function(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        if (f->physfn != NO_INDEX)
                release_settings(b, item, d, f);
        if (d->has_driver)
                add_driver(b, item, d, f);
        else if (resizes(d, f))
                add_rebind(b, item, d, f, f->driver, false);
        set_device(b, item, d, f, false);
}
