/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command line as the kernel reads it: words with quotes, up to "--" (lib/cmdline.c, kernel/params.c). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A word as it is written, quotes and all. */
struct cmdline_word {
        const char *text;
        size_t len;
};

/* The next word of *rest, which moves on. False at the end, or at "--": what follows is init's. */
bool cmdline_next(const char **rest, struct cmdline_word *ret);

/* Whether the word sets this parameter; - and _ are the same in its name. ret_value is what comes behind "=", without
 * quotes, and its length; length 0 also when there is no "=". */
bool cmdline_sets(const struct cmdline_word *w, const char *name, const char **ret_value, size_t *ret_len);

/* Whether one of the words is this one: the same name, the same value. */
bool cmdline_has(const char *text, const char *word);

/* What can be said of the whole: what the last word says that has something to say of it. */
enum cmdline_answer { CMDLINE_SILENT, CMDLINE_NO, CMDLINE_YES };
enum cmdline_answer cmdline_intel_iommu(const char *text); /* intel_iommu=on,… or off */
enum cmdline_answer cmdline_gvt(const char *text);         /* i915.enable_gvt */

/* Whether a value, a list with commas, has this item. */
bool cmdline_value_has(const char *value, size_t len, const char *item);

/* A text of one or more lines with this word added at the end of the last line that has words and is no comment, or
 * before its "--"; a text without one gets a line. All else stays byte for byte. New string. */
char *cmdline_add(const char *text, const char *word);

/* The text without this word, the last one if there are several, and without the one blank before it, which is what
 * cmdline_add() put there; the text as it is when there is none. New string. Returns whether it was there. */
bool cmdline_take_out(const char *text, const char *word, char **ret);

/* Whether a word is typed for one boot: passthru.off, single, rescue, systemd.unit=…, init=…, break=…. */
bool cmdline_is_for_once(const struct cmdline_word *w);

/* What kernel-install(8) takes of the running command line when there is no file: without what the loader added
 * (BOOT_IMAGE=, initrd=) and what is for one boot, words joined by single blanks, and a newline. New string. */
char *cmdline_as_file(const char *running);
