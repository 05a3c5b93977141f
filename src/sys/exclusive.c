/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: whether a block device is held, and the addresses of its interfaces. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/live.h"

/* /dev/NAME; sysfs writes a slash as "!". */
static int node_path(const char *name, char path[static PATH_MAX])
{
        if (snprintf(path, PATH_MAX, "/dev/%s", name) >= PATH_MAX)
                return -ENAMETOOLONG;
        for (char *c = path + strlen("/dev/"); *c; c++)
                if (*c == '!')
                        *c = '/';
        return strstr(path, "/../") ? -EINVAL : 0;
}

/* The disk that a partition is of: the directory that its own is in. Anything else is its own. */
static int disk_path(const char *name, char path[static PATH_MAX])
{
        char target[PATH_MAX], *disk;
        ssize_t n;

        if (snprintf(path, PATH_MAX, "/sys/class/block/%s/partition", name) >= PATH_MAX)
                return -ENAMETOOLONG;
        if (access(path, F_OK) < 0)
                return node_path(name, path);
        *strrchr(path, '/') = '\0';
        n = readlink(path, target, sizeof(target) - 1);
        if (n < 0)
                return -errno;
        target[n] = '\0';
        disk = strrchr(target, '/');
        if (!disk)
                return -EINVAL;
        *disk = '\0';
        disk = strrchr(target, '/');
        return node_path(disk ? disk + 1 : target, path);
}

/* Reading: a close after writing would be an event to udev. Not blocking: a drive without a disc, a tray. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* udev has it, shared, for as long as it looks at a disk. */
#define LOCK_TRIES 10
#define LOCK_PAUSE 10000000L /* ns */

static int lock_disk(const char *path)
{
        int fd = open(path, OPEN_FLAGS), error = EAGAIN;

        if (fd < 0)
                return -errno;
        for (unsigned i = 0; i < LOCK_TRIES; i++) {
                if (flock(fd, LOCK_EX | LOCK_NB) == 0)
                        return fd;
                error = errno;
                if (error != EWOULDBLOCK && error != EINTR)
                        break;
                (void) nanosleep(&(struct timespec){ .tv_nsec = LOCK_PAUSE }, NULL);
        }
        (void) close(fd);
        return error == EINTR ? -EAGAIN : -error;
}

int live_block_open(void *userdata, const char *name)
{
        char path[PATH_MAX], disk[PATH_MAX];
        CLEANUP_CLOSE int lock = -1, fd = -1; /* let go in the other order */
        int r;

        (void) userdata;
        r = node_path(name, path);
        if (r == 0)
                r = disk_path(name, disk);
        if (r < 0)
                return r;
        lock = lock_disk(disk);
        if (lock < 0)
                return lock;
        fd = open(path, OPEN_FLAGS | O_EXCL);
        return fd < 0 ? -errno : 0;
}

static void freeifaddrsp(struct ifaddrs **list)
{
        if (*list)
                freeifaddrs(*list);
}

int live_addresses(void *userdata, int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size),
                   void *arg)
{
        CLEANUP(freeifaddrsp) struct ifaddrs *list = NULL;
        int r = 0;

        (void) userdata;
        if (getifaddrs(&list) < 0)
                return -errno;
        for (const struct ifaddrs *a = list; a && r == 0; a = a->ifa_next) {
                struct sockaddr_in in;
                struct sockaddr_in6 in6;

                if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET) {
                        memcpy(&in, a->ifa_addr, sizeof(in));
                        r = each(arg, a->ifa_name, (const uint8_t *) &in.sin_addr, sizeof(in.sin_addr));
                } else if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET6) {
                        memcpy(&in6, a->ifa_addr, sizeof(in6));
                        r = each(arg, a->ifa_name, (const uint8_t *) &in6.sin6_addr, sizeof(in6.sin6_addr));
                }
        }
        return r < 0 ? r : 0;
}
