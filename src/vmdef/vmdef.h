/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What VMs say they have: the definitions of Proxmox VE and libvirt. Data only, and the readers of each format, of
 * which vmdef/vmdef-read.h has the files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "device/inventory.h"

enum vm_engine { VM_PROXMOX, VM_LIBVIRT };

/* What a definition names; what its kind has not is NULL, 0 or false. */
struct vm_device {
        char *key;       /* "hostpci0", "hostdev", "interface", "disk", "forward", "args" */
        unsigned number; /* hostpciN: N; else the how-many-eth of its element, from 1 */
        unsigned line;

        bool has_address;
        bool slot; /* the address stands for all functions of its slot */
        struct pci_address address;
        bool has_uuid; /* an mdev */
        uint8_t uuid[16];
        char *type;      /* Proxmox VE: of the mdev that is made on the address, or on the mapping's */
        char *mapping;   /* Proxmox VE: the resource mapping in place of an address */
        char *network;   /* libvirt: the network whose pool it comes from */
        char *interface; /* libvirt: of the PF whose VFs a network has */
        char *options;   /* Proxmox VE: what stands behind the device, ",pcie=1" */
        bool managed;    /* libvirt: it is libvirt's to bind and to give back */
};

/* A VM; or a network of libvirt's, which has the devices of which VMs get one. */
struct vm {
        enum vm_engine engine;
        bool network;
        bool autostart; /* it starts with the host */
        char *id;       /* what its engine calls it: "104", "web" */
        char *name;     /* Proxmox VE: what people call it; NULL: nothing else */
        char *hookscript; /* Proxmox VE: its hook, "local:snippets/proxmox"; NULL: it has none */
        char *file;
        struct vm_device *devices;
        size_t n_devices, alloc_devices;
};

/* What a resource mapping has on one node. */
struct vm_map {
        char *text; /* as it is written: "node=pve1,path=…" */
        unsigned line;
        bool here;                  /* it is of this node */
        struct pci_address address; /* of the first function */
        bool slot;
        uint16_t vendor, device;       /* what is expected there */
        uint16_t subvendor, subdevice; /* if has_subsystem */
        bool has_subsystem;
        int group; /* NO_GROUP: none is expected */
};

/* A resource mapping of Proxmox VE's: what a cluster has of a kind, node by node. */
struct vm_mapping {
        char *name;
        char *file;
        unsigned line;
        bool mdev;
        struct vm_map *maps;
        size_t n_maps, alloc_maps;
};

struct vmdefs {
        struct vm *items; /* in the order of their files */
        size_t n, alloc;
        struct vm_mapping *mappings;
        size_t n_mappings, alloc_mappings;
        bool node_known;        /* whose mappings are of this node */
        struct diag_list notes; /* what can't be read, or means nothing */
};

void vm_clear(struct vm *vm);
void vmdefs_clear(struct vmdefs *defs);
#define CLEANUP_VMDEFS CLEANUP(vmdefs_clear)

/* Each reads the text of a file (len bytes and a NUL), which may be changed; what is wrong with it is a note, and the
 * rest of it counts. */

/* qm.conf(5). Of snapshots nothing is read, and what is pending counts already, as the next start has it. */
void vmdef_add_proxmox(struct vmdefs *defs, const char *file, const char *id, char *text, size_t len);
/* mapping/pci.cfg; node: this one, NULL: it is not known, and then none is. */
void vmdef_add_mappings(struct vmdefs *defs, const char *file, const char *node, char *text, size_t len);
/* A domain or a network (https://libvirt.org/formatdomain.html, formatnetwork.html). */
void vmdef_add_libvirt(struct vmdefs *defs, const char *file, bool autostart, char *text, size_t len);

/* "VM 104 (web)", "VM web", "network lan" */
struct strbuf;
void vm_add_title(struct strbuf *b, const struct vm *vm);

/* NULL: there is none of that name. */
const struct vm_mapping *vmdef_find_mapping(const struct vmdefs *defs, const char *name);

/* Where the mapping has only one device on this node: that one. NULL: it has none, or several. */
const struct vm_map *vm_mapping_only(const struct vm_mapping *mapping);

/* "hostpci0", "hostdev 2", "its pool": which of the VM's devices it is. */
void vm_add_key(struct strbuf *b, const struct vm *vm, const struct vm_device *d);

/* Whether the device is this mdev: by its UUID, or as the one of which Proxmox VE makes its UUID. */
bool vm_device_is_mdev(const struct vm *vm, const struct vm_device *d, const uint8_t uuid[static 16]);

/* Whether the function is at the address, or in its slot. */
bool vm_is_at(const struct pci_function *f, const struct pci_address *a, bool slot);

/* Whether the device is this function, by its address, by a mapping of this node, or as a VF of a PF. */
bool vm_device_is(const struct vmdefs *defs, const struct vm_device *d, const struct inventory *inv, size_t function);
