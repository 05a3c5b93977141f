/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below sys/bus/pci/devices. */
#include "device/device-path.h"

#include <stdio.h>

const char *device_path(const struct pci_address *address, const char *attribute, char buf[static DEVICE_PATH_MAX])
{
        char text[PCI_ADDRESS_MAX];

        (void) snprintf(buf, DEVICE_PATH_MAX, "sys/bus/pci/devices/%s/%s", pci_address_format(address, text), attribute);
        return buf;
}
