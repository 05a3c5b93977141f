/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where sysfs has a PCI function. */
#pragma once

#include "device/address.h"

/* "sys/bus/pci/devices/ADDRESS/ATTRIBUTE" into buf. */
#define DEVICE_PATH_MAX 256
const char *device_path(const struct pci_address *address, const char *attribute, char buf[static DEVICE_PATH_MAX]);
