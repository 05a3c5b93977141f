/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inventory: what hardware, drivers and mdevs there are, as read once from the host. Data only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "device/address.h"
#include "device/bus.h"
#include "property/eswitch.h"
#include "property/bar-size.h"
#include "property/property.h"

#define NO_INDEX SIZE_MAX /* "none" where an index into an array is kept */
#define NO_GROUP (-1)     /* no IOMMU group */
#define UNKNOWN_GROUP (-2)

/* What is there of a function beside its values, read as far as a section asks for it. */
struct pci_details {
        uint64_t bar_sizes[PCI_BARS]; /* bit n: the BAR can be 2^n MiB; 0: it can't be resized */
        bool rom;                     /* it has an option ROM */
        bool rom_dumped;              /* the file that the section names for it is there */
};

struct nvme_virt;

struct netdev {
        char *name;
        char *altname;  /* by which a section names it; NULL: none does */
        uint8_t mac[6]; /* the permanent one */
        bool has_mac;
        unsigned port;   /* dev_port: which of its function's ports it is */
        bool infiniband; /* read, as the next one, only for a PF whose section asks for it */
        int link_error;  /* positive errno: it can't be read */
};

/* A PCI function. */
struct pci_function {
        struct pci_address address;
        uint16_t vendor, device, subvendor, subdevice;
        uint32_t class;        /* 24 bits: base, sub, programming interface */
        bool endpoint;         /* class 0x06, and no bridge by its header: an NVSwitch, an NVLink bridge of POWER */
        char *driver;          /* NULL: unbound */
        char *driver_override; /* NULL: none */
        int group;             /* IOMMU group or NO_GROUP */
        char *path;            /* its place below sys/devices: pci0000:00/0000:00:1c.0/0000:03:00.0 */
        char *name;            /* from the hwdb, "Chip [Product] (Subsystem)"; NULL when not looked up or not known */
        char *subsystem;       /* of that what stands in the last parentheses, where it names the subsystem; or NULL */

        bool sriov;            /* it is a PF: the kernel offers sriov_numvfs */
        bool is_card;          /* the subsystem is a product of its own, and not the board that it is soldered on */
        bool autoprobe;        /* PF: sriov_drivers_autoprobe */
        unsigned totalvfs;     /* PF: how many the device can have */
        unsigned numvfs;       /* PF: how many it has */
        int writer;            /* the process whose write for it has not come back; 0 none */
        uint16_t vf_device;    /* PF: the device id its VFs have */
        size_t *vfs;           /* PF: numvfs indices into functions, by VF number; NO_INDEX: not there */
        size_t physfn;         /* VF: its PF's index, else NO_INDEX */
        unsigned vf_index;     /* VF: its number */
        struct values *values; /* what is set of it, read as far as a section asks; NULL: nothing was */
        bool vf_read;          /* VF: what is set of it through its PF is in the values */
        int vf_error;          /* PF: positive errno: what is set of its VFs can't be read */

        int eswitch_error; /* PF: positive errno: the mode of its eswitch can't be read */

        struct netdev *netdevs; /* its own, no representors; see netdev_of() */
        size_t n_netdevs;
        char **serials; /* NVMe's and PCIe's; read only when a selector asks, or with the details */
        size_t n_serials;
        struct pci_details *details; /* NULL: not read */
        struct nvme_virt *nvme; /* PF: what its VFs' controllers have; NULL: not asked for, or nvme_error says why */
        int nvme_error;         /* a negative errno, or a positive NVMe status */
        int node;               /* details: NUMA node; -1 none */
        char *resets;           /* details: "flr bus"; "" none; NULL not known */
};

/* A slot of the board: what is in it is all at, or behind, its address. */
struct pci_slot {
        char *name;
        struct pci_address address;
        bool whole_bus;     /* any device of the bus */
        bool all_functions; /* whatever the function: not just what is behind this one */
};

struct mdev_type {
        char *id;          /* the directory: mtty-2, i915-GVTg_V5_4 */
        char *name;        /* "Dual port serial"; NULL when the parent gives none */
        char *description; /* details: lines of text; NULL none */
        char *device_api;  /* details: vfio-pci, vfio-ap, …; NULL none */
        unsigned available;
};

struct mdev_parent {
        char *name;      /* under /sys/class/mdev_bus */
        char *path;      /* its place below sys/devices */
        size_t function; /* the PCI function it is, or NO_INDEX */
        struct mdev_type *types;
        size_t n_types;
        int error;        /* positive errno: the types can't be read */
        bool vgpu;        /* no mdev parent, but a VF that is itself the vGPU (device/vgpu.h): */
        unsigned current; /* the type that it has; 0 none */
};

struct mdev_device {
        uint8_t uuid[16];
        size_t parent; /* index into parents, or NO_INDEX */
        char *type;    /* the type's id */
};

struct module_param {
        char *name;
        char *value;   /* NULL when it can't be read */
        bool writable; /* may be changed while the module is loaded */
};

/* A module that the configuration names; loaded or not. */
struct module_info {
        char *name; /* with underscores */
        bool loaded;
        int error; /* positive errno: its parameters can't be read */
        struct module_param *params;
        size_t n_params;
};

/* A "vfio_pci:" line of modules.alias. */
struct vfio_alias {
        char *pattern; /* vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* */
        char *module;
};

/* A device on another bus than PCI: one that is asked for by its name, or a member of such a one's IOMMU group. */
struct bus_device {
        enum bus_kind bus;
        char *name;            /* under /sys/bus/BUS/devices */
        char *driver;          /* NULL: unbound */
        char *driver_override; /* NULL: none */
        bool overridable;      /* the kernel offers driver_override */
        int group;             /* IOMMU group or NO_GROUP */
        char *path;            /* its place below sys/devices */
        char *group_path; /* css: that of the group which its device is in, as a qeth's three are; NULL: in none */
        int error;        /* positive errno: it is there and can't be read */
};

/* A driver of such a bus. */
struct bus_driver {
        enum bus_kind bus;
        char *name;
};

/* A function that could not be read, and so is not among the functions. */
struct unreadable {
        struct pci_address address;
        int error;  /* positive errno */
        int group;  /* NO_GROUP, or UNKNOWN_GROUP: it may be in any */
        bool going; /* it reads as gone, and is still listed: no other device's business, but not to be forgotten yet
                     */
};

/* The unit that a host's display manager goes by, whichever it is. */
#define DISPLAY_MANAGER "display-manager.service"

struct inventory {
        struct pci_function *functions; /* sorted by address */
        size_t n_functions, alloc_functions;
        size_t *by_id;    /* indices sorted by vendor, device, address */
        size_t *by_group; /* by IOMMU group, those without one first, and address */
        struct mdev_parent *parents;
        size_t n_parents, alloc_parents;
        struct mdev_device *mdevs; /* sorted by uuid */
        size_t n_mdevs, alloc_mdevs;
        char **drivers; /* names under sys/bus/pci/drivers, sorted */
        size_t n_drivers;
        struct module_info *modules;
        size_t n_modules, alloc_modules;
        struct vfio_alias *aliases;
        size_t n_aliases, alloc_aliases;
        struct unreadable *unreadable;
        size_t n_unreadable, alloc_unreadable;
        struct pci_slot *slots; /* read only when a section names one, or with the details */
        size_t n_slots, alloc_slots;
        int slots_error;                /* positive errno: what the firmware says of them can't be read */
        bool display_manager;           /* it runs; this and the next are read only when a section has display = stop */
        char **consoles;                /* bound to a framebuffer: "vtcon1" */
        size_t n_consoles, alloc_consoles;
        bool denylist_off;              /* vfio_pci is loaded with disable_denylist */
        bool iommu;                     /* at least one function has a group */
        struct bus_device *bus_devices; /* those on other buses; a handful */
        size_t n_bus_devices, alloc_bus_devices;
        struct bus_driver *bus_drivers; /* of the buses that are asked for */
        size_t n_bus_drivers, alloc_bus_drivers;
};

void inventory_free(struct inventory *inv);
DEFINE_CLEANUP(struct inventory *, inventory_free)

/* Frees what a function, or a device on another bus, owns. */
void pci_function_clear(struct pci_function *f);
void bus_device_clear(struct bus_device *d);

/* The values of a function, none of them known if they are new; and its details. */
struct values *function_values(struct pci_function *f);
struct pci_details *function_details(struct pci_function *f);

/* Whether a VF must be unbound from its driver and bound again when the properties of a mask are set: the driver reads
 * them then, and VFIO only what it has while it has no driver. */
bool settings_need_bind(const struct pci_function *vf, uint64_t mask);

/* Sorts what a reader has appended: by_id, by_group, mdevs. The
 * reader has sorted the functions and linked PFs and VFs already. */
void inventory_index(struct inventory *inv);

/* The function at an address, or NULL. */
const struct pci_function *inventory_find(const struct inventory *inv, const struct pci_address *a);
size_t inventory_find_index(const struct inventory *inv, const struct pci_address *a);

/* The run of by_id with this vendor and device: *ret_first and the count. */
size_t inventory_find_id(const struct inventory *inv, uint16_t vendor, uint16_t device, size_t *ret_first);

/* Another card of the same vendor and device id: the first that is in another slot, and is no VF; NO_INDEX: none. */
size_t inventory_find_twin(const struct inventory *inv, size_t function);

/* The members of an IOMMU group, in the order of their addresses: *ret_n indices, borrowed from the inventory.
 * NO_GROUP: those that have none. */
const size_t *inventory_group(const struct inventory *inv, int group, size_t *ret_n);

/* A device on another bus than PCI: its index, or NO_INDEX. */
size_t inventory_find_bus_device(const struct inventory *inv, enum bus_kind bus, const char *name);
bool inventory_has_bus_driver(const struct inventory *inv, enum bus_kind bus, const char *driver);

bool inventory_has_driver(const struct inventory *inv, const char *driver);
const struct mdev_parent *inventory_find_parent(const struct inventory *inv, const char *name);
const struct mdev_parent *inventory_parent_of(const struct inventory *inv, size_t function); /* NULL: it is none */
const struct mdev_device *inventory_find_mdev(const struct inventory *inv, const uint8_t uuid[static 16]);
const struct module_info *inventory_find_module(const struct inventory *inv, const char *name);

/* A bridge by its header, a host bridge or an ISA bridge: never bound by us. Where the header can't be read, class
 * 0x06 but for "other bridges" (0x0680). */
bool pci_function_is_bridge(const struct pci_function *f);

/* The function that is no bridge and has this one behind it, as a VMD has its drives: they come and go with its
 * driver. NO_INDEX: there is none. */
size_t inventory_carrier(const struct inventory *inv, size_t function);

/* The bridge `up` levels above a function (1: the port of its slot). NO_INDEX: there is none, or the path is not
 * known. */
size_t inventory_bridge_above(const struct inventory *inv, size_t function, unsigned up);

/* Whether a function counts where the members of an IOMMU group are listed: not a bridge that leaves the group viable,
 * nor what goes with another. */
bool inventory_is_company(const struct inventory *inv, size_t function);

/* Whether a member of a group that is on this driver leaves the group viable for VFIO (kernel:
 * drivers that set driver_managed_dma). NULL (unbound) does. */
bool driver_is_viable(const char *driver);

/* A driver that hands the device to user space through VFIO. */
bool driver_is_vfio(const char *driver);

/* A driver that does something with the device itself: neither of those, nor the stub. */
bool driver_is_own(const char *driver);
