/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI addresses (domain:bus:device.function, "BDF") and id patterns (vendor:device[:subvendor:subdevice]). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pci_address {
        uint32_t domain; /* 16 bits on PCs, 32 behind VMD and on some Arm hosts */
        uint8_t bus;
        uint8_t device;   /* 0 to 31 */
        uint8_t function; /* 0 to 7 */
};

#define PCI_ADDRESS_MAX 20 /* bytes that "ffffffff:ff:1f.7" and its NUL fit in */

/* Reads "0000:01:00.0"; without a domain it is 0. With slot_ok, "01:00" stands for all functions of a slot:
 * then *ret_slot is true and the function 0. Returns 0 or -EINVAL. */
int pci_address_parse(const char *s, bool slot_ok, struct pci_address *ret, bool *ret_slot);

/* Writes it the kernel's way, into buf, and returns buf. */
const char *pci_address_format(const struct pci_address *a, char buf[static PCI_ADDRESS_MAX]);

/* <0, 0, >0 in the order of lspci. */
int pci_address_compare(const struct pci_address *a, const struct pci_address *b);

bool pci_address_same_slot(const struct pci_address *a, const struct pci_address *b);

/* An id field that may be anything. */
#define PCI_ID_ANY UINT32_MAX

struct pci_id_pattern {
        uint32_t vendor, device, subvendor, subdevice; /* a number up to 0xffff, or PCI_ID_ANY */
};

/* Reads "10de:2487", "8086:*", "1000:0097:1028:1f53". Returns 0 or -EINVAL. */
int pci_id_pattern_parse(const char *s, struct pci_id_pattern *ret);
