/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocation that does not fail. */
#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void out_of_memory(void)
{
        (void) fprintf(stderr, "%s: Out of memory.\n", program_invocation_short_name);
        _exit(EXIT_FAILURE);
}

void *xmalloc(size_t size)
{
        return xcalloc(1, size);
}

void *xcalloc(size_t n, size_t size)
{
        void *p = calloc(MAX_OF(n, 1U), MAX_OF(size, 1U)); /* of size 0, NULL would be no failure */

        if (!p)
                out_of_memory();
        return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
        p = reallocarray(p, MAX_OF(n, 1U), MAX_OF(size, 1U));
        if (!p)
                out_of_memory();
        return p;
}

char *xstrdup(const char *s)
{
        char *copy = strdup(s);

        if (!copy)
                out_of_memory();
        return copy;
}

char *xstrndup(const char *s, size_t n)
{
        char *copy = strndup(s, n);

        if (!copy)
                out_of_memory();
        return copy;
}

char *xvasprintf(const char *format, va_list args)
{
        char *text = NULL;

        if (vasprintf(&text, format, args) < 0)
                out_of_memory();
        return text;
}

char *xasprintf(const char *format, ...)
{
        va_list args;
        char *text;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        return text;
}
