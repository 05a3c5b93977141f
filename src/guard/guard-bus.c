/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests what the plan would take away on other buses than PCI: what is open, and what the host itself uses. */
#include "guard/guard-bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "guard/guard.h"
#include "survey/survey.h"

/* A VM opens the mdev that a queue is assigned to, and vfio_ap takes a queue that it lets go of from the running VM:
 * it says "in use", "assigned" or "unassigned" (drivers/s390/crypto/vfio_ap_ops.c). */
static bool queue_is_in_use(struct sys *sys, const char *name)
{
        char path[BUS_NAME_MAX + 64], text[64];

        (void) snprintf(path, sizeof(path), "sys/bus/ap/devices/%s/status", name);
        return sys_read_attr(sys, path, text, sizeof(text)) == 0 && streq(text, "in use");
}

int bus_device_is_open(struct sys *sys, const struct inventory *inventory, enum bus_kind bus, const char *name)
{
        size_t device = inventory_find_bus_device(inventory, bus, name);
        int group = device == NO_INDEX ? NO_GROUP : inventory->bus_devices[device].group;

        if (bus == BUS_AP)
                return queue_is_in_use(sys, name);
        return group != NO_GROUP && SYS_CALL(sys, group_open, group) == -EBUSY;
}

void guard_bus_open(struct sys *sys, const struct inventory *inventory, struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps;) {
                const struct plan_step *step = &plan->steps[i];
                size_t device;

                if (step->bus == BUS_PCI || step->kind != STEP_UNBIND || !step->guarded ||
                    !bus_device_is_open(sys, inventory, step->bus, step->subject)) {
                        i++;
                        continue;
                }
                device = inventory_find_bus_device(inventory, step->bus, step->subject);
                guard_refuse_open(sys, plan, step->item, step->subject, inventory->bus_devices[device].group, NULL);
                i = 0; /* steps have gone: from the start again */
        }
}

void guard_bus_ask(struct sys *sys, const struct inventory *inventory, const struct plan *plan, struct usage *usage)
{
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct bus_device *d = usage_bus_taking(inventory, &plan->steps[i]);
                struct pci_function place = { .path = d ? d->path : NULL };

                if (d)
                        usage_ask_kernel(sys, &place, usage);
        }
}
