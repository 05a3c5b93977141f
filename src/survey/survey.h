/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the host itself uses its devices for. */
#pragma once

#include "sys/sys.h"
#include "usage/usage.h"

/* Reads all that usage/usage.h holds. Whether a block device is held is asked only of those under the functions of
 * takings: nothing of the host's is opened that the plan leaves alone. What can't be read is left out, but for
 * block_error and a block's error. */
void usage_read(struct sys *sys, const struct inventory *inventory, const struct plan_taking *takings, size_t n,
                struct usage **ret);

/* The parts, each in a file of its own. */
void usage_read_block(struct sys *sys, struct usage *usage);
void usage_read_mounts(struct sys *sys, struct usage *usage);
void usage_read_net(struct sys *sys, struct usage *usage);
void usage_read_ssh(struct sys *sys, struct usage *usage); /* sessions alone */
void usage_read_display(struct sys *sys, const struct inventory *inventory, struct usage *usage);
void usage_read_keyboards(struct sys *sys, struct usage *usage);
/* After the blocks, mounts and links: what the host's configuration will use. */
void usage_read_configured(struct sys *sys, struct usage *usage);
void usage_read_configured_net(struct sys *sys, struct usage *usage);

/* What only a person asks for: size and model of the disks. */
void usage_read_disks(struct sys *sys, struct usage *usage);

/* Notes of the block devices below a place (the function's path) whether someone holds them. */
void usage_ask_kernel(struct sys *sys, const struct pci_function *place, struct usage *usage);

/* Where the link dir/name of sysfs leads, as a place below sys/devices: a new string. -errno of the link; -EINVAL when it
 * leads elsewhere or is none. */
int usage_read_place(struct sys *sys, const char *dir, const char *name, char **ret);

/* The name of the block device at a path below /dev. /dev/mapper/… and /dev/disk/… are links to it. *ret is NULL: none. Returns */
void usage_find_node(struct sys *sys, const char *path, char **ret);

/* A text of /proc of at most some MiB, which holds no NUL: a new string. -errno. */
int usage_read_text(struct sys *sys, const char *path, char **ret);
