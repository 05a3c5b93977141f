/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the host's configuration files, of which the first byte says the kind: each entry that is found names a
 * device and its line, and a reason can be made of it. */
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "fuzz/fuzz.h"
#include "usage/usage-configured.h"

#define FILE_NAME "/etc/file"
#define PLACE "pci0000:00/0000:05:00.0"

static void parse_ifupdown(const char *text, const char *file, struct usage *usage)
{
        CLEANUP_IFUPDOWN struct usage_ifupdown u = { 0 };

        usage_add_ifupdown(&u, text, file);
        usage_finish_ifupdown(&u, usage);
}

static void parse_network(const char *text, const char *file, struct usage *usage)
{
        bool unmanaged;

        usage_parse_network(text, file, usage, &unmanaged);
}

static void parse_udev(const char *text, const char *file, struct usage *usage)
{
        (void) file;
        usage_parse_udev(text, &usage->blocks[0]);
}

static void (*const parsers[])(const char *text, const char *file, struct usage *usage) = {
        usage_parse_fstab, usage_parse_crypttab, usage_parse_mdadm,   parse_ifupdown,
        parse_network,     usage_parse_keyfile,  usage_parse_netplan, parse_udev,
};

static struct usage *get_usage(void)
{
        struct usage *usage = usage_new();
        struct usage_block *b = ARRAY_APPEND(usage->blocks, usage->n_blocks, usage->alloc_blocks);
        struct usage_link *l = ARRAY_APPEND(usage->links, usage->n_links, usage->alloc_links);

        REQUIRE(l);
        b->btrfs = NO_INDEX;
        b->name = strdup("sda");
        b->fs_type = strdup("linux_raid_member");
        b->fs_uuid = strdup("00000001-0000-0002-0000-000300000004");
        b->places = calloc(1, sizeof(*b->places));
        REQUIRE(b->name && b->fs_type && b->fs_uuid && b->places);
        b->places[b->n_places++] = strdup(PLACE "/sda");
        l->name = strdup("eth0");
        l->place = strdup(PLACE "/net/eth0");
        REQUIRE(b->places[0] && l->name && l->place);
        return usage;
}

static void check_entry(struct usage *usage, size_t i, unsigned lines)
{
        struct usage_configured *e = &usage->configured[i];
        CLEANUP_FREE char *path = NULL, *group = NULL;

        REQUIRE(e->what && strcmp(e->file, FILE_NAME) == 0 && e->line >= 1 && e->line <= lines);
        if (e->kind >= CONFIGURED_ARRAY)
                return;
        usage_device_path(e->what, &path);
        if (path)
                usage_volume_group(path, &group);
        REQUIRE(!group || (*group && !strchr(group, '/')));
        usage_add_upper(&e->blocks, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct usage_words words = { "it", "" };
        const struct pci_function f = { .path = (char *) PLACE };
        CLEANUP(usage_freep) struct usage *usage = get_usage();
        CLEANUP_STRBUF struct strbuf reason = { 0 };
        CLEANUP_FREE char *text = NULL;
        unsigned lines = 1;

        if (size == 0)
                return 0;
        text = strndup((const char *) data + 1, size - 1);
        REQUIRE(text);
        for (const char *c = text; *c; c++)
                lines += *c == '\n';
        parsers[data[0] % ARRAY_SIZE(parsers)](text, FILE_NAME, usage);
        for (size_t i = 0; i < usage->n_configured; i++)
                check_entry(usage, i, lines);
        usage_match_members(usage);
        (void) usage_block_reason(usage, &f, &words, &reason);
        (void) usage_net_reason(usage, &f, &words, &reason);
        return 0;
}
