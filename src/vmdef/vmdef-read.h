/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading VMs' definitions. */
#pragma once

#include "sys/sys.h"
#include "vmdef/vmdef.h"

/* Those of this host: of a cluster of Proxmox VE's, this node's. Where there is no such engine, none. A file that
 * can't be read is a note. *ret must be empty, and is the caller's to clear. */
void vmdefs_read(struct sys *sys, struct vmdefs *ret);
