/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": the nearest known name to one that is not known. */
#pragma once

#include <stddef.h>

/* The candidate that takes the fewest insertions, deletions, substitutions and swaps of neighbours to
 * become word, if they are few for its length; else NULL. Case does not count. */
const char *names_nearest(const char *word, const char *const *candidates, size_t n);
