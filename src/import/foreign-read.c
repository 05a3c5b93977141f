/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads other programs' files, in the order in which those programs do. */
#include "import/foreign-read.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"

#define RIVAL_FILE_MAX (1024U * 1024) /* past this it is none of theirs */

/* The programs' files: where, and how they are read. */
struct place {
        enum rival_kind kind;
        const char *suffix;
        int (*add)(struct rivals *r, const char *file, char *text, size_t len);
};

static int note_unreadable(struct rivals *rivals, enum rival_kind kind, const char *shown, int error)
{
        const struct config_loc loc = { .file = shown };

        return error == -ENOMEM ? error
                                : rivals_note(rivals, kind, &loc, "can't be read: %s", strerrordesc_np(-error));
}

/* shown has the slash that paths below the root have not. */
static int read_one(struct sys *sys, const char *shown, const struct place *place, struct rivals *rivals)
{
        CLEANUP_FREE char *text = NULL;
        char target[PATH_MAX];
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, shown + 1, RIVAL_FILE_MAX, &text, &len);

        if (r == -ENOENT && (sys->ops->readlink(sys->userdata, shown + 1, target, sizeof(target)) < 0 ||
                             streq(target, "/dev/null"))) /* none, or masked in a captured tree */
                return 0;
        if (r == 0)
                return place->add(rivals, shown, text, len);
        return r == -EISDIR ? 0 : note_unreadable(rivals, place->kind, shown, r);
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

/* The directory's files that are the program's. */
static int scan(struct sys *sys, const char *shown, size_t directory, const struct place *place, struct files *files,
                struct rivals *rivals)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, shown + 1, &names, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : note_unreadable(rivals, place->kind, shown, r);
        for (size_t i = 0; i < n; i++) {
                struct file *f;

                if (names[i][0] == '.' || !has_suffix(names[i], place->suffix))
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
static int read_directories(struct sys *sys, const char *const *directories, size_t n, const struct place *place,
                            struct rivals *rivals)
{
        CLEANUP(files_clear) struct files files = { 0 };
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = scan(sys, directories[i], i, place, &files, rivals);
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
                r = read_one(sys, path, place, rivals);
        }
        return r;
}

/* A directory for each parent. */
static int read_mdevctl(struct sys *sys, const struct place *place, struct rivals *rivals)
{
        CLEANUP(files_clear) struct files parents = { 0 };
        int r = scan(sys, "/etc/mdevctl.d", 0, place, &parents, rivals);

        for (size_t i = 0; i < parents.n && r == 0; i++) {
                CLEANUP_FREE char *path = NULL;

                if (streq(parents.items[i].name, "scripts.d")) /* its call-outs */
                        continue;
                if (asprintf(&path, "/etc/mdevctl.d/%s", parents.items[i].name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = read_directories(sys, (const char *const[]){ path }, 1, place, rivals);
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
        static const struct place driverctl = { RIVAL_DRIVERCTL, "", rivals_add_driverctl };
        static const struct place mdevctl = { RIVAL_MDEVCTL, "", rivals_add_mdevctl };
        static const struct place modprobe = { RIVAL_VFIO_IDS, ".conf", rivals_add_modprobe };
        static const struct place running = { RIVAL_VFIO_IDS, "", add_running },
                                  later = { RIVAL_VFIO_IDS, "", add_later };
        static const struct place sysfs = { RIVAL_SYSFS, ".conf", rivals_add_sysfs };
        static const char *const driverctl_d[] = { "/etc/driverctl.d" }, *const sysfs_d[] = { "/etc/sysfs.d" };
        static const struct place modules = { RIVAL_VFIO_IDS, "", rivals_add_modules };
        static const char *const modules_d[] = { "/etc/modules-load.d", "/run/modules-load.d",
                                                 "/usr/local/lib/modules-load.d", "/usr/lib/modules-load.d" };
        static const char *const modprobe_d[] = { "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
                                                  "/usr/lib/modprobe.d", "/lib/modprobe.d" };
        int r = read_directories(sys, driverctl_d, 1, &driverctl, ret);

        r = r < 0 ? r : read_mdevctl(sys, &mdevctl, ret);
        r = r < 0 ? r : read_directories(sys, modprobe_d, ARRAY_SIZE(modprobe_d), &modprobe, ret);
        /* After modprobe.d, as modprobe does: of several ids= the last one counts. */
        r = r < 0 ? r : read_one(sys, "/proc/cmdline", &running, ret);
        r = r < 0 ? r : read_one(sys, INITRAMFS_MODULES, &modules, ret);
        r = r < 0 ? r : read_one(sys, "/etc/modules", &modules, ret);
        r = r < 0 ? r : read_directories(sys, modules_d, ARRAY_SIZE(modules_d), &modules, ret);
        r = r < 0 ? r : read_one(sys, "/etc/kernel/cmdline", &later, ret);
        r = r < 0 ? r : read_one(sys, "/etc/sysfs.conf", &sysfs, ret);
        return r < 0 ? r : read_directories(sys, sysfs_d, 1, &sysfs, ret);
}
