/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Export: what a section hands over, as the configuration of a VM, of a container or of a cluster says it. One table
 * has the formats. */
#pragma once

#include "base/diag.h"
#include "plan/plan.h"

/* What a format can hold. */
enum export_takes {
        EXPORT_PCI = 1U << 0,     /* PCI functions */
        EXPORT_NIC_VFS = 1U << 1, /* VFs of NICs, and no other functions */
        EXPORT_MDEVS = 1U << 2,   /* mdevs that are PCI devices to a VM */
        EXPORT_S390 = 1U << 3,    /* s390's mdevs: vfio-ap, vfio-ccw */
        EXPORT_WIDE = 1U << 4,    /* PCI domains above ffff */
        EXPORT_VMID = 1U << 5,    /* the number of the VM stands in its lines */
};

struct export_writer;

struct export_format {
        const char *name;
        const char *prints; /* "<hostdev> elements" */
        const char *since;  /* the engine's version from which on it holds */
        const char *use;    /* where it goes */
        unsigned takes;
        unsigned max;        /* PCI devices that one VM can have; 0: any number */
        const char *variant; /* what becomes of a device on another driver than vfio-pci; NULL: it stays there */
        bool vfio_pci_only;  /* such a device can't be had at all */
        void (*write)(const struct export_writer *w);
};

extern const struct export_format export_formats[];
extern const size_t export_n_formats;

const struct export_format *export_format_find(const char *name); /* NULL: there is none of that name */

/* A device as the guest has it: a card with its functions, a VF, or an mdev. */
struct export_device {
        const struct plan_item *item;
        size_t *functions; /* indices into the inventory, in the order of their addresses; NULL: an mdev */
        size_t n_functions, alloc_functions;
        bool whole; /* they are all functions of their slot */
        const char
                *driver; /* of the first function that is handed over by another driver than vfio-pci; NULL: none is */
        unsigned vgpu;   /* a VF that is a vGPU itself: the number of its type; 0: it is none */
        uint8_t uuid[16];                 /* mdev */
        const char *api;                  /* mdev: what it is to a VM: vfio-pci, vfio-ap, vfio-ccw */
        const struct mdev_parent *parent; /* mdev; NULL: it is to come */
};

struct export_list {
        struct export_device *items; /* those of a section stand together */
        size_t n, alloc;
};

void export_list_free(struct export_list *list);
#define CLEANUP_EXPORT CLEANUP(export_list_free)

struct export_input {
        const struct plan *plan;
        const struct inventory *inventory; /* with the types' details */
        const struct state *state;
};

/* Appends what the sections of that name hand over; "uplink/0" is VF 0 of [sriov uplink]. What can't be handed over is
 * an error in diags, what is yet to be applied a note. Returns 0 also then; -ENOENT when there is no such section. */
int export_add(const struct export_input *in, const char *name, struct export_list *list, struct diag_list *diags);

/* The lines for all of the list, whole, in a new string; vmid is the VM's number or a word for it. What the format
 * can't hold is an error in diags, and then there are none; what to know of the lines a note where they can't hold a
 * comment. */
char *export_text(const struct export_list *list, const struct inventory *inv, const struct export_format *format,
                 const char *vmid, struct diag_list *diags);
