/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a network interface is: which function it sits on, and which of a function's interfaces is its own. */
#pragma once

#include "core/address.h"
#include "core/config.h"
#include "core/inventory.h"

/* The function that the device at a path below sys/devices belongs to: the nearest above it, "…/0000:05:00.0/net/eth0"
 * (virtio-net and others have a device between). -ENOENT: there is none, or a device between is one by itself that
 * happens to be reached through the function: of a USB controller, a card reader, Thunderbolt, or a subfunction. */
int netdev_function_of(const char *path, struct pci_address *ret);

/* Whether an interface by this phys_port_name ("" none) stands in a switchdev function's net/ for another one: for a
 * VF
 * ("pf0vf1"), a subfunction ("pf0sf88"), or a PF or one of the two of another host ("pf0", "c1pf0vf0"). The function's
 * own are "p0", "p0s1" or without a name (devlink-port(8), net/devlink/port.c). */
bool netdev_is_representor(const char *phys_port_name);

/* Sorts a function's interfaces: the one that an [sriov] section names by its selector, then by the function's ports
 * (mlx4 has both of a card's in one function). */
void netdevs_sort(struct pci_function *f, const struct config *config);

/* The function's own interface, once they are sorted. NULL: it has none. */
const struct netdev *netdev_of(const struct pci_function *f);

/* The one of that name, or of that port; NULL: there is none such. */
const struct netdev *netdev_find(const struct pci_function *f, const char *name);
const struct netdev *netdev_at_port(const struct pci_function *f, unsigned port);
