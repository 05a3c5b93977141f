/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The eswitch of a PF in the fake kernel (net/devlink/dev.c and the drivers that tests/fake/fake-kernel.h names). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"

/* By "pci/0000:05:00.0"; NULL: it has no eswitch now. */
static struct device *device_of(struct fake_kernel *k, const char *handle)
{
        const char *address = after_prefix(handle, "pci/");
        struct device *dev = address ? device_find(k, address) : NULL;

        return dev && dev->spec.eswitch != FAKE_ESWITCH_NONE && dev->driver &&
                               streq_ptr(dev->driver->name, dev->spec.native)
                       ? dev
                       : NULL;
}

static const struct device *bound_vf(struct fake_kernel *k, const struct device *pf)
{
        for (unsigned i = 0; i < pf->numvfs; i++)
                if (sriov_vf(k, pf, i)->driver)
                        return sriov_vf(k, pf, i);
        return NULL;
}

static int set_mode(struct fake_kernel *k, const char *handle, enum eswitch_mode mode, const char **ret_why)
{
        struct device *pf = device_of(k, handle);

        if (!pf)
                return -ENODEV;
        fake_touch_device(k, pf);
        if (sriov_open_vf(k, pf))
                fake_violate(k, "the eswitch of %s is changed under a VM", pf->name);
        if (pf->spec.eswitch == FAKE_ESWITCH_ICE && pf->numvfs > 0) {
                *ret_why = "Changing eswitch mode is allowed only if there is no VFs created";
                return -EOPNOTSUPP;
        }
        if (pf->spec.eswitch == FAKE_ESWITCH_BNXT && mode == ESWITCH_SWITCHDEV && pf->numvfs == 0)
                return -EPERM;
        if (pf->spec.eswitch == FAKE_ESWITCH_MLX5 && bound_vf(k, pf)) {
                fake_violate(k, "the eswitch of %s is changed under the driver of %s", pf->name,
                             bound_vf(k, pf)->name);
                return -EBUSY;
        }
        if (!pf->spec.eswitch_deaf)
                pf->eswitch = mode;
        return 0;
}

int eswitch_op_get(void *userdata, const char *handle, enum eswitch_mode *ret)
{
        int r = fake_enter(userdata, false, "eswitch_get", handle);
        const struct device *pf;

        if (r < 0)
                return r;
        pf = device_of(userdata, handle);
        *ret = pf ? pf->eswitch : ESWITCH_NONE;
        return 0;
}

int eswitch_op_set(void *userdata, const char *handle, enum eswitch_mode mode, char *ret_why, size_t size)
{
        CLEANUP_FREE char *path = fake_printf("devlink/%s/eswitch", handle);
        const char *why = "";
        int r = fake_enter(userdata, true, "write", path);

        r = r ? MIN_OF(r, 0) : set_mode(userdata, handle, mode, &why);
        (void) snprintf(ret_why, size, "%s", why);
        fake_journal(userdata, path, eswitch_mode_name(mode), r);
        return r;
}

const char *fake_eswitch(struct fake_kernel *k, const char *address)
{
        const struct device *dev = device_find(k, address);

        return dev ? eswitch_mode_name(dev->eswitch) : NULL;
}

void fake_eswitch_set(struct fake_kernel *k, const char *address, enum eswitch_mode mode)
{
        struct device *dev = device_find(k, address);

        if (!dev)
                abort();
        dev->eswitch = mode;
}
