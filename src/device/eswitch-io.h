/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The eswitch of a PF. */
#pragma once

#include "device/address.h"
#include "sys/sys.h"

/* Its mode, as sys_ops.eswitch_get() has it; and another. 0 or -errno; ret_why: what the driver says of its no, or "".
 */
int eswitch_read(struct sys *sys, const struct pci_address *pf, enum eswitch_mode *ret);
int eswitch_write(struct sys *sys, const struct pci_address *pf, enum eswitch_mode mode, char *ret_why, size_t size);
