/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what is set of VFs through their PF. */
#include "device/vf-io.h"

#include "device/netdev-find.h"
#include "device/netdev.h"

int vf_read(struct sys *sys, const struct pci_function *pf, struct values *values, unsigned n, struct interface *ret)
{
        char dir[INTERFACE_PATH_MAX];
        int r = interface_find(sys, &pf->address, netdev_of(pf), ret, dir);

        return r < 0 ? r : SYS_CALL(sys, vf_read, ret, values, n);
}
