/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must not be touched now: a plan's steps on devices that are open, or that the host uses. */
#pragma once

#include "plan/plan.h"
#include "sys/sys.h"

/* Tests every step that might sleep in the kernel for ever while its device is open, and every one that would take away
 * what the host itself uses (usage/usage.h), and takes the steps of such an item back (plan_refuse()). The latter is read
 * only when the plan takes a function from a driver of the host's. Writes nothing. */
int guard_plan(struct sys *sys, const struct inventory *inventory, struct plan *plan);

/* Whether a process has the function open through VFIO: 1, 0. What can't be asked counts as no. */
int function_is_open(struct sys *sys, const struct pci_address *address, int group);

/* The same for an mdev, by its group. */
int mdev_is_open(struct sys *sys, const uint8_t uuid[static 16]);

/* The same for a vGPU that is its VF, by the VF's address. */
bool vgpu_is_open(struct sys *sys, const struct inventory *inv, const char *vf);

/* The first VF of a PF that is open: it would be lost with the PF's driver, whose remove() sleeps until it is closed.
 * NULL: none is. */
const struct pci_function *find_open_vf(struct sys *sys, const struct inventory *inventory,
                                        const struct pci_function *pf);

/* Refuses the items that have steps for devices on which a write still waits (state/hung-writes.h), and removes the notes of writes
 * that have come back, if it can. Returns 0 or a negative errno. */
int guard_stuck(struct sys *sys, struct plan *plan);

/* Refuses an item whose device, on any bus, is open, by whom: "… is open: qemu-system-x86 (pid 4711, VM web1) uses
 * it". what: the device's name there; group: its IOMMU group or NO_GROUP; function: it, if it is of PCI, else NULL. */
void guard_refuse_open(struct sys *sys, struct plan *plan, size_t item, const char *what, int group,
                       const struct pci_address *function);
