/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what is mounted and what is swap. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "survey/survey.h"
#include "usage/usage-parse.h"

#define POOLS "proc/spl/kstat/zfs"

int usage_find_node(struct sys *sys, const char *path, char **ret)
{
        char target[PATH_MAX];

        *ret = NULL;
        if (!after_prefix(path, "/dev/"))
                return 0;
        if (sys->ops->readlink(sys->userdata, path + 1, target, sizeof(target)) <= 0)
                return usage_node_name(path, ret);
        *ret = strdup(last_component(target));
        return *ret ? 0 : -ENOMEM;
}

/* The mounts of PID 1: this program's own may be those of a unit's sandbox. */
static int read_mounts(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *text = NULL;
        int r = usage_read_text(sys, "proc/1/mountinfo", &text);

        if (r < 0 && r != -ENOMEM)
                r = usage_read_text(sys, "proc/self/mountinfo", &text);
        if (r < 0)
                return usage_ignore(r);
        r = usage_parse_mounts(text, usage);
        for (size_t i = 0; r == 0 && i < usage->n_mounts; i++)
                if (streq(usage->mounts[i].type, "btrfs"))
                        r = usage_find_node(sys, usage->mounts[i].source, &usage->mounts[i].node);
        usage_link_mounts(usage);
        return r;
}

static int read_swaps(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *text = NULL;
        char **swaps = NULL;
        size_t n = 0;
        int r = usage_read_text(sys, "proc/swaps", &text);

        if (r == 0)
                r = usage_parse_swaps(text, &swaps, &n);
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *node = NULL;
                size_t block;

                if (r == 0)
                        r = usage_find_node(sys, swaps[i], &node);
                block = node ? usage_find_block(usage, node) : NO_INDEX;
                if (block != NO_INDEX)
                        usage->blocks[block].swap = true;
                free(swaps[i]);
        }
        free(swaps);
        return usage_ignore(r);
}

/* Each imported pool has a directory here, besides the files of ZFS itself (module/os/linux/zfs/spa_stats.c). */
static int read_pools(struct sys *sys, struct usage *usage)
{
        size_t n = 0;
        int r = sys_list(sys, POOLS, &usage->pools, &n);

        for (size_t i = 0; i < n; i++) {
                char *name = usage->pools[i], path[PATH_MAX];

                (void) snprintf(path, sizeof(path), POOLS "/%s/state", name);
                usage->pools[i] = NULL;
                if (sys_exists(sys, path))
                        usage->pools[usage->n_pools++] = name;
                else
                        free(name);
        }
        return usage_ignore(r);
}

int usage_read_mounts(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *text = NULL;
        int r = read_mounts(sys, usage);

        if (r == 0)
                r = read_pools(sys, usage);
        if (r == 0)
                r = read_swaps(sys, usage);
        if (r == 0)
                r = usage_ignore(usage_read_text(sys, "proc/cmdline", &text));
        return r == 0 && text ? usage_parse_cmdline(text, usage) : r;
}
