/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests what the plan would take away: an open device is refused, for the kernel would sleep until it is closed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/apply-internal.h"

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

int guard_plan(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];
                const struct pci_function *f = step->has_address ? inventory_find(inventory, &step->address) : NULL;
                CLEANUP_FREE char *reason = NULL;
                char text[PCI_ADDRESS_MAX];
                int r;

                if (!step->guarded || step->kind != STEP_UNBIND || !f ||
                    !function_is_open(sys, &f->address, f->group))
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
                r = plan_refuse(plan, step->item, reason);
                if (r < 0)
                        return r;
                i = (size_t) -1; /* steps have gone: from the start again */
        }
        return 0;
}
