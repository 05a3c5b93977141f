/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function's own network interface as it is this moment: names change, and what has a name now need not be what had
 * it. */
#pragma once

#include "device/inventory.h"
#include "sys/sys.h"

#define INTERFACE_PATH_MAX 320

/* What the directory of an interface ("sys/class/net/eth0") says of it. */
bool interface_is_representor(struct sys *sys, const char *dir);
unsigned interface_port(struct sys *sys, const char *dir);

/* The function's own interface that was `was` in the inventory (NULL: the one of the first port), with its directory
 * below the function's. -ENODEV: it has none. */
int interface_find(struct sys *sys, const struct pci_address *function, const struct netdev *was,
                   struct interface *ret, char dir[static INTERFACE_PATH_MAX]);
