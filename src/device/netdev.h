/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a network interface is: which function it sits on, and which of a function's interfaces is its own. */
#pragma once

#include "device/address.h"
#include "device/inventory.h"

/* The function that the device at a path below sys/devices belongs to: the nearest above it, "…/0000:05:00.0/net/eth0"
 * (virtio-net and others have a device between). -ENOENT: there is none, or a device between is one by itself that
 * happens to be reached through the function: of a USB controller, a card reader, Thunderbolt, or a subfunction. */
int netdev_function_of(const char *path, struct pci_address *ret);

/* Whether an interface by this phys_port_name ("" none) stands in a switchdev function's net/ for another one: for a
 * VF ("pf0vf1"), a subfunction ("pf0sf88"), or a PF or one of the two of another host ("pf0", "c1pf0vf0"). The function's
 * own are "p0", "p0s1" or without a name (devlink-port(8), net/devlink/port.c). */
bool netdev_is_representor(const char *phys_port_name);

/* The function's own interface: the first, as the reader of the inventory has sorted them. NULL: it has none. */
const struct netdev *netdev_of(const struct pci_function *f);

/* The one of that name, or of that port; NULL: there is none such. */
const struct netdev *netdev_find(const struct pci_function *f, const char *name);
const struct netdev *netdev_at_port(const struct pci_function *f, unsigned port);
