/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an NVMe controller says of its VFs' controllers. */
#pragma once

#include "device/address.h"
#include "property/nvme-virt.h"
#include "sys/sys.h"

#define NVME_NAME_MAX 32

/* "nvme0": the controller of a function that is on its own driver. -ENODEV: it has none. */
int nvme_name(struct sys *sys, const struct pci_address *address, char buf[static NVME_NAME_MAX]);

/* Both lists of the controller of that name. Returns 0, a positive NVMe status, or a negative errno. */
int nvme_read_virt(struct sys *sys, const char *name, struct nvme_virt **ret);
