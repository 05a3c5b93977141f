/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person or a program reads of the kernel command line. */
#pragma once

#include "boot/boot-edit.h"
#include "view/rows.h"

/* A row for each word: word, state, where it is, why. */
void rows_of_boot(const struct boot_needs *needs, struct row_list *ret);

/* What is to be written, or done by hand, and what to run: lines of text, "" when there is nothing to do. hindrance:
 * why it can't be written, or NULL. New string. */
char *boot_account(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *edit,
                  const char *hindrance);

/* "1 word to add, 1 in the way". New string. */
char *boot_summary(const struct boot_needs *needs);

/* {"version", "loader", "words", "hint", "hindrance", "edit"}; edit is zeroed for a loader that can't be written; new
 * string. */
char *render_boot_json(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *edit,
                      const char *hindrance);
