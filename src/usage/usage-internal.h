/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this room share: the way up from a device to what is made of it. */
#pragma once

#include "base/macro.h"
#include "usage/usage.h"

/* All that is made of one thing, nearest first, each once. */
struct usage_way {
        size_t *order; /* n indices; the first is where it starts */
        size_t n;
        size_t *from; /* by index: the one below; NO_INDEX where it starts */
};

typedef const struct usage_uppers *(*usage_get_uppers)(const struct usage *usage, size_t index);

/* Of total things of a kind. */
void usage_walk(const struct usage *usage, usage_get_uppers get, size_t total, size_t start, struct usage_way *ret);
void usage_way_clear(struct usage_way *way);
#define CLEANUP_WAY CLEANUP(usage_way_clear)

/* The next word of *rest, which blanks part, or NULL. */
char *usage_next_word(char **rest);

/* Splits line into at most n words. Returns how many there are. */
size_t usage_split(char *line, char **words, size_t n);

/* \040 and the like (mangle_path() in fs/seq_file.c; fstab(5)), in place. */
void usage_unescape(char *s);

bool usage_is_mounted_by(const struct usage_block *b, const struct usage_mount *m);

/* What the host's configuration will use; as usage_block_reason() and usage_net_reason(), which ask when nothing is in use. */
bool usage_configured_block_reason(const struct usage *usage, const struct pci_function *f,
                                   const struct usage_words *words, struct strbuf *text);
bool usage_configured_net_reason(const struct usage *usage, const struct pci_function *f, const struct usage_words *words,
                                 struct strbuf *text);

/* Appends a name that others have chosen: what would move a terminal's cursor becomes "?". */
void usage_add_name(struct strbuf *text, const char *name);

/* What one guard says of a function; as the decisions of usage/usage.h. taken NULL: only what does not depend on it. */
bool usage_guard_reason(const struct usage *usage, const struct inventory *inv, size_t function, enum guard guard,
                        const bool *taken, const struct usage_words *words, struct strbuf *text);

/* Refuses an item for a neighbour that is, and stays with the host: takes text, the reason. */
void usage_refuse_with(struct plan *plan, size_t item, const struct plan_item *neighbour, struct strbuf *text);

/* Whether a guard refuses the item, or it is refused for the sake of one that a guard refuses. */
bool usage_is_refused(const struct plan_item *item);

/* Refuses an item if the guards' reasons do, with all of them. Returns 1 when it does, else 0. */
int usage_refuse(struct plan *plan, size_t item);

/* usage_guard() for the other buses. */
void usage_bus_guard(const struct usage *usage, const struct inventory *inv, struct plan *plan);
