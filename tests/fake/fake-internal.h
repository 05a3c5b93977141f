/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rooms of the fake kernel know of each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "device/address.h"
#include "fake/fake-kernel.h"
#include "sys/sys.h"

/* ---- fake-tree.c: a file system of directories, attributes and links ---- */

enum node_kind { NODE_DIR, NODE_FILE, NODE_LINK };

struct node;
typedef void (*node_show)(struct fake_kernel *k, struct node *n, struct strbuf *out);
typedef int (*node_store)(struct fake_kernel *k, struct node *n, const char *value); /* no newline at its end */

struct node {
        char *name;
        enum node_kind kind;
        struct node *parent, *children, *next; /* the youngest child first: an order nobody should rely on */
        unsigned mode;
        char *text; /* a link's target, a file's bytes */
        size_t len;
        node_show show;
        node_store store;
        void *owner;
};

struct node *node_new(struct node *dir, enum node_kind kind, const char *name);
struct node *node_dir(struct node *dir, const char *path); /* with its parents; what exists is kept */
struct node *node_file(struct node *dir, const char *name, const char *text);
void node_set(struct node *file, const char *data, size_t len);
struct node *node_attr(struct node *dir, const char *name, node_show show, node_store store, void *owner);
struct node *node_link(struct node *dir, const char *name, const struct node *target);
struct node *node_child(const struct node *dir, const char *name);
void node_remove(struct node *n); /* with all below; NULL is fine */
void node_remove_child(const struct node *dir, const char *name);
int node_find(struct node *at, const char *path, bool follow_last, struct node **ret);
char *node_path(const struct node *n); /* from the root, without a leading slash */
char *node_text(struct fake_kernel *k, struct node *file, size_t *ret_len);

/* ---- the kernel's objects ---- */

struct param {
        char *name, *value;
        bool writable, boolean;
        struct param *next;
};

struct module {
        char *name;
        bool loaded, builtin;
        struct param *params;
        struct node *dir;
        struct fake_module spec; /* strings are the test's, which outlive the kernel */
        struct module *next;
};

struct driver {
        char *name;
        struct module *module;
        bool no_sriov, vfio;
        uint64_t async;
        struct node *dir; /* NULL: not registered, as its module is not loaded */
        struct driver *next;
};

struct probe_error {
        char *driver;
        int error;
        struct probe_error *next;
};

/* The controller of a VF. */
struct fake_nvme_vf {
        bool online;
        unsigned has[2]; /* queues, interrupts */
};

struct device {
        struct pci_address address;
        char name[PCI_ADDRESS_MAX];
        struct fake_pci spec;
        uint16_t vendor, device, subvendor, subdevice;
        struct node *dir;
        struct driver *driver;
        char *override_;
        int group;
        bool open, unseen;
        bool autoprobe;
        char *resets;
        bool no_d3cold, power_auto;
        uint64_t bar_sizes[6];
        struct fake_nvme_vf *nvme_vfs; /* PF: totalvfs of them; NULL: it has no virtualization enhancements */
        unsigned nvme_primary[2], nvme_next[2];
        unsigned making; /* VFs, by a write that has not come back */
        unsigned numvfs;
        struct device *physfn;
        unsigned vf_index;
        struct values vf; /* a VF: what is set of it */
        enum eswitch_mode eswitch;
        uint64_t seen_mac;   /* by its driver, when it took it */
        unsigned flags, mtu, ifindex; /* of its netdev */
        struct probe_error *probe_errors;
        struct parent *parent; /* NULL: no mdev parent now */
        struct node *lock_dir; /* of its unbindLock; NULL: it has none */
        bool locked, in_use;   /* its driver has given that lock; a program has it open, which the lock is not given for */
        unsigned vgpu;         /* a VF: the type that it is a vGPU of; 0 none */
        struct device *next;
};

struct group {
        int number;
        bool open;
        unsigned members;
        struct node *dir;
        struct group *next;
};

struct parent {
        struct node *dir;
        const struct fake_mdev_type *types;
        unsigned free_ports;
        struct parent *next;
};

struct mdev {
        char *uuid;
        struct parent *parent;
        const struct fake_mdev_type *type;
        struct ap *ap; /* vfio_ap's: what is assigned */
        int group;
        struct node *dir;
        struct mdev *next;
};

struct change {
        uint64_t at;
        fake_change fn;
        void *arg;
        struct change *next;
};

struct hook {
        char *path, *value;
        fake_change fn;
        void *arg;
        struct hook *next;
};

struct name {
        char *text;
        struct name *next;
};

struct address {
        char *interface;
        uint8_t bytes[16];
        size_t size;
        struct address *next;
};

/* A write that was begun and is not ended; its place is free when it has no path. */
struct begun {
        char *path, *value;
        uint64_t limit;
        bool done;
        int result;
};

/* What is shown on a card: see fake-display.c. */
struct fake_display {
        const char *card; /* the test's; NULL: nothing is */
        bool manager, console, hang;
        struct node *events;
};

struct fake_kernel {
        struct fake_display display;
        unsigned change_at; /* the operation before which `change` is run; 0: none */
        fake_change change;
        void *change_arg;
        uint64_t limit;         /* of the write at hand */
        bool bounded, may_hang; /* in a bounded write; such writes may be ones that would hang */
        struct begun *begun;
        size_t n_begun, alloc_begun, most_begun;
        bool no_vgpud;    /* nobody has told NVIDIA's driver of the types of vGPUs */
        bool late_writes; /* done when they are ended, the last one first */
        struct sys sys;
        struct node *root;
        struct module *modules;
        struct driver *drivers;
        struct device *devices;
        struct group *groups;
        struct bus_dev *bus_devices;
        struct bus_drv *bus_drivers;
        struct parent *parents;
        struct mdev *mdevs;
        int last_group;
        unsigned last_ifindex;
        struct strbuf aliases;

        uint64_t now;
        struct change *changes; /* by time */
        struct hook *hooks;
        uint64_t udev_busy_until;
        bool udev_autoload;
        bool listening; /* events_begin() was called */
        bool uevent;    /* one is there to be seen */

        unsigned operations, fault_at;
        enum fake_fault fault;
        int fault_error;
        char *fault_what;

        struct fake_write *writes;
        size_t n_writes, alloc_writes;
        struct name *claims;
        struct name *holds;  /* block devices that are open exclusively */
        struct name *locks;  /* those whose disk is locked */
        struct name *opened; /* those that the code under test has opened */
        struct address *addresses;
        struct strbuf violations;
        bool outside; /* not the code under test: see fake_poke() */
};

/* fake-ops.c; fake_enter() begins an operation: 0: go on. 1: succeed without effect. -errno: fail. */
extern const struct sys_ops fake_ops;
int fake_enter(struct fake_kernel *k, bool changes, const char *what, const char *path);
int fake_do_write(struct fake_kernel *k, const char *path, const char *value, size_t len, unsigned mode);

/* fake-begun.c */
int fake_write_begin(void *userdata, const char *path, const char *value, size_t len, uint64_t limit);
int fake_write_end(void *userdata, int number, struct blocked_write *ret);

/* fake-display.c */
int fake_unit_set(void *userdata, const char *unit, bool start, uint64_t limit);
void fake_display_check(struct fake_kernel *k, const struct device *dev);

/* fake-ioctl.c */
int fake_permanent_mac(void *userdata, const char *interface, uint8_t ret[6]);
int fake_nvme_admin(void *userdata, const char *name, const struct nvme_command *command, void *data);
int fake_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16]);

/* fake-tree.c */
void *fake_alloc(size_t size);
char *fake_strdup(const char *s);
char *fake_printf(const char *format, ...) PRINTF_LIKE(1, 2);

/* fake-log.c */
void fake_journal(struct fake_kernel *k, const char *path, const char *value, int result);
bool fake_path_ends(const char *path, const char *end); /* in whole components */
void fake_violate(struct fake_kernel *k, const char *format, ...) PRINTF_LIKE(2, 3);
void fake_touch(struct fake_kernel *k, const char *name); /* a violation when name isn't claimed */
void fake_touch_device(struct fake_kernel *k, const struct device *d);
/* A write that never returns in the kernel: a violation, and -ETIMEDOUT here. */
int fake_hang(struct fake_kernel *k, const char *what, const char *name);

/* fake-event.c */
void fake_uevent(struct fake_kernel *k);
void fake_hook_free(struct hook *h);
void fake_run_hooks(struct fake_kernel *k, const char *path, const char *value);
void fake_events_begin(void *userdata);
int fake_events_wait(void *userdata, uint64_t deadline);
int fake_events_idle(void *userdata);
void fake_cancel(struct fake_kernel *k, const void *arg); /* what is scheduled with it */
void fake_autoload(struct fake_kernel *k, const struct device *d);

/* fake-module.c */
struct module *module_get(struct fake_kernel *k, const char *name); /* made when it isn't there */
struct module *module_find(struct fake_kernel *k, const char *name);
struct driver *driver_find(struct fake_kernel *k, const char *name);
int module_load(struct fake_kernel *k, const char *name, const char *options);
void modules_free(struct fake_kernel *k);

/* fake-driver.c */
void driver_register(struct fake_kernel *k, struct driver *d); /* and probe all that matches */
int device_bind(struct fake_kernel *k, struct device *dev, struct driver *drv);
int device_unbind(struct fake_kernel *k, struct device *dev);
void device_attach(struct fake_kernel *k, struct device *dev);
void device_attach_new(struct fake_kernel *k, struct device *dev); /* with a thread, for a driver that wants one */
int bus_drivers_probe(struct fake_kernel *k, struct node *n, const char *value);

/* fake-pci.c */
struct device *device_find(struct fake_kernel *k, const char *name);
struct device *device_add(struct fake_kernel *k, const char *name, const struct fake_pci *spec, struct device *physfn,
                          unsigned vf_index);
void device_remove(struct fake_kernel *k, struct device *dev);
char *device_modalias(const struct device *dev);

/* fake-attribute.c */
void device_settings(struct device *dev);

/* fake-pci-attr.c */
void device_attributes(struct device *dev);
void config_space(struct device *dev); /* written anew */
void device_show_interfaces(struct fake_kernel *k, struct device *dev); /* net, nvme: bound to its own driver */
void device_hide_interfaces(struct fake_kernel *k, struct device *dev);

/* fake-bus.c */
void bus_drivers_register(struct fake_kernel *k, const struct module *m);
bool bus_group_has_vfio(const struct fake_kernel *k, int number);
bool bus_open(struct fake_kernel *k, const char *name, bool open);
void buses_free(struct fake_kernel *k);

/* fake-group.c */
struct group *group_find(struct fake_kernel *k, int number);
struct group *group_join(struct fake_kernel *k, int number, struct node *device, const char *name); /* 0: a new one */
void group_leave(struct fake_kernel *k, int number, struct node *device, const char *name);
int group_open_test(struct fake_kernel *k, int number);

/* fake-sriov.c */
void sriov_attributes(struct device *dev);
void sriov_remove_vfs(struct fake_kernel *k, struct device *pf);
struct device *sriov_open_vf(struct fake_kernel *k, const struct device *pf); /* NULL: none is open */
struct device *sriov_vf(struct fake_kernel *k, const struct device *pf, unsigned i);

/* fake-vf.c */
void vf_init(struct device *vf);
int vf_op_read(void *userdata, const struct interface *interface, struct values *values, unsigned n);
int vf_op_set(void *userdata, const struct interface *interface, unsigned vf, enum property leader,
              const struct values *values);
void vf_attributes(struct device *vf); /* its interrupt vectors */
void netdev_attributes(struct node *net, struct device *dev); /* flags and mtu */

/* fake-eswitch.c */
int eswitch_op_get(void *userdata, const char *handle, enum eswitch_mode *ret);
int eswitch_op_set(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size);

/* fake-nvme.c */
int nvme_admin(struct fake_kernel *k, const char *name, const struct nvme_command *c, void *data);
void nvme_attributes(struct device *dev, struct node *nvme);
bool nvme_is_offline(const struct device *vf);
void nvme_vfs_offline(struct device *pf);

/* fake-usage.c */
int usage_block_open(struct fake_kernel *k, const char *name);
int usage_addresses(struct fake_kernel *k,
                    int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size), void *arg);
void usage_forget(struct fake_kernel *k);

/* fake-mdev.c */
struct parent *parent_register(struct fake_kernel *k, struct node *dir, const struct fake_mdev_type *types,
                               unsigned ports);
void parent_unregister(struct fake_kernel *k, struct parent *p);
bool parent_is_open(struct fake_kernel *k, const struct parent *p);
struct mdev *mdev_find(struct fake_kernel *k, const char *uuid);
void mdevs_free(struct fake_kernel *k);

/* fake-nvidia.c */
void vgpu_show(struct fake_kernel *k, struct device *vf);
void vgpu_hide(struct device *vf);
void nvidia_unbound(struct fake_kernel *k, struct device *gpu); /* a GPU's unbindLock goes with its driver */
bool vgpu_is_held(struct fake_kernel *k, const struct device *vf); /* by a VM */

/* fake-ap.c */
void ap_attributes(struct mdev *m);
