/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host is guarded against losing, by the names that `force` and the refusals have for it. */
#pragma once

#include "base/strbuf.h"

/* In the order in which they are reported: first what a host does not come up, or can't be reached, without. */
enum guard {
        GUARD_DISK,
        GUARD_NETWORK,
        GUARD_DISPLAY,
        GUARD_KEYBOARD,
        GUARD_VFS,
        GUARD_MAX,
};

/* Sets of guards have a bit for each. */
#define GUARD_BIT(guard) (1U << (guard))

const char *guard_name(enum guard guard);
const char *guard_protects(enum guard guard); /* "its last keyboard": what the host would be without */

/* Appends the names of a set, with the separator between them. */
void guard_add_names(struct strbuf *b, unsigned guards, const char *separator);

enum guard_mistake {
        GUARD_MISTAKE_NONE,
        GUARD_MISTAKE_UNKNOWN, /* a word is no guard's name */
        GUARD_MISTAKE_TWICE,   /* a guard is named twice */
};

/* Reads a list of names, with blanks or commas between them; a boolean's no and an empty list are none. On a mistake *ret is
 * untouched, and *ret_word, n bytes of value, is the word that is wrong. */
enum guard_mistake guard_parse(const char *value, unsigned *ret, const char **ret_word, size_t *ret_n);
