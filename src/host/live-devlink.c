/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: the eswitch of a NIC, by devlink over generic netlink (linux/devlink.h, linux/genetlink.h). */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/live-netlink.h"
#include "host/live.h"
#include "host/sys.h"
#include "util/macro.h"
#include "util/strutil.h"

/* The first attribute of an answer is behind this. */
#define GENERIC_HEADER ((int) GENL_HDRLEN)

static struct nl_msg *new_request(const struct netlink *l, int family, uint8_t command, uint8_t version)
{
        struct genlmsghdr header = { .cmd = command, .version = version };
        struct nl_msg *msg = l->nlmsg_alloc_simple(family, NLM_F_REQUEST | NLM_F_ACK);

        if (msg && l->nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO) < 0) {
                l->nlmsg_free(msg);
                return NULL;
        }
        return msg;
}

static int put_text(const struct netlink *l, struct nl_msg *msg, int attribute, const char *text)
{
        return l->nla_put(msg, attribute, (int) strlen(text) + 1, text);
}

static void on_family(struct netlink *l, struct nl_msg *msg, void *userdata)
{
        (void) netlink_get(l, l->nlmsg_find_attr(l->nlmsg_hdr(msg), GENERIC_HEADER, CTRL_ATTR_FAMILY_ID), userdata,
                           sizeof(uint16_t));
}

/* The number that the kernel has given devlink: -ENOENT: it has none. */
static int find_family(struct live *live, struct netlink *l)
{
        struct nl_msg *msg;
        uint16_t family = 0;
        int r;

        if (live->devlink_family > 0)
                return 0;
        msg = new_request(l, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
        if (!msg)
                return -ENOMEM;
        r = put_text(l, msg, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME) < 0 ? -ENOMEM
                                                                           : netlink_talk(l, msg, on_family, &family);
        l->nlmsg_free(msg);
        if (r == 0 && family == 0)
                r = -ENOENT;
        if (r == 0)
                live->devlink_family = family;
        return r;
}

/* A request about "pci/0000:05:00.0". */
static int begin(struct live *live, const char *handle, uint8_t command, struct netlink **ret, struct nl_msg **ret_msg)
{
        const char *slash = strchr(handle, '/');
        CLEANUP_FREE char *bus = slash ? strndup(handle, (size_t) (slash - handle)) : NULL;
        struct nl_msg *msg;
        int r;

        if (!bus)
                return slash ? -ENOMEM : -EINVAL;
        r = netlink_open(&live->generic, NETLINK_GENERIC, ret);
        if (r == 0)
                r = find_family(live, *ret);
        if (r < 0)
                return r;
        msg = new_request(*ret, live->devlink_family, command, DEVLINK_GENL_VERSION);
        if (!msg)
                return -ENOMEM;
        if (put_text(*ret, msg, DEVLINK_ATTR_BUS_NAME, bus) < 0 ||
            put_text(*ret, msg, DEVLINK_ATTR_DEV_NAME, slash + 1) < 0) {
                (*ret)->nlmsg_free(msg);
                return -ENOMEM;
        }
        *ret_msg = msg;
        return 0;
}

struct answer {
        bool told;
        uint16_t mode;
};

static void on_mode(struct netlink *l, struct nl_msg *msg, void *userdata)
{
        struct answer *answer = userdata;

        if (netlink_get(l, l->nlmsg_find_attr(l->nlmsg_hdr(msg), GENERIC_HEADER, DEVLINK_ATTR_ESWITCH_MODE),
                        &answer->mode, sizeof(answer->mode)))
                answer->told = true;
}

/* A captured tree has a file for each PF that was asked: the mode's name. */
static int read_captured(struct live *live, const char *handle, enum eswitch_mode *ret)
{
        CLEANUP_FREE char *text = NULL;
        char path[64];
        size_t len;
        int r;

        (void) snprintf(path, sizeof(path), "eswitch/%s", handle);
        r = live_read_file(live, path, 64, &text, &len);
        if (r < 0)
                return r == -ENOENT ? -EOPNOTSUPP : r;
        text[strcspn(text, "\n")] = '\0';
        return eswitch_mode_parse(text, ret) < 0 ? -EBADMSG : 0;
}

int live_eswitch_get(void *userdata, const char *handle, enum eswitch_mode *ret)
{
        struct live *live = userdata;
        struct answer answer = { 0 };
        struct netlink *l;
        struct nl_msg *msg;
        int r;

        if (live->captured)
                return read_captured(live, handle, ret);
        r = begin(live, handle, DEVLINK_CMD_ESWITCH_GET, &l, &msg);
        if (r == 0) {
                r = netlink_talk(l, msg, on_mode, &answer);
                l->nlmsg_free(msg);
        }
        /* No devlink in this kernel, none of this device's, or one without an eswitch. */
        if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP || (r == 0 && !answer.told)) {
                *ret = ESWITCH_NONE;
                return 0;
        }
        if (r < 0)
                return r;
        if (answer.mode != DEVLINK_ESWITCH_MODE_LEGACY && answer.mode != DEVLINK_ESWITCH_MODE_SWITCHDEV)
                return -EBADMSG;
        *ret = answer.mode == DEVLINK_ESWITCH_MODE_LEGACY ? ESWITCH_LEGACY : ESWITCH_SWITCHDEV;
        return 0;
}

int live_eswitch_set(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size)
{
        uint16_t value = mode == ESWITCH_SWITCHDEV ? DEVLINK_ESWITCH_MODE_SWITCHDEV : DEVLINK_ESWITCH_MODE_LEGACY;
        struct live *live = userdata;
        struct netlink *l;
        struct nl_msg *msg;
        int r;

        *ret_why = '\0';
        if (live->captured)
                return -EROFS;
        r = begin(live, handle, DEVLINK_CMD_ESWITCH_SET, &l, &msg);
        if (r < 0)
                return r;
        r = l->nla_put(msg, DEVLINK_ATTR_ESWITCH_MODE, sizeof(value), &value) < 0 ? -ENOMEM
                                                                                  : netlink_talk(l, msg, NULL, NULL);
        l->nlmsg_free(msg);
        if (r < 0)
                (void) snprintf(ret_why, size, "%s", l->why);
        return r;
}
