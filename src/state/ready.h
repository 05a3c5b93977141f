/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sections were as configured when they were last looked at: a mark for each, below /run/passthru-setup/ready,
 * that `passthru-setup wait` waits for. */
#pragma once

#include "config/config.h"
#include "sys/sys.h"

#define READY_DIRECTORY "run/passthru-setup/ready"

/* Sets or removes a section's mark. Returns 0 or a negative errno. */
int ready_mark(struct sys *sys, const struct config_section *section, bool ready);
bool ready_is(struct sys *sys, const struct config_section *section);

/* Removes the marks of these sections ("device gpu"), which were released. */
int ready_drop(struct sys *sys, char *const *keys, size_t n);

/* Removes the marks of sections that the configuration does not have any more. */
int ready_prune(struct sys *sys, const struct config *config);

/* Waits until all these sections have their marks, however long they take to come. Returns 0, -ETIMEDOUT when the
 * deadline (µs, as now()) is past, or a negative errno. */
int ready_wait(struct sys *sys, struct config_section *const *sections, size_t n, uint64_t deadline);
