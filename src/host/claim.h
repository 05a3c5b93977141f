/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims functions: sets the overrides of a plan and nothing else, so that no other driver takes what is ours. All that
 * is safe in a udev worker, and all that there is time for before udev's coldplug. */
#pragma once

#include "core/plan.h"
#include "host/sys.h"

struct claim_result {
        size_t n_set;
        size_t n_failed;
        int error;                  /* positive errno of the first that failed; 0: it read back as something else */
        struct pci_address address; /* whose */
};

/* Sets each override that the plan wants set (not those that it wants cleared), noting before each what was there.
 * Without a lock: what is written is the same for whoever writes it. Returns 0, also when some could not be set. */
int claim_overrides(struct sys *sys, const struct plan *plan, const struct inventory *inventory,
                    struct claim_result *ret);

/* Gives back what the initramfs claimed for a service that is not enabled: the override as it was, and the driver that
 * the kernel has for it. Returns 0, also when there is nothing to give back, or a negative errno. */
int claim_give_back(struct sys *sys, const struct pci_address *address);

/* The same for whatever was claimed and is not claimed by this plan: the initramfs had another configuration. */
int claim_give_back_others(struct sys *sys, const struct plan *plan, const struct inventory *inventory);
