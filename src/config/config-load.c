/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds and reads the configuration files, with systemd's precedence, and opens none that could hang or be
 * another's. */
#include "config/config-load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "sys/chase.h"

#define CONFIG_SIZE_MAX (16U * 1024 * 1024)

/* The strongest first. */
static const char *const directories[] = { "etc", "run", "usr/lib" };

struct loader {
        int root_fd;
        int host_fd;  /* of the host whose configuration it is, also where a file is named */
        bool in_host; /* a captured tree */
        bool in_root; /* a captured tree: links must not lead out of it */
        bool check_owner;
        const struct config_overlay *overlay; /* or NULL */
        struct diag_list *diags;
        struct config *config;
};

static int open_below(const struct loader *l, const char *path, int flags)
{
        int fd;

        /* Not openat2() where it is not needed: systemd's RestrictSUIDSGID= answers it with ENOSYS. */
        if (l->in_root)
                return open_in_root(l->root_fd, path, flags);
        fd = openat(l->root_fd, path, flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* ---- the host that [match] is about ---- */

static int open_fact(const struct loader *l, const char *path, int flags)
{
        int fd = l->in_host ? open_in_root(l->host_fd, path, flags) : openat(l->host_fd, path, flags | O_CLOEXEC);

        return fd < 0 && !l->in_host ? -errno : fd;
}

static int read_fact(void *userdata, const char *path, char *buf, size_t size)
{
        CLEANUP_CLOSE int fd = open_fact(userdata, path, O_RDONLY);
        ssize_t n;

        if (fd < 0)
                return fd;
        n = read(fd, buf, size - 1);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return 0;
}

static int list_facts(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        CLEANUP(closedirp) DIR *dir = NULL;
        int fd = open_fact(userdata, path, O_RDONLY | O_DIRECTORY), r = 0;
        struct dirent *e;

        if (fd < 0)
                return fd;
        dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return -errno;
        }
        while (r >= 0 && (e = readdir(dir)))
                if (e->d_name[0] != '.')
                        r = each(arg, e->d_name);
        return r;
}

/* ---- its files ---- */

static const char *kind_of(mode_t mode)
{
        return S_ISDIR(mode)                    ? "a directory"
               : S_ISFIFO(mode)                 ? "a FIFO"
               : S_ISSOCK(mode)                 ? "a socket"
               : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
                                                : "no regular file";
}

/* Who can write it decides what is handed to guests: root alone, or, for a look at a file of one's own, its owner. */
static bool is_safe(const struct loader *l, const struct stat *st, const struct config_loc *loc)
{
        if (!l->check_owner)
                return true;
        if (st->st_uid != 0 && st->st_uid != geteuid())
                diag_add(l->diags, DIAG_ERROR, loc, "belongs to uid %u; expected root (chown root %s)",
                         (unsigned) st->st_uid, loc->file);
        else if (st->st_mode & (S_IWGRP | S_IWOTH))
                diag_add(l->diags, DIAG_ERROR, loc,
                         "can be written by others than root (mode %04o); expected 0644 "
                         "(chmod go-w %s)",
                         (unsigned) st->st_mode & 07777, loc->file);
        else
                return true;
        return false;
}

static int read_all(int fd, char **ret, size_t *ret_len)
{
        CLEANUP_FREE char *text = NULL;
        size_t len = 0, alloc = 0;

        for (;;) {
                ssize_t n;

                array_reserve(&text, &alloc, len + 65536, 1);
                n = read(fd, text + len, alloc - len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                len += (size_t) n;
                if (len > CONFIG_SIZE_MAX)
                        return -EFBIG;
        }
        *ret = STEAL(text);
        *ret_len = len;
        return 0;
}

/* Whether what is open is a file to read. False: a diagnostic says why not. */
static bool is_configuration(const struct loader *l, int fd, const struct config_loc *loc)
{
        struct stat st;

        if (fstat(fd, &st) < 0) {
                diag_add(l->diags, DIAG_ERROR, loc, "can't be read: %m");
                return false;
        }
        if (!S_ISREG(st.st_mode)) {
                diag_add(l->diags, DIAG_ERROR, loc, "is %s; expected a regular file", kind_of(st.st_mode));
                return false;
        }
        return is_safe(l, &st, loc);
}

static void tell_unread(const struct loader *l, const struct config_loc *loc, int r)
{
        if (r == -EFBIG)
                diag_add(l->diags, DIAG_ERROR, loc, "is larger than 16 MiB; expected a configuration");
        else
                diag_add(l->diags, DIAG_ERROR, loc, "can't be read: %s", strerrordesc_np(-r));
}

/* Reads one file into the model. -ENOENT: there is none. */
static int read_file(struct loader *l, const char *path, const char *shown)
{
        struct config_loc loc = { .file = shown };
        CLEANUP_CLOSE int handle = -1, fd = -1;
        CLEANUP_FREE char *text = NULL;
        size_t len = 0;
        int r;

        if (l->overlay && streq(shown, l->overlay->path)) {
                config_add_file(l->config, shown, l->overlay->text, l->overlay->len, l->diags);
                return 0;
        }
        /* O_PATH opens nothing: no FIFO blocks and no device notices, until it is known what it is. */
        handle = open_below(l, path, O_PATH);
        if (handle < 0 && handle != -ENOENT)
                diag_add(l->diags, DIAG_ERROR, &loc, "can't be opened: %s", strerrordesc_np(-handle));
        if (handle < 0)
                return handle == -ENOENT ? handle : 0;
        if (!is_configuration(l, handle, &loc))
                return 0;
        /* By its name, not by /proc/self/fd, which a chroot need not have; an editor may have replaced it meanwhile.
         */
        fd = open_below(l, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd >= 0 && !is_configuration(l, fd, &loc))
                return 0;
        r = fd < 0 ? fd : read_all(fd, &text, &len);
        if (r < 0) {
                tell_unread(l, &loc, r);
                return 0;
        }
        config_add_file(l->config, shown, text, len, l->diags);
        return 0;
}

/* A link to /dev/null is no file to read: it masks. */
static bool is_masked(const struct loader *l, const char *path)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(l->root_fd, path, target, sizeof(target) - 1);

        return n > 0 && (size_t) n == strlen("/dev/null") && memcmp(target, "/dev/null", (size_t) n) == 0;
}

static bool is_link(const struct loader *l, const char *path)
{
        struct stat st;

        return fstatat(l->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

static int read_main(struct loader *l)
{
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                char path[PATH_MAX];
                int r;

                (void) snprintf(path, sizeof(path), "/%s/passthru.conf", directories[i]);
                if (is_masked(l, path + 1))
                        return 0;
                r = read_file(l, path + 1, path);
                if (r == -ENOENT && is_link(l, path + 1)) {
                        struct config_loc loc = { .file = path };

                        diag_add(l->diags, DIAG_ERROR, &loc, "the link leads nowhere");
                        return 0;
                }
                if (r != -ENOENT)
                        return r;
        }
        return 0;
}

struct drop_in {
        char *name;
        size_t directory;
};

struct drop_ins {
        struct drop_in *items;
        size_t n, alloc;
};

static void drop_ins_clear(struct drop_ins *d)
{
        for (size_t i = 0; i < d->n; i++)
                free(d->items[i].name);
        free(d->items);
}

static int scan_directory(const struct loader *l, size_t directory, struct drop_ins *ret)
{
        CLEANUP(closedirp) DIR *dir = NULL;
        char path[PATH_MAX];
        struct config_loc loc = { .file = path };
        struct dirent *e;
        struct stat st;
        int fd;

        (void) snprintf(path, sizeof(path), "/%s/passthru.conf.d", directories[directory]);
        fd = open_below(l, path + 1, O_RDONLY | O_DIRECTORY);
        if (fd < 0) {
                if (fd != -ENOENT)
                        diag_add(l->diags, DIAG_ERROR, &loc, "can't be opened: %s", strerrordesc_np(-fd));
                return 0;
        }
        dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return -errno;
        }
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!is_safe(l, &st, &loc))
                return 0;
        while ((e = readdir(dir))) {
                size_t n = strlen(e->d_name);
                struct drop_in *item;

                if (e->d_name[0] == '.' || n <= strlen(".conf") || !streq(e->d_name + n - strlen(".conf"), ".conf"))
                        continue;
                item = ARRAY_APPEND(ret->items, ret->n, ret->alloc);
                item->directory = directory;
                item->name = xstrdup(e->d_name);
        }
        return 0;
}

/* The drop-in that is to come, beside those that are there. */
static void add_overlay(const struct loader *l, struct drop_ins *ret)
{
        const char *name = l->overlay ? after_prefix(l->overlay->path, "/etc/passthru.conf.d/") : NULL;
        struct drop_in *item;

        for (size_t i = 0; name && i < ret->n; i++)
                if (ret->items[i].directory == 0 && streq(ret->items[i].name, name))
                        return;
        if (!name)
                return;
        item = ARRAY_APPEND(ret->items, ret->n, ret->alloc);
        item->name = xstrdup(name);
}

static int compare_drop_ins(const void *a, const void *b)
{
        const struct drop_in *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        return r != 0 ? r : (x->directory > y->directory) - (x->directory < y->directory);
}

/* By name, whatever the directory; of one name the strongest directory's alone. */
static int read_drop_ins(struct loader *l)
{
        CLEANUP(drop_ins_clear) struct drop_ins found = { 0 };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(directories) && r == 0; i++)
                r = scan_directory(l, i, &found);
        add_overlay(l, &found);
        if (found.n > 1)
                qsort(found.items, found.n, sizeof(*found.items), compare_drop_ins);
        for (size_t i = 0; i < found.n && r == 0; i++) {
                char path[PATH_MAX];

                if (i > 0 && streq(found.items[i].name, found.items[i - 1].name))
                        continue;
                (void) snprintf(path, sizeof(path), "/%s/passthru.conf.d/%s", directories[found.items[i].directory],
                                found.items[i].name);
                if (is_masked(l, path + 1))
                        continue;
                r = read_file(l, path + 1, path);
                if (r == -ENOENT) {
                        struct config_loc loc = { .file = path };

                        diag_add(l->diags, DIAG_ERROR, &loc, "the link leads nowhere");
                        r = 0;
                }
        }
        return r;
}

/* A file named on the command line: as the shell sees it, whatever the root. */
static int read_named(struct loader *l, const char *file)
{
        struct config_loc loc = { .file = streq(file, "-") ? "stdin" : file };
        CLEANUP_FREE char *text = NULL;
        size_t len = 0;
        int r;

        if (streq(file, "-")) {
                r = read_all(STDIN_FILENO, &text, &len);
                if (r < 0)
                        tell_unread(l, &loc, r);
                else
                        config_add_file(l->config, loc.file, text, len, l->diags);
                return 0;
        }

        l->in_root = false;
        close_fd(l->root_fd);
        l->root_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (l->root_fd < 0)
                return -errno;
        r = read_file(l, file, file);
        if (r == -ENOENT) {
                diag_add(l->diags, DIAG_ERROR, &loc, "no such file");
                r = 0;
        }
        return r;
}

static int load(const char *root, const char *file, const struct config_overlay *overlay, bool partial,
                bool trust_owner, struct diag_list *diags, struct config **ret)
{
        CLEANUP(config_freep) struct config *config = config_new();
        struct loader l = {
                .root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
                .host_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
                .in_host = !streq(root, "/"),
                .in_root = !streq(root, "/"),
                .check_owner = !trust_owner,
                .overlay = overlay,
                .diags = diags,
                .config = config,
        };
        const struct config_host host = { read_fact, list_facts, &l };
        int r;

        config->partial = partial;
        config->host = &host;
        if (l.root_fd < 0 || l.host_fd < 0) {
                r = -errno;
                close_fd(l.root_fd);
                close_fd(l.host_fd);
                return r;
        }
        if (file)
                r = read_named(&l, file);
        else {
                r = read_main(&l);
                if (r == 0)
                        r = read_drop_ins(&l);
        }
        close_fd(l.root_fd);
        close_fd(l.host_fd);
        config->host = NULL;
        if (r == 0)
                config_finish(config, diags);
        if (r < 0)
                return r;
        *ret = STEAL(config);
        return 0;
}

int config_load(const char *root, const char *file, bool trust_owner, struct diag_list *diags, struct config **ret)
{
        return load(root, file, NULL, false, trust_owner, diags, ret);
}

int config_load_dropin(const char *file, bool trust_owner, struct diag_list *diags, struct config **ret)
{
        return load("/", file, NULL, true, trust_owner, diags, ret);
}

int config_load_overlay(const char *root, const struct config_overlay *overlay, bool trust_owner,
                        struct diag_list *diags, struct config **ret)
{
        return load(root, NULL, overlay, false, trust_owner, diags, ret);
}
