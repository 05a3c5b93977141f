/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command lines that a loader was given in the end: in grub.cfg, and in loader entries (Boot Loader
 * Specification). */
#pragma once

#include <stdbool.h>

/* What the first "linux" command of grub.cfg hands over behind the image: that of the default entry. New string.
 * -ENOENT: there is none. */
int grub_cfg_cmdline(const char *text, char **ret);

/* All that the "options" lines of a loader entry hand over. New string. */
char *loader_entry_cmdline(const char *text);

/* Whether an entry's file is that of this kernel: TOKEN-VERSION.conf, or TOKEN-VERSION+TRIES.conf. */
bool loader_entry_is_of(const char *name, const char *version);
