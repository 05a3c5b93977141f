/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which block devices the host mounts, opens and assembles at boot: fstab, crypttab, mdadm.conf, and whose parts they
 * are. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/strutil.h"
#include "usage/usage-configured.h"
#include "usage/usage-internal.h"

static bool has_option(const char *options, const char *option)
{
        size_t n = strlen(option);

        for (; options; options = strchr(options, ',') ? strchr(options, ',') + 1 : NULL)
                if (strcspn(options, ",") == n && strncmp(options, option, n) == 0)
                        return true;
        return false;
}

/* UUID="…" is allowed. */
static void unquote(char *s)
{
        char *to = s;

        for (; *s; s++)
                if (*s != '"')
                        *to++ = *s;
        *to = '\0';
}

/* Calls each() with every line that has words and is no comment. */
static void parse_lines(const char *text, const char *file, struct usage *usage,
                        void (*each)(struct usage *usage, struct usage_configured *e, char **words, size_t n))
{
        enum { N = 4 };
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line;
        struct usage_configured e = { .file = (char *) file };

        while ((line = strsep(&rest, "\n"))) {
                char *words[N + 1] = { NULL };
                size_t n = usage_split(strip(line), words, N);

                e.line++;
                if (n >= 2 && *words[0] != '#')
                        each(usage, &e, words, n);
        }
}

/* What is mounted on demand is used as well. */
static void add_fstab(struct usage *usage, struct usage_configured *e, char **words, size_t n)
{
        if (n < 3 || (has_option(words[3], "noauto") && !has_option(words[3], "x-systemd.automount") &&
                      !has_option(words[3], "comment=systemd.automount")))
                return;
        e->kind = streq(words[2], "swap") ? CONFIGURED_SWAP : CONFIGURED_MOUNT;
        if (e->kind == CONFIGURED_MOUNT && *words[1] != '/')
                return;
        unquote(words[0]);
        usage_unescape(words[0]);
        usage_unescape(words[1]);
        e->what = words[0];
        e->name = e->kind == CONFIGURED_SWAP ? NULL : words[1];
        usage_add_configured(usage, e);
}

void usage_parse_fstab(const char *text, const char *file, struct usage *usage)
{
        parse_lines(text, file, usage, add_fstab);
}

static void add_crypttab(struct usage *usage, struct usage_configured *e, char **words, size_t n)
{
        (void) n;
        if (has_option(words[3], "noauto"))
                return;
        unquote(words[1]);
        usage_unescape(words[1]);
        e->kind = CONFIGURED_CRYPT;
        e->what = words[1];
        e->name = words[0];
        usage_add_configured(usage, e);
}

void usage_parse_crypttab(const char *text, const char *file, struct usage *usage)
{
        parse_lines(text, file, usage, add_crypttab);
}

/* A keyword of three letters or more begins a line, and indented lines add to it. */
void usage_parse_mdadm(const char *text, const char *file, struct usage *usage)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line, *word;
        struct usage_configured e = { .kind = CONFIGURED_ARRAY, .file = (char *) file };
        bool array = false, first;

        while ((line = strsep(&rest, "\n"))) {
                e.line++;
                first = !isspace((unsigned char) *line);
                line = strip(line);
                while ((word = usage_next_word(&line)) && *word != '#') {
                        if (first) {
                                array = strlen(word) >= 3 && strncasecmp(word, "array", strlen(word)) == 0;
                                e.name = (char *) "an array";
                        } else if (array && !strchr(word, '='))
                                e.name = word;
                        else if (array && strncasecmp(word, "uuid=", 5) == 0 && !streq(e.name, "<ignore>")) {
                                e.what = word + 5;
                                usage_add_configured(usage, &e);
                        }
                        first = false;
                }
        }
}

/* What udev leaves as it is in the name of a link (encode_devnode_name() in its sources). */
static bool is_plain(char c)
{
        return isalnum((unsigned char) c) || (unsigned char) c >= 0x80 || strchr("#+-.:=@_", c);
}

void usage_device_path(const char *what, char **ret)
{
        static const char *const tags[][2] = {
                { "UUID=", "uuid" },           { "LABEL=", "label" }, { "PARTUUID=", "partuuid" },
                { "PARTLABEL=", "partlabel" }, { "ID=", "id" },
        };
        CLEANUP_STRBUF struct strbuf path = { 0 };

        *ret = NULL;
        if (after_prefix(what, "/dev/"))
                strbuf_add(&path, what);
        for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
                const char *c = after_prefix(what, tags[i][0]);

                if (!c)
                        continue;
                strbuf_addf(&path, "/dev/disk/by-%s/", tags[i][1]);
                for (; *c; c++)
                        strbuf_addf(&path, is_plain(*c) ? "%c" : "\\x%02x", (unsigned char) *c);
        }
        if (path.text)
                *ret = strbuf_steal(&path);
}

void usage_volume_group(const char *path, char **ret)
{
        const char *mapped = after_prefix(path, "/dev/mapper/"), *plain = after_prefix(path, "/dev/");
        CLEANUP_STRBUF struct strbuf group = { 0 };

        *ret = NULL;
        if (mapped) {
                for (; *mapped && (mapped[0] != '-' || mapped[1] == '-'); mapped += *mapped == '-' ? 2 : 1)
                        strbuf_addn(&group, mapped, 1);
                if (*mapped != '-' || !mapped[1])
                        return;
        } else if (plain && strchr(plain, '/') == strrchr(plain, '/') && strchr(plain, '/'))
                strbuf_addn(&group, plain, strcspn(plain, "/"));
        if (!group.text)
                return;
        if (!(group.len == 0 || *group.text == '.' || strchr(group.text, '/')))
                *ret = strbuf_steal(&group);
}

/* mdadm has its own word for the UUID of what a device is a member of. */
void usage_parse_udev(const char *text, struct usage_block *b)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line;

        b->probed = true;
        while ((line = strsep(&rest, "\n"))) {
                const char *type = after_prefix(line, "E:ID_FS_TYPE="), *uuid = after_prefix(line, "E:ID_FS_UUID=");
                const char *label = after_prefix(line, "E:ID_FS_LABEL=");

                if (!uuid && !b->fs_uuid)
                        uuid = after_prefix(line, "E:MD_UUID=");
                if (type)
                        replace_string(&b->fs_type, type);
                else if (label)
                        replace_string(&b->fs_label, label);
                else if (uuid)
                        replace_string(&b->fs_uuid, uuid);
        }
}

static bool is_type(const struct usage_block *b, const char *type)
{
        return b->fs_type && b->fs_uuid && streq(b->fs_type, type);
}

/* "a:b:c:d" of mdadm and the dashes of others: the digits are the same. */
static bool is_same_uuid(const char *a, const char *b)
{
        while (*a || *b) {
                if (*a && !isxdigit((unsigned char) *a))
                        a++;
                else if (*b && !isxdigit((unsigned char) *b))
                        b++;
                else if (tolower((unsigned char) *a) != tolower((unsigned char) *b))
                        return false;
                else
                        a++, b++;
        }
        return true;
}

static bool belongs_to(const struct usage *usage, const struct usage_configured *e, const struct usage_block *b)
{
        const struct usage_block *named;

        if (e->kind == CONFIGURED_ARRAY)
                return is_type(b, "linux_raid_member") && is_same_uuid(e->what, b->fs_uuid);
        if (e->blocks.n == 0 || !is_type(b, "btrfs"))
                return false;
        named = &usage->blocks[e->blocks.items[0]];
        return is_type(named, "btrfs") && streq(named->fs_uuid, b->fs_uuid);
}

void usage_match_members(struct usage *usage)
{
        for (size_t i = 0; i < usage->n_configured; i++)
                for (size_t k = 0; k < usage->n_blocks; k++)
                        if (belongs_to(usage, &usage->configured[i], &usage->blocks[k]))
                                usage_add_upper(&usage->configured[i].blocks, k);
}

void usage_match_group(struct usage *usage, size_t entry, const char *group, const char *text)
{
        struct usage_configured *e = &usage->configured[entry];

        replace_string(&e->group, group);
        for (size_t k = 0; k < usage->n_blocks; k++) {
                CLEANUP_STRBUF struct strbuf id = { 0 };

                if (!is_type(&usage->blocks[k], "LVM2_member"))
                        continue;
                strbuf_addf(&id, "id = \"%s\"", usage->blocks[k].fs_uuid);
                if (strstr(text, id.text))
                        usage_add_upper(&e->blocks, k);
        }
}
