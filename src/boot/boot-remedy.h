/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be done so that the next boot has a word on its command line, or has it no more. Data only. */
#pragma once

#include "boot/boot-needs.h"

/* A sentence on a file that has the word and does not count, "/etc/default/grub:3 has …, but …". New string;
 * NULL: there is none. */
char *boot_elsewhere(const struct boot_host *host, const char *word);

/* What is left to do for a word; settings are those of the host's files. ours: `boot-config --write` would write it.
 * hindrance: why it could not; NULL: it can. New string. */
char *boot_remedy(const struct boot_host *host, const struct boot_settings *settings, const char *word, bool ours,
                  const char *hindrance);

/* The same for a word that must go. */
char *boot_removal(const struct boot_host *host, const struct boot_settings *settings, const char *word);
