/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guards' part for devices on other buses than PCI. */
#pragma once

#include "sys/sys.h"
#include "usage/usage.h"

/* Whether a process has a device open through VFIO, by its group: 1, 0. */
int bus_device_is_open(struct sys *sys, const struct inventory *inventory, enum bus_kind bus, const char *name);

/* Takes the steps of each item back that would unbind a device which someone has open. */
void guard_bus_open(struct sys *sys, const struct inventory *inventory, struct plan *plan);

/* Asks the kernel about the block devices below those that the plan takes; see usage_read(). */
void guard_bus_ask(struct sys *sys, const struct inventory *inventory, const struct plan *plan, struct usage *usage);
