/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What boot-config writes: a drop-in of its own for GRUB, words in /etc/kernel/cmdline for the others, and the record
 * by which exactly those words are taken out again. Data only. */
#pragma once

#include "boot/boot-needs.h"

#define BOOT_RECORD "/var/lib/passthru-setup/boot-config"
#define BOOT_BACKUP                                                                                                   \
        "/var/lib/passthru-setup/kernel-cmdline.before" /* KERNEL_CMDLINE without our words, for a person */

struct boot_edit {
        const char *file;
        char *before;        /* NULL: it is not there */
        char *after;         /* NULL: it is to go */
        char *record_before; /* of BOOT_RECORD, the same way; both NULL for GRUB, whose drop-in says it all */
        char *record_after;
        char *backup; /* of BOOT_BACKUP, when the file is one of someone else's; NULL: no need */
};

void boot_edit_clear(struct boot_edit *e);
#define CLEANUP_BOOT_EDIT CLEANUP(boot_edit_clear)

/* The words of needs that are ours and not stale are to be there, and no others of ours. The loader must be known.
 * *ret is zeroed before. */
void boot_edit_build(const struct boot_host *host, const struct boot_needs *needs, struct boot_edit *ret);

/* Whether there is something to write. */
bool boot_edit_changes(const struct boot_edit *e);

/* Its lines that go and come, "- …" and "+ …" each. New string. */
char *boot_edit_text(const struct boot_edit *e);

/* Why a word of ours would not count once the edit is made: a later file sets the variable again, a "--" is before it,
 * a later word says the contrary. New string; NULL: all is well. */
char *boot_edit_hindrance(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *e);

/* The record's text: NULL or "" is none. A line that is not understood is left out. */
void boot_record_parse(const char *text, struct boot_record *ret);
