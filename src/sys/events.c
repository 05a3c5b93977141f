/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: waiting for what udev has handled, and for files, by events and never by time alone. */
#include <errno.h>
#include <libudev.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "sys/live.h"
#include "sys/netlink.h"

int live_events_begin(void *userdata)
{
        struct live *live = userdata;
        int r;

        if (live->monitor)
                return 0;
        if (!live->udev)
                live->udev = udev_new();
        if (!live->udev)
                return -errno;
        if (!live->queue)
                live->queue = udev_queue_new(live->udev);
        live->monitor = udev_monitor_new_from_netlink(live->udev, "udev");
        if (!live->monitor || !live->queue) {
                live->monitor = udev_monitor_unref(live->monitor);
                return -ENOMEM;
        }
        /* Only what can change an answer: functions, interfaces, NVMe controllers; mdev parents sit on any bus. */
        (void) udev_monitor_set_receive_buffer_size(live->monitor, 8 * 1024 * 1024);
        r = udev_monitor_enable_receiving(live->monitor);
        if (r < 0) /* so that the next call does not take it for one that listens */
                live->monitor = udev_monitor_unref(live->monitor);
        return r;
}

/* 1 something can be read, 0 the deadline is past. */
static int wait_for(struct live *live, struct pollfd *fds, nfds_t n, uint64_t deadline)
{
        for (;;) {
                uint64_t now = live_now(live);
                struct timespec left = { 0 };
                int r;

                if (now >= deadline)
                        return 0;
                left.tv_sec = (time_t) MIN_OF((deadline - now) / 1000000, (uint64_t) INT_MAX);
                left.tv_nsec = (long) ((deadline - now) % 1000000 * 1000);
                r = ppoll(fds, n, &left, NULL);
                if (r > 0)
                        return 1;
                if (r < 0 && errno != EINTR)
                        return -errno;
        }
}

/* Empties what has come. Returns how many events. */
static int drain(struct live *live)
{
        struct udev_device *device;
        int n = 0;

        while ((device = udev_monitor_receive_device(live->monitor))) {
                udev_device_unref(device);
                n++;
        }
        return n;
}

int live_events_wait(void *userdata, uint64_t deadline)
{
        struct live *live = userdata;
        int r = live_events_begin(live);

        if (r < 0)
                return r;
        for (;;) {
                struct pollfd fds[2] = {
                        { .fd = udev_monitor_get_fd(live->monitor), .events = POLLIN },
                        { .fd = udev_queue_get_fd(live->queue), .events = POLLIN },
                };

                r = wait_for(live, fds, fds[1].fd >= 0 ? 2 : 1, deadline);
                if (r <= 0)
                        return r;
                /* The queue's emptying is an event too: it ends the wait for what is optional. */
                if (fds[1].revents)
                        (void) udev_queue_flush(live->queue);
                if (drain(live) > 0 || fds[1].revents)
                        return 1;
        }
}

int live_events_idle(void *userdata)
{
        struct live *live = userdata;
        int r = live_events_begin(live);

        return r < 0 ? r : udev_queue_get_queue_is_empty(live->queue) != 0;
}

int live_watch_begin(void *userdata, const char *directory)
{
        struct live *live = userdata;
        char path[PATH_MAX];
        int base = snprintf(path, sizeof(path), "/proc/self/fd/%d", live->root_fd);

        (void) snprintf(path + base, sizeof(path) - (size_t) base, "/%s", directory);
        close_fd(live->watch_fd);
        live->watch_fd = inotify_init1(IN_CLOEXEC);
        if (live->watch_fd < 0)
                return -errno;
        while (inotify_add_watch(live->watch_fd, path,
                                 IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR) < 0) {
                char *slash = strrchr(path, '/');

                if (errno != ENOENT || slash <= path + base)
                        return -errno;
                *slash = '\0';
        }
        return 0;
}

int live_watch_wait(void *userdata, uint64_t deadline)
{
        struct live *live = userdata;
        struct pollfd fd = { .fd = live->watch_fd, .events = POLLIN };

        return wait_for(live, &fd, 1, deadline);
}

/* ---- whatever may change a look ---- */

#define NODES "/dev/vfio"
#define OF_NODES (IN_OPEN | IN_CLOSE | IN_CREATE | IN_DELETE)
#define OF_FILES (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE)

struct changes {
        int files;    /* inotify */
        int nodes[2]; /* its watches of /dev/vfio and /dev/vfio/devices; -1 none */
        int signals;
        struct netlink *links;
};

static void changes_free(struct changes *c)
{
        if (!c)
                return;
        close_fd(c->files);
        close_fd(c->signals);
        netlink_close(c->links);
        free(c);
}
DEFINE_CLEANUP(struct changes *, changes_free)

static int changes_new(struct changes **ret)
{
        CLEANUP(changes_freep) struct changes *c = xcalloc(1, sizeof(*c));
        unsigned group = RTNLGRP_LINK;
        sigset_t set;
        int r;

        *c = (struct changes){ .files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .nodes = { -1, -1 }, .signals = -1 };
        if (c->files < 0)
                return -errno;
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGINT);
        (void) sigaddset(&set, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        c->signals = signalfd(-1, &set, SFD_CLOEXEC);
        if (c->signals < 0)
                return -errno;
        /* What is set of VFs through their PF has no uevent. */
        r = netlink_open(&c->links, NETLINK_ROUTE);
        if (r == 0 && mnl_socket_setsockopt(c->links->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
                r = -errno;
        if (r == 0)
                *ret = STEAL(c);
        return r;
}

int live_changes_begin(void *userdata, const char *const *directories, size_t n)
{
        static const char *const nodes[] = { NODES, NODES "/devices" };
        struct live *live = userdata;
        int r = live_events_begin(live);

        if (r == 0 && !live->changes)
                r = changes_new(&live->changes);
        if (r < 0 || !live->changes)
                return r;
        /* A watch that is there stays as it is. A directory that is not there comes with an event of another. */
        for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
                live->changes->nodes[i] = inotify_add_watch(live->changes->files, nodes[i], OF_NODES | IN_ONLYDIR);
        for (size_t i = 0; i < n; i++)
                (void) inotify_add_watch(live->changes->files, directories[i], OF_FILES | IN_ONLYDIR);
        return 0;
}

/* How many of the events are others' than those of live_group_open(). */
static size_t drain_files(struct live *live)
{
        const struct changes *c = live->changes;
        _Alignas(struct inotify_event) char buf[16 * 1024];
        size_t n = 0, own = 0;
        ssize_t len;

        while ((len = read(c->files, buf, sizeof(buf))) > 0)
                for (const char *p = buf; p < buf + len;) {
                        const struct inotify_event *e = (const void *) p;
                        bool node = e->wd == c->nodes[0] || e->wd == c->nodes[1];

                        p += sizeof(*e) + e->len;
                        if (node && (e->mask & IN_ISDIR) && !(e->mask & (IN_CREATE | IN_DELETE)))
                                continue; /* someone lists it */
                        if (node && (e->mask & (IN_OPEN | IN_CLOSE)) && own < live->own_opens)
                                own++;
                        else
                                n++;
                }
        live->own_opens = 0;
        return n;
}

static size_t drain_links(struct changes *c)
{
        char buf[8 * 1024];
        size_t n = 0;

        while (recv(mnl_socket_get_fd(c->links->socket), buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC) > 0 ||
               errno == ENOBUFS)
                n++;
        return n;
}

int live_changes_wait(void *userdata, uint64_t deadline)
{
        struct live *live = userdata;
        struct changes *c = live->changes;

        for (;;) {
                struct pollfd fds[] = {
                        { .fd = c->signals, .events = POLLIN },
                        { .fd = udev_monitor_get_fd(live->monitor), .events = POLLIN },
                        { .fd = c->files, .events = POLLIN },
                        { .fd = mnl_socket_get_fd(c->links->socket), .events = POLLIN },
                };
                size_t n;
                int r = wait_for(live, fds, ARRAY_SIZE(fds), deadline);

                if (r <= 0)
                        return r;
                if (fds[0].revents)
                        return -EINTR;
                n = (size_t) drain(live);
                n += drain_files(live);
                n += drain_links(c);
                if (n > 0)
                        return 1;
        }
}

void live_udev_free(struct live *live)
{
        changes_free(live->changes);
        udev_queue_unref(live->queue);
        udev_monitor_unref(live->monitor);
        udev_unref(live->udev);
}
