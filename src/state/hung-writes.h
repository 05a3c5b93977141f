/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes that have not come back: which devices they keep, and the process that waits, noted below /run/passthru-setup
 * so that later runs leave these devices alone. Their drivers hold locks that any further write would wait for too. */
#pragma once

#include "sys/sys.h"

#define STUCK_DIRECTORY "run/passthru-setup/stuck" /* a file for each such device; in it the process */

/* What is said of one: the device, the process. */
#define STUCK_IN_USE                                                                                                  \
        "a write for %s is still blocked in the kernel (pid %d): it waits until whoever has the device open closes "  \
        "it"

/* Notes that a write for the device (an address or an mdev's UUID) has not come back. Returns 0 or a negative errno.
 */
int stuck_note(struct sys *sys, const char *device, int pid);

/* The process that still waits for the device, or 0. If another process has that number by now, its name shows it. */
uint64_t stuck_writer(struct sys *sys, const char *device);

/* Whether one for the device still waits: attributes that are read under the device's lock would wait for it too. */
bool stuck_is_waiting(struct sys *sys, const char *device);

/* Whether there are such notes at all. */
bool stuck_any(struct sys *sys);
