/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a function is to a person: a GPU, a NIC, … by its PCI class code (PCI Code and ID Assignment Specification) and
 * its place; and which functions are one card. */
#pragma once

#include "base/strbuf.h"
#include "device/inventory.h"

enum device_class {
        DEVICE_GPU,
        DEVICE_NIC,
        DEVICE_NVME,
        DEVICE_HBA, /* any other storage controller, Fibre Channel too */
        DEVICE_USB,
        DEVICE_AUDIO,
        DEVICE_ACCELERATOR, /* and signal processing, cryptography */
        DEVICE_OTHER,
        DEVICE_SYSTEM, /* the board's own: bridges, memory, timers, SMBus */
        DEVICE_CLASS_MAX,
};

enum device_class device_class_of(const struct pci_function *f);

/* SMBus, timers and such of the chipset or the CPU: nothing to hand over, nor to take along. On a card behind a port
 * the same classes are a part of it, as the UCSI of a GPU is, or the card itself, as a Coral TPU is. */
bool device_is_of_chipset(const struct pci_function *f);

/* What may drive a screen: neither a VF of a GPU nor a 3D controller does. */
bool device_is_display(const struct pci_function *f);

/* "gpu", "nic", …; the words that `list` takes. */
const char *device_class_name(enum device_class c);

/* What is printed on its box, and its id: "GeForce RTX 3070 [10de:2484]", "PERC H710 Adapter [1000:005b]". */
void add_function_name(struct strbuf *b, const struct pci_function *f);

/* The chip alone: "MegaRAID SAS 2208 [Thunderbolt]"; nothing if it is not known. */
void add_chip_name(struct strbuf *b, const struct pci_function *f);

/* The switch on a card that has a bus of its own for each of the card's parts, as on Intel's Arc: one display
 * function, and the audio and USB of the same vendor, are all that is behind its ports. NO_INDEX: the function is on
 * no such card; its card is then what shares its slot. */
size_t device_card_switch(const struct inventory *inv, size_t function);

/* The functions of a function's card, itself too, without bridges and VFs, as a new array. Returns how many. */
size_t device_card(const struct inventory *inv, size_t function, size_t **ret);

/* Whether b is of the card of a. */
bool device_same_card(const struct inventory *inv, size_t a, size_t b);

/* DEVICE_CLASS_MAX: there is no such word. */
enum device_class device_class_from_name(const char *name);
