/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refuses what a write that has not come back keeps. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/uuid.h"
#include "guard/guard.h"
#include "state/hung-writes.h"

static bool step_is_for(const struct plan_step *step, const char *device)
{
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];

        if (step->kind == STEP_MDEV_CREATE || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE)
                return streq(uuid_format(step->uuid, uuid), device);
        if (step->bus != BUS_PCI)
                return streq(step->subject, device);
        return step->has_address && streq(pci_address_format(&step->address, address), device);
}

static void refuse(struct plan *plan, const char *device, uint64_t pid)
{
        for (size_t i = 0; i < plan->n_steps; i++) {
                CLEANUP_FREE char *reason = NULL;

                if (!step_is_for(&plan->steps[i], device))
                        continue;
                reason = xasprintf(STUCK_IN_USE, device, (int) pid);
                plan->items[plan->steps[i].item].busy = true;
                plan_refuse(plan, plan->steps[i].item, reason);
                i = (size_t) -1; /* steps have gone: from the start again */
        }
}

int guard_stuck(struct sys *sys, struct plan *plan)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = plan->n_steps > 0 ? sys_list(sys, STUCK_DIRECTORY, &names, &n) : 0;

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n && r == 0; i++) {
                uint64_t pid = names[i][0] == '.' ? 0 : stuck_writer(sys, names[i]);
                char path[PATH_MAX];

                if (pid > 0) {
                        refuse(plan, names[i], pid);
                        continue;
                }
                (void) snprintf(path, sizeof(path), STUCK_DIRECTORY "/%s", names[i]);
                (void) sys->ops->remove(sys->userdata, path);
        }
        return r;
}
