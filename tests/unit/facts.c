/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host uses its devices for, in memory. */
#include "unit/facts.h"

#include <stdlib.h>

#include "base/array.h"
#include "unit/kit.h"
#include "usage/usage-parse.h"

struct usage_block *facts_block(struct usage *u, const char *name, const char *place, unsigned minor)
{
        struct usage_block *b = ARRAY_APPEND(u->blocks, u->n_blocks, u->alloc_blocks);
        char **slot;

        assert_non_null(b);
        b->name = xstrdup(name);
        slot = ARRAY_APPEND(b->places, b->n_places, b->alloc_places);
        assert_non_null(slot);
        *slot = xstrdup(*place ? place : "virtual/block");
        b->has_number = true;
        b->major = 8;
        b->minor = minor;
        b->btrfs = NO_INDEX;
        return b;
}

void facts_made_of(struct usage *u, const char *upper, const char *lower)
{
        usage_add_upper(&u->blocks[usage_find_block(u, lower)].uppers, usage_find_block(u, upper));
}

void facts_mounts(struct usage *u, const char *text)
{
        usage_parse_mounts(text, u);
}

struct usage_link *facts_net(struct usage *u, const char *name, const char *place)
{
        struct usage_link *l = ARRAY_APPEND(u->links, u->n_links, u->alloc_links);

        assert_non_null(l);
        l->name = xstrdup(name);
        l->place = *place ? xstrdup(place) : NULL;
        return l;
}

void facts_over(struct usage *u, const char *lower, const char *upper)
{
        usage_add_upper(&u->links[usage_find_link(u, lower)].uppers, usage_find_link(u, upper));
}
