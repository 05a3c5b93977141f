/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: netlink sockets, and one request at a time on each. */
#include "sys/netlink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"

void netlink_close(struct netlink *l)
{
        if (!l)
                return;
        if (l->socket)
                (void) mnl_socket_close(l->socket);
        free(l);
}
DEFINE_CLEANUP(struct netlink *, netlink_close)

int netlink_open(struct netlink **slot, int protocol)
{
        CLEANUP(netlink_closep) struct netlink *l = NULL;
        int on = 1;

        if (*slot)
                return 0;
        l = xcalloc(1, sizeof(*l));
        l->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
        if (!l->socket || mnl_socket_bind(l->socket, 0, MNL_SOCKET_AUTOPID) < 0)
                return -errno;
        /* Without it a refusal has no text, which is no reason to do without the answer. */
        (void) mnl_socket_setsockopt(l->socket, NETLINK_EXT_ACK, &on, sizeof(on));
        *slot = STEAL(l);
        return 0;
}

struct nlmsghdr *netlink_request(struct netlink *l, uint16_t type, const void *header, size_t size)
{
        struct nlmsghdr *msg = mnl_nlmsg_put_header(l->request);

        msg->nlmsg_type = type;
        msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        msg->nlmsg_seq = ++l->sequence;
        memcpy(mnl_nlmsg_put_extra_header(msg, size), header, size);
        return msg;
}

int netlink_put_name(struct nlmsghdr *msg, uint16_t type, const char *name)
{
        return mnl_attr_put_strz_check(msg, NETLINK_NAMES_MAX, type, name) ? 0 : -ENAMETOOLONG;
}

const struct nlattr *netlink_find(const struct nlmsghdr *msg, size_t header, uint16_t type)
{
        const struct nlattr *attr;

        if (msg)
                mnl_attr_for_each(attr, msg, (unsigned) header) if (mnl_attr_get_type(attr) == type) return attr;
        return NULL;
}

bool netlink_get(const struct nlattr *attr, void *ret, size_t size)
{
        if (!attr || mnl_attr_get_payload_len(attr) < size)
                return false;
        memcpy(ret, mnl_attr_get_payload(attr), size);
        return true;
}

/* What an acknowledgement says: 0 or -errno. A refusal may have a text (NETLINK_EXT_ACK), behind the request that it
 * repeats. */
static int verdict(struct netlink *l, const struct nlmsghdr *answer)
{
        const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);
        size_t size = mnl_nlmsg_get_payload_len(answer), before = sizeof(*error);
        const struct nlattr *why;

        if (size < before)
                return -EBADMSG;
        if (!(answer->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof(error->msg))
                before += error->msg.nlmsg_len - sizeof(error->msg);
        why = (answer->nlmsg_flags & NLM_F_ACK_TLVS) && before <= size
                      ? netlink_find(answer, before, NLMSGERR_ATTR_MSG)
                      : NULL;
        if (why)
                (void) snprintf(l->why, sizeof(l->why), "%.*s", (int) mnl_attr_get_payload_len(why),
                                mnl_attr_get_str(why));
        return error->error;
}

int netlink_talk(struct netlink *l, struct nlmsghdr *msg, const struct nlmsghdr **ret)
{
        const struct nlmsghdr *answer = (const void *) l->answer;
        ssize_t n;

        l->why[0] = '\0';
        if (ret)
                *ret = NULL;
        if (mnl_socket_sendto(l->socket, msg, msg->nlmsg_len) < 0)
                return -errno;
        do { /* what comes first may be the acknowledgement of the request before, whose answer was enough */
                n = mnl_socket_recvfrom(l->socket, l->answer, sizeof(l->answer));
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n >= 0 && !mnl_nlmsg_ok(answer, (int) n))
                        return -EBADMSG;
        } while (n < 0 || answer->nlmsg_seq != msg->nlmsg_seq);
        if (answer->nlmsg_type == NLMSG_ERROR)
                return verdict(l, answer);
        if (ret)
                *ret = answer;
        return 0;
}
