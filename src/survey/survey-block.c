/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the block devices, what is made of which, and where they sit. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "survey/survey.h"
#include "usage/usage-parse.h"

#define CLASS_BLOCK "sys/class/block"
#define CLASS_NVME "sys/class/nvme-subsystem"
#define BTRFS "sys/fs/btrfs"

static bool is_gone(int r)
{
        return r == -ENOENT || r == -ENODEV || r == -ENXIO;
}

static void add_place(struct usage_block *b, char **place)
{
        char **slot = ARRAY_APPEND(b->places, b->n_places, b->alloc_places);

        *slot = STEAL(*place);
}

/* "8:1" */
static int read_number(struct sys *sys, struct usage_block *b)
{
        char path[PATH_MAX], text[64], *minor;
        uint64_t a, c;
        int r;

        (void) snprintf(path, sizeof(path), CLASS_BLOCK "/%s/dev", b->name);
        r = sys_read_attr(sys, path, text, sizeof(text));
        if (r < 0)
                return is_gone(r) ? 0 : r; /* the hidden devices of a multipath drive have none */
        minor = strchr(text, ':');
        if (!minor)
                return -EINVAL;
        *minor++ = '\0';
        if (parse_unsigned(text, 10, UINT32_MAX, &a) < 0 || parse_unsigned(minor, 10, UINT32_MAX, &c) < 0)
                return -EINVAL;
        b->major = (uint32_t) a;
        b->minor = (uint32_t) c;
        b->has_number = true;
        return 0;
}

/* A block device whose place isn't known may be under any function: that is said, not passed over. */
static void add_block(struct sys *sys, const char *name, struct usage *usage)
{
        CLEANUP_FREE char *place = NULL;
        struct usage_block *b;
        int r = usage_read_place(sys, CLASS_BLOCK, name, &place);

        if (is_gone(r))
                return;
        if (r == -EINVAL)
                return; /* a directory of a captured tree */
        if (r < 0) {
                usage->block_error = -r;
                return;
        }
        b = ARRAY_APPEND(usage->blocks, usage->n_blocks, usage->alloc_blocks);
        b->btrfs = NO_INDEX;
        b->name = xstrdup(name);
        add_place(b, &place);
        r = read_number(sys, b);
        if (r < 0)
                b->error = -r;
}

/* Device-mapper, MD, bcache and others are links in holders/ of what they are made of (bd_link_disk_holder()). */
static void read_holders(struct sys *sys, struct usage *usage, size_t index)
{
        struct usage_block *b = &usage->blocks[index];
        CLEANUP(names_freep) char **holders = NULL;
        char path[PATH_MAX];
        size_t n = 0;
        int r;

        (void) snprintf(path, sizeof(path), CLASS_BLOCK "/%s/holders", b->name);
        r = sys_list(sys, path, &holders, &n);
        if (r < 0 && !is_gone(r))
                b->error = -r;
        for (size_t i = 0; i < n; i++) {
                size_t holder = usage_find_block(usage, holders[i]);

                if (holder != NO_INDEX)
                        usage_add_upper(&b->uppers, holder);
        }
}

/* A loop device over a block device is no holder of it: it has it open as a file. */
static void read_loop(struct sys *sys, struct usage *usage, size_t index)
{
        char path[PATH_MAX], text[PATH_MAX];
        CLEANUP_FREE char *node = NULL;
        size_t below;

        if (!after_prefix(usage->blocks[index].name, "loop"))
                return;
        (void) snprintf(path, sizeof(path), CLASS_BLOCK "/%s/loop/backing_file", usage->blocks[index].name);
        if (sys_read_attr(sys, path, text, sizeof(text)) < 0)
                return;
        usage_node_name(text, &node);
        below = node ? usage_find_block(usage, node) : NO_INDEX;
        if (!(below == NO_INDEX))
                usage_add_upper(&usage->blocks[below].uppers, index);
}

static void read_label(struct sys *sys, struct usage_block *b)
{
        char path[PATH_MAX], text[256];

        if (!after_prefix(b->name, "dm-"))
                return;
        (void) snprintf(path, sizeof(path), CLASS_BLOCK "/%s/dm/name", b->name);
        if (sys_read_attr(sys, path, text, sizeof(text)) < 0 || !*text)
                return;
        replace_string(&b->label, text);
}

static bool is_controller(const char *name)
{
        const char *digits = after_prefix(name, "nvme");

        return digits && *digits && strspn(digits, "0123456789") == strlen(digits);
}

/* With several paths to a drive (nvme_core.multipath) its block devices hang under the subsystem, and that has a link
 * to each controller (drivers/nvme/host/core.c, nvme_init_subsystem()). */
static void read_subsystem(struct sys *sys, const char *name, struct usage *usage)
{
        CLEANUP(names_freep) char **entries = NULL;
        CLEANUP_FREE char *place = NULL, *dir = NULL;
        struct pci_function below = { 0 };
        size_t n = 0;
        int r = usage_read_place(sys, CLASS_NVME, name, &place);

        if (r == 0)
                dir = xasprintf("sys/devices/%s", place);
        if (r == 0)
                r = sys_list(sys, dir, &entries, &n);
        below.path = place;
        for (size_t i = 0; r == 0 && i < n; i++) {
                CLEANUP_FREE char *controller = NULL;

                if (!is_controller(entries[i]))
                        continue;
                (void) usage_read_place(sys, dir, entries[i], &controller);
                for (size_t k = 0; controller && k < usage->n_blocks; k++) {
                        struct usage_block *b = &usage->blocks[k];
                        CLEANUP_FREE char *copy = NULL;

                        if (!usage_is_under(b->places[0], &below))
                                continue;
                        copy = xstrdup(controller);
                        add_place(b, &copy);
                }
        }
}

/* The members of a mounted btrfs; it has no holders of its own, and one number of no device. */
static void read_btrfs(struct sys *sys, const char *name, struct usage *usage)
{
        CLEANUP(names_freep) char **members = NULL;
        struct usage_btrfs *fs;
        char path[PATH_MAX];
        size_t n = 0;
        int r;

        (void) snprintf(path, sizeof(path), BTRFS "/%s/devices", name);
        r = sys_list(sys, path, &members, &n);
        if (r < 0) {
                return;
        } /* "features" has none */
        fs = ARRAY_APPEND(usage->btrfs, usage->n_btrfs, usage->alloc_btrfs);
        fs->n_members = n;
        for (size_t i = 0; i < n; i++) {
                size_t block = usage_find_block(usage, members[i]);

                if (block != NO_INDEX)
                        usage->blocks[block].btrfs = usage->n_btrfs - 1;
        }
}

static int for_each(struct sys *sys, const char *dir, struct usage *usage,
                    void (*each)(struct sys *sys, const char *name, struct usage *usage))
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, dir, &names, &n);

        for (size_t i = 0; r == 0 && i < n; i++)
                each(sys, names[i], usage);
        return r;
}

void usage_read_block(struct sys *sys, struct usage *usage)
{
        int r = for_each(sys, CLASS_BLOCK, usage, add_block);

        if (r < 0 && r != -ENOENT)
                usage->block_error = -r;
        for (size_t i = 0; i < usage->n_blocks; i++) {
                read_holders(sys, usage, i);
                read_loop(sys, usage, i);
                read_label(sys, &usage->blocks[i]);
        }
        (void) for_each(sys, CLASS_NVME, usage, read_subsystem);
        (void) for_each(sys, BTRFS, usage, read_btrfs);
}

/* In blocks of 512 bytes, whatever the disk's own are (Documentation/ABI/stable/sysfs-block). */
void usage_read_disks(struct sys *sys, struct usage *usage)
{
        for (size_t i = 0; i < usage->n_blocks; i++) {
                struct usage_block *b = &usage->blocks[i];
                char path[PATH_MAX], model[256];
                uint64_t sectors;

                if (!usage_block_is_disk(usage, b))
                        continue;
                (void) snprintf(path, sizeof(path), CLASS_BLOCK "/%s/size", b->name);
                if (sys_read_number(sys, path, &sectors) == 0)
                        b->size = sectors * 512;
                (void) snprintf(path, sizeof(path), CLASS_BLOCK "/%s/device/model", b->name);
                if (sys_read_attr(sys, path, model, sizeof(model)) == 0 && *strip(model))
                        replace_string(&b->model, strip(model));
        }
}
