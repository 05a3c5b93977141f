/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims functions by the record of what is cleared (guard/clearance-file.h): sets their overrides and nothing else, so that no
 * driver of the host's takes them. All that is safe in a udev worker, and all that there is time for before udev's coldplug. */
#pragma once

#include "state/clearance.h"
#include "sys/sys.h"

struct claim_result {
        size_t n_set;
        size_t n_failed;
        int error;                  /* positive errno of the first that failed; 0: it read back as something else */
        struct pci_address address; /* whose */
};

/* At the beginning of a boot: puts the record where the udev rule and claim_one() find it, claims all that it clears, and
 * gives back what the initramfs claimed and it does not clear. Returns 0, also when some could not be claimed, or a negative
 * errno. */
int claim_all(struct sys *sys, struct claim_result *ret);

/* Claims the function at an address if it is cleared: 1, and *ret says for which driver and section; 0: it is not. Waits for
 * nothing and needs no lock: what is written is the same for whoever writes it. */
int claim_one(struct sys *sys, const struct pci_address *a, struct clearance *ret);

/* Finds what the record says of an address, whatever is there. 0, -ENOENT. */
int claim_find(struct sys *sys, const struct pci_address *a, struct clearance *ret);

/* Gives back what the initramfs claimed: the override as it was, and the driver that the kernel has for it. Returns 0, also
 * when there is nothing to give back, or a negative errno. */
int claim_give_back(struct sys *sys, const struct pci_address *address);

/* The same for all that was claimed in this boot, while no whole run is past. Nothing more is claimed then until a run writes
 * the record again. */
int claim_give_back_all(struct sys *sys);
