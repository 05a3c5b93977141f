/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the kernel command line of this host is made of, and what it came to. */
#pragma once

#include "boot/boot-needs.h"
#include "sys/sys.h"

/* *ret is zeroed before. Returns 0 or a negative errno: a file that is there and can't be read is not taken for
 * absent; sys->failed names it. */
int boot_host_read(struct sys *sys, struct boot_host *ret);

/* What the loader has where we can look, into given. */
void boot_host_read_given(struct sys *sys, const struct bootloader *loader, const struct bootloader_facts *facts,
                          struct boot_files *given);

/* What the loader will hand to each kernel, read in its generated configuration. */
enum boot_generated {
        BOOT_GENERATED_SAME,   /* the words of ours are there, and those that are stale are not */
        BOOT_GENERATED_OTHER,  /* not so */
        BOOT_GENERATED_UNSEEN, /* it is where we can't look: on ESPs that are not mounted */
};

/* *ret_where: the file that differs or that is missing; new string, NULL else. Returns an enum boot_generated or a
 * negative errno. */
int boot_host_generated(struct sys *sys, const struct boot_host *host, const struct boot_needs *needs,
                        char **ret_where);
