/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of devices below sys/bus, and what their links say. */
#include "device/device-path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "device/inventory.h"

const char *device_path(const struct pci_address *address, const char *attribute, char buf[static DEVICE_PATH_MAX])
{
        char text[PCI_ADDRESS_MAX];

        (void) snprintf(buf, DEVICE_PATH_MAX, "sys/bus/pci/devices/%s/%s", pci_address_format(address, text), attribute);
        return buf;
}

const char *mdev_path(const uint8_t uuid[static 16], char buf[static MDEV_PATH_MAX])
{
        char text[UUID_TEXT_MAX];

        (void) snprintf(buf, MDEV_PATH_MAX, "sys/bus/mdev/devices/%s", uuid_format(uuid, text));
        return buf;
}

int mdev_group(struct sys *sys, const uint8_t uuid[static 16])
{
        char device[MDEV_PATH_MAX], path[MDEV_PATH_MAX + sizeof("/iommu_group")];
        CLEANUP_FREE char *name = NULL;
        uint64_t group;

        (void) snprintf(path, sizeof(path), "%s/iommu_group", mdev_path(uuid, device));
        if (sys_read_link_name(sys, path, &name) < 0 || parse_unsigned(name, 10, INT_MAX, &group) < 0)
                return NO_GROUP;
        return (int) group;
}
