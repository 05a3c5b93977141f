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

/* Refuses an item for what the host itself uses: takes text, the reason. 0 or -ENOMEM. */
int usage_refuse(struct plan *plan, size_t item, struct strbuf *text);
