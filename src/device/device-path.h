/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where sysfs has a PCI function or an mdev. */
#pragma once

#include "device/address.h"
#include "sys/sys.h"

/* "sys/bus/pci/devices/ADDRESS/ATTRIBUTE" into buf. */
#define DEVICE_PATH_MAX 256
const char *device_path(const struct pci_address *address, const char *attribute, char buf[static DEVICE_PATH_MAX]);

/* "sys/bus/mdev/devices/UUID" into buf. */
#define MDEV_PATH_MAX 64
const char *mdev_path(const uint8_t uuid[static 16], char buf[static MDEV_PATH_MAX]);

/* The IOMMU group of an mdev; NO_GROUP: it has none. */
int mdev_group(struct sys *sys, const uint8_t uuid[static 16]);
