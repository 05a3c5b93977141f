/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: files replaced as a whole, and removed. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "sys/live.h"

static int write_all(int fd, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t) n;
        }
        return 0;
}

/* like: whose owner and mode it gets; NULL: its maker's, and 0644. */
static int write_file(int dir, const char *name, const char *data, size_t len, const struct stat *like)
{
        CLEANUP_CLOSE int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, data, len);
        if (r == 0 && like && fchown(fd, like->st_uid, like->st_gid) < 0)
                r = -errno;
        /* Whatever the umask: the state may be read by those who ask for status. */
        if (r == 0 && fchmod(fd, like ? like->st_mode & 07777 : 0644) < 0)
                r = -errno;
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        return r;
}

/* Makes a path's directories below the root. */
static int make_directories(int root_fd, char *path)
{
        for (char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
                int r;

                if (slash)
                        *slash = '\0';
                r = mkdirat(root_fd, path, 0755);
                if (slash)
                        *slash = '/';
                if (r < 0 && errno != EEXIST)
                        return -errno;
                if (!slash)
                        return 0;
        }
}

/* Of a captured tree the configuration alone can be written. */
static bool is_writable(const struct live *live, const char *path)
{
        return !live->captured || streq(path, "etc/passthru.conf") || after_prefix(path, "etc/passthru.conf.d/");
}

/* The directory of a file, below which no link leads out of a captured tree. make: it is made where it is missing. */
static int open_directory(struct live *live, char *path, bool make)
{
        CLEANUP_CLOSE int above = -1;
        char *name = strrchr(path, '/');
        int fd, r;

        if (!live->captured) {
                r = make ? make_directories(live->root_fd, path) : 0;
                if (r < 0)
                        return r;
                fd = openat(live->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        fd = live_openat(live, path, O_RDONLY | O_DIRECTORY);
        if (fd != -ENOENT || !make || !name)
                return fd;
        *name = '\0';
        above = live_openat(live, path, O_RDONLY | O_DIRECTORY);
        *name = '/';
        if (above < 0)
                return above;
        if (mkdirat(above, name + 1, 0755) < 0)
                return -errno;
        return live_openat(live, path, O_RDONLY | O_DIRECTORY);
}

enum how {
        REPLACE_OWN,  /* of passthru-setup's own, which can be made again */
        REPLACE_KEPT, /* of others, which stays the regular file that it is, with its owner and mode */
        CREATE_KEPT,  /* the same where there is none */
};

static int replace(struct live *live, const char *path, const char *data, size_t len, enum how how)
{
        CLEANUP_FREE char *dir_path = xstrdup(path), *temporary = NULL;
        const char *name = last_component(path);
        CLEANUP_CLOSE int dir = -1;
        struct stat st, *like = NULL;
        int r;

        if (!is_writable(live, path))
                return -EROFS;
        /* Of this process alone: helpers of several udev workers may write the same. */
        temporary = xasprintf(".%s.%d.new", name, (int) getpid());
        if (name > path)
                dir_path[name - path - 1] = '\0';
        dir = open_directory(live, dir_path, true);
        if (dir < 0)
                return dir;
        if (how == REPLACE_KEPT && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
                if (!S_ISREG(st.st_mode))
                        return S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
                like = &st;
        }
        /* What lies there is of a process that had the same number and was killed. */
        if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT)
                return -errno;
        r = write_file(dir, temporary, data, len, like);
        /* A link, unlike a rename, replaces nothing. */
        if (r == 0 &&
            (how == CREATE_KEPT ? linkat(dir, temporary, dir, name, 0) : renameat(dir, temporary, dir, name)) < 0)
                r = -errno;
        if (r < 0 || how == CREATE_KEPT)
                (void) unlinkat(dir, temporary, 0);
        if (r == 0 && how != REPLACE_OWN &&
            fsync(dir) < 0) /* what the next boot depends on outlives a power failure now */
                r = -errno;
        return r;
}

int live_replace(void *userdata, const char *path, const char *data, size_t len)
{
        return replace(userdata, path, data, len, REPLACE_OWN);
}

int live_replace_kept(void *userdata, const char *path, const char *data, size_t len)
{
        return replace(userdata, path, data, len, REPLACE_KEPT);
}

int live_create_kept(void *userdata, const char *path, const char *data, size_t len)
{
        return replace(userdata, path, data, len, CREATE_KEPT);
}

int live_remove(void *userdata, const char *path)
{
        CLEANUP_FREE char *dir_path = xstrdup(path);
        const char *name = last_component(path);
        struct live *live = userdata;
        CLEANUP_CLOSE int dir = -1;

        if (!is_writable(live, path))
                return -EROFS;
        if (!live->captured)
                return unlinkat(live->root_fd, path, 0) < 0 ? -errno : 0;
        dir_path[name - path - 1] = '\0';
        dir = open_directory(live, dir_path, false);
        if (dir < 0)
                return dir;
        return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}
