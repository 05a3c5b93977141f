/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system behind struct sys_ops: what the live-*.c files share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kmod;
struct udev;
struct udev_monitor;
struct udev_queue;

struct live {
        int root_fd;
        char *device_path; /* the PCI device that was looked at last, "sys/bus/pci/devices/…/", and its directory */
        int device_fd;
        bool captured;         /* root is not "/": read only, links resolved inside it */
        char *write_path;      /* the attribute that was written last, kept open: VFs are bound by the hundred */
        int write_fd;
        struct kmod *kmod;     /* made when first needed */
        struct udev *udev;
        struct udev_monitor *monitor;
        struct udev_queue *queue;
};

/* Opens a path below the root. Returns a file descriptor or a negative errno. */
int live_openat(struct live *live, const char *path, int flags);

void kmod_close(struct kmod *kmod);
int live_module_load(void *userdata, const char *name, const char *options);
int live_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16]);
uint64_t live_now(void *userdata);
int live_events_begin(void *userdata);
int live_events_wait(void *userdata, uint64_t deadline);
int live_events_idle(void *userdata);
void live_udev_free(struct live *live);
int live_replace(void *userdata, const char *path, const char *data, size_t len);
int live_permanent_mac(void *userdata, const char *interface, uint8_t ret[6]);
int live_group_open(void *userdata, int group);
