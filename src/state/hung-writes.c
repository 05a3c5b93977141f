/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notes of writes that have not come back. */
#include "state/hung-writes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

int stuck_note(struct sys *sys, const char *device, int pid)
{
        char path[PATH_MAX], text[24];

        (void) snprintf(path, sizeof(path), STUCK_DIRECTORY "/%s", device);
        (void) snprintf(text, sizeof(text), "%d\n", pid);
        return sys->ops->replace(sys->userdata, path, text, strlen(text));
}

uint64_t stuck_writer(struct sys *sys, const char *device)
{
        char path[PATH_MAX], comm[64];
        uint64_t pid;

        (void) snprintf(path, sizeof(path), STUCK_DIRECTORY "/%s", device);
        if (sys_read_number(sys, path, &pid) < 0 || pid == 0 || pid > INT_MAX)
                return 0;
        (void) snprintf(path, sizeof(path), "proc/%d/comm", (int) pid);
        return sys_read_attr(sys, path, comm, sizeof(comm)) == 0 && streq(comm, BLOCKED_COMM) ? pid : 0;
}

bool stuck_is_waiting(struct sys *sys, const char *device)
{
        return stuck_writer(sys, device) > 0;
}

static int found(void *arg, const char *name)
{
        (void) arg;
        return name[0] == '.' ? 0 : -EEXIST;
}

bool stuck_any(struct sys *sys)
{
        return sys->ops->list(sys->userdata, STUCK_DIRECTORY, found, NULL) == -EEXIST;
}
