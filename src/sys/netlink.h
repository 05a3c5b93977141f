/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Netlink sockets of the running system, by libmnl (netlink(7)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#define NETLINK_WHY_MAX 256
#define NETLINK_NAMES_MAX 1024 /* of a request: its headers and the names in it */

struct netlink {
        struct mnl_socket *socket;
        uint32_t sequence;
        char why[NETLINK_WHY_MAX]; /* what the kernel or a driver says of its refusal (NLMSGERR_ATTR_MSG); "" nothing
                                    */
        _Alignas(struct nlmsghdr) char request[2 * NETLINK_NAMES_MAX];
        /* A link with all its VFs is one message: some 200 bytes a VF, in a list of at most 64 KiB. Pages that no
         * answer reaches cost nothing. */
        _Alignas(struct nlmsghdr) char answer[256 * 1024];
};

/* Opens the socket of a protocol (NETLINK_ROUTE, …) into *slot, unless it is open. 0 or -errno. */
int netlink_open(struct netlink **slot, int protocol);
void netlink_close(struct netlink *l);

/* A new request with its family's header of size bytes, in place of the one before. */
struct nlmsghdr *netlink_request(struct netlink *l, uint16_t type, const void *header, size_t size);

/* Adds a name. -ENAMETOOLONG when it is longer than any that the kernel has. */
int netlink_put_name(struct nlmsghdr *msg, uint16_t type, const char *name);

/* Sends the request and waits for its answer: *ret (or NULL) is valid until the next request, and NULL when the kernel
 * has only acknowledged it. The kernel's errno, and l->why then says what it says of it. */
int netlink_talk(struct netlink *l, struct nlmsghdr *msg, const struct nlmsghdr **ret);

/* The attribute of a message, behind a header of that many bytes; NULL: it has no such attribute, or there is no message. */
const struct nlattr *netlink_find(const struct nlmsghdr *msg, size_t header, uint16_t type);

/* Copies what an attribute holds. False: there is none, or it is shorter than this program's idea of it. */
bool netlink_get(const struct nlattr *attr, void *ret, size_t size);
