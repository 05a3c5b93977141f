/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system behind struct sys_ops: what the files of this room share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "property/eswitch.h"
#include "property/property.h"

struct kmod;
struct udev;
struct udev_monitor;
struct udev_queue;
struct sys;
struct sys_ops;
struct blocked_write;
struct nvme_command;
struct journal_query;
struct journal_line;
struct interface;
struct netlink;
struct changes; /* sys/events.c */

/* A process that does writes which may block, one at a time. */
struct writer {
        int pid; /* 0: the place is free */
        int fd;
        bool busy;
        uint64_t deadline; /* µs, of what it is busy with */
};

struct live {
        int root_fd;
        char *device_path; /* the PCI device that was looked at last, "sys/bus/pci/devices/…/", and its directory */
        int device_fd;          /* -1: not opened yet */
        unsigned device_looks;  /* attributes that were looked at meanwhile */
        bool captured;         /* root is not "/": read only, links resolved inside it */
        char *write_path;      /* the attribute that was written last, kept open: VFs are bound by the hundred */
        int write_fd;
        struct writer *writers; /* processes for writes that may block */
        size_t n_writers, alloc_writers;
        struct kmod *kmod;     /* made when first needed */
        struct netlink *route, *generic; /* made when first needed */
        uint16_t devlink_family;      /* that it has in generic netlink; 0: not asked */
        struct udev *udev;
        struct udev_monitor *monitor;
        struct udev_queue *queue;
        int watch_fd;
        struct changes *changes; /* made by live_changes_begin() */
        size_t own_opens;        /* how many events of opened and closed nodes are live_group_open()'s */
};

/* The running system behind a table of operations: all of them, or those of LIVE_FILE_OPS and what need be. */
int live_open(const char *root, const struct sys_ops *ops, struct sys **ret);
void live_close(void *userdata);

/* A write may make the device go whose directory is kept open: the next look is by the full path. */
void live_forget_device(struct live *live);

/* What every back end has. */
#define LIVE_FILE_OPS                            \
        .read = live_read,                       \
        .read_file = live_read_file,             \
        .map = live_map,                         \
        .unmap = live_unmap,                     \
        .write = live_write,                     \
        .write_read = live_write_read,           \
        .write_begin = live_write_begin,         \
        .write_end = live_write_end,             \
        .readlink = live_readlink,               \
        .list = live_list,                       \
        .writable = live_writable,               \
        .now = live_now,                         \
        .replace = live_replace,                 \
        .replace_kept = live_replace_kept,       \
        .create_kept = live_create_kept,         \
        .remove = live_remove

/* A captured tree. */
extern const struct sys_ops captured_ops;

ssize_t live_read(void *userdata, const char *path, void *buf, size_t size);
int live_read_file(void *userdata, const char *path, size_t max, char **ret, size_t *ret_len);
int live_map(void *userdata, const char *path, const char **ret, size_t *ret_len);
void live_unmap(void *userdata, const char *data, size_t len);
int live_write(void *userdata, const char *path, const char *value, size_t len);
ssize_t live_write_read(void *userdata, const char *path, const char *value, size_t len, char *buf, size_t size);
int live_write_begin(void *userdata, const char *path, const char *value, size_t len, uint64_t limit);
int live_write_end(void *userdata, int number, struct blocked_write *ret);
void live_writers_close(struct live *live);
ssize_t live_readlink(void *userdata, const char *path, char *buf, size_t size);
int live_list(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg);
int live_writable(void *userdata, const char *path);

/* Opens a path below the root. Returns a file descriptor or a negative errno. */
int live_openat(struct live *live, const char *path, int flags);

void kmod_close(struct kmod *kmod);
int live_module_load(void *userdata, const char *name, const char *options);
int live_module_lookup(void *userdata, const char *alias, int (*each)(void *arg, const char *module, bool blacklisted),
                       void *arg);
int live_journal(void *userdata, const struct journal_query *query,
                 int (*each)(void *arg, const struct journal_line *line), void *arg);
int live_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16]);
int live_unit_set(void *userdata, const char *unit, bool start, uint64_t limit);
uint64_t live_now(void *userdata);
int live_events_begin(void *userdata);
int live_events_wait(void *userdata, uint64_t deadline);
int live_events_idle(void *userdata);
int live_watch_begin(void *userdata, const char *directory);
int live_watch_wait(void *userdata, uint64_t deadline);
int live_changes_begin(void *userdata, const char *const *directories, size_t n);
int live_changes_wait(void *userdata, uint64_t deadline);
void live_udev_free(struct live *live);
int live_replace(void *userdata, const char *path, const char *data, size_t len);
int live_replace_kept(void *userdata, const char *path, const char *data, size_t len);
int live_create_kept(void *userdata, const char *path, const char *data, size_t len);
int live_remove(void *userdata, const char *path);
int live_vf_read(void *userdata, const struct interface *interface, struct values *values, unsigned n);
int live_vf_set(void *userdata, const struct interface *interface, unsigned vf, enum property leader,
                const struct values *values);
int live_eswitch_get(void *userdata, const char *handle, enum eswitch_mode *ret);
int live_eswitch_set(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size);
int live_interface_name(void *userdata, const char *altname, char *ret);
int live_permanent_mac(void *userdata, const char *interface, uint8_t ret[6]);
int live_block_open(void *userdata, const char *name);
int live_addresses(void *userdata, int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size),
                   void *arg);
int live_group_open(void *userdata, int group);
int live_nvme_admin(void *userdata, const char *name, const struct nvme_command *command, void *data);
