/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a device open: the process, and the VM if it tells. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "device/address.h"
#include "sys/sys.h"

/* "qemu-system-x86 (pid 4711, VM web1)" for a process that has the group's node open, or the function's own below
 * /dev/vfio/devices; function NULL: the group's alone. *ret is NULL when none is found: without CAP_SYS_PTRACE the
 * descriptors of others can't be seen. */
void opener_find(struct sys *sys, int group, const struct pci_address *function, char **ret);

/* A process that has a device open. */
struct opener {
        char *process; /* as /proc/PID/comm has it */
        unsigned pid;
        char *vm;    /* the name that QEMU has on its command line; NULL: none */
        char *vm_id; /* Proxmox VE's number of the VM; NULL: none */
};

void opener_clear(struct opener *o);
void opener_copy(const struct opener *from, struct opener *ret);

/* "qemu-system-x86 (pid 4711, VM web1)" in a new string. */
char *opener_text(const struct opener *o);

/* "web1", of Proxmox VE's "104 (web1)", or the process, "vfio-hold (pid 17)", in a new string. */
char *opener_title(const struct opener *o);

/* Called with a process that has a node open. -ECANCELED ends the search. */
typedef int (*opener_found)(void *arg, const char *node, const struct opener *who);

/* What could be seen. */
struct opener_view {
        bool any;    /* processes at all: a captured tree has none */
        bool hidden; /* but not the descriptors of each */
};

/* Calls found() with each process that has nodes open, and with each of these once; nodes are as in /proc/PID/fd,
 * "/dev/vfio/14". ret may be NULL. */
void opener_search(struct sys *sys, const char *const *nodes, size_t n, opener_found found, void *arg,
                   struct opener_view *ret);

#define OPENER_NODE_MAX 300

/* The node below /dev/vfio/devices of a device ("sys/bus/pci/devices/0000:01:00.0") into buf; false: it has none. */
bool opener_own_node(struct sys *sys, const char *device, char buf[static OPENER_NODE_MAX]);

/* The VM's name on a command line of QEMU, its arguments each with its NUL: -name guest=web1,… or -name web1. In a new
 * string; NULL: there is none. */
char *opener_vm_name(const char *cmdline, size_t len);

/* The same for the number that Proxmox VE's QEMU has there: -id 104. */
char *opener_vm_id(const char *cmdline, size_t len);
