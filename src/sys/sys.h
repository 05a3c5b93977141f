/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one door to the system: every read and write that a decision rests on goes through these operations,
 * so that a captured tree (--root) or a kernel in memory (the tests) can stand behind it. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "property/eswitch.h"
#include "property/property.h"

struct nvme_command; /* property/nvme-virt.h */

/* A write that did not come back. */
struct blocked_write {
        int pid;
        char where[64];
};

#define BLOCKED_COMM "passthru-write" /* the name of a process that does such a write, as /proc/PID/comm has it */

#define INTERFACE_MAX 16 /* IFNAMSIZ */

/* A network interface: what it goes by in rtnetlink(7), for a name may be another's any moment; a captured tree has names
 * alone. */
struct interface {
        unsigned index; /* 0: not known */
        char name[INTERFACE_MAX];
};

/* Lines of the journal that are asked for: of passthru-setup, in this boot. */
struct journal_query {
        const char *section, *kind; /* of this section; NULL: of none */
        const char *const *devices; /* or of one of these addresses */
        size_t n_devices;
        size_t max;                 /* no more than this */
};

struct journal_line {
        uint64_t age; /* µs */
        int priority; /* LOG_ERR, … */
        const char *text;
};

/* Paths have no leading slash and are below the root: "sys/bus/pci/devices/0000:01:00.0/driver_override".
 * All return a negative errno on failure and do not log. */
struct sys_ops {
        /* Reads at most size bytes from the start of a file. Returns the number read (size: maybe cut). */
        ssize_t (*read)(void *userdata, const char *path, void *buf, size_t size);
        /* Reads a whole file of at most max bytes; *ret is NUL-terminated. -EFBIG past max. */
        int (*read_file)(void *userdata, const char *path, size_t max, char **ret, size_t *ret_len);
        /* A file that is replaced as a whole, to be searched without reading all of it: mapped until unmap(). -ENODATA: it is
         * empty. */
        int (*map)(void *userdata, const char *path, const char **ret, size_t *ret_len);
        void (*unmap)(void *userdata, const char *data, size_t len);
        /* One write(2) of the whole value to an attribute that exists. */
        int (*write)(void *userdata, const char *path, const char *value, size_t len);
        /* The same and then a read of the same attribute: what it says now, NUL-terminated, in buf.
         * Returns the number of bytes read. */
        ssize_t (*write_read)(void *userdata, const char *path, const char *value, size_t len,
                              char *buf, size_t size);
        /* As write(), for what may sleep in the kernel for long, or for ever, and can't be killed then (unbind, numvfs = 0, the
         * removal of an mdev): by another process, so that several sleep side by side. Returns the number of the write, from
         * 0, for write_end(), which every one must have. */
        int (*write_begin)(void *userdata, const char *path, const char *value, size_t len, uint64_t limit);
        /* Waits for it: what write() would have returned. -ETIMEDOUT when limit µs have passed since it was begun and it has
         * not come back; then it goes on by itself, and *ret says who it is and what it waits in, as far as the kernel tells
         * ("" else). */
        int (*write_end)(void *userdata, int number, struct blocked_write *ret);
        /* Where a link points, NUL-terminated. Returns the length; -ENAMETOOLONG when it is cut. */
        ssize_t (*readlink)(void *userdata, const char *path, char *buf, size_t size);
        /* Calls each() with every name in a directory but . and .., in no order; each() below 0 ends it. */
        int (*list)(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg);
        /* 1 the file may be written by its mode, 0 it may not; -ENOENT. */
        int (*writable)(void *userdata, const char *path);
        /* Replaces a file below /run or /var/lib/passthru-setup as a whole: temporary file, fsync, rename. Makes its directory. */
        int (*replace)(void *userdata, const char *path, const char *data, size_t len);
        /* The same for a file of the administrator's: what is there keeps its owner and mode, and must be a regular file (-ELOOP:
         * a link, -EINVAL). It is on the disk when this returns. Of a captured tree the configuration alone: -EROFS else. */
        int (*replace_kept)(void *userdata, const char *path, const char *data, size_t len);
        /* The same for one that is not there yet. -EEXIST: it is, be it a link that leads nowhere. */
        int (*create_kept)(void *userdata, const char *path, const char *data, size_t len);
        /* Removes such a file. -ENOENT: there is none. */
        int (*remove)(void *userdata, const char *path);

        /* CLOCK_MONOTONIC in µs. */
        uint64_t (*now)(void *userdata);
        /* The rest is of the running kernel. A back end that lacks an operation has NULL: call them by SYS_CALL(). */

        /* Loads a module and what it depends on; options is "a=1 b=2" or NULL. 0 also when it is there.
         * name may be an alias ("pci:v00008086d…"). -ENOENT: no such module. */
        int (*module_load)(void *userdata, const char *name, const char *options);
        /* Calls each() with every module that an alias ("pci:v00008086d…") stands for, the blacklisted ones too; each() below
         * 0 ends it. */
        int (*module_lookup)(void *userdata, const char *alias,
                             int (*each)(void *arg, const char *module, bool blacklisted), void *arg);
        /* Calls each() with the lines, the newest first, as far as one run wrote them: what it said of the section or
         * devices last. -EACCES: the system's journal may not be read. */
        int (*journal)(void *userdata, const struct journal_query *query,
                       int (*each)(void *arg, const struct journal_line *line), void *arg);
        /* The MAC that the hardware has, whatever is set now (ethtool's ETHTOOL_GPERMADDR). */
        int (*permanent_mac)(void *userdata, const char *interface, uint8_t ret[6]);
        /* The name of the interface that has this alternative name (ip-link(8), altname), of at most INTERFACE_MAX bytes with its
         * NUL. -ENODEV: none has it. */
        int (*interface_name)(void *userdata, const char *altname, char *ret);
        /* What is set of the VFs of the PF that has this interface, as its driver tells (rtnetlink(7), RTM_GETLINK
         * with RTEXT_FILTER_VF): values[i] of VF i, for those below n; all is unknown of a VF of which the kernel says
         * nothing. -ENODEV no such interface, -ENODATA its driver tells of no VF, -EOPNOTSUPP on a captured tree that
         * has no such file. */
        int (*vf_read)(void *userdata, const struct interface *interface, struct values *values, unsigned n);
        /* Sets one group of properties (property_group()) of a VF by one RTM_SETLINK: values has all of the group. The
         * kernel's errno; -EOPNOTSUPP: the driver does not offer it. */
        int (*vf_set)(void *userdata, const struct interface *interface, unsigned vf, enum property leader,
                      const struct values *values);
        /* The mode of the eswitch of a device by devlink's name of it, "pci/0000:05:00.0" (devlink-dev(8)); ESWITCH_NONE: its
         * driver has no eswitch. -EOPNOTSUPP on a captured tree that has no such file. */
        int (*eswitch_get)(void *userdata, const char *handle, enum eswitch_mode *ret);
        /* Sets it. The kernel's errno; ret_why is then what the driver says of it, as far as it says something ("" else). */
        int (*eswitch_set)(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size);
        /* Opens and closes /dev/vfio/GROUP: -EBUSY when a process has it open, 0 when nobody has,
         * -ENOENT when there is no such node. */
        int (*group_open)(void *userdata, int group);
        /* Opens /dev/NAME (a block device as sysfs calls it) for reading by nobody else, and closes it at once: -EBUSY when a
         * file system, swap, an array or another program holds it, or a part of it (open(2), O_EXCL). Meanwhile the node of
         * its whole disk is locked, for those who work on disks by systemd's BLOCK_DEVICE_LOCKING; -EAGAIN when another
         * program has the lock, and nothing was opened then. */
        int (*block_open)(void *userdata, const char *name);
        /* Calls each() with every address of every interface (getifaddrs(3)): 4 or 16 bytes in network order; each()
         * below 0 ends it. */
        int (*addresses)(void *userdata,
                         int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size), void *arg);
        /* An admin command to the NVMe controller of that name ("nvme0"), and NVME_DATA_SIZE bytes of what it gives back (data NULL:
         * nothing). Returns 0, the controller's status (positive), or a negative errno. */
        int (*nvme_admin)(void *userdata, const char *name, const struct nvme_command *command, void *data);
        /* A UUID that is the same at each boot of this host for this name and index, and another on any
         * other host. */
        int (*derive_uuid)(void *userdata, const char *name, unsigned index, uint8_t ret[16]);

        /* Has systemd start or stop a unit, and waits until it has: -ETIMEDOUT after limit µs, -ECANCELED when its job failed,
         * -ESHUTDOWN when the host shuts down. */
        int (*unit_set)(void *userdata, const char *unit, bool start, uint64_t limit);

        /* Waits until udev has handled an event that came after events_begin(): 1 one (or more) came,
         * 0 the deadline (µs, as now()) is past. */
        int (*events_begin)(void *userdata);
        int (*events_wait)(void *userdata, uint64_t deadline);
        /* 1 when udev has no event in its queue, 0 when it has. */
        int (*events_idle)(void *userdata);

        /* Waits until a file comes into a directory, is replaced in it or goes, after watch_begin(): 1, or 0 when the deadline
         * (µs, as now()) is past. Of a directory that is not there the nearest one above is watched. */
        int (*watch_begin)(void *userdata, const char *directory);
        int (*watch_wait)(void *userdata, uint64_t deadline);

        /* Listens for whatever may change what a look finds: events that udev has handled, nodes below /dev/vfio that others open
         * or close, network interfaces, and files of these directories ("/etc"), of which some may not be there. To be called
         * before each look; the first call blocks SIGINT and SIGTERM. */
        int (*changes_begin)(void *userdata, const char *const *directories, size_t n);
        /* 1 something has changed, 0 the deadline (µs, as now()) is past, -EINTR: SIGINT or SIGTERM has come. */
        int (*changes_wait)(void *userdata, uint64_t deadline);

        void (*free)(void *userdata);
};

struct sys {
        const struct sys_ops *ops;
        void *userdata;
        char failed[256]; /* the directory that could not be listed last, for the message; "" none */
};

/* Calls an operation that a back end may lack: -EOPNOTSUPP then. */
#define SYS_CALL(sys, op, ...)                                                                                        \
        ((sys)->ops->op ? (sys)->ops->op((sys)->userdata, ##__VA_ARGS__) : -EOPNOTSUPP)

/* The running system (root "/"), or a captured tree, which can only be read: every write to a file fails with -EROFS there,
 * and what needs the kernel with -EOPNOTSUPP. -errno when root cannot be opened. */
int sys_open(const char *root, struct sys **ret);

/* The running system without modules, udev, UUIDs and the guards' looks (-EOPNOTSUPP), and without the libraries for them. */
int sys_open_small(struct sys **ret);
void sys_free(struct sys *sys);
DEFINE_CLEANUP(struct sys *, sys_free)

/* An attribute's value without the newline at its end. Returns 0; -EFBIG past size - 1. */
int sys_read_attr(struct sys *sys, const char *path, char *buf, size_t size);

/* A text of at most 1 MiB in a new string. -EINVAL: it has a NUL in it. */
int sys_read_text(struct sys *sys, const char *path, char **ret);

/* An attribute that holds one decimal (or 0x…) number. -EINVAL when it does not. */
int sys_read_number(struct sys *sys, const char *path, uint64_t *ret);

/* The last component of where a link points, in a new string; -ENOENT when there is no link. */
int sys_read_link_name(struct sys *sys, const char *path, char **ret);

/* Notes a directory that can't be listed, when error (negative) is not that there is none. Returns error. */
int sys_note_failed(struct sys *sys, const char *path, int error);

/* The names in a directory, sorted, NULL-terminated; free with names_free(). */
int sys_list(struct sys *sys, const char *path, char ***ret, size_t *ret_n);
void names_free(char **names);
DEFINE_CLEANUP(char **, names_free)

bool sys_exists(struct sys *sys, const char *path); /* by reading a link or the first byte */
