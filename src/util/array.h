/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays that grow: a pointer, a length and an allocation that its owner keeps side by side. */
#pragma once

#include <stddef.h>

/* Makes room for `need` elements of `size` bytes in *array, whose room is *alloc elements.
 * Returns 0 or -ENOMEM; on failure nothing changes. */
int array_reserve(void *array, size_t *alloc, size_t need, size_t size);

/* Appends a zeroed element to the array `a` (struct with members of the given names) and yields its
 * address, or NULL when memory is out. */
#define ARRAY_APPEND(items, n, alloc)                                                     \
        (array_reserve(&(items), &(alloc), (n) + 1, sizeof(*(items))) < 0                 \
                 ? NULL                                                                   \
                 : memset(&(items)[(n)++], 0, sizeof(*(items))))
