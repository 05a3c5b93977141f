/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system, or a captured tree: files and links. */
#include "sys/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "sys/chase.h"
#include "sys/sys.h"

#define PCI_DEVICES "sys/bus/pci/devices/"

/* The path below the directory that is kept open, or NULL. Of each function some ten attributes are read one after the
 * other; the way to it, through a link, is walked once. */
static const char *below_device(struct live *live, const char *path)
{
        const char *rest = live->device_path ? after_prefix(path, live->device_path) : NULL;
        size_t length;

        /* "uevent" is what an inventory reads first of each: there the directory is opened again, as the one kept may
         * be that of a device that has gone and come again. */
        if (rest && !streq(rest, "uevent"))
                return rest;
        if (live->captured || !after_prefix(path, PCI_DEVICES))
                return NULL;
        length = strcspn(path + strlen(PCI_DEVICES), "/") + strlen(PCI_DEVICES);
        if (!streq(path + length, "/uevent"))
                return NULL;
        free(live->device_path);
        live->device_path = xstrndup(path, length + 1);
        live->device_fd = close_fd(live->device_fd);
        if (live->device_path)
                live->device_fd = openat(live->root_fd, live->device_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (live->device_fd >= 0)
                return path + length + 1;
        free(live->device_path);
        live->device_path = NULL;
        return NULL;
}

void live_forget_device(struct live *live)
{
        live->device_fd = close_fd(live->device_fd);
        free(live->device_path);
        live->device_path = NULL;
}

int live_openat(struct live *live, const char *path, int flags)
{
        int fd;

        if (live->captured)
                return open_in_root(live->root_fd, path, flags);
        fd = openat(live->root_fd, path, flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static ssize_t read_some(int fd, void *buf, size_t size)
{
        ssize_t n;

        do
                n = read(fd, buf, size);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : n;
}

/* A sysfs attribute comes whole in one read(2), being at most a page; a second one only to see the end would double
 * the calls. The "config" attribute comes whole too. */
ssize_t live_read(void *userdata, const char *path, void *buf, size_t size)
{
        struct live *live = userdata;
        const char *rest = below_device(live, path);
        CLEANUP_CLOSE int fd = -1;

        if (rest) {
                fd = openat(live->device_fd, rest, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
                if (fd < 0)
                        fd = -errno;
        } else
                fd = live_openat(live, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        return fd < 0 ? fd : read_some(fd, buf, size);
}

int live_read_file(void *userdata, const char *path, size_t max, char **ret, size_t *ret_len)
{
        CLEANUP_CLOSE int fd = live_openat(userdata, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        CLEANUP_FREE char *text = NULL;
        size_t len = 0, room = 0;

        if (fd < 0)
                return fd;
        for (;;) {
                ssize_t n;

                if (len + 1 >= room) {
                        room = room ? room * 2 : 8192;
                        text = xreallocarray(text, room, 1);
                }
                n = read_some(fd, text + len, room - len - 1);
                if (n < 0)
                        return (int) n;
                if (n == 0)
                        break;
                len += (size_t) n;
                if (len > max)
                        return -EFBIG;
        }
        text[len] = '\0';
        *ret = STEAL(text);
        *ret_len = len;
        return 0;
}

int live_map(void *userdata, const char *path, const char **ret, size_t *ret_len)
{
        CLEANUP_CLOSE int fd = live_openat(userdata, path, O_RDONLY | O_NOCTTY);
        struct stat st;
        void *data;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size == 0)
                return -ENODATA;
        data = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                return -errno;
        *ret = data;
        *ret_len = (size_t) st.st_size;
        return 0;
}

void live_unmap(void *userdata, const char *data, size_t len)
{
        (void) userdata;
        (void) munmap((void *) data, len);
}

/* The fd of an attribute for writing. Bind files are written once for each VF: the last one stays open. */
static int open_for_write(struct live *live, const char *path)
{
        int fd;

        if (live->captured)
                return -EROFS;
        live_forget_device(live);
        if (streq_ptr(live->write_path, path))
                return live->write_fd;
        fd = live_openat(live, path, O_WRONLY | O_NOCTTY);
        if (fd < 0)
                return fd;
        live->write_fd = close_fd(live->write_fd);
        replace_string(&live->write_path, path);
        live->write_fd = fd;
        return fd;
}

/* pwrite() at 0: kernfs takes each write as a whole value, and the offset must not wander on a kept fd. */
static int write_whole(int fd, const char *value, size_t len)
{
        ssize_t n = pwrite(fd, value, len, 0);

        if (n < 0)
                return -errno;
        return (size_t) n == len ? 0 : -EIO;
}

int live_write(void *userdata, const char *path, const char *value, size_t len)
{
        int fd = open_for_write(userdata, path);

        return fd < 0 ? fd : write_whole(fd, value, len);
}

ssize_t live_write_read(void *userdata, const char *path, const char *value, size_t len, char *buf,
                               size_t size)
{
        struct live *live = userdata;
        CLEANUP_CLOSE int fd = -1;
        ssize_t n;
        int r;

        if (live->captured)
                return -EROFS;
        live_forget_device(live);
        fd = live_openat(live, path, O_RDWR | O_NOCTTY);
        if (fd < 0)
                return fd;
        r = write_whole(fd, value, len);
        if (r < 0)
                return r;
        n = pread(fd, buf, size - 1, 0);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return n;
}

ssize_t live_readlink(void *userdata, const char *path, char *buf, size_t size)
{
        struct live *live = userdata;
        ssize_t n;

        if (live->captured) {
                CLEANUP_CLOSE int fd = live_openat(live, path, O_PATH | O_NOFOLLOW);

                if (fd < 0)
                        return fd;
                n = readlinkat(fd, "", buf, size);
                if (n < 0 && errno == ENOENT)
                        return -EINVAL; /* an empty path's way to say: not a link */
        } else {
                const char *rest = below_device(live, path);

                n = readlinkat(rest ? live->device_fd : live->root_fd, rest ? rest : path, buf, size);
        }
        if (n < 0)
                return -errno;
        if ((size_t) n >= size)
                return -ENAMETOOLONG;
        buf[n] = '\0';
        return n;
}

int live_list(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        CLEANUP(closedirp) DIR *dir = NULL;
        int fd = live_openat(userdata, path, O_RDONLY | O_DIRECTORY), r;

        if (fd < 0)
                return fd;
        dir = fdopendir(fd);
        if (!dir) {
                r = -errno;
                close(fd);
                return r;
        }
        for (;;) {
                struct dirent *e;

                errno = 0;
                e = readdir(dir);
                if (!e)
                        return -errno;
                if (streq(e->d_name, ".") || streq(e->d_name, ".."))
                        continue;
                r = each(arg, e->d_name);
                if (r < 0)
                        return r;
        }
}

int live_writable(void *userdata, const char *path)
{
        CLEANUP_CLOSE int fd = live_openat(userdata, path, O_PATH);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        return (st.st_mode & S_IWUSR) != 0;
}

void live_close(void *userdata)
{
        struct live *live = userdata;

        live_writers_close(live);
        close_fd(live->root_fd);
        close_fd(live->write_fd);
        free(live->write_path);
        close_fd(live->device_fd);
        close_fd(live->watch_fd);
        free(live->device_path);
        free(live);
}

int live_open(const char *root, const struct sys_ops *ops, struct sys **ret)
{
        CLEANUP_FREE struct sys *sys = xcalloc(1, sizeof(*sys));
        CLEANUP_FREE struct live *live = xcalloc(1, sizeof(*live));
        int fd;

        fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        live->root_fd = fd;
        live->write_fd = -1;
        live->watch_fd = -1;
        live->device_fd = -1;
        live->captured = !streq(root, "/");
        sys->ops = ops;
        sys->userdata = STEAL(live);
        *ret = STEAL(sys);
        return 0;
}
