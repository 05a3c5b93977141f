/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts, swap and the root, as /proc tells them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "usage/usage-internal.h"
#include "usage/usage-parse.h"

void usage_unescape(char *s)
{
        char *to = s;

        while (*s) {
                if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
                    s[3] <= '7' && (s[1] != '0' || s[2] != '0' || s[3] != '0')) {
                        *to++ = (char) ((s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0');
                        s += 4;
                } else
                        *to++ = *s++;
        }
        *to = '\0';
}

static void copy_unescaped(char **ret, const char *s)
{
        *ret = xstrdup(s);
        usage_unescape(*ret);
}

/* A network file system. 9p goes over virtio too, which is not one. */
static bool is_network_type(const char *type, const char *options)
{
        static const char *const types[] = { "nfs", "nfs4", "cifs", "smb3", "ceph", "afs", "coda", "fuse.sshfs",
                                             "fuse.glusterfs", "fuse.ceph" };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (streq(type, types[i]))
                        return true;
        return streq(type, "9p") && options &&
               (strstr(options, "trans=tcp") || strstr(options, "trans=rdma") || !strstr(options, "trans="));
}

static int parse_number(char *s, struct usage_mount *m)
{
        char *minor = strchr(s, ':');
        uint64_t a, b;

        if (!minor)
                return -EINVAL;
        *minor++ = '\0';
        if (parse_unsigned(s, 10, UINT32_MAX, &a) < 0 || parse_unsigned(minor, 10, UINT32_MAX, &b) < 0)
                return -EINVAL;
        m->major = (uint32_t) a;
        m->minor = (uint32_t) b;
        return 0;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static void parse_mount(char *line, struct usage *usage)
{
        enum { NUMBER = 2, POINT = 4, FIRST_OPTIONAL = 6 };
        char *words[FIRST_OPTIONAL], *word, *type, *source;
        struct usage_mount m = { .btrfs = NO_INDEX }, *slot;
        size_t n = 0;

        while (n < ARRAY_SIZE(words) && (words[n] = strsep(&line, " ")))
                n++;
        while (n == ARRAY_SIZE(words) && (word = strsep(&line, " ")) && !streq(word, "-"))
                ;
        type = strsep(&line, " ");
        source = strsep(&line, " ");
        if (n < ARRAY_SIZE(words) || !type || !source || parse_number(words[NUMBER], &m) < 0)
                return;
        m.network = is_network_type(type, line);
        slot = ARRAY_APPEND(usage->mounts, usage->n_mounts, usage->alloc_mounts);
        *slot = m;
        copy_unescaped(&slot->point, words[POINT]);
        copy_unescaped(&slot->type, type);
        copy_unescaped(&slot->source, source);
}

void usage_parse_mounts(const char *text, struct usage *usage)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line;

        while ((line = strsep(&rest, "\n")))
                parse_mount(line, usage);
}

void usage_parse_swaps(const char *text, char ***ret, size_t *ret_n)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line, **list = NULL;
        size_t n = 0, alloc = 0;

        while ((line = strsep(&rest, "\n"))) {
                char **slot;

                line[strcspn(line, " \t")] = '\0';
                if (*line != '/') /* the heading */
                        continue;
                slot = ARRAY_APPEND(list, n, alloc);
                copy_unescaped(slot, line);
        }
        *ret = list;
        *ret_n = n;
}

void usage_node_name(const char *path, char **ret)
{
        const char *node = after_prefix(path, "/dev/");

        *ret = NULL;
        if (isempty(node))
                return;
        *ret = xstrdup(node);
        for (char *c = *ret; c && *c; c++)
                if (*c == '/')
                        *c = '!';
}

void usage_parse_cmdline(const char *text, struct usage *usage)
{
        static const struct {
                const char *prefix, *kind; /* NULL: what comes up to the next colon */
        } roots[] = {
                { "root=/dev/nfs", "nfs" }, { "root=nfs:", "nfs" },   { "root=nfs4:", "nfs4" }, { "root=iscsi:", "iscsi" },
                { "root=nbd:", "nbd" },     { "root=cifs:", "cifs" }, { "netroot=", NULL },
        };
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *word;

        while ((word = strsep(&rest, " \t\n")))
                for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
                        const char *kind = roots[i].kind;
                        char *value = (char *) after_prefix(word, roots[i].prefix);

                        if (!value)
                                continue;
                        if (!kind) {
                                value[strcspn(value, ":@")] = '\0';
                                kind = *value ? value : "netroot";
                        }
                        replace_string(&usage->boot_root, kind);
                }
}

/* Many devices, one number that is none's: a mount of btrfs is known by the device that it was mounted by. */
void usage_link_mounts(struct usage *usage)
{
        for (size_t i = 0; i < usage->n_mounts; i++) {
                struct usage_mount *m = &usage->mounts[i];
                size_t block = m->node && streq(m->type, "btrfs") ? usage_find_block(usage, m->node) : NO_INDEX;

                if (block != NO_INDEX)
                        m->btrfs = usage->blocks[block].btrfs;
        }
}
