/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver_override: which driver alone may have a function. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "device/address.h"
#include "sys/sys.h"

/* What an attribute's text means: the driver, or "" for none. PCI prints none as "(null)" (printf("%s", NULL)), ap as an
 * empty line (drivers/s390/crypto/ap_queue.c, driver_override_show()). */
const char *override_meaning(const char *text);

/* Writes it and reads it back into got; "" clears it. Returns 0, -EUCLEAN when it reads something else, or the
 * kernel's errno (Documentation/ABI/testing/sysfs-bus-pci). */
int override_write(struct sys *sys, const struct pci_address *address, const char *driver, char *got, size_t size);

/* Whether it says so now; what can't be read does not. */
bool override_is(struct sys *sys, const struct pci_address *address, const char *driver);

/* override_write() by the attribute's path, for a device on any bus. */
int override_write_at(struct sys *sys, const char *path, const char *driver, char *got, size_t size);
