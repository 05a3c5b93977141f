/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads which block devices the host mounts, opens and assembles at boot. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "survey/survey.h"
#include "usage/usage-configured.h"

static void read_file(struct sys *sys, const char *file, struct usage *usage,
                      void (*parse)(const char *text, const char *file, struct usage *usage))
{
        CLEANUP_FREE char *text = NULL;

        (void) usage_read_text(sys, file + 1, &text);
        if (text)
                parse(text, file, usage);
}

/* What is on each block device, as udev found. */
static void read_udev(struct sys *sys, struct usage *usage)
{
        for (size_t i = 0; i < usage->n_blocks; i++) {
                struct usage_block *b = &usage->blocks[i];
                CLEANUP_FREE char *text = NULL;
                char path[64];

                (void) snprintf(path, sizeof(path), "run/udev/data/b%u:%u", b->major, b->minor);
                if (b->has_number)
                        (void) usage_read_text(sys, path, &text);
                if (text)
                        usage_parse_udev(text, b);
        }
}

/* A volume that is not active has no node; LVM's own copy of the group says what it is made of. */
static void find_group(struct sys *sys, struct usage *usage, size_t entry, const char *path)
{
        CLEANUP_FREE char *group = NULL, *text = NULL;
        char backup[PATH_MAX];

        usage_volume_group(path, &group);
        if (!group)
                return;
        (void) snprintf(backup, sizeof(backup), "etc/lvm/backup/%s", group);
        (void) usage_read_text(sys, backup, &text);
        if (text)
                usage_match_group(usage, entry, group, text);
}

static void find_blocks(struct sys *sys, struct usage *usage, size_t entry)
{
        struct usage_configured *e = &usage->configured[entry];
        CLEANUP_FREE char *path = NULL, *node = NULL;
        size_t block;

        if (!(e->kind == CONFIGURED_ARRAY))
                usage_device_path(e->what, &path);
        if (path)
                usage_find_node(sys, path, &node);
        block = node ? usage_find_block(usage, node) : NO_INDEX;
        if (block != NO_INDEX) {
                usage_add_upper(&e->blocks, block);
                return;
        }
        if (path)
                find_group(sys, usage, entry, path);
}

void usage_read_configured(struct sys *sys, struct usage *usage)
{
        read_file(sys, "/etc/fstab", usage, usage_parse_fstab);
        read_file(sys, "/etc/crypttab", usage, usage_parse_crypttab);
        read_file(sys, sys_exists(sys, "etc/mdadm/mdadm.conf") ? "/etc/mdadm/mdadm.conf" : "/etc/mdadm.conf", usage,
                  usage_parse_mdadm);
        if (usage->n_configured > 0 || usage->n_pools > 0)
                read_udev(sys, usage);
        for (size_t i = 0; i < usage->n_configured; i++)
                find_blocks(sys, usage, i);
        usage_match_members(usage);
}
