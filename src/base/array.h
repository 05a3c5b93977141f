/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays that grow: a pointer, a length and an allocation that its owner keeps side by side. */
#pragma once

#include <stddef.h>

/* Makes room for `need` elements of `size` bytes in *array, whose room is *alloc elements. */
void array_reserve(void *array, size_t *alloc, size_t need, size_t size);

/* Appends a zeroed element of `size` bytes. Returns its address, until the next is appended. */
void *array_append(void *array, size_t *n, size_t *alloc, size_t size) __attribute__((returns_nonnull));

/* The same for an array, its length and its room by their names. */
#define ARRAY_APPEND(items, n, alloc) array_append(&(items), &(n), &(alloc), sizeof(*(items)))
