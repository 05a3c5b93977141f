/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a plan's steps to the state: what each device was before the first of them. */
#include "plan/plan-record.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/netdev.h"
#include "plan/step-setting.h"

static void set_section(char **dst, const struct config_section *s)
{
        char *key = config_section_key(s);

        free(*dst);
        *dst = key;
}

/* The first section to change a device is noted with what it found; the driver before passthru-setup is the one
 * before its first change. */
static struct state_device *record_device(struct state *state, const struct plan_item *item,
                                          const struct inventory *inventory, const struct pci_function *f)
{
        /* A section names the PF, but for a [device] whose VF has an address of its own. */
        bool by_pf = item->pf != NO_INDEX &&
                     (item->section->kind != SECTION_DEVICE || item->section->selector.kind == SELECTOR_VF);
        size_t named = by_pf ? item->pf : item->n_claims > 0 ? item->claims[0].function : NO_INDEX;
        struct state_device *d = state_get_device(state, &f->address);

        /* Another card sits in the slot now: what was noted is of no use to it. */
        if (d->section && (d->vendor != f->vendor || d->device != f->device))
                state_device_clear(d);
        d->vendor = f->vendor;
        d->device = f->device;
        set_section(&d->section, item->section);
        replace_string(&d->selector,
                       named == (size_t) (f - inventory->functions) ? item->section->selector.text : NULL);
        return d;
}

/* A VF that is to come is known by its PF and its number, whichever address it gets: see vgpu_find(). */
static void parent_text(const struct plan_item *item, const struct plan_step *step, char **ret)
{
        char address[PCI_ADDRESS_MAX];

        if (!step->new_vf) {
                replace_string(ret, step->subject ? step->subject : item->parent_name);
                return;
        }
        *ret = xasprintf("%s/%u", pci_address_format(&step->address, address), step->vf_index);
}

/* How many VFs there were, and whether the kernel gave them drivers. */
static void record_vfs(struct state_device *d, const struct pci_function *f)
{
        if (d->has_numvfs)
                return;
        d->has_numvfs = true;
        d->numvfs = f->numvfs;
        values_set(&d->before, PROPERTY_AUTOPROBE, f->autoprobe);
}

/* What was set before the first change. */
static void record_changes(struct state_device *d, const struct plan_step *step, const struct pci_function *f)
{
        const struct netdev *n = step->subject ? netdev_find(f, step->subject) : NULL;

        if (step_row(step)->scope == SCOPE_NETDEV && (d->before.known & property_scope_mask(SCOPE_NETDEV)) == 0 && n)
                d->port = n->port;
        for (unsigned i = 0; i < step->n_changes; i++) {
                const struct property_change *c = &step->changes[i];

                /* What vfio-pci has set it to for our sake ends with it: its remove() sets it to on. */
                if (c->property == PROPERTY_POWER_CONTROL && driver_is_vfio(f->driver) && d->has_driver &&
                    !driver_is_vfio(d->driver))
                        continue;
                if (c->property == PROPERTY_AUTOPROBE)
                        record_vfs(d, f);
                else if (c->known && !values_have(&d->before, c->property))
                        values_set(&d->before, c->property, c->old);
        }
}

/* It is taken for a section that is held, and given back with it. */
static void record_display(struct state *state, const struct plan_item *item, const struct plan_step *step)
{
        CLEANUP_FREE char *key = config_section_key(item->section);
        struct state_hold *hold = state_find_hold(state, key);

        if (hold && step->kind == STEP_UNIT)
                replace_string(&hold->unit, step->subject);
        else if (hold)
                state_hold_add_console(hold, step->subject);
}

static void record_step(struct state *state, const struct plan *plan, const struct plan_step *step,
                        const struct inventory *inventory)
{
        const struct plan_item *item = &plan->items[step->item];
        const struct pci_function *f = step->has_address ? inventory_find(inventory, &step->address) : NULL;
        const struct plan_item *owner;
        struct state_device *d;

        if (step->kind == STEP_MDEV_CREATE) {
                CLEANUP_FREE char *section = NULL, *parent = NULL;

                set_section(&section, item->section);
                parent_text(item, step, &parent);
                state_add_mdev(state, step->uuid, section, parent, step->value);
                state_find_mdev(state, step->uuid)->unfinished = true;
                return;
        }
        if (step_is_of_display(step)) {
                record_display(state, item, step);
                return;
        }
        if (step->bus != BUS_PCI) {
                CLEANUP_FREE char *section = NULL;
                size_t device = inventory_find_bus_device(inventory, step->bus, step->subject);

                set_section(&section, item->section);
                if (!(device == NO_INDEX))
                        state_record_bus_device(state, section, &inventory->bus_devices[device],
                                                item->section->driver);
                return;
        }
        /* A VF that is unbound to be removed is nothing to go back to. */
        if (!f || step->new_vf || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE ||
            step->kind == STEP_ROM_DUMP || step->kind == STEP_VF_QUEUES || step->kind == STEP_NVME_RESERVE ||
            (step->kind == STEP_UNBIND && step->phase == PHASE_VFS))
                return;
        /* A VF that is without its driver while its PF's eswitch changes is its own section's. */
        owner = f->physfn == NO_INDEX || item->section->kind != SECTION_SRIOV ? NULL : plan_item_of(plan, (size_t) (f - inventory->functions));
        d = record_device(state, owner ? owner : item, inventory, f);
        if (step->kind == STEP_SET)
                record_changes(d, step, f);
        if (step->kind == STEP_NUMVFS)
                record_vfs(d, f);
        if (step->kind == STEP_SET || step->kind == STEP_NUMVFS)
                return;
        /* What it is given: by an override, or by a bind to what the override says already. */
        if ((step->kind == STEP_OVERRIDE || step->kind == STEP_BIND))
                replace_string(&d->to, isempty(step->value) ? NULL : step->value);
        if (step->kind == STEP_PROBE)
                replace_string(&d->to, NULL);
        if (d->has_driver)
                return;
        d->has_driver = true;
        replace_string(&d->driver, f->driver);
        replace_string(&d->override_, f->driver_override);
}

void state_record(struct state *state, const struct plan *plan, const struct inventory *inventory)
{
        for (size_t i = 0; i < plan->n_steps; i++)
                record_step(state, plan, &plan->steps[i], inventory);
}
