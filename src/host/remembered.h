/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guards refused is remembered for the next boot: early in it nothing is mounted and no route stands, so that a
 * look would find the root disk's controller unused, and its driver would be kept from it. */
#pragma once

#include "core/plan.h"
#include "host/sys.h"

/* Below /var, for it outlives the boot; the initramfs has a copy. */
#define REMEMBERED_PATH "var/lib/passthru-setup/guarded"

/* Notes the sections of a whole plan that the guards refused, with the reason; those of before are forgotten. */
int remembered_save(struct sys *sys, const struct plan *plan);

/* Leaves out of the configuration what is remembered, unless it says force = yes. For what is done before the first whole
 * apply of a boot has had its last look. Returns 0 or -ENOMEM; what can't be read is not remembered. */
int remembered_leave_out(struct sys *sys, struct config *config);

/* Refuses the same in a plan, with the reason from then. Returns 0 or -ENOMEM. */
int remembered_guard(struct sys *sys, struct plan *plan);
