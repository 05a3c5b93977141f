/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel in memory behind struct sys_ops: the part of sysfs that passthru-setup touches, with the effects and
 * the errnos of Linux 6.12 (drivers/base/bus.c, drivers/pci/pci-sysfs.c, drivers/pci/iov.c, drivers/vfio/). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "sys/sys.h"

struct fake_kernel;

/* An empty machine: buses and classes, the drivers vfio-pci (module vfio_pci) and pcieport (built in), and
 * module vfio_iommu_type1 with its parameters; both modules are there to be loaded. Aborts when memory is out,
 * as everything here does. */
struct fake_kernel *fake_new(void);
void fake_free(struct fake_kernel *k);
DEFINE_CLEANUP(struct fake_kernel *, fake_free)

/* What the code under test gets; owned by the kernel. */
struct sys *fake_sys(struct fake_kernel *k);

/* ---- building the machine ----
 * Strings and arrays of the specs below are borrowed: literals and static ones. */

#define FAKE_NO_GROUP (-1)
#define FAKE_EPROBE_DEFER 517 /* not for user space, so errno.h lacks it: bind says EAGAIN */

struct fake_mdev_type {
        const char *id;     /* NULL ends an array */
        const char *name;   /* NULL: the parent gives none */
        unsigned cost;      /* of the parent's ports that one instance takes; 0 is 1 */
        const char *attrs;  /* of an instance, comma-separated: "name" (readable) or "!name" (write-only) */
        const char *reject; /* a value that every attribute refuses, with EINVAL */
        unsigned ap;        /* it has the attributes of vfio_ap's, with so many adapters and domains; 0: it is none of those */
};

/* A type of vGPU that a VF may be itself: see fake-nvidia.c. */
struct fake_vgpu_type {
        unsigned id; /* 0 ends an array */
        const char *name;
        unsigned memory; /* of the GPU's */
};

/* When the mode of an eswitch can be changed, as these drivers have it; their names decide what the code under test does. */
enum fake_eswitch {
        FAKE_ESWITCH_NONE,
        FAKE_ESWITCH_ICE,  /* while there are no VFs */
        FAKE_ESWITCH_MLX5, /* while no VF has a driver */
        FAKE_ESWITCH_BNXT, /* to switchdev while there are VFs */
};

/* A BAR: its size in bytes, a mask of the sizes it can have (bit n: 2^n MiB), and the most that the bridge has room for
 * (0: any). */
struct fake_bar {
        uint64_t size, sizes, room;
};

struct fake_pci {
        const char *id; /* "vendor:device[:subvendor:subdevice]", hexadecimal */
        uint32_t class;
        const char *driver;       /* bound at the start; NULL: none */
        const char *native;       /* the driver whose id table has it; made when there is none such yet */
        int group;                /* 0: one of its own; FAKE_NO_GROUP */
        const char *parent_chain; /* below sys/devices: "pci0000:00/0000:00:01.0"; NULL: pciDOMAIN:BUS */
        const char *netdev;       /* there while the native driver is bound, as the others here */
        const char *mac;          /* permanent */
        const char *current_mac;  /* what net/NAME/address says; NULL: the permanent one */
        const char *nvme_serial;
        unsigned nvme_queues, nvme_interrupts; /* that its VFs can have, all of them the PF's at first; 0: none */
        const char *serial; /* PCIe device serial number, as lspci prints it */

        const char *resets; /* reset_method, its VFs' too; NULL: it knows none */
        bool power_auto;    /* power/control is auto at the start */
        struct fake_bar bars[6];
        const void *rom; /* the option ROM */
        size_t rom_size; /* 0: none */

        unsigned totalvfs;             /* 0: no SR-IOV */
        unsigned vf_offset, vf_stride; /* of routing ids; 0: 0x10 and 1 */
        uint16_t vf_device;
        uint32_t vf_class;     /* 0: the PF's */
        const char *vf_native; /* NULL: no driver knows them */
        bool vf_netdevs;
        bool vf_shared_group; /* the VFs are in the PF's group: no ACS */
        unsigned vf_limit;    /* at most so many come, and the write succeeds; 0: no limit */
        bool vf_all;          /* all of totalvfs come, whatever number is written (QAT) */
        uint64_t vf_time;     /* µs that numvfs takes; within the write's limit, none passes */
        uint64_t vf_late;     /* µs from the write's return to the first VF, and from one to the next (s390) */
        bool vf_silent_zero;  /* success and no VF at all (bnxt_en with its netdev down) */
        bool vf_needs_up;     /* no VF while its netdev is down, and success (bnxt_en) */
        bool infiniband;      /* its interface is; its VFs have GUIDs then, and no MACs */
        unsigned vf_lacking;  /* bits of enum property: what the driver does not offer */
        unsigned vf_msix;     /* interrupt vectors of a VF, which can be set then; 0: they can't */
        enum fake_eswitch eswitch;
        bool eswitch_deaf;    /* another mode is a success, and changes nothing */
        int numvfs_error;     /* what the driver returns instead of making VFs, positive */

        const struct fake_mdev_type *mdev_types;    /* it is an mdev parent while its native driver is bound */
        const struct fake_mdev_type *vf_mdev_types; /* its VFs are */
        unsigned mdev_ports;                        /* for each parent */
        const struct fake_vgpu_type *vgpu_types;    /* what its VFs may be while their native driver is bound */
        unsigned vgpu_memory;                       /* that they share */
        uint64_t mdev_delay;                        /* µs from the bind to the registration of the parent */
};

void fake_pci_add(struct fake_kernel *k, const char *address, const struct fake_pci *spec);
void fake_pci_remove(struct fake_kernel *k, const char *address);

/* A device on another bus than PCI. */
struct fake_bus_device {
        const char *bus, *name;
        const char *path;   /* below sys/devices, with its name */
        const char *native; /* its own driver, by fake_bus_driver_add(); it is on it when that is loaded. NULL: none */
        int group;          /* 0: one of its own; FAKE_NO_GROUP */
        bool no_override;   /* no driver_override, as AP queues of older kernels */
};

void fake_bus_driver_add(struct fake_kernel *k, const char *bus, const char *name, bool vfio, bool loaded);
void fake_bus_add(struct fake_kernel *k, const struct fake_bus_device *spec);
void fake_bus_probe_error(struct fake_kernel *k, const char *name, int error); /* of VFIO's driver */
const char *fake_bus_driver_of(struct fake_kernel *k, const char *name);       /* "" unbound, NULL no such device */

struct fake_driver {
        const char *module; /* NULL: the driver's name with underscores */
        bool loaded;
        bool builtin;
        bool no_sriov;  /* no sriov_configure() */
        bool vfio;      /* binds by override only */
        uint64_t async; /* µs that the probe of a new device takes in a thread of its own; 0: none */
};

void fake_driver_add(struct fake_kernel *k, const char *name, const struct fake_driver *spec);

/* Probes of this device by this driver fail (a driver's probe, not the bind rules); 0 ends it. */
void fake_probe_error(struct fake_kernel *k, const char *address, const char *driver, int error);

struct fake_param {
        const char *name; /* NULL ends an array */
        const char *value;
        bool writable;
        bool boolean; /* takes 1/y/n/0, reads as Y or N */
};

struct fake_module {
        bool loaded;
        const struct fake_param *params;
        const char *parent_path; /* an mdev parent that it registers: "virtual/mtty/mtty" */
        const struct fake_mdev_type *mdev_types;
        unsigned mdev_ports;
};

/* Adds a module, or parameters to one that a driver has brought. */
void fake_module_add(struct fake_kernel *k, const char *name, const struct fake_module *spec);

/* "alias PATTERN MODULE" lines of modules.alias. */
void fake_alias_add(struct fake_kernel *k, const char *pattern, const char *module);

/* ---- what other processes do ---- */

enum fake_open {
        FAKE_OPEN_DEVICE = 1, /* its `enable` counts */
        FAKE_OPEN_GROUP = 2,  /* /dev/vfio/GROUP is taken */
        FAKE_OPEN_BOTH = 3,
        FAKE_OPEN_UNSEEN = 4, /* after whoever looks has looked */
};

/* A VM opens a device (or an mdev, by UUID); 0 closes it. From then on an unbind would sleep for ever. */
void fake_open(struct fake_kernel *k, const char *name, unsigned how);

/* ---- what the host itself uses ---- */

/* Makes a file anywhere, or adds to it; with its directories. */
void fake_file(struct fake_kernel *k, const char *path, const char *text);
/* Makes a link to what is there already. */
void fake_link(struct fake_kernel *k, const char *path, const char *target);

/* The host shows its console, and a display manager, on the card at the address: to take that from its driver meanwhile is a
 * violation. */
void fake_display_add(struct fake_kernel *k, const char *address);
bool fake_display_is_shown(const struct fake_kernel *k); /* both of them */
/* The display manager does not stop or start in time. */
void fake_display_hang(struct fake_kernel *k);

/* A block device below a device's directory ("sys/bus/pci/devices/…"), with its number ("8:1"). */
void fake_block(struct fake_kernel *k, const char *dir, const char *name, const char *number);
/* It is open exclusively, as by a mount. */
void fake_hold(struct fake_kernel *k, const char *name);
/* Another program has its disk locked. */
void fake_lock_disk(struct fake_kernel *k, const char *name);
/* Whether the code under test has tried to open it. */
bool fake_was_opened(const struct fake_kernel *k, const char *name);
/* A block device with a file system that is mounted: all of the above and a line of mountinfo. */
void fake_mount(struct fake_kernel *k, const char *dir, const char *name, const char *number, const char *point,
                const char *type);
/* An interface has this address (as inet_pton(3) takes it). */
void fake_address(struct fake_kernel *k, const char *interface, const char *address);

/* Something outside of the code under test writes: no journal, no fault, no claim. Returns 0 or -errno. */
int fake_poke(struct fake_kernel *k, const char *path, const char *value);
int fake_modprobe(struct fake_kernel *k, const char *name);
void fake_file_add(struct fake_kernel *k, const char *directory, const char *name, const char *text);

/* Runs fn when events_wait() reaches the time (µs, from 0). Time stands still otherwise. */
typedef void (*fake_change)(struct fake_kernel *k, void *arg);
void fake_schedule(struct fake_kernel *k, uint64_t at, fake_change fn, void *arg);

/* Runs fn once, right after the first successful write of value (NULL: any) to a path that ends in these
 * components, or a replacement of that file: a race, won by others. */
void fake_after_write(struct fake_kernel *k, const char *path, const char *value, fake_change fn, void *arg);

/* Runs fn once, before the nth operation from now (the first is 1): at any moment of a run. */
void fake_before_operation(struct fake_kernel *k, unsigned n, fake_change fn, void *arg);

/* udev's queue is not empty before that time. */
void fake_udev_busy_until(struct fake_kernel *k, uint64_t at);
/* udev loads, by its modalias, the driver of a device that appears (off at first); 1 ms after it. */
void fake_udev_autoload(struct fake_kernel *k, bool on);

/* A write that would sleep for ever is no violation when it is a bounded one: it is given up, by that process. */
#define FAKE_WRITER 4711
void fake_let_hang(struct fake_kernel *k);

/* NVIDIA's daemon has not told the driver of the types of vGPUs (yet). */
/* The GPU's driver, nvidia, has an unbindLock for it: to unbind it without is a violation. in_use: a program has it open, so that the
 * lock is not given. */
void fake_unbind_lock(struct fake_kernel *k, const char *address, bool in_use);
bool fake_is_locked(struct fake_kernel *k, const char *address);
void fake_stop_vgpud(struct fake_kernel *k, bool stopped);

/* Writes that are begun and ended are done when they are ended, the last one first; else at once. */
void fake_let_write_late(struct fake_kernel *k);
size_t fake_most_begun(const struct fake_kernel *k); /* the most that were under way at one time */
bool fake_all_ended(const struct fake_kernel *k);

/* ---- faults ---- */

enum fake_fault {
        FAULT_ERROR, /* the operation fails and has no effect */
        FAULT_LOST,  /* a write to sysfs or a module load succeeds and has no effect; else nothing */
        FAULT_DEATH, /* it and all after it fail: as if the program had been killed there */
};

/* The nth operation from now (the first is 1) fails, once but for FAULT_DEATH, with a positive errno. 0 takes the
 * fault back. */
void fake_fail_at(struct fake_kernel *k, unsigned n, enum fake_fault fault, int error);
/* Whether that operation was reached; what it was ("write sys/…") goes to *ret_what, owned by the kernel. */
bool fake_fault_hit(const struct fake_kernel *k, const char **ret_what);
unsigned fake_operations(const struct fake_kernel *k); /* so far */

/* ---- what is set of VFs ---- */

/* In the words of property/property.h, "mac=… vlan=…": as the PF's driver tells it, and as someone else sets it. */
char *fake_vf_text(struct fake_kernel *k, const char *address); /* a new string; NULL: no such VF */
void fake_vf_set(struct fake_kernel *k, const char *address, const char *text);
/* The MAC that the VF's own driver has seen, "" when it has none; a new string. */
char *fake_vf_seen_mac(struct fake_kernel *k, const char *address);

/* udev gives the function's interface another name. */
void fake_rename(struct fake_kernel *k, const char *address, const char *name);

/* ---- eswitches ---- */

const char *fake_eswitch(struct fake_kernel *k, const char *address); /* its mode's name, also while it has no driver */
void fake_eswitch_set(struct fake_kernel *k, const char *address, enum eswitch_mode mode); /* someone else does */

/* ---- what has been done ---- */

struct fake_write {
        char *path;  /* where it went, links resolved; "module NAME" for a load */
        char *value; /* without the newline at the end */
        int result;  /* 0 or -errno */
};

size_t fake_n_writes(const struct fake_kernel *k);
const struct fake_write *fake_get_write(const struct fake_kernel *k, size_t i);
/* The first write at or after `from` whose path ends in these components, with that value (NULL: any).
 * SIZE_MAX: there is none. */
size_t fake_find_write(const struct fake_kernel *k, size_t from, const char *path, const char *value);
size_t fake_count_writes(const struct fake_kernel *k, const char *path, const char *value);
void fake_print_writes(const struct fake_kernel *k, size_t from); /* to stderr, for a failing test */

/* A device (address: its VFs too), mdev parent or module that the test's configuration claims. A write to
 * another is a violation, as are a write that would hang, new_id, and the bus-wide drivers_autoprobe. */
void fake_claim(struct fake_kernel *k, const char *name);
/* NULL, or the violations so far, one a line; owned by the kernel. */
const char *fake_violations(const struct fake_kernel *k);

/* ---- how it is now ---- */

const char *fake_driver_of(struct fake_kernel *k, const char *address);         /* "" unbound, NULL no such device */
const char *fake_override_of(struct fake_kernel *k, const char *address);       /* "" none */
const char *fake_vf_address(struct fake_kernel *k, const char *pf, unsigned i); /* NULL: none; while it is there */
unsigned fake_n_mdevs(struct fake_kernel *k);
bool fake_module_loaded(struct fake_kernel *k, const char *name);
/* A file's text without the newline at its end, a new string; NULL: it can't be read. */
char *fake_text(struct fake_kernel *k, const char *path);
