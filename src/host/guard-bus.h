/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guards' part for devices on other buses than PCI. */
#pragma once

#include "core/usage.h"
#include "host/sys.h"

/* Whether a process has a device open through VFIO, by its group: 1, 0. */
int bus_device_is_open(struct sys *sys, const struct inventory *inventory, enum bus_kind bus, const char *name);

/* Takes the steps of each item back that would unbind a device which someone has open. Returns 0 or -ENOMEM. */
int guard_bus_open(struct sys *sys, const struct inventory *inventory, struct plan *plan);

/* Asks the kernel about the block devices below those that the plan takes; see usage_read(). */
void guard_bus_ask(struct sys *sys, const struct inventory *inventory, const struct plan *plan, struct usage *usage);

/* guard.c's, for any bus: refuses an item whose device is open, by whom: "… is open: qemu-system-x86 (pid 4711, VM web1) uses
 * it". what: the device's name there; group: its IOMMU group or NO_GROUP; function: it, if it is of PCI, else NULL. 0 or
 * -ENOMEM. */
int guard_refuse_open(struct sys *sys, struct plan *plan, size_t item, const char *what, int group,
                      const struct pci_address *function);
