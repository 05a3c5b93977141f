/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step on a PF's eswitch. */
#include <errno.h>

#include "apply/apply-internal.h"
#include "device/eswitch-io.h"

static const char *driver_of(const struct applier *a, const struct pci_address *address)
{
        const struct pci_function *pf = inventory_find(a->inv, address);

        return pf && pf->driver ? pf->driver : "(none)";
}

/* A mode that is changed under a VM takes its network away. */
static int check_vfs_idle(struct applier *a, const struct plan_step *step)
{
        const struct pci_function *pf = inventory_find(a->inv, &step->address);
        const struct pci_function *vf = step->guarded && pf ? find_open_vf(a->sys, a->inv, pf) : NULL;
        char text[PCI_ADDRESS_MAX];

        if (!vf)
                return 0;
        return step_fail(a, -EBUSY, "VF %u (%s) is open: a VM or another program uses it", vf->vf_index,
                         pci_address_format(&vf->address, text));
}

int do_eswitch(struct applier *a, const struct plan_step *step)
{
        const char *driver = driver_of(a, &step->address);
        enum eswitch_mode want, got = ESWITCH_UNKNOWN;
        char why[160];
        int r = eswitch_mode_parse(step->value, &want);

        if (r == 0)
                r = eswitch_read(a->sys, &step->address, &got);
        if (r < 0)
                return step_fail(a, r, "the mode of its eswitch (driver %s) can't be read", driver);
        if (got == want)
                return 0;
        if (got == ESWITCH_NONE)
                return step_fail(a, -EOPNOTSUPP, "the driver %s has no eswitch", driver);
        r = check_vfs_idle(a, step);
        if (r < 0)
                return r;
        r = eswitch_write(a->sys, &step->address, want, why, sizeof(why));
        if (r < 0)
                return step_fail(a, r, "the driver %s did not set its eswitch to %s%s%s%s", driver, step->value,
                                 *why ? " (\"" : "", why, *why ? "\")" : "");
        r = eswitch_read(a->sys, &step->address, &got);
        if (r < 0)
                return step_fail(a, r, "the mode of its eswitch (driver %s) can't be read back", driver);
        if (got != want)
                return step_fail(a, -EUCLEAN, "its eswitch (driver %s) is %s after it was set to %s", driver,
                                 eswitch_mode_name(got), step->value);
        return 0;
}
