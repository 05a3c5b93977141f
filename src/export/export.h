/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Export: what a section hands over, as a VM's configuration says it: libvirt's XML, Proxmox VE's `qm set`, QEMU's
 * arguments. */
#pragma once

#include "base/diag.h"
#include "plan/plan.h"

enum export_target { EXPORT_LIBVIRT, EXPORT_PROXMOX, EXPORT_QEMU, EXPORT_TARGET_MAX };

const char *export_target_name(enum export_target target);
enum export_target export_target_from_name(const char *name); /* EXPORT_TARGET_MAX: there is no such word */

/* A device as the guest has it: a card with its functions, a VF, or an mdev. */
struct export_device {
        const struct plan_item *item;
        size_t *functions; /* indices into the inventory, in the order of their addresses; NULL: an mdev */
        size_t n_functions, alloc_functions;
        bool whole;       /* they are all functions of their slot */
        bool variant;     /* one is handed over by another driver than vfio-pci */
        uint8_t uuid[16]; /* mdev */
        const char *api;  /* mdev: what it is to a VM: vfio-pci, vfio-ap, vfio-ccw */
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
 * an error in diags, what is yet to be applied a note. Returns 0 also then; -ENOENT when there is no such section;
 * -ENOMEM. */
int export_add(const struct export_input *in, const char *name, struct export_list *list, struct diag_list *diags);

/* The lines for all of the list, whole, in a new string; vmid is Proxmox's number of the VM or a word for it. What the
 * target can't have is an error in diags, and then there are none; what to know of the lines a note where they can't
 * hold a comment. Returns 0 or -ENOMEM. */
int export_text(const struct export_list *list, const struct inventory *inv, enum export_target target,
                const char *vmid, struct diag_list *diags, char **ret);
