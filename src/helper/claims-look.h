/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Surely not ours, or maybe": looks at no more of a device than the claims go by. */
#pragma once

#include <stdbool.h>

#include "config/claims.h"
#include "sys/sys.h"

/* Whether a section may be about the function: by its address, and where sections go by them, its ids and its path. */
bool claims_may_name(struct sys *sys, const struct claims *c, const struct pci_address *a);

/* The PF of a VF. 0, or -ENOENT: it is none. */
int claims_find_pf(struct sys *sys, const struct pci_address *a, struct pci_address *ret);

/* Whether drivers may take the VFs of a PF as they come. */
bool claims_probes_vfs(struct sys *sys, const struct pci_address *pf);

/* Whether a node of VFIO's is for those who get what is handed over: it opens something that the configuration names and that
 * has an override, or that the state has; or it is /dev/iommu, which they all need. devpath: as events have it, of a group
 * ("…/virtual/vfio/14"), of a cdev ("…/vfio-dev/vfio0") or of /dev/iommu. Returns 0 or a negative errno. */
int claims_own_node(struct sys *sys, const struct claims *c, const char *devpath, bool *ret);
