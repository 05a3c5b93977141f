/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way out by the kernel command line: passthru.off, and passthru.skip=NAME,… */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "sys/sys.h"

/* Disables the sections of these names; *ret_off: nothing at all is to be done. A command line that can't be read says
 * nothing. */
void cmdline_apply(struct sys *sys, struct config *config, bool *ret_off);

/* Whether it says so of the section of that name, or off. */
bool cmdline_skips(struct sys *sys, const char *name);
