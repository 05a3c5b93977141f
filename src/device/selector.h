/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selectors: the ways a section names its device. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "device/address.h"
#include "device/inventory.h"

enum selector_kind {
        SELECTOR_NONE,
        SELECTOR_ADDRESS,   /* 0000:01:00.0, 01:00.0, 01:00 (all functions of the slot) */
        SELECTOR_VF,        /* uplink/0: VF 0 of the PF that [sriov uplink] names */
        SELECTOR_ID,        /* 10de:2487[:subvendor:subdevice], * for any field */
        SELECTOR_PATH,      /* 0000:00:1c.0/00.0: root port, then device.function behind each bridge */
        SELECTOR_INTERFACE, /* enp94s0f0 */
        SELECTOR_MAC,       /* 52:54:00:12:34:56, the permanent one */
        SELECTOR_SERIAL,    /* of the NVMe controller, or the PCIe device serial number as lspci prints it */
        SELECTOR_SLOT,      /* 5, or 5/00.1: a slot of the board by its name, and as in a path from there */
        SELECTOR_PARENT,    /* mdev only: a name under /sys/class/mdev_bus that is no PCI address */
        SELECTOR_NAME,      /* of a device on another bus than PCI: its name under /sys/bus/BUS/devices */
};

struct selector {
        enum selector_kind kind;
        char *text; /* as the file says it */
        struct pci_address address;
        bool slot; /* address, or slot, names all that is in a slot */
        struct pci_id_pattern id;
        uint8_t mac[6];
        char *section;     /* VF: the name of its [sriov] section */
        unsigned vf_index; /* VF: counted from 0 */
};

void selector_clear(struct selector *s);

/* Reads text as a selector of that kind. ADDRESS also takes "uplink/0" and gives a VF.
 * PARENT takes an address, "uplink/0", or a name. Returns 0 or -EINVAL. */
int selector_parse(enum selector_kind kind, const char *text, struct selector *ret);

const char *selector_key(enum selector_kind kind); /* "address", "id", … */
const char *selector_expected(enum selector_kind kind); /* what the value looks like, for an error */

/* The bridge chain of a function in SELECTOR_PATH's form, a new string, from its sysfs path below
 * sys/devices ("pci0000:00/0000:00:1c.0/0000:03:00.0"). -EINVAL for a path of another form. */
int selector_path_of(const char *sysfs_path, char **ret);

/* Which slot holds a function, and where in it: the index of the innermost one of the inventory's slots, and "00.0", a
 * new string in the form of a path from there. -ENOENT: none, or it is a VF or a bridge. */
int selector_slot_of(const struct inventory *inv, size_t function, size_t *ret_slot, char **ret);

bool pci_id_pattern_matches(const struct pci_id_pattern *p, const struct pci_function *f);
