/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that allocate, as core and the tests' own code call them: the linker (--wrap=NAME) makes their calls of NAME
 * calls of __wrap_NAME, and __real_NAME is the C library's, or ASan's. */
#include "unit/memory/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

static struct {
        bool in_core, lasting, met;
        size_t left; /* until one fails; 0: none */
} fault;

void fault_set(size_t n, bool lasting)
{
        fault.left = n;
        fault.lasting = lasting;
        fault.met = false;
}

bool fault_unset(void)
{
        bool met = fault.met;

        fault_set(0, false);
        return met;
}

void fault_enter(void)
{
        fault.in_core = true;
}

int fault_leave(int r)
{
        fault.in_core = false;
        return r;
}

static bool fails(void)
{
        if (!fault.in_core || (fault.left == 0 && !(fault.met && fault.lasting)) || (fault.left > 0 && --fault.left > 0))
                return false;
        fault.met = true;
        errno = ENOMEM;
        return true;
}

#define WRAP(type, name, parameters, arguments)                           \
        type __real_##name parameters;                                    \
        type __wrap_##name parameters;                                    \
        type __wrap_##name parameters                                     \
        {                                                                 \
                return fails() ? NULL : __real_##name arguments;          \
        }

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t size), (p, size))
WRAP(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))
WRAP(void *, tsearch, (const void *key, void **root, int (*compare)(const void *, const void *)), (key, root, compare))

int __real_vasprintf(char **ret, const char *format, va_list args);
int __wrap_vasprintf(char **ret, const char *format, va_list args);
int __wrap_asprintf(char **ret, const char *format, ...);

int __wrap_vasprintf(char **ret, const char *format, va_list args)
{
        if (!fails())
                return __real_vasprintf(ret, format, args);
        *ret = (char *) format; /* undefined, says asprintf(3): ASan tells of who frees it */
        return -1;
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
        va_list args;
        int n;

        va_start(args, format);
        n = __wrap_vasprintf(ret, format, args);
        va_end(args);
        return n;
}
