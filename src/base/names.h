/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": the nearest known name to one that is not known. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The candidate that takes the fewest insertions, deletions, substitutions and swaps of neighbours to
 * become word, if they are at most a third of its length; else NULL. Case does not count, nor whether it is a dash or an
 * underscore. */
const char *names_nearest(const char *word, const char *const *candidates, size_t n);

/* Whether two names are the same but for that. */
bool names_same(const char *a, const char *b);
