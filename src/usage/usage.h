/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host itself does with its devices: file systems and swap on disks, routes and sessions over NICs, the display
 * and the keyboard; and what its configuration will use. Data only, read once (survey/survey.h); what must not be taken away follows from it and the plan. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "device/inventory.h"
#include "plan/plan.h"

/* Which things of the same kind are made of this one: indices. A hostile host may have made a circle of them. */
struct usage_uppers {
        size_t *items;
        size_t n, alloc;
};

/* A block device: a disk, a partition, or one that is made of others. */
struct usage_block {
        char *name;    /* below /sys/class/block: nvme0n1p2, dm-0 */
        char *label;   /* what device-mapper calls it: vg0-root; NULL: nothing */
        char **places; /* where it sits below sys/devices; the head of several NVMe paths has each controller too */
        size_t n_places, alloc_places;
        struct usage_uppers uppers; /* holders (device-mapper, MD, bcache), loop devices; not its partitions */
        bool has_number;
        uint32_t major, minor;
        bool probed;             /* udev has a record of it: */
        char *fs_type, *fs_uuid, *fs_label; /* what udev found on it; NULL: nothing, or not known */
        size_t btrfs;    /* index into btrfs: it is a member of that mounted file system; or NO_INDEX */
        bool swap;
        bool held;       /* open(O_EXCL) says EBUSY; asked only of those under a function that the plan takes, and of which
                          * nothing else tells a use */
        bool locked;     /* another program has its disk locked meanwhile */
        bool answered;   /* the kernel has said whether it is held */
        int error;       /* positive errno: what it is used for can't be read */
        uint64_t size; /* details, of a disk: bytes; 0: not known */
        char *model;   /* likewise: "Samsung SSD 980 PRO 1TB"; NULL: not known */
};

struct usage_btrfs {
        size_t n_members;
};

/* A line of mountinfo (proc(5)), its octal escapes undone. */
struct usage_mount {
        uint32_t major, minor; /* of the block device; major 0: none, as with btrfs and NFS */
        char *point, *type, *source;
        char *node;    /* the name of the block device that source is, NULL: none */
        size_t btrfs;  /* index or NO_INDEX */
        bool network;  /* its type is one of a network file system */
};

/* A network interface. */
struct usage_link {
        char *name;
        char *place;                /* NULL: not known */
        struct usage_uppers uppers; /* bond, bridge, VLAN, macvlan, … */
        uint8_t macs[2][6];         /* the one that it has now, and the hardware's; zeros: not known */
        bool addressed;             /* it has an address that others can reach */
        bool default_route;
        const char *manager; /* who configures it now, in words: "is being configured by systemd-networkd"; NULL: nobody */
        char *ssh_peer; /* who has an SSH session on one of its addresses; NULL: none */
};

struct usage_keyboard {
        char *name;  /* "Logitech K120", as the device says */
        char *place;
};

/* An established SSH session. Addresses are IPv6's, or IPv4's mapped to them. */
struct usage_session {
        uint8_t local[16];
        char *peer;
};

/* What the host's configuration says of block devices, and of network interfaces. */
enum usage_configured_kind {
        CONFIGURED_MOUNT,
        CONFIGURED_SWAP,
        CONFIGURED_CRYPT,
        CONFIGURED_ARRAY,
        CONFIGURED_LINK, /* the first of the interfaces' */
        CONFIGURED_BRIDGE,
        CONFIGURED_BOND,
        CONFIGURED_VLAN,
        CONFIGURED_UNMANAGED, /* networkd leaves it alone, whatever later entries say */
};

/* An entry of a file that takes effect at boot. */
struct usage_configured {
        enum usage_configured_kind kind;
        char *what; /* fstab's word for the device, an array's UUID; an interface's name, MAC or "pci-" and address */
        char *name; /* the mount point, the mapping, the array; the bridge, the bond, the VLAN; or NULL */
        char *file; /* "/etc/fstab" */
        unsigned line;
        struct usage_uppers blocks; /* which it is of */
        char *group;                /* the volume group that they are physical volumes of; NULL: they are what is named */
};

struct usage {
        struct usage_block *blocks; /* sorted by name */
        size_t n_blocks, alloc_blocks;
        struct usage_btrfs *btrfs;
        size_t n_btrfs, alloc_btrfs;
        struct usage_mount *mounts; /* in the kernel's order: of two at one place the later one is seen */
        size_t n_mounts, alloc_mounts;
        char **pools; /* ZFS pools that are imported: neither mountinfo nor sysfs tells of their members */
        size_t n_pools;
        int block_error;          /* positive errno: /sys/class/block can't be read */
        struct usage_link *links; /* sorted by name */
        size_t n_links, alloc_links;
        char *boot_root; /* the kernel command line's word for a root over the network: "nfs", "iscsi"; NULL: none */
        struct usage_session *sessions;
        size_t n_sessions, alloc_sessions;
        bool console_on_vt; /* /dev/console is a virtual terminal, which is on a display */
        char *framebuffer;  /* the place of fb0, where virtual terminals are drawn; NULL: there is none */
        size_t boot_vga;    /* the function that the firmware had for a display; or NO_INDEX */
        struct usage_keyboard *keyboards;
        size_t n_keyboards, alloc_keyboards;
        struct usage_configured *configured; /* in the order of the files: the first is reported */
        size_t n_configured, alloc_configured;
};

struct usage *usage_new(void);
void usage_free(struct usage *usage);
DEFINE_CLEANUP(struct usage *, usage_free)

/* By name; NO_INDEX: there is none. */
size_t usage_find_block(const struct usage *usage, const char *name);
size_t usage_find_link(const struct usage *usage, const char *name);

/* Appends an upper one, once. */
void usage_add_upper(struct usage_uppers *uppers, size_t index);

/* Whether a place is that of the function or below it. */
bool usage_is_under(const char *place, const struct pci_function *f);
bool usage_block_is_under(const struct usage_block *b, const struct pci_function *f);

/* Whether it is a disk, and no partition of one, nor one of the hidden paths to a drive with several. */
bool usage_block_is_disk(const struct usage *usage, const struct usage_block *b);

/* Whether a mount, swap, an array or the like tells that it, its disk or a partition of it is used. */
bool usage_block_is_told(const struct usage *usage, size_t block);

/* The decisions about one function. Each appends why it must stay with the host, without an end, and returns true; or
 * returns false. subject is what the sentence calls the function, "it" or "0000:01:00.2"; lead stands before a sentence
 * that does not name it, "" or "0000:01:00.2: ". Out of memory: text->failed. */
struct usage_words {
        const char *subject, *lead;
};
bool usage_block_reason(const struct usage *usage, const struct pci_function *f, const struct usage_words *words,
                        struct strbuf *text);
bool usage_net_reason(const struct usage *usage, const struct pci_function *f, const struct usage_words *words,
                      struct strbuf *text);
bool usage_console_reason(const struct usage *usage, const struct inventory *inv, size_t function,
                          const struct usage_words *words, struct strbuf *text);
/* taken: by function, those that the plan takes, this one too. */
bool usage_display_reason(const struct inventory *inv, size_t function, const bool *taken,
                          const struct usage_words *words, struct strbuf *text);
bool usage_keyboard_reason(const struct usage *usage, const struct inventory *inv, size_t function, const bool *taken,
                           const struct usage_words *words, struct strbuf *text);

/* The same for devices on other buses than PCI: the one that a step takes from a driver of the host's, or NULL; whether any is
 * taken. */
const struct bus_device *usage_bus_taking(const struct inventory *inv, const struct plan_step *step);
bool usage_bus_matters(const struct inventory *inv, const struct plan *plan);

/* All that the host does with a function, as the guards would say it: "vda on it is mounted at /; …". *ret is a new string,
 * or NULL: nothing, or it is not on a driver of the host's. *ret_guards, a set, are those that say so. */
void usage_describe(const struct usage *usage, const struct inventory *inv, size_t function, const bool *taken,
                    char **ret, unsigned *ret_guards);

/* Where "/" is when it comes over the network: "nfs", "iSCSI"; NULL: it does not. */
const char *usage_network_root(const struct usage *usage);

/* Gives each item the guards' reasons of all devices that it takes, on whatever bus. Takes the steps of those back that have a
 * reason which their force does not name (plan_refuse(), guarded), and those of items whose IOMMU group is not fit for VFIO
 * without them. */
void usage_guard(const struct usage *usage, const struct inventory *inv, struct plan *plan);
