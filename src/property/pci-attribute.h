/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attributes of a PCI function that a [device] section sets: their names in sysfs and in the configuration. */
#pragma once

#include <stdbool.h>

#define PCI_BARS 6

#define ATTRIBUTE_RESET "reset_method"
#define ATTRIBUTE_D3COLD "d3cold_allowed"
#define ATTRIBUTE_POWER "power/control"

/* "resource1_resize" into buf. */
#define BAR_ATTRIBUTE_MAX 24
const char *bar_attribute(unsigned bar, char buf[static BAR_ATTRIBUTE_MAX]);

/* The BAR's number, PCI_BARS when the attribute is not of one. */
unsigned bar_of_attribute(const char *attribute);

/* Its key in the configuration, "bar-size.1"; NULL: no section sets it. buf is for that of a BAR. */
#define ATTRIBUTE_KEY_MAX 16
const char *pci_attribute_key(const char *attribute, char buf[static ATTRIBUTE_KEY_MAX]);

/* Whether a section can set it: one of the above. */
bool pci_attribute_is_known(const char *attribute);
