/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: netlink sockets. Of libnl its base alone is used: its parts for routes and generic netlink turn
 * the kernel's errno into one of fewer of their own. */
#include "host/live-netlink.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/macro.h"

void netlink_close(struct netlink *netlink)
{
        if (!netlink)
                return;
        if (netlink->socket)
                netlink->nl_socket_free(netlink->socket);
        if (netlink->library)
                dlclose(netlink->library);
        free(netlink);
}

bool netlink_get(const struct netlink *l, const struct nlattr *attr, void *ret, size_t size)
{
        if (!attr || (size_t) l->nla_len(attr) < size)
                return false;
        memcpy(ret, l->nla_data(attr), size);
        return true;
}

static int on_message(struct nl_msg *msg, void *userdata)
{
        struct netlink *l = userdata;

        if (l->each)
                l->each(l, msg, l->userdata);
        return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *userdata)
{
        struct netlink *l = userdata;

        (void) msg;
        l->done = true;
        return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *userdata)
{
        struct netlink *l = userdata;

        (void) from;
        l->done = true;
        l->error = error->error;
        return NL_STOP;
}

/* Every message, before libnl looks into it: a no may have words with it (NETLINK_EXT_ACK), behind the request that it
 * repeats. */
static int on_any(struct nl_msg *msg, void *userdata)
{
        struct netlink *l = userdata;
        struct nlmsghdr *header = l->nlmsg_hdr(msg);
        size_t before = sizeof(struct nlmsgerr);
        const struct nlmsgerr *error;
        const struct nlattr *why;

        if (header->nlmsg_type != NLMSG_ERROR || !(header->nlmsg_flags & NLM_F_ACK_TLVS) ||
            header->nlmsg_len < (size_t) NLMSG_HDRLEN + before)
                return NL_OK;
        error = NLMSG_DATA(header);
        if (!(header->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof(error->msg))
                before += error->msg.nlmsg_len - sizeof(error->msg);
        if (before > header->nlmsg_len - (size_t) NLMSG_HDRLEN)
                return NL_OK;
        why = l->nlmsg_find_attr(header, (int) before, NLMSGERR_ATTR_MSG);
        if (why && l->nla_len(why) > 0)
                (void) snprintf(l->why, sizeof(l->why), "%.*s", l->nla_len(why), (const char *) l->nla_data(why));
        return NL_OK;
}

int netlink_open(struct netlink **slot, int protocol, struct netlink **ret)
{
        CLEANUP(netlink_closep) struct netlink *l = NULL;
        int on = 1;

        *ret = *slot;
        if (*ret)
                return 0;
        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        l->library = dlopen("libnl-3.so.200", RTLD_NOW);
        if (!l->library)
                return -ELIBACC;
#define FIND(name)                                                                                                    \
        if (!library_find(l->library, #name, &l->name))                                                               \
                return -ELIBBAD;
        NETLINK_FUNCTIONS(FIND)
        l->socket = l->nl_socket_alloc();
        if (!l->socket)
                return -ENOMEM;
        if (l->nl_socket_modify_cb(l->socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, l) < 0 ||
            l->nl_socket_modify_cb(l->socket, NL_CB_ACK, NL_CB_CUSTOM, on_ack, l) < 0 ||
            l->nl_socket_modify_cb(l->socket, NL_CB_MSG_IN, NL_CB_CUSTOM, on_any, l) < 0 ||
            l->nl_socket_modify_err_cb(l->socket, NL_CB_CUSTOM, on_error, l) < 0)
                return -ENOMEM;
        if (l->nl_connect(l->socket, protocol) < 0)
                return errno > 0 ? -errno : -EIO;
        /* Without it a no has no words, which is no reason to do without the answer. */
        (void) setsockopt(l->nl_socket_get_fd(l->socket), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
        *ret = *slot = STEAL(l);
        return 0;
}

int netlink_talk(struct netlink *l, struct nl_msg *msg, netlink_message each, void *userdata)
{
        int r = 0;

        l->done = false;
        l->error = 0;
        l->why[0] = '\0';
        l->each = each;
        l->userdata = userdata;
        if (l->nl_send_auto(l->socket, msg) < 0)
                r = -EIO;
        while (r == 0 && !l->done)
                if (l->nl_recvmsgs_default(l->socket) < 0 && !l->done)
                        r = -EIO;
        l->each = NULL;
        return r < 0 ? r : l->error;
}
