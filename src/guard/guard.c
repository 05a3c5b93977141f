/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests what the plan would take away: an open device is refused, for the kernel would sleep until it is closed, and so is
 * what the host itself uses. */
#include "guard/guard.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/step-setting.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "device/device-path.h"
#include "device/holders.h"
#include "device/vgpu.h"
#include "guard/guard-bus.h"
#include "survey/survey.h"

int function_is_open(struct sys *sys, const struct pci_address *address, int group)
{
        char path[DEVICE_PATH_MAX];
        uint64_t enabled = 0;

        /* vfio-pci enables the device while it is open, and only then. Reading it takes no lock. */
        if (sys_read_number(sys, device_path(address, "enable", path), &enabled) == 0 && enabled > 0)
                return 1;
        /* A VM that is just starting has the group before the device. */
        return group != NO_GROUP && SYS_CALL(sys, group_open, group) == -EBUSY;
}

bool vgpu_is_open(struct sys *sys, const struct inventory *inv, const char *vf)
{
        struct pci_address a;
        const struct pci_function *f = pci_address_parse(vf, false, &a, NULL) < 0 ? NULL : inventory_find(inv, &a);

        /* Its `enable` says nothing: NVIDIA's driver has the device enabled throughout. */
        return f && f->group != NO_GROUP && SYS_CALL(sys, group_open, f->group) == -EBUSY;
}

static bool is_open_vgpu(struct sys *sys, const struct inventory *inventory, size_t function)
{
        const struct mdev_parent *vgpu = vgpu_of_function(inventory, function);

        return vgpu && vgpu_is_open(sys, inventory, vgpu->name);
}

const struct pci_function *find_open_vf(struct sys *sys, const struct inventory *inventory,
                                        const struct pci_function *pf)
{
        for (unsigned i = 0; i < pf->numvfs; i++) {
                const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &inventory->functions[pf->vfs[i]];

                if (vf && driver_is_vfio(vf->driver) && function_is_open(sys, &vf->address, vf->group))
                        return vf;
                if (vf && is_open_vgpu(sys, inventory, pf->vfs[i]))
                        return vf;
        }
        return NULL;
}

void guard_refuse_open(struct sys *sys, struct plan *plan, size_t item, const char *what, int group,
                       const struct pci_address *function)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *opener = NULL, *reason = NULL;
        char address[PCI_ADDRESS_MAX];

        opener_find(sys, group, function, &opener);
        strbuf_addf(&text, "%s is open: %s uses it", what, opener ? opener : "a VM or another program");
        if (!opener && function && sys_exists(sys, "proc/self") && !sys_exists(sys, "proc/1")) /* the units see no processes */
                strbuf_addf(&text, ", which passthru-setup explain %s names", pci_address_format(function, address));
        reason = strbuf_steal(&text);
        plan->items[item].busy = true;
        plan_refuse(plan, item, reason);
}

int mdev_is_open(struct sys *sys, const uint8_t uuid[static 16])
{
        int group = mdev_group(sys, uuid);

        return group != NO_GROUP && SYS_CALL(sys, group_open, group) == -EBUSY;
}

/* The function that is open and would be lost with this step, or NULL. */
static const struct pci_function *find_open(struct sys *sys, const struct inventory *inventory,
                                            const struct plan_step *step)
{
        const struct pci_function *f = step->has_address ? inventory_find(inventory, &step->address) : NULL;

        if (step->kind == STEP_MDEV_REMOVE && step->vgpu)
                return f && vgpu_is_open(sys, inventory, step->subject) ? f : NULL;
        if (step_sets(step, PROPERTY_ESWITCH) && step->guarded && f)
                return find_open_vf(sys, inventory, f);
        if ((step->kind != STEP_UNBIND && step->kind != STEP_SET) || !f)
                return NULL;
        if (step->guarded && function_is_open(sys, &f->address, f->group))
                return f;
        if (step->kind == STEP_UNBIND && is_open_vgpu(sys, inventory, inventory_find_index(inventory, &f->address)))
                return f;
        return step->kind == STEP_UNBIND ? find_open_vf(sys, inventory, f) : NULL;
}

/* 1: the item was refused; 0: not. */
static int guard_step(struct sys *sys, const struct inventory *inventory, struct plan *plan, const struct plan_step *step)
{
        const struct pci_function *f = find_open(sys, inventory, step);
        char what[64], text[UUID_TEXT_MAX];

        if (step->kind == STEP_MDEV_REMOVE && !step->vgpu) {
                if (!mdev_is_open(sys, step->uuid))
                        return 0;
                (void) snprintf(what, sizeof(what), "the mdev %s", uuid_format(step->uuid, text));
                guard_refuse_open(sys, plan, step->item, what, mdev_group(sys, step->uuid), NULL);
                return 1;
        }
        if (!f)
                return 0;
        (void) pci_address_format(&f->address, text);
        if (f->physfn != NO_INDEX)
                (void) snprintf(what, sizeof(what), "VF %u (%s)", f->vf_index, text);
        else
                (void) snprintf(what, sizeof(what), "%s", text);
        guard_refuse_open(sys, plan, step->item, what, f->group, &f->address);
        return 1;
}

static void guard_open(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps;) {
                int r = guard_step(sys, inventory, plan, &plan->steps[i]);

                i = r > 0 ? 0 : i + 1; /* steps have gone: from the start again */
        }
}

static bool would_take(const struct inventory *inventory, const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                CLEANUP_FREE struct plan_taking *takings = NULL;
                size_t n;

                plan_refused_takings(plan, inventory, i, &takings, &n);
                if (n > 0)
                        return true;
        }
        return false;
}

/* A plan that takes nothing from the host's drivers, as a rerun's, and would take nothing if it refused nothing, needs
 * no look at the host. The kernel is asked only for what is taken: to ask is to have a disk open for a moment. */
static void guard_usage(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        CLEANUP(usage_freep) struct usage *usage = NULL;
        CLEANUP_FREE struct plan_taking *takings = NULL;
        size_t n = 0;

        plan_takings(plan, inventory, &takings, &n);
        if (n == 0 && !usage_bus_matters(inventory, plan) && !would_take(inventory, plan))
                return;
        usage_read(sys, inventory, takings, n, &usage);
        guard_bus_ask(sys, inventory, plan, usage);
        usage_guard(usage, inventory, plan);
}

int guard_plan(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        /* First what stays so when a VM lets go: of a PF that is refused, no VF is asked for. */

        guard_usage(sys, inventory, plan);
        guard_open(sys, inventory, plan);
        guard_bus_open(sys, inventory, plan);
        return guard_stuck(sys, plan);
}
