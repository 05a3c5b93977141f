/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is set of a PF's VFs by the PF's interface. */
#pragma once

#include "device/inventory.h"
#include "sys/sys.h"

/* Reads what is set of VFs 0 to n - 1, by the PF's own interface, whatever its name is by now: that is in ret. 0 or what
 * interface_find() and sys_ops.vf_read() return. */
int vf_read(struct sys *sys, const struct pci_function *pf, struct values *values, unsigned n, struct interface *ret);
