/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system, or a captured tree, with all that the main program needs. */
#include "base/strutil.h"
#include "sys/live.h"
#include "sys/netlink.h"
#include "sys/sys.h"

static void live_free(void *userdata)
{
        struct live *live = userdata;

        kmod_close(live->kmod);
        netlink_close(live->route);
        netlink_close(live->generic);
        live_udev_free(live);
        live_close(live);
}

static const struct sys_ops live_ops = {
        LIVE_FILE_OPS,
        .module_load = live_module_load,
        .module_lookup = live_module_lookup,
        .journal = live_journal,
        .permanent_mac = live_permanent_mac,
        .interface_name = live_interface_name,
        .vf_read = live_vf_read,
        .vf_set = live_vf_set,
        .eswitch_get = live_eswitch_get,
        .eswitch_set = live_eswitch_set,
        .group_open = live_group_open,
        .block_open = live_block_open,
        .addresses = live_addresses,
        .nvme_admin = live_nvme_admin,
        .derive_uuid = live_derive_uuid,
        .unit_set = live_unit_set,
        .events_begin = live_events_begin,
        .events_wait = live_events_wait,
        .events_idle = live_events_idle,
        .watch_begin = live_watch_begin,
        .watch_wait = live_watch_wait,
        .changes_begin = live_changes_begin,
        .changes_wait = live_changes_wait,
        .free = live_free,
};

int sys_open(const char *root, struct sys **ret)
{
        return live_open(root, streq(root, "/") ? &live_ops : &captured_ops, ret);
}
