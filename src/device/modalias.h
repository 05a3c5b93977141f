/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which VFIO driver fits a function best, by the "vfio_pci:" entries of modules.alias. */
#pragma once

#include "device/inventory.h"

/* The module whose entry matches with the fewest wildcards (vfio_pci matches all); of equals the first.
 * NULL: none matches. Source: Documentation/driver-api/vfio-pci-device-specific-driver-acceptance.rst and
 * libvirt's virPCIDeviceFindBestVFIOVariant(). */
const char *modalias_best_vfio(const struct inventory *inv, const struct pci_function *f);

#define MODALIAS_MAX 64 /* bytes that the longest prefix and the rest fit in */

/* Writes a function's modalias with the given bus prefix ("pci", "vfio_pci") into buf, and returns buf. */
const char *modalias_of(const char *prefix, const struct pci_function *f, char buf[static MODALIAS_MAX]);
