/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocation that does not fail: out of memory ends the program at once, at the one place that can say so. What was
 * under way then is as after a kill, which the next run has to cope with anyway. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macro.h"

/* Says so on stderr and ends the program with status 1; what stdout has not written yet is dropped. */
void out_of_memory(void) __attribute__((noreturn, cold));

/* malloc(3), calloc(3), reallocarray(3), strdup(3), strndup(3), asprintf(3) that do not return without memory. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((malloc, returns_nonnull));
char *xvasprintf(const char *format, va_list args) PRINTF_LIKE(1, 0) __attribute__((malloc, returns_nonnull));
