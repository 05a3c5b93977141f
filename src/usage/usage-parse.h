/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of /proc and /sys that tell what the host uses. A line that is not as it should be is passed over: what can't
 * be read is no reason to refuse. */
#pragma once

#include "usage/usage.h"

/* /proc/PID/mountinfo (proc(5)): appends to mounts, with node and btrfs still to be found. */
void usage_parse_mounts(const char *text, struct usage *usage);

/* /proc/swaps: what each line's first word names, its escapes undone. *ret is a new array of new strings. */
void usage_parse_swaps(const char *text, char ***ret, size_t *ret_n);

/* "nvme0n1p2" of "/dev/nvme0n1p2", "cciss!c0d0" of "/dev/cciss/c0d0": what sysfs calls a node. *ret is a new
 * string, or NULL: it is below no /dev. */
void usage_node_name(const char *path, char **ret);

/* /proc/net/route and /proc/net/ipv6_route: marks the interfaces of default routes. */
void usage_parse_routes(const char *text, struct usage *usage);
void usage_parse_routes6(const char *text, struct usage *usage);

/* /proc/net/tcp, tcp6: appends to sessions the established connections of these sockets; n 0: those to SSH's own port, 22. */
void usage_parse_sockets(const char *text, const uint64_t *inodes, size_t n, struct usage *usage);

/* /proc/cmdline: what it says of a root over the network. */
void usage_parse_cmdline(const char *text, struct usage *usage);

/* An input device's capabilities/ev and capabilities/key: whether it is a keyboard to type on. */
bool usage_is_keyboard(const char *ev, const char *key);

/* An interface has that address (4 or 16 bytes, network order): it is one that others reach, and sessions may be on it. */
void usage_note_address(struct usage *usage, const char *interface, const uint8_t *address, size_t size);

/* Connects what was read: mounts with btrfs. */
void usage_link_mounts(struct usage *usage);
