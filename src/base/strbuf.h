/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A string that grows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/macro.h"

struct strbuf {
        char *text; /* NUL-terminated once anything was added */
        size_t len;
        size_t alloc;
};

void strbuf_free(struct strbuf *b);
void strbuf_add(struct strbuf *b, const char *s);
void strbuf_addn(struct strbuf *b, const char *s, size_t n);
void strbuf_addf(struct strbuf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_pad(struct strbuf *b, size_t n); /* n spaces */

/* Goes on a list: ", 3 VFs", with the one word or the other; nothing for 0. */
void strbuf_add_count(struct strbuf *b, size_t n, const char *one, const char *many);

/* A size as drives are sold by: "1.92 TB", "512 GB". */
void strbuf_add_size(struct strbuf *b, uint64_t bytes);

/* Gives the text away: "" when nothing was added, never NULL. */
char *strbuf_steal(struct strbuf *b) __attribute__((returns_nonnull));

#define CLEANUP_STRBUF CLEANUP(strbuf_free)
