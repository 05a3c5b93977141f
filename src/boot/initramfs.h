/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether an initramfs still takes early what the record clears now (guard/clearance-file.h). Its hook keeps a copy of the record that
 * went in, below /var/lib/passthru-setup/initramfs by the kernel's release. */
#pragma once

#include <stdbool.h>

#include "device/address.h"
#include "sys/sys.h"

struct initramfs_look {
        size_t n_missing;             /* cleared, and not in the image: taken only later in the boot */
        size_t n_withdrawn;           /* in the image, and not cleared any more: taken all the same, by the next boot */
        struct pci_address withdrawn; /* the first of those */
};

/* The newest image of a kernel (its release as uname -r says it), or else the one that this boot came from. Returns 0 or a
 * negative errno; -ENOENT: no image carries anything. */
int initramfs_look(struct sys *sys, const char *release, struct initramfs_look *ret);
