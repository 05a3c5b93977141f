/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a function is to a person: a GPU, a NIC, … by its PCI class code (PCI Code and ID Assignment Specification). */
#pragma once

#include "base/strbuf.h"
#include "device/inventory.h"

enum device_class {
        DEVICE_GPU,
        DEVICE_NIC,
        DEVICE_NVME,
        DEVICE_HBA, /* any other storage controller */
        DEVICE_USB,
        DEVICE_AUDIO,
        DEVICE_ACCELERATOR, /* and signal processing, cryptography */
        DEVICE_OTHER,
        DEVICE_SYSTEM, /* the board's own: bridges, memory, timers, SMBus */
        DEVICE_CLASS_MAX,
};

enum device_class device_class_of(const struct pci_function *f);

/* SMBus, timers and such of the chipset: nothing to hand over, nor to take along. On a card behind a port the same classes are a
 * part of it, as the UCSI of a GPU is. */
bool device_is_of_chipset(const struct pci_function *f);

/* What may drive a screen: neither a VF of a GPU nor a 3D controller does. */
bool device_is_display(const struct pci_function *f);

/* "gpu", "nic", …; the words that `list` takes. */
const char *device_class_name(enum device_class c);

/* "RTX 3070 [10de:2484]" */
void add_function_name(struct strbuf *b, const struct pci_function *f);

/* DEVICE_CLASS_MAX: there is no such word. */
enum device_class device_class_from_name(const char *name);
