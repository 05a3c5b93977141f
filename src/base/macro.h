/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small macros that every room uses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

static inline bool streq(const char *a, const char *b)
{
        return strcmp(a, b) == 0;
}

/* Like streq(), with NULL equal to NULL and to nothing else. */
static inline bool streq_ptr(const char *a, const char *b)
{
        return a == b || (a && b && streq(a, b));
}

static inline bool isempty(const char *s)
{
        return !s || s[0] == '\0';
}
