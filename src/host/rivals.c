/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads other programs' files, in the order in which those programs do. */
#include "host/rivals.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/macro.h"

#define RIVAL_FILE_MAX (1024U * 1024) /* past this it is none of theirs */

typedef int (*add_text)(struct rivals *r, const char *file, char *text, size_t len);

static void note_unreadable(struct rivals *rivals, const char *shown, int error)
{
        const struct config_loc loc = { .file = shown };

        diag_add(&rivals->notes, DIAG_WARNING, &loc, "can't be read: %s", strerrordesc_np(-error));
}

/* shown has the slash that paths below the root have not. */
static int read_one(struct sys *sys, const char *shown, add_text add, struct rivals *rivals)
{
        CLEANUP_FREE char *text = NULL;
        char target[PATH_MAX];
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, shown + 1, RIVAL_FILE_MAX, &text, &len);

        if (r == -ENOENT && (sys->ops->readlink(sys->userdata, shown + 1, target, sizeof(target)) < 0 ||
                             streq(target, "/dev/null"))) /* none, or masked in a captured tree */
                return 0;
        if (r == -ENOMEM)
                return r;
        if (r == 0)
                return add(rivals, shown, text, len);
        if (r != -EISDIR)
                note_unreadable(rivals, shown, r);
        return 0;
}

struct file {
        char *name;
        size_t directory; /* the lower the stronger */
};

struct files {
        struct file *items;
        size_t n, alloc;
};

static void files_clear(struct files *f)
{
        for (size_t i = 0; i < f->n; i++)
                free(f->items[i].name);
        free(f->items);
}

static bool has_suffix(const char *name, const char *suffix)
{
        size_t n = strlen(name), k = strlen(suffix);

        return n >= k && streq(name + n - k, suffix);
}

/* The directory's files that end in suffix. */
static int scan(struct sys *sys, const char *shown, size_t directory, const char *suffix, struct files *files,
                struct rivals *rivals)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, shown + 1, &names, &n);

        if (r == -ENOMEM)
                return r;
        if (r < 0 && r != -ENOENT)
                note_unreadable(rivals, shown, r);
        for (size_t i = 0; i < n; i++) {
                struct file *f;

                if (names[i][0] == '.' || !has_suffix(names[i], suffix))
                        continue;
                f = ARRAY_APPEND(files->items, files->n, files->alloc);
                if (!f)
                        return -ENOMEM;
                f->directory = directory;
                f->name = strdup(names[i]);
                if (!f->name)
                        return -ENOMEM;
        }
        return 0;
}

static int compare_files(const void *a, const void *b)
{
        const struct file *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        return r != 0 ? r : (x->directory > y->directory) - (x->directory < y->directory);
}

/* By name, whatever the directory; of one name the strongest directory's alone. */
static int read_directories(struct sys *sys, const char *const *directories, size_t n, const char *suffix,
                            add_text add, struct rivals *rivals)
{
        CLEANUP(files_clear) struct files files = { 0 };
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = scan(sys, directories[i], i, suffix, &files, rivals);
        if (files.n > 1)
                qsort(files.items, files.n, sizeof(*files.items), compare_files);
        for (size_t i = 0; i < files.n && r == 0; i++) {
                CLEANUP_FREE char *path = NULL;

                if (i > 0 && streq(files.items[i].name, files.items[i - 1].name))
                        continue;
                if (asprintf(&path, "%s/%s", directories[files.items[i].directory], files.items[i].name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = read_one(sys, path, add, rivals);
        }
        return r;
}

static int read_mdevctl(struct sys *sys, struct rivals *rivals)
{
        CLEANUP(files_clear) struct files parents = { 0 };
        int r = scan(sys, "/etc/mdevctl.d", 0, "", &parents, rivals);

        for (size_t i = 0; i < parents.n && r == 0; i++) {
                CLEANUP_FREE char *path = NULL;

                if (streq(parents.items[i].name, "scripts.d")) /* its call-outs */
                        continue;
                if (asprintf(&path, "/etc/mdevctl.d/%s", parents.items[i].name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = read_directories(sys, (const char *const[]){ path }, 1, "", rivals_add_mdevctl, rivals);
        }
        return r;
}

static int add_running(struct rivals *r, const char *file, char *text, size_t len)
{
        return rivals_add_cmdline(r, file, text, len, true);
}

static int add_later(struct rivals *r, const char *file, char *text, size_t len)
{
        return rivals_add_cmdline(r, file, text, len, false);
}

int rivals_read(struct sys *sys, struct rivals *ret)
{
        static const char *const driverctl[] = { "/etc/driverctl.d" }, *const sysfs[] = { "/etc/sysfs.d" };
        static const char *const modprobe[] = { "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
                                                "/usr/lib/modprobe.d", "/lib/modprobe.d" };
        int r = read_directories(sys, driverctl, 1, "", rivals_add_driverctl, ret);

        r = r < 0 ? r : read_mdevctl(sys, ret);
        r = r < 0 ? r : read_directories(sys, modprobe, ARRAY_SIZE(modprobe), ".conf", rivals_add_modprobe, ret);
        /* After modprobe.d, as modprobe does: of several ids= the last one counts. */
        r = r < 0 ? r : read_one(sys, "/proc/cmdline", add_running, ret);
        r = r < 0 ? r : read_one(sys, "/etc/kernel/cmdline", add_later, ret);
        r = r < 0 ? r : read_one(sys, "/etc/sysfs.conf", rivals_add_sysfs, ret);
        r = r < 0 ? r : read_directories(sys, sysfs, 1, ".conf", rivals_add_sysfs, ret);
        return r < 0 || !ret->notes.out_of_memory ? r : -ENOMEM;
}
