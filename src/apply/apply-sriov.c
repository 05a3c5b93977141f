/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step on the number of VFs of a PF. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/array.h"
#include "base/strutil.h"

/* What is read back of a number that was written; *ret_got is 0 when that can't be told. Returns written, or the
 * read's error. */
static int read_back(struct applier *a, const struct pci_address *address, const char *attribute, int written,
                     uint64_t *ret_got)
{
        char path[DEVICE_PATH_MAX];
        int r;

        *ret_got = 0;
        /* The read would wait for the same lock. */
        if (written == -ETIMEDOUT)
                return written;
        r = sys_read_number(a->sys, device_path(address, attribute, path), ret_got);
        return written < 0 ? written : r;
}

/* The VFs that numvfs = 0 would take away: none of them may be open. */
static int check_idle(struct applier *a, const struct plan_step *step)
{
        const struct pci_function *pf = inventory_find(a->inv, &step->address);
        char text[PCI_ADDRESS_MAX];

        for (unsigned i = 0; pf && pf->vfs && i < pf->numvfs; i++) {
                const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &a->inv->functions[pf->vfs[i]];

                if (!vf)
                        return step_fail(a, -EBUSY, "can't find VF %u, so it may be in use", i);
                if (driver_is_vfio(vf->driver) && function_is_open(a->sys, &vf->address, vf->group))
                        return step_fail(a, -EBUSY, "VF %u (%s) is open: a VM or another program uses it", i,
                                         pci_address_format(&vf->address, text));
        }
        return 0;
}

int begin_numvfs(struct applier *a, const struct plan_step *step)
{
        char path[DEVICE_PATH_MAX];
        int r = step->guarded ? check_idle(a, step) : 0;

        if (r < 0)
                return r;
        r = begin_write(a, device_path(&step->address, "sriov_numvfs", path), step->value);
        return r < 0 ? end_numvfs(a, step, r) : r;
}

/* On s390 the VFs come after the write has returned. Returns how many are there, once all are or the time of the write
 * is over again. */
static unsigned await_vfs(struct applier *a, const struct plan_step *step, unsigned wanted)
{
        uint64_t deadline = a->sys->ops->now(a->sys->userdata) + apply_write_limit(step, a->options->write_timeout);
        char path[DEVICE_PATH_MAX], name[24];
        unsigned n = 0;

        while (n < wanted) {
                (void) snprintf(name, sizeof(name), "virtfn%u", n);
                (void) device_path(&step->address, name, path);
                /* Listen first, then look again: what comes between is not missed. */
                if (sys_exists(a->sys, path) || (SYS_CALL(a->sys, events_begin) == 0 && sys_exists(a->sys, path)))
                        n++;
                else if (SYS_CALL(a->sys, events_wait, deadline) <= 0)
                        return n;
        }
        return n;
}

int end_numvfs(struct applier *a, const struct plan_step *step, int written)
{
        uint64_t got, wanted = 0;
        struct made_vfs *made;
        int r = read_back(a, &step->address, "sriov_numvfs", written, &got);

        (void) parse_unsigned(step->value, 10, UINT16_MAX, &wanted);
        if (r == 0 && got == wanted)
                got = await_vfs(a, step, (unsigned) wanted);
        if (r < 0)
                got = 0;
        made = ARRAY_APPEND(a->made, a->n_made, a->alloc_made);
        *made = (struct made_vfs){ step->address, (unsigned) wanted, (unsigned) got };
        if (r == -ETIMEDOUT)
                return r;
        if (r < 0)
                return step_fail(a, r, "failed to set sriov_numvfs to %s", step->value);
        /* Some drivers make fewer, or none while their interface is down, and call it success. */
        if (got != wanted)
                return step_fail(a, -EUCLEAN, "only %llu of %llu VFs were created although the write succeeded",
                                 (unsigned long long) got, (unsigned long long) wanted);
        return 0;
}
