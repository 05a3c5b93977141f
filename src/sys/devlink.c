/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: the eswitch of a NIC, by devlink over generic netlink (linux/devlink.h, linux/genetlink.h). */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "sys/live.h"
#include "sys/netlink.h"
#include "sys/sys.h"

/* The number that the kernel has given devlink: -ENOENT: it has none. */
static int find_family(struct live *live)
{
        struct genlmsghdr header = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
        const struct nlmsghdr *answer;
        struct nlmsghdr *msg;
        int r;

        if (live->devlink_family > 0)
                return 0;
        msg = netlink_request(live->generic, GENL_ID_CTRL, &header, sizeof(header));
        mnl_attr_put_strz(msg, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
        r = netlink_talk(live->generic, msg, &answer);
        if (r < 0)
                return r;
        return netlink_get(netlink_find(answer, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID), &live->devlink_family,
                           sizeof(live->devlink_family))
                       ? 0
                       : -ENOENT;
}

/* A request about "pci/0000:05:00.0". */
static int begin(struct live *live, const char *handle, uint8_t command, struct nlmsghdr **ret)
{
        struct genlmsghdr header = { .cmd = command, .version = DEVLINK_GENL_VERSION };
        const char *slash = strchr(handle, '/');
        CLEANUP_FREE char *bus = slash ? xstrndup(handle, (size_t) (slash - handle)) : NULL;
        int r;

        if (!bus)
                return -EINVAL;
        r = netlink_open(&live->generic, NETLINK_GENERIC);
        if (r == 0)
                r = find_family(live);
        if (r < 0)
                return r;
        *ret = netlink_request(live->generic, live->devlink_family, &header, sizeof(header));
        r = netlink_put_name(*ret, DEVLINK_ATTR_BUS_NAME, bus);
        return r < 0 ? r : netlink_put_name(*ret, DEVLINK_ATTR_DEV_NAME, slash + 1);
}

int live_eswitch_get(void *userdata, const char *handle, enum eswitch_mode *ret)
{
        const struct nlmsghdr *answer = NULL;
        struct live *live = userdata;
        struct nlmsghdr *msg;
        uint16_t mode;
        int r;

        r = begin(live, handle, DEVLINK_CMD_ESWITCH_GET, &msg);
        if (r == 0)
                r = netlink_talk(live->generic, msg, &answer);
        if (r < 0 && r != -ENOENT && r != -ENODEV && r != -EOPNOTSUPP)
                return r;
        /* No devlink in this kernel, none of this device's, or one without an eswitch. */
        if (!netlink_get(netlink_find(answer, GENL_HDRLEN, DEVLINK_ATTR_ESWITCH_MODE), &mode, sizeof(mode)))
                *ret = ESWITCH_NONE;
        else if (mode == DEVLINK_ESWITCH_MODE_LEGACY)
                *ret = ESWITCH_LEGACY;
        else if (mode == DEVLINK_ESWITCH_MODE_SWITCHDEV)
                *ret = ESWITCH_SWITCHDEV;
        else
                return -EBADMSG;
        return 0;
}

int live_eswitch_set(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size)
{
        struct live *live = userdata;
        struct nlmsghdr *msg;
        int r;

        *ret_why = '\0';
        r = begin(live, handle, DEVLINK_CMD_ESWITCH_SET, &msg);
        if (r < 0)
                return r;
        mnl_attr_put_u16(msg, DEVLINK_ATTR_ESWITCH_MODE,
                         mode == ESWITCH_SWITCHDEV ? DEVLINK_ESWITCH_MODE_SWITCHDEV : DEVLINK_ESWITCH_MODE_LEGACY);
        r = netlink_talk(live->generic, msg, NULL);
        if (r < 0)
                (void) snprintf(ret_why, size, "%s", live->generic->why);
        return r;
}
