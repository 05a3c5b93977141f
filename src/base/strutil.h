/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and names out of text, strictly: the whole string or an error. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* All of s as an unsigned number of the base (10 or 16, no sign, no prefix), at most max.
 * Returns 0, -EINVAL, or -ERANGE. */
int parse_unsigned(const char *s, unsigned base, uint64_t max, uint64_t *ret);

/* yes/no, true/false, on/off, 1/0 in any case. Returns 0 or -EINVAL. */
int parse_boolean(const char *s, bool *ret);

/* Reads "52:54:00:12:34:56". Returns 0 or -EINVAL. */
int mac_parse(const char *s, uint8_t ret[static 6]);

#define MAC_TEXT_MAX 18 /* bytes of a MAC as text, with the NUL */

/* Writes it into buf, and returns buf. */
const char *mac_format(const uint8_t mac[static 6], char buf[static MAC_TEXT_MAX]);

/* Cuts white space at both ends of s, in place, and returns the first character left. */
char *strip(char *s);

/* If s starts with prefix, what comes after it, else NULL. */
const char *after_prefix(const char *s, const char *prefix);

/* Writes the dashes of a module's or a parameter's name as underscores, in place: the kernel and kmod hold both for the
 * same. */
void module_name_normalize(char *name);

/* Whether a driver (NULL: none) is named as its module, a normalized name, with dashes or underscores. */
bool module_has_driver(const char *module, const char *driver);

/* The part of path after its last slash. */
const char *last_component(const char *path);

/* Replaces *dst by a copy of src (NULL: by nothing). */
void replace_string(char **dst, const char *src);
