/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of what may be taken early (state/clearance.h): where it is, what makes a device the one that was cleared, and
 * who writes it. */
#pragma once

#include "plan/plan.h"
#include "state/clearance.h"
#include "sys/sys.h"

/* Outlives the boot. The initramfs has a copy at the same place. */
#define CLEARANCE_DIRECTORY "var/lib/passthru-setup"
#define CLEARANCE_PATH CLEARANCE_DIRECTORY "/cleared"
/* What holds in this boot: the udev rule does nothing without it. */
#define CLEARANCE_RUN "run/passthru-setup/cleared"
/* What the initramfs of this boot had: its script renames its own CLEARANCE_RUN as it ends. */
#define CLEARANCE_INITRAMFS "run/passthru-setup/cleared.initramfs"
/* The same of an image that version 0.1 built, which claimed by its copy of the configuration. */
#define CLEARANCE_INITRAMFS_OLD "run/passthru-setup/initramfs"
/* What was put into the newest initramfs of a kernel, below this directory by its release. */
#define CLEARANCE_IMAGES CLEARANCE_DIRECTORY "/initramfs/"

/* A record's text, NUL-terminated; -ENOENT: there is none. */
int clearance_load(struct sys *sys, const char *path, char **ret, size_t *ret_len);

/* What tells a device from another one in its place: its ids with the subsystem's, its place, the members of its IOMMU group
 * (but VFs, which come and go) with their ids, and its PCIe serial number. Reads nothing of other devices than those members.
 * serial: read it, which wakes a sleeping device. New string. Returns 0; -ENOENT, -ENODEV: there is no such device. */
int clearance_identify(struct sys *sys, const struct pci_address *a, bool serial, char **ret);

/* Whether the device is the one that was cleared: 1, 0. */
bool clearance_holds(struct sys *sys, const struct clearance *c);

/* Holds back what the plan would take and the record does not clear: such an item's steps are dropped (plan_defer()). Nor is
 * a cleared device taken when the configuration has come to want another driver for it, or to force less. */
void clearance_hold_back(struct sys *sys, struct plan *plan, const struct inventory *inv);

/* Refuses a section whose address has another card than the one that was handed over by it, where there are two equal ones:
 * the buses were numbered otherwise, and expect is met by both. Of one that is absent, says where its card is now. */
void clearance_check_cards(struct sys *sys, struct plan *plan, const struct inventory *inv);

/* After a whole look: what the plan takes is cleared, if its group is complete, and what it refuses is not any more. Sections
 * that were not looked at (left out, skipped) and devices that are absent keep what they had. idle: udev has no event to handle.
 * Returns 0 or a negative errno: the record could not be written. */
int clearance_update(struct sys *sys, const struct plan *plan, const struct inventory *inv, bool idle);

/* The devices of these sections (keys) were released. */
int clearance_withdraw(struct sys *sys, char *const *sections, size_t n);

/* Removes the record: there is no configuration. */
int clearance_remove(struct sys *sys);
