/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's own use of its devices as data: finding, walking up, freeing. */
#include "base/alloc.h"
#include "usage/usage-configured.h"
#include "usage/usage-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strutil.h"

struct usage *usage_new(void)
{
        struct usage *usage = xcalloc(1, sizeof(*usage));

        usage->boot_vga = NO_INDEX;
        return usage;
}

static void block_clear(struct usage_block *b)
{
        for (size_t i = 0; i < b->n_places; i++)
                free(b->places[i]);
        free(b->places);
        free(b->name);
        free(b->label);
        free(b->fs_label);
        free(b->model);
        free(b->fs_type);
        free(b->fs_uuid);
        free(b->uppers.items);
}

static void mount_clear(struct usage_mount *m)
{
        free(m->point);
        free(m->type);
        free(m->source);
        free(m->node);
}

static void link_clear(struct usage_link *l)
{
        free(l->name);
        free(l->place);
        free(l->ssh_peer);
        free(l->uppers.items);
}

void usage_free(struct usage *usage)
{
        if (!usage)
                return;
        for (size_t i = 0; i < usage->n_blocks; i++)
                block_clear(&usage->blocks[i]);
        for (size_t i = 0; i < usage->n_mounts; i++)
                mount_clear(&usage->mounts[i]);
        for (size_t i = 0; i < usage->n_pools; i++)
                free(usage->pools[i]);
        free(usage->pools);
        for (size_t i = 0; i < usage->n_links; i++)
                link_clear(&usage->links[i]);
        for (size_t i = 0; i < usage->n_sessions; i++)
                free(usage->sessions[i].peer);
        for (size_t i = 0; i < usage->n_keyboards; i++) {
                free(usage->keyboards[i].name);
                free(usage->keyboards[i].place);
        }
        usage_drop_configured(usage, 0);
        free(usage->configured);
        free(usage->blocks);
        free(usage->btrfs);
        free(usage->mounts);
        free(usage->links);
        free(usage->sessions);
        free(usage->keyboards);
        free(usage->boot_root);
        free(usage->framebuffer);
        free(usage);
}

/* Both kinds begin with their names. */
static int compare_name(const void *key, const void *element)
{
        return strcmp(key, *(char *const *) element);
}

size_t usage_find_block(const struct usage *usage, const char *name)
{
        const struct usage_block *b =
                usage->n_blocks == 0 ? NULL : bsearch(name, usage->blocks, usage->n_blocks, sizeof(*b), compare_name);

        return b ? (size_t) (b - usage->blocks) : NO_INDEX;
}

size_t usage_find_link(const struct usage *usage, const char *name)
{
        const struct usage_link *l =
                usage->n_links == 0 ? NULL : bsearch(name, usage->links, usage->n_links, sizeof(*l), compare_name);

        return l ? (size_t) (l - usage->links) : NO_INDEX;
}

void usage_add_upper(struct usage_uppers *uppers, size_t index)
{
        size_t *slot;

        for (size_t i = 0; i < uppers->n; i++)
                if (uppers->items[i] == index)
                        return;
        slot = ARRAY_APPEND(uppers->items, uppers->n, uppers->alloc);
        *slot = index;
}

bool usage_is_under(const char *place, const struct pci_function *f)
{
        const char *rest = place && f->path ? after_prefix(place, f->path) : NULL;

        return rest && (*rest == '/' || *rest == '\0');
}

bool usage_block_is_under(const struct usage_block *b, const struct pci_function *f)
{
        for (size_t i = 0; i < b->n_places; i++)
                if (usage_is_under(b->places[i], f))
                        return true;
        return false;
}

void usage_way_clear(struct usage_way *way)
{
        free(way->order);
        free(way->from);
        *way = (struct usage_way){ 0 };
}

void usage_walk(const struct usage *usage, usage_get_uppers get, size_t total, size_t start, struct usage_way *ret)
{
        CLEANUP_WAY struct usage_way way = { 0 };
        CLEANUP_FREE bool *seen = xcalloc(total + 1, sizeof(*seen));

        way.order = xcalloc(total + 1, sizeof(*way.order));
        way.from = xcalloc(total + 1, sizeof(*way.from));
        way.order[way.n++] = start;
        way.from[start] = NO_INDEX;
        seen[start] = true;
        for (size_t i = 0; i < way.n; i++) {
                const struct usage_uppers *uppers = get(usage, way.order[i]);

                for (size_t k = 0; k < uppers->n; k++) {
                        size_t up = uppers->items[k];

                        if (seen[up])
                                continue;
                        seen[up] = true;
                        way.from[up] = way.order[i];
                        way.order[way.n++] = up;
                }
        }
        *ret = way;
        way = (struct usage_way){ 0 };
}

/* A partition's directory is in its disk's, whose name the kernel keeps below 32 bytes (DISK_NAME_LEN). */
bool usage_block_is_disk(const struct usage *usage, const struct usage_block *b)
{
        const char *place = b->n_places > 0 ? b->places[0] : NULL, *end = place ? strrchr(place, '/') : NULL,
                   *begin = end;
        char parent[32];

        while (begin && begin > place && begin[-1] != '/')
                begin--;
        if (!begin || !b->has_number)
                return false;
        return snprintf(parent, sizeof(parent), "%.*s", (int) (end - begin), begin) >= (int) sizeof(parent) ||
               usage_find_block(usage, parent) == NO_INDEX;
}

void usage_add_name(struct strbuf *text, const char *name)
{
        for (; *name; name++)
                strbuf_addn(text, (unsigned char) *name < ' ' || *name == 0x7f ? "?" : name, 1);
}

void usage_describe(const struct usage *usage, const struct inventory *inv, size_t function, const bool *taken,
                    char **ret, unsigned *ret_guards)
{
        static const struct usage_words words = { "it", "" };
        const struct pci_function *f = &inv->functions[function];
        CLEANUP_STRBUF struct strbuf text = { 0 };

        *ret = NULL;
        *ret_guards = 0;
        if (!f->driver || driver_is_vfio(f->driver) || pci_function_is_bridge(f))
                return;
        for (enum guard guard = 0; guard < GUARD_VFS; guard++) {
                /* VFs are seen below their PF */
                CLEANUP_STRBUF struct strbuf one = { 0 };

                if (!usage_guard_reason(usage, inv, function, guard, taken, &words, &one))
                        continue;
                strbuf_addf(&text, "%s%s", text.len > 0 ? "; " : "", one.text);
                *ret_guards |= GUARD_BIT(guard);
        }
        if (text.len > 0)
                *ret = strbuf_steal(&text);
}
