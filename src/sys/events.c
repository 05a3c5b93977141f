/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: waiting for what udev has handled, and for files, by events and never by time alone. */
#include <errno.h>
#include <libudev.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "sys/live.h"

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
        while (inotify_add_watch(live->watch_fd, path, IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR) < 0) {
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

void live_udev_free(struct live *live)
{
        udev_queue_unref(live->queue);
        udev_monitor_unref(live->monitor);
        udev_unref(live->udev);
}
