/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what is mounted and what is swap. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "survey/survey.h"
#include "usage/usage-parse.h"

#define POOLS "proc/spl/kstat/zfs"

void usage_find_node(struct sys *sys, const char *path, char **ret)
{
        char target[PATH_MAX];

        *ret = NULL;
        if (!after_prefix(path, "/dev/"))
                return;
        if (sys->ops->readlink(sys->userdata, path + 1, target, sizeof(target)) <= 0) {
                usage_node_name(path, ret);
                return;
        }
        *ret = xstrdup(last_component(target));
}

/* The mounts of PID 1: this program's own may be those of a unit's sandbox. */
static void read_mounts(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *text = NULL;
        int r = usage_read_text(sys, "proc/1/mountinfo", &text);

        if (r < 0)
                r = usage_read_text(sys, "proc/self/mountinfo", &text);
        if (r < 0)
                return;
        usage_parse_mounts(text, usage);
        for (size_t i = 0; i < usage->n_mounts; i++)
                if (streq(usage->mounts[i].type, "btrfs"))
                        usage_find_node(sys, usage->mounts[i].source, &usage->mounts[i].node);
        usage_link_mounts(usage);
}

static void read_swaps(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *text = NULL;
        char **swaps = NULL;
        size_t n = 0;

        if (usage_read_text(sys, "proc/swaps", &text) == 0)
                usage_parse_swaps(text, &swaps, &n);
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *node = NULL;
                size_t block;

                usage_find_node(sys, swaps[i], &node);
                block = node ? usage_find_block(usage, node) : NO_INDEX;
                if (block != NO_INDEX)
                        usage->blocks[block].swap = true;
                free(swaps[i]);
        }
        free(swaps);
}

/* Each imported pool has a directory here, besides the files of ZFS itself (module/os/linux/zfs/spa_stats.c). */
static void read_pools(struct sys *sys, struct usage *usage)
{
        size_t n = 0;

        (void) sys_list(sys, POOLS, &usage->pools, &n);
        for (size_t i = 0; i < n; i++) {
                char *name = usage->pools[i], path[PATH_MAX];

                (void) snprintf(path, sizeof(path), POOLS "/%s/state", name);
                usage->pools[i] = NULL;
                if (sys_exists(sys, path))
                        usage->pools[usage->n_pools++] = name;
                else
                        free(name);
        }
}

void usage_read_mounts(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *text = NULL;

        read_mounts(sys, usage);
        read_pools(sys, usage);
        read_swaps(sys, usage);
        (void) usage_read_text(sys, "proc/cmdline", &text);
        if (text)
                usage_parse_cmdline(text, usage);
}
