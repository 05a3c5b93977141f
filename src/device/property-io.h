/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes properties of one function, by whichever way their rows name; those that go through a PF's
 * interface are in device/vf-io.h. */
#pragma once

#include "device/inventory.h"
#include "sys/sys.h"

/* What there is of a property: known, or lacking; *ret has it then. Returns 0 or -errno; *ret stays then. */
int property_read(struct sys *sys, const struct pci_address *address, enum property property, struct values *ret);

/* The same of a network interface by its directory, "sys/class/net/eth0". */
int property_read_netdev(struct sys *sys, const char *dir, enum property property, struct values *ret);

/* Sets the mode of a PF's eswitch. 0 or -errno; ret_why: what the driver says of its no, or "". */
int eswitch_write(struct sys *sys, const struct pci_address *pf, enum eswitch_mode mode, char *ret_why, size_t size);

/* What is to be written to its file below the function's directory, which its row names. */
const char *property_write_text(enum property property, uint64_t value, char buf[static PROPERTY_TEXT_MAX]);

/* The sizes that a BAR can have: bit n for 2^n MiB; 0: it can't be resized, or the kernel does not tell. Returns 0 or
 * -errno. */
int bar_sizes_read(struct sys *sys, const struct pci_address *address, unsigned bar, uint64_t *ret);
