/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes that have not come back: which devices they keep, and the process that waits, noted below /run/passthru-setup so
 * that later runs leave these devices alone. Their drivers hold locks that any further write would wait for too. */
#pragma once

#include "core/plan.h"
#include "host/sys.h"

/* Notes that a write for the device (an address or an mdev's UUID) has not come back. Returns 0 or a negative errno. */
int stuck_note(struct sys *sys, const char *device, int pid);

/* Whether one for the device still waits: attributes that are read under the device's lock would wait for it too. */
bool stuck_is_waiting(struct sys *sys, const char *device);

/* Whether there are such notes at all. */
bool stuck_any(struct sys *sys);

/* Refuses the items of the plan that have steps for such devices. Notes of writes that have come back are removed, if
 * they can be. Returns 0 or a negative errno. */
int stuck_guard(struct sys *sys, struct plan *plan);
