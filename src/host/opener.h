/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a VFIO device open: the process, and the VM if it tells. */
#pragma once

#include "core/address.h"
#include "host/sys.h"

/* "qemu-system-x86 (pid 4711, VM web1)" for a process that has the group's node open, or the function's own below
 * /dev/vfio/devices; function NULL: the group's alone. *ret is NULL when none is found: without CAP_SYS_PTRACE the
 * descriptors of others can't be seen. Returns 0 or -ENOMEM. */
int opener_find(struct sys *sys, int group, const struct pci_address *function, char **ret);

/* The VM's name on a command line of QEMU, its arguments each with its NUL: -name guest=web1,… or -name web1. In a new
 * string; NULL: there is none. */
char *opener_vm_name(const char *cmdline, size_t len);
