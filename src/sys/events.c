/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: waiting for what udev has handled, by its events and never by time alone. */
#include <errno.h>
#include <libudev.h>
#include <poll.h>
#include <time.h>

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
                uint64_t now = live_now(live);
                struct timespec left = { 0 };

                if (now >= deadline)
                        return 0;
                left.tv_sec = (time_t) ((deadline - now) / 1000000);
                left.tv_nsec = (long) ((deadline - now) % 1000000 * 1000);
                r = ppoll(fds, fds[1].fd >= 0 ? 2 : 1, &left, NULL);
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (r <= 0)
                        continue;
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

void live_udev_free(struct live *live)
{
        udev_queue_unref(live->queue);
        udev_monitor_unref(live->monitor);
        udev_unref(live->udev);
}
