/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares the configuration with the copy of what went into the initramfs, byte by byte. */
#include "host/initramfs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"

#define RECORDS "var/lib/passthru-setup/initramfs/"
#define FILE_SIZE_MAX (16U * 1024 * 1024)

/* What is in a file, and where a link points: a drop-in that is a link to /dev/null masks. A file that is not there and
 * one that can't be read are each like themselves alone. */
struct content {
        int error;
        char *data;
        size_t len;
        char link[PATH_MAX];
};

static void content_clear(struct content *c)
{
        free(c->data);
}

static int read_content(struct sys *sys, const char *directory, const char *file, struct content *ret)
{
        char path[PATH_MAX];

        if (snprintf(path, sizeof(path), "%s%s", directory, file) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        ret->link[0] = '\0';
        (void) sys->ops->readlink(sys->userdata, path, ret->link, sizeof(ret->link));
        if (!streq(ret->link, "/dev/null")) {
                ret->link[0] = '\0'; /* of another link the content counts */
                ret->error = sys->ops->read_file(sys->userdata, path, FILE_SIZE_MAX, &ret->data, &ret->len);
        }
        return ret->error == -ENOMEM ? -ENOMEM : 0;
}

/* 1 the same, 0 not, -errno. */
static int compare(struct sys *sys, const char *record, const char *file)
{
        CLEANUP(content_clear) struct content a = { 0 }, b = { 0 };
        int r = read_content(sys, "", file, &a);

        if (r == 0)
                r = read_content(sys, record, file, &b);
        if (r < 0)
                return r;
        return a.error == b.error && a.len == b.len && streq(a.link, b.link) &&
               (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool is_drop_in(const char *name)
{
        size_t n = strlen(name);

        return name[0] != '.' && n > strlen(".conf") && streq(name + n - strlen(".conf"), ".conf");
}

/* Of the drop-ins of one of the two; those of the other are compared in their turn. */
static int compare_drop_ins(struct sys *sys, const char *record, const char *root, const char *directory)
{
        CLEANUP(names_freep) char **names = NULL;
        char path[PATH_MAX];
        size_t n = 0;
        int r, same = 1;

        (void) snprintf(path, sizeof(path), "%s%s", root, directory);
        r = sys_list(sys, path, &names, &n);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        for (size_t i = 0; i < n && same == 1; i++) {
                if (!is_drop_in(names[i]))
                        continue;
                if (snprintf(path, sizeof(path), "%s/%s", directory, names[i]) >= (int) sizeof(path))
                        return -ENAMETOOLONG;
                same = compare(sys, record, path);
        }
        return same;
}

int initramfs_is_stale(struct sys *sys, const char *release, bool *ret_stale)
{
        /* What is below /run is gone at the next boot, and does not go in. */
        static const char *const places[] = { "etc", "usr/lib" };
        char record[PATH_MAX], path[64];
        int same = 1;

        if (snprintf(record, sizeof(record), RECORDS "%s/", release) >= (int) sizeof(record))
                return -ENAMETOOLONG;
        if (!sys_exists(sys, record))
                return -ENOENT;
        for (size_t i = 0; i < ARRAY_SIZE(places) && same == 1; i++) {
                (void) snprintf(path, sizeof(path), "%s/passthru.conf", places[i]);
                same = compare(sys, record, path);
                (void) snprintf(path, sizeof(path), "%s/passthru.conf.d", places[i]);
                if (same == 1)
                        same = compare_drop_ins(sys, record, "", path);
                if (same == 1)
                        same = compare_drop_ins(sys, record, record, path);
        }
        if (same < 0)
                return same;
        *ret_stale = same == 0;
        return 0;
}

const char *initramfs_command(struct sys *sys)
{
        if (sys_exists(sys, "usr/sbin/update-initramfs"))
                return "update-initramfs -u";
        return "dracut --force";
}
