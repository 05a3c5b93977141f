/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads which block devices the host mounts, opens and assembles at boot. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "survey/survey.h"
#include "usage/usage-configured.h"

static int read_file(struct sys *sys, const char *file, struct usage *usage,
                     int (*parse)(const char *text, const char *file, struct usage *usage))
{
        CLEANUP_FREE char *text = NULL;
        int r = usage_ignore(usage_read_text(sys, file + 1, &text));

        return r == 0 && text ? parse(text, file, usage) : r;
}

/* What is on each block device, as udev found. */
static int read_udev(struct sys *sys, struct usage *usage)
{
        int r = 0;

        for (size_t i = 0; i < usage->n_blocks && r == 0; i++) {
                struct usage_block *b = &usage->blocks[i];
                CLEANUP_FREE char *text = NULL;
                char path[64];

                (void) snprintf(path, sizeof(path), "run/udev/data/b%u:%u", b->major, b->minor);
                if (b->has_number)
                        r = usage_ignore(usage_read_text(sys, path, &text));
                if (r == 0 && text)
                        r = usage_parse_udev(text, b);
        }
        return r;
}

/* A volume that is not active has no node; LVM's own copy of the group says what it is made of. */
static int find_group(struct sys *sys, struct usage *usage, size_t entry, const char *path)
{
        CLEANUP_FREE char *group = NULL, *text = NULL;
        char backup[PATH_MAX];
        int r = usage_volume_group(path, &group);

        if (r < 0 || !group)
                return r;
        (void) snprintf(backup, sizeof(backup), "etc/lvm/backup/%s", group);
        r = usage_ignore(usage_read_text(sys, backup, &text));
        return r == 0 && text ? usage_match_group(usage, entry, group, text) : r;
}

static int find_blocks(struct sys *sys, struct usage *usage, size_t entry)
{
        struct usage_configured *e = &usage->configured[entry];
        CLEANUP_FREE char *path = NULL, *node = NULL;
        size_t block;
        int r = e->kind == CONFIGURED_ARRAY ? 0 : usage_device_path(e->what, &path);

        if (r == 0 && path)
                r = usage_find_node(sys, path, &node);
        block = node ? usage_find_block(usage, node) : NO_INDEX;
        if (block != NO_INDEX)
                return usage_add_upper(&e->blocks, block);
        return r == 0 && path ? find_group(sys, usage, entry, path) : r;
}

int usage_read_configured(struct sys *sys, struct usage *usage)
{
        int r = read_file(sys, "/etc/fstab", usage, usage_parse_fstab);

        if (r == 0)
                r = read_file(sys, "/etc/crypttab", usage, usage_parse_crypttab);
        if (r == 0)
                r = read_file(sys,
                              sys_exists(sys, "etc/mdadm/mdadm.conf") ? "/etc/mdadm/mdadm.conf" : "/etc/mdadm.conf",
                              usage, usage_parse_mdadm);
        if (r == 0 && (usage->n_configured > 0 || usage->n_pools > 0))
                r = read_udev(sys, usage);
        for (size_t i = 0; i < usage->n_configured && r == 0; i++)
                r = find_blocks(sys, usage, i);
        return r < 0 ? r : usage_match_members(usage);
}
