/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that give one function back what it had: its override, its driver, its attributes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strutil.h"
#include "property/bar-size.h"
#include "property/pci-attribute.h"
#include "release/release-internal.h"

struct plan_step *release_step(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                               const char *old, const char *value)
{
        return step_list_add(&b->stages[stage], kind, phase, item, old, value);
}

int release_step_at(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                    const struct pci_address *address, const char *old, const char *value, bool guarded)
{
        struct plan_step *step = release_step(b, stage, kind, phase, item, old, value);

        if (!step)
                return -ENOMEM;
        step->has_address = true;
        step->address = *address;
        step->guarded = guarded;
        return 0;
}

bool release_goes_with_pf(const struct releaser *b, const struct pci_function *f)
{
        const struct pci_function *pf = f->physfn == NO_INDEX ? NULL : &b->inv->functions[f->physfn];
        const struct state_device *d = pf ? state_find_device(b->in->state, &pf->address) : NULL;

        return d && release_changes_vfs(d, pf) && release_item(b->out, d->section) != NO_INDEX;
}

/* What it says now, as far as it was read: what a section sets still. buf is for the size of a BAR. */
static const char *attribute_now(const struct pci_function *f, const char *name, char buf[static BAR_SIZE_MAX])
{
        const struct pci_attributes *now = f->attributes;
        unsigned bar = bar_of_attribute(name);

        if (!now)
                return NULL;
        if (bar < PCI_BARS)
                return now->bars[bar].size > 0 ? bar_size_format(now->bars[bar].size, buf) : NULL;
        return streq(name, ATTRIBUTE_RESET) ? now->reset_method : streq(name, ATTRIBUTE_D3COLD) ? now->d3cold : now->power_control;
}

/* Attributes that are not as they were; those of BARs, which are changed while the function has no driver, or the others. */
static int add_attributes(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f, bool bars)
{
        int r = 0;

        for (size_t i = 0; i < d->n_attributes && r == 0; i++) {
                const struct state_attribute *was = &d->attributes[i];
                bool is_bar = bar_of_attribute(was->name) < PCI_BARS;
                char buf[BAR_SIZE_MAX];
                const char *now = attribute_now(f, was->name, buf);
                /* Its driver's coming and going sets this one: the step looks again. */
                bool moves = streq(was->name, ATTRIBUTE_POWER) && !streq_ptr(f->driver, d->driver);

                if (is_bar != bars || !was->value || (streq_ptr(now, was->value) && !moves))
                        continue;
                r = release_step_at(b, STAGE_DRIVERS, is_bar ? STEP_BAR_SIZE : STEP_ATTRIBUTE, PHASE_DEVICE_DRIVER, item,
                                    &f->address, now, was->value, false);
                if (r == 0)
                        r = replace_string(&b->stages[STAGE_DRIVERS].items[b->stages[STAGE_DRIVERS].n - 1].attribute, was->name);
        }
        return r;
}

static bool resizes(const struct state_device *d, const struct pci_function *f)
{
        char buf[BAR_SIZE_MAX];

        for (size_t i = 0; i < d->n_attributes; i++)
                if (bar_of_attribute(d->attributes[i].name) < PCI_BARS && d->attributes[i].value &&
                    !streq_ptr(attribute_now(f, d->attributes[i].name, buf), d->attributes[i].value))
                        return true;
        return false;
}

/* Unbound, resized, and on the driver that it had. The one that it would have had, or whose module has gone, is the kernel's
 * to find. */
static int add_rebind(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f,
                      const char *driver, bool find)
{
        const char *there = driver && inventory_has_driver(b->inv, driver) ? driver : NULL;
        int r = 0;

        if (f->driver)
                r = release_step_at(b, STAGE_DRIVERS, STEP_UNBIND, PHASE_DEVICE_DRIVER, item, &f->address, f->driver,
                                    streq_ptr(f->driver, there) ? NULL : there, driver_is_vfio(f->driver));
        if (r == 0)
                r = add_attributes(b, item, d, f, true);
        if (r < 0 || (!driver && !find))
                return r;
        return there ? release_step_at(b, STAGE_DRIVERS, STEP_BIND, PHASE_DEVICE_DRIVER, item, &f->address, f->driver, there, false)
                     : release_step_at(b, STAGE_DRIVERS, STEP_PROBE, PHASE_DEVICE_DRIVER, item, &f->address, NULL, NULL, false);
}

static int add_override(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        const char *override = d->override_ ? d->override_ : "", *have = f->driver_override ? f->driver_override : "";

        return streq(have, override) ? 0
                                     : release_step_at(b, STAGE_OVERRIDES, STEP_OVERRIDE, PHASE_OVERRIDE, item, &f->address,
                                                       have, override, false);
}

static int add_driver(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        const char *have = f->driver_override ? f->driver_override : "";
        int r;

        /* Another has given it another driver since: that stands. */
        if (f->driver && d->to && !streq(f->driver, d->to))
                return streq(have, d->to) ? add_override(b, item, d, f) : 0;
        r = add_override(b, item, d, f);
        if (r < 0 || (streq_ptr(f->driver, d->driver) && !(d->early && !f->driver) && !resizes(d, f)))
                return r;
        return add_rebind(b, item, d, f, d->driver, d->early);
}

int release_function(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        int r = f->physfn != NO_INDEX ? release_settings(b, item, d, f) : 0;

        if (r == 0 && d->has_driver)
                r = add_driver(b, item, d, f);
        else if (r == 0 && resizes(d, f))
                r = add_rebind(b, item, d, f, f->driver, false);
        return r < 0 ? r : add_attributes(b, item, d, f, false);
}
