/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host uses its devices for, in memory, for the tests of the guards. */
#pragma once

#include "base/alloc.h"
#include "usage/usage.h"

/* A block device with the number 8:minor. Names must come sorted. place "": it is virtual. */
struct usage_block *facts_block(struct usage *u, const char *name, const char *place, unsigned minor);
void facts_made_of(struct usage *u, const char *upper, const char *lower);
void facts_mounts(struct usage *u, const char *text); /* lines of mountinfo */

/* An interface. Names must come sorted. place "": not known. */
struct usage_link *facts_net(struct usage *u, const char *name, const char *place);
void facts_over(struct usage *u, const char *lower, const char *upper);
