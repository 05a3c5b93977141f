/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is set of a PF's VFs: by the PF's interface, and in the VF's own directory. */
#pragma once

#include "core/inventory.h"
#include "host/sys.h"

#define INTERFACE_MAX 16 /* IFNAMSIZ */

/* Reads what is set of VFs 0 to n - 1, by the interface of the PF that knows of VFs (a PF with representors has others):
 * its name is in ret_interface. 0 or what sys_ops.vf_read() returns. */
int vf_read(struct sys *sys, const struct pci_function *pf, struct vf_values *values, unsigned n,
            char ret_interface[static INTERFACE_MAX]);

/* The number of interrupt vectors of a VF, as its MSI-X capability has it; lacking where its PF's driver does not let it
 * be set. What can't be read stays unknown. */
void vf_read_msix(struct sys *sys, const struct pci_address *vf, struct vf_values *values);

/* Sets it. The VF must have no driver. Returns 0 or -errno. */
int vf_write_msix(struct sys *sys, const struct pci_address *vf, uint64_t count);
