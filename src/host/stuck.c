/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notes of writes that have not come back. */
#include "host/stuck.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/uuid.h"
#include "util/macro.h"

#define STUCK "run/passthru-setup/stuck"

int stuck_note(struct sys *sys, const char *device, int pid)
{
        char path[PATH_MAX], text[24];

        (void) snprintf(path, sizeof(path), STUCK "/%s", device);
        (void) snprintf(text, sizeof(text), "%d\n", pid);
        return sys->ops->replace(sys->userdata, path, text, strlen(text));
}

/* The process that still waits, or 0. A number that another process has by now is told by its name. */
static uint64_t find_writer(struct sys *sys, const char *device)
{
        char path[PATH_MAX], comm[64];
        uint64_t pid;

        (void) snprintf(path, sizeof(path), STUCK "/%s", device);
        if (sys_read_number(sys, path, &pid) < 0 || pid == 0 || pid > INT_MAX)
                return 0;
        (void) snprintf(path, sizeof(path), "proc/%d/comm", (int) pid);
        return sys_read_attr(sys, path, comm, sizeof(comm)) == 0 && streq(comm, BLOCKED_COMM) ? pid : 0;
}

bool stuck_is_waiting(struct sys *sys, const char *device)
{
        return find_writer(sys, device) > 0;
}

static int found(void *arg, const char *name)
{
        (void) arg;
        return name[0] == '.' ? 0 : -EEXIST;
}

bool stuck_any(struct sys *sys)
{
        return sys->ops->list(sys->userdata, STUCK, found, NULL) == -EEXIST;
}

static bool step_is_for(const struct plan_step *step, const char *device)
{
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];

        if (step->kind == STEP_MDEV_CREATE || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE)
                return streq(uuid_format(step->uuid, uuid), device);
        if (step->bus != BUS_PCI)
                return streq(step->subject, device);
        return step->has_address && streq(pci_address_format(&step->address, address), device);
}

static int refuse(struct plan *plan, const char *device, uint64_t pid)
{
        for (size_t i = 0; i < plan->n_steps; i++) {
                CLEANUP_FREE char *reason = NULL;
                int r;

                if (!step_is_for(&plan->steps[i], device))
                        continue;
                if (asprintf(&reason, "a write for %s has not come back from the kernel (pid %d): it waits until whoever "
                             "has the device open lets it go", device, (int) pid) < 0) {
                        reason = NULL;
                        return -ENOMEM;
                }
                plan->items[plan->steps[i].item].busy = true;
                r = plan_refuse(plan, plan->steps[i].item, reason);
                if (r < 0)
                        return r;
                i = (size_t) -1; /* steps have gone: from the start again */
        }
        return 0;
}

int stuck_guard(struct sys *sys, struct plan *plan)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = plan->n_steps > 0 ? sys_list(sys, STUCK, &names, &n) : 0;

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n && r == 0; i++) {
                uint64_t pid = names[i][0] == '.' ? 0 : find_writer(sys, names[i]);
                char path[PATH_MAX];

                if (pid > 0) {
                        r = refuse(plan, names[i], pid);
                        continue;
                }
                (void) snprintf(path, sizeof(path), STUCK "/%s", names[i]);
                (void) sys->ops->remove(sys->userdata, path);
        }
        return r;
}
