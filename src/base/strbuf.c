/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A string that grows. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"

void strbuf_free(struct strbuf *b)
{
        free(b->text);
        *b = (struct strbuf){ 0 };
}

static void reserve(struct strbuf *b, size_t more)
{
        array_reserve(&b->text, &b->alloc, b->len + more + 1, 1);
}

void strbuf_addn(struct strbuf *b, const char *s, size_t n)
{
        reserve(b, n);
        memcpy(b->text + b->len, s, n);
        b->len += n;
        b->text[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *s)
{
        strbuf_addn(b, s, strlen(s));
}

void strbuf_addf(struct strbuf *b, const char *format, ...)
{
        va_list args, again;
        int n;

        va_start(args, format);
        va_copy(again, args);
        n = vsnprintf(NULL, 0, format, args);
        if (n < 0)
                out_of_memory(); /* past INT_MAX */
        reserve(b, (size_t) n);
        (void) vsnprintf(b->text + b->len, (size_t) n + 1, format, again);
        b->len += (size_t) n;
        va_end(again);
        va_end(args);
}

void strbuf_pad(struct strbuf *b, size_t n)
{
        reserve(b, n);
        memset(b->text + b->len, ' ', n);
        b->len += n;
        b->text[b->len] = '\0';
}

void strbuf_add_count(struct strbuf *b, size_t n, const char *one, const char *many)
{
        if (n > 0)
                strbuf_addf(b, "%s%zu %s", b->len > 0 ? ", " : "", n, n == 1 ? one : many);
}

void strbuf_add_size(struct strbuf *b, uint64_t bytes)
{
        static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB", "EB" };
        double n = (double) bytes;
        size_t i = 0;

        while (n >= 999.5) {
                n /= 1000;
                i++;
        }
        strbuf_addf(b, "%.3g %s", n, units[i]); /* three digits, without zeros behind the point */
}

char *strbuf_steal(struct strbuf *b)
{
        char *text;

        reserve(b, 0);
        b->text[b->len] = '\0';
        text = STEAL(b->text);
        *b = (struct strbuf){ 0 };
        return text;
}
