/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: whether a block device is held, and the addresses of its interfaces. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "host/live.h"
#include "util/cleanup.h"

int live_block_open(void *userdata, const char *name)
{
        char path[PATH_MAX];
        CLEANUP_CLOSE int fd = -1;

        (void) userdata;
        if (snprintf(path, sizeof(path), "/dev/%s", name) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        for (char *c = path + strlen("/dev/"); *c; c++)
                if (*c == '!') /* sysfs' way to write a slash */
                        *c = '/';
        if (strstr(path, "/../"))
                return -EINVAL;
        /* Reading: a close after writing would be an event to udev. Not blocking: a drive without a disc, a tray. */
        fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
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
