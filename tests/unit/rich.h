/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine, a configuration for it, a state and a host's use of its devices, which together reach most of what decides. */
#pragma once

#include "unit/machine.h"
#include "usage/usage.h"

/* Without a mistake: every kind of section and selector, every verdict. In two files, of which the second changes sections
 * of the first. */
extern const struct test_file rich_config[2];

/* Mistakes of every kind, in two files as well. */
extern const struct test_file rich_mistakes[2];

/* Not indexed yet. */
struct inventory *rich_machine(void);

/* What they have of other buses (rich-bus.c). */
void rich_buses(struct inventory *inv);
void rich_bus_state(struct state *state);

/* An earlier run's: entries of sections that are there and of some that have gone, a failure, a release. */
void rich_state(struct state *state);

/* The texts that usage_parse_…() read, for rich_usage() too. */
extern const char rich_mounts[], rich_swaps[], rich_sockets[], rich_cmdline[];

/* Disks, interfaces, a keyboard and a console below the machine's functions. */
struct usage *rich_usage(void);
