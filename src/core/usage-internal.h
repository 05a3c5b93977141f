/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the usage-*.c files of core share: the way up from a device to what is made of it. */
#pragma once

#include "core/usage.h"
#include "util/macro.h"

/* All that is made of one thing, nearest first, each once. */
struct usage_way {
        size_t *order; /* n indices; the first is where it starts */
        size_t n;
        size_t *from; /* by index: the one below; NO_INDEX where it starts */
};

typedef const struct usage_uppers *(*usage_get_uppers)(const struct usage *usage, size_t index);

/* Of total things of a kind. Returns 0 or -ENOMEM. */
int usage_walk(const struct usage *usage, usage_get_uppers get, size_t total, size_t start, struct usage_way *ret);
void usage_way_clear(struct usage_way *way);
#define CLEANUP_WAY CLEANUP(usage_way_clear)

/* Appends a name that others have chosen: what would move a terminal's cursor becomes "?". */
void usage_add_name(struct strbuf *text, const char *name);

/* Refuses an item for what the host itself uses: takes text, the reason. 0 or -ENOMEM. */
int usage_refuse(struct plan *plan, size_t item, struct strbuf *text);
