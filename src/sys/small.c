/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system without a library behind it: for the helper, which udev starts for every device that comes. What
 * it leaves out is what a udev worker must not do, or has no need of: loading modules, waiting, the guards. */
#include "sys/live.h"
#include "sys/sys.h"

static const struct sys_ops small_ops = {
        LIVE_FILE_OPS,
        .permanent_mac = live_permanent_mac,
        .interface_name = live_interface_name,
        .group_open = live_group_open,
        .free = live_close,
};

int sys_open_small(struct sys **ret)
{
        return live_open("/", &small_ops, ret);
}
