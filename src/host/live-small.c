/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system without a library behind it: for the helper, which udev starts for every device that comes. What
 * it leaves out is what a udev worker must not do, or has no need of: loading modules, waiting, the guards. */
#include <errno.h>

#include "host/live.h"
#include "host/sys.h"

static int no_module_load(void *userdata, const char *name, const char *options)
{
        (void) userdata;
        (void) name;
        (void) options;
        return -EOPNOTSUPP;
}

static int no_module_lookup(void *userdata, const char *alias,
                            int (*each)(void *arg, const char *module, bool blacklisted), void *arg)
{
        (void) userdata;
        (void) alias;
        (void) each;
        (void) arg;
        return -EOPNOTSUPP;
}

static int no_journal(void *userdata, const struct journal_query *query,
                      int (*each)(void *arg, const struct journal_line *line), void *arg)
{
        (void) userdata;
        (void) query;
        (void) each;
        (void) arg;
        return -EOPNOTSUPP;
}

static int no_vf_read(void *userdata, const struct interface *interface, struct vf_values *values, unsigned n)
{
        (void) userdata;
        (void) interface;
        (void) values;
        (void) n;
        return -EOPNOTSUPP;
}

static int no_vf_set(void *userdata, const struct interface *interface, unsigned vf, enum vf_property leader,
                     const struct vf_values *values)
{
        (void) userdata;
        (void) interface;
        (void) vf;
        (void) leader;
        (void) values;
        return -EOPNOTSUPP;
}

static int no_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        (void) userdata;
        (void) name;
        (void) index;
        (void) ret;
        return -EOPNOTSUPP;
}

static int no_eswitch_get(void *userdata, const char *handle, enum eswitch_mode *ret)
{
        (void) userdata;
        (void) handle;
        (void) ret;
        return -EOPNOTSUPP;
}

static int no_eswitch_set(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size)
{
        (void) userdata;
        (void) handle;
        (void) mode;
        (void) size;
        *ret_why = '\0';
        return -EOPNOTSUPP;
}

static int no_block_open(void *userdata, const char *name)
{
        (void) userdata;
        (void) name;
        return -EOPNOTSUPP;
}

static int no_addresses(void *userdata,
                        int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size), void *arg)
{
        (void) userdata;
        (void) each;
        (void) arg;
        return -EOPNOTSUPP;
}

static int no_nvme_admin(void *userdata, const char *name, const struct nvme_command *command, void *data)
{
        (void) userdata;
        (void) name;
        (void) command;
        (void) data;
        return -EOPNOTSUPP;
}

static int no_events(void *userdata)
{
        (void) userdata;
        return -EOPNOTSUPP;
}

static int no_wait(void *userdata, uint64_t deadline)
{
        (void) userdata;
        (void) deadline;
        return -EOPNOTSUPP;
}

static void small_free(void *userdata)
{
        live_close(userdata);
}

static const struct sys_ops small_ops = {
        LIVE_FILE_OPS,
        .module_load = no_module_load,
        .module_lookup = no_module_lookup,
        .journal = no_journal,
        .vf_read = no_vf_read,
        .vf_set = no_vf_set,
        .eswitch_get = no_eswitch_get,
        .eswitch_set = no_eswitch_set,
        .block_open = no_block_open,
        .addresses = no_addresses,
        .nvme_admin = no_nvme_admin,
        .derive_uuid = no_uuid,
        .events_begin = no_events,
        .events_wait = no_wait,
        .events_idle = no_events,
        .free = small_free,
};

int sys_open_small(struct sys **ret)
{
        return live_open("/", &small_ops, ret);
}
