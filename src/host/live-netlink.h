/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Netlink sockets of the running system by libnl, which is loaded when one is first needed (netlink(7)). */
#pragma once

#include <stdbool.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "host/live-library.h"
#include "util/cleanup.h"

#define NETLINK_WHY_MAX 256

#define NETLINK_FUNCTIONS(X)                                                                                          \
        X(nl_socket_alloc)                                                                                            \
        X(nl_socket_free)                                                                                             \
        X(nl_socket_get_fd)                                                                                           \
        X(nl_connect)                                                                                                 \
        X(nl_socket_modify_cb)                                                                                        \
        X(nl_socket_modify_err_cb)                                                                                    \
        X(nl_send_auto)                                                                                               \
        X(nl_recvmsgs_default)                                                                                        \
        X(nlmsg_alloc_simple)                                                                                         \
        X(nlmsg_free)                                                                                                 \
        X(nlmsg_append)                                                                                               \
        X(nlmsg_hdr)                                                                                                  \
        X(nlmsg_find_attr)                                                                                            \
        X(nla_put)                                                                                                    \
        X(nla_nest_start)                                                                                             \
        X(nla_nest_end)                                                                                               \
        X(nla_parse_nested)                                                                                           \
        X(nla_data)                                                                                                   \
        X(nla_len)                                                                                                    \
        X(nla_ok)                                                                                                     \
        X(nla_next)

struct netlink;
typedef void (*netlink_message)(struct netlink *l, struct nl_msg *msg, void *userdata);

/* A socket and the functions to use it. */
struct netlink {
        void *library;
        struct nl_sock *socket;
        NETLINK_FUNCTIONS(LIBRARY_POINTER)

        /* Of the request at hand: */
        bool done;
        int error;
        char why[NETLINK_WHY_MAX]; /* what the kernel or a driver says of its no (NLMSGERR_ATTR_MSG); "" nothing */
        netlink_message each;
        void *userdata;
};

/* The socket of a protocol (NETLINK_ROUTE, …) in *slot, opened at its first use. 0 or -errno; -ELIBACC: no libnl. */
int netlink_open(struct netlink **slot, int protocol, struct netlink **ret);
void netlink_close(struct netlink *netlink);
DEFINE_CLEANUP(struct netlink *, netlink_close)

/* Sends a request and takes the answer up to its acknowledgement; each (or NULL) has every message of it. The kernel's
 * errno, l->why then has its words. */
int netlink_talk(struct netlink *l, struct nl_msg *msg, netlink_message each, void *userdata);

/* Copies what an attribute holds. False: it is not there, or shorter than this program's idea of it. */
bool netlink_get(const struct netlink *l, const struct nlattr *attr, void *ret, size_t size);
