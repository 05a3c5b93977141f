/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds out what makes the initramfs of this host. */
#pragma once

#include "boot/initramfs-made.h"
#include "sys/sys.h"

/* By the programs that are there; in a captured tree without them by their configuration. */
void initramfs_made_read(struct sys *sys, struct initramfs_made *ret);
