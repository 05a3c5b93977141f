/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims: a short form of the configuration that was applied last, which says of one device "surely not ours" or
 * "maybe": what its sections go by, as numbers. With it the helper names the unit that is to look at a device, and
 * needs no configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum claims_flag {
        CLAIMS_ID = 1U << 0,        /* a section goes by id: ids must be looked at */
        CLAIMS_PATH = 1U << 1,      /* by path */
        CLAIMS_LATE = 1U << 2,      /* by interface, which comes with a driver */
        CLAIMS_SERIAL = 1U << 3,    /* by serial: the device's own, or one that comes with a driver */
        CLAIMS_SIBLINGS = 1U << 4,  /* a section takes the other functions of a card, which may have a bus of their own */
        CLAIMS_GROUP = 1U << 5,     /* a section takes whole IOMMU groups */
        CLAIMS_MAC = 1U << 7,       /* by MAC: the permanent one, which only a driver tells */
        CLAIMS_BUS = 1U << 6,       /* a section names a device on another bus than PCI */
        CLAIMS_SLOT = 1U << 8,      /* by slot: any device may be in it */
};

struct claims {
        unsigned flags; /* CLAIMS_… */
        uint64_t *keys; /* sorted */
        size_t n, alloc;
        char *vfio_group; /* who gets /dev/vfio/N, or NULL */
};

/* What is known of a function without a driver. */
struct claims_query {
        struct pci_address address;
        bool has_id;
        uint16_t vendor, device;
        const char *path; /* in SELECTOR_PATH's form, or NULL: not looked at */
};

void claims_free(struct claims *c);
#define CLEANUP_CLAIMS CLEANUP(claims_free)

/* Fills keys, flags and vfio_group. *ret is zeroed before. */
void claims_build(const struct config *config, struct claims *ret);

/* Whether a section may be about this function. `override` asks only for those that would set its override; not for
 * PFs that make VFs, nor for parents of mdevs. */
bool claims_match(const struct claims *c, const struct claims_query *q, bool override);

/* Whether a section may be about this mdev parent that is no PCI function. */
bool claims_match_parent(const struct claims *c, const char *name);

/* Whether a section may name this device on another bus, as events name it (bus_parse_event()). */
bool claims_match_bus(const struct claims *c, const char *event);

/* Whether a section goes by this interface, or this serial number of an NVMe controller or a PCIe device. */
bool claims_match_interface(const struct claims *c, const char *name);
bool claims_match_serial(const struct claims *c, const char *serial);

/* A FNV-1a hash that goes on; start with CLAIMS_HASH. No protection against those who may write the configuration. */
#define CLAIMS_HASH UINT64_C(14695981039346656037)
uint64_t claims_hash(uint64_t hash, const void *data, size_t len);

/* To a file's bytes and back; for the same program on the same host. -EBADMSG: not such bytes. */
void claims_format(const struct claims *c, char **ret, size_t *ret_len);
int claims_parse(const char *data, size_t len, struct claims *ret);
