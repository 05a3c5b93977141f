/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt and Proxmox VE call their hooks with: which VM, and whether it is about to start or has ended. */
#pragma once

#include "config/config.h"
#include "plan/plan.h"
#include "vmdef/vmdef.h"

enum hook_moment {
        HOOK_OTHER,  /* nothing is to be done */
        HOOK_STARTS, /* before anything of it is there; failing keeps it from starting */
        HOOK_ENDED,  /* nothing of it is there any more */
};

struct hook_call {
        enum vm_engine engine;
        enum hook_moment moment;
        const char *vm; /* of the arguments: the domain's name, or Proxmox VE's number */
};

/* Reads a hook's arguments, the engine first: "libvirt NAME OPERATION SUB-OPERATION EXTRA"
 * (https://libvirt.org/hooks.html, /etc/libvirt/hooks/qemu), "proxmox VMID PHASE" (qm(1), Hookscripts). Operations
 * that are not known are of HOOK_OTHER: later versions have more. Returns 0 or -EINVAL. */
int hook_parse(char *const *args, size_t n, struct hook_call *ret);

/* "libvirt win11": what the state calls the VM. New string. */
char *hook_vm_key(const struct hook_call *call);

/* Whether a section's vm names it. definition: the VM's, for the name that Proxmox VE has besides the number; NULL: it
 * is not known. */
bool hook_is_named(const struct config_section *section, const struct hook_call *call, const struct vm *definition);

/* Whether the VM's definition has a device that the item claims. */
bool hook_has_device(const struct vmdefs *defs, const struct vm *definition, const struct inventory *inv,
                     const struct plan_item *item);

/* The VM's definition among those of the host; NULL: it has none. */
const struct vm *hook_find_vm(const struct vmdefs *defs, const struct hook_call *call);
