/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guards refused is remembered for what happens without anyone asking for it: early in the next boot nothing is
 * mounted and no route stands, so that a look would find the root disk's controller unused, and its driver would be kept
 * from it. The same goes for a device that udev tells of at any time: its driver comes after it. */
#pragma once

#include "core/plan.h"
#include "host/sys.h"

/* Below /var, for it outlives the boot; the initramfs has a copy. */
#define REMEMBERED_PATH "var/lib/passthru-setup/guarded"

/* Notes the sections of a plan that the guards refused, with the reason. Forgets those that they let pass, and those that
 * the configuration has no longer. */
int remembered_save(struct sys *sys, const struct plan *plan);

/* Leaves out of the configuration what is remembered, unless its force names a guard. Returns 0 or -ENOMEM; what can't be read
 * is not remembered. */
int remembered_leave_out(struct sys *sys, struct config *config);

/* Refuses the same in a plan, with the reason from then. Returns 0 or -ENOMEM. */
int remembered_guard(struct sys *sys, struct plan *plan);
