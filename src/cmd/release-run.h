/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries a release out and tells of it: for `release`, and for `apply --prune`. */
#pragma once

#include "cmd/cmd.h"
#include "release/release.h"

/* Does the steps, under the lock, and takes what was given back out of the state, which is saved before and after. mark:
 * its sections are left alone by hotplug until they are applied again. Returns the exit status. */
int give_back(struct context *c, const struct release_input *input, struct release *release, bool mark);
