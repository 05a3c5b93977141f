/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests what the plan would take away: an open device is refused, for the kernel would sleep until it is closed, and so is
 * what the host itself uses. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/apply-internal.h"
#include "host/usage.h"

int function_is_open(struct sys *sys, const struct pci_address *address, int group)
{
        char path[DEVICE_PATH_MAX];
        uint64_t enabled = 0;

        /* vfio-pci enables the device while it is open, and only then. Reading it takes no lock. */
        if (sys_read_number(sys, device_path(address, "enable", path), &enabled) == 0 && enabled > 0)
                return 1;
        /* A VM that is just starting has the group before the device. */
        return group != NO_GROUP && sys->ops->group_open(sys->userdata, group) == -EBUSY;
}

const struct pci_function *find_open_vf(struct sys *sys, const struct inventory *inventory,
                                        const struct pci_function *pf)
{
        for (unsigned i = 0; i < pf->numvfs; i++) {
                const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &inventory->functions[pf->vfs[i]];

                if (vf && driver_is_vfio(vf->driver) && function_is_open(sys, &vf->address, vf->group))
                        return vf;
        }
        return NULL;
}

/* The function that is open and would be lost with this step, or NULL. */
static const struct pci_function *find_open(struct sys *sys, const struct inventory *inventory,
                                            const struct plan_step *step)
{
        const struct pci_function *f = step->has_address ? inventory_find(inventory, &step->address) : NULL;

        if (step->kind != STEP_UNBIND || !f)
                return NULL;
        if (step->guarded && function_is_open(sys, &f->address, f->group))
                return f;
        return find_open_vf(sys, inventory, f);
}

static int guard_open(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct pci_function *f = find_open(sys, inventory, &plan->steps[i]);
                CLEANUP_FREE char *reason = NULL;
                char text[PCI_ADDRESS_MAX];
                int r;

                if (!f)
                        continue;
                (void) pci_address_format(&f->address, text);
                if (f->physfn != NO_INDEX)
                        r = asprintf(&reason, "VF %u (%s) is open: a VM or another program uses it", f->vf_index, text);
                else
                        r = asprintf(&reason, "%s is open: a VM or another program uses it", text);
                if (r < 0) {
                        reason = NULL;
                        return -ENOMEM;
                }
                r = plan_refuse(plan, plan->steps[i].item, reason);
                if (r < 0)
                        return r;
                i = (size_t) -1; /* steps have gone: from the start again */
        }
        return 0;
}

/* A plan that takes nothing from the host's drivers, as a rerun's, needs no look at the host. */
static int guard_usage(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        CLEANUP(usage_freep) struct usage *usage = NULL;
        CLEANUP_FREE struct plan_taking *takings = NULL;
        size_t n = 0;
        int r = plan_takings(plan, inventory, &takings, &n);

        if (r < 0 || !usage_matters(plan, takings, n))
                return r;
        r = usage_read(sys, inventory, takings, n, &usage);
        return r < 0 ? r : usage_guard(usage, inventory, plan);
}

int guard_plan(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        int r = guard_open(sys, inventory, plan);

        return r < 0 ? r : guard_usage(sys, inventory, plan);
}
