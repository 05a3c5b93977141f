/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the sizes of a function's BARs. */
#pragma once

#include "device/inventory.h"
#include "sys/sys.h"

/* The size that a BAR has, and those that it can have (0: it can't be resized, or the kernel does not tell). Returns 0 or a
 * negative errno. */
int pci_bar_read(struct sys *sys, const struct pci_address *address, unsigned bar, struct pci_bar *ret);
