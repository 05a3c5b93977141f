/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A string that grows. An allocation that fails is remembered, so that a writer checks once, at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/macro.h"

struct strbuf {
        char *text; /* NUL-terminated once anything was added */
        size_t len;
        size_t alloc;
        bool failed; /* memory ran out: text is not whole */
};

void strbuf_free(struct strbuf *b);
void strbuf_add(struct strbuf *b, const char *s);
void strbuf_addn(struct strbuf *b, const char *s, size_t n);
void strbuf_addf(struct strbuf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_pad(struct strbuf *b, size_t n); /* n spaces */

/* Goes on a list: ", 3 VFs", with the one word or the other; nothing for 0. */
void strbuf_add_count(struct strbuf *b, size_t n, const char *one, const char *many);

/* Gives the text away (never NULL for an empty one). Returns 0 or -ENOMEM if any write failed. */
int strbuf_steal(struct strbuf *b, char **ret);

#define CLEANUP_STRBUF CLEANUP(strbuf_free)
