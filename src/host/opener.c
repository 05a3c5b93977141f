/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks through the descriptors of all processes. */
#include "host/opener.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/inventory.h"
#include "util/macro.h"
#include "util/strutil.h"

#define CMDLINE_MAX (1024U * 1024)

struct search {
        struct sys *sys;
        char group[32];   /* "/dev/vfio/14" */
        char device[300]; /* "/dev/vfio/devices/vfio0", or "" */
        const char *pid;
        char *found;
};

char *opener_vm_name(const char *cmdline, size_t len)
{
        const char *end = cmdline + len, *value = NULL;

        for (const char *arg = cmdline; arg < end; arg += strnlen(arg, (size_t) (end - arg)) + 1) {
                size_t n = strnlen(arg, (size_t) (end - arg));

                if (value) {
                        const char *guest = n >= 6 && strncmp(arg, "guest=", 6) == 0 ? arg + 6 : arg;

                        n -= (size_t) (guest - arg);
                        for (size_t i = 0; i < n; i++)
                                if (guest[i] == ',')
                                        n = i;
                        return n > 0 && !memchr(guest, '=', n) ? strndup(guest, n) : NULL;
                }
                if ((n == 5 && strncmp(arg, "-name", n) == 0) || (n == 6 && strncmp(arg, "--name", n) == 0))
                        value = arg;
        }
        return NULL;
}

static int describe(struct search *s)
{
        CLEANUP_FREE char *cmdline = NULL, *vm = NULL;
        char path[64], comm[64];
        size_t len = 0;

        (void) snprintf(path, sizeof(path), "proc/%s/comm", s->pid);
        if (sys_read_attr(s->sys, path, comm, sizeof(comm)) < 0)
                return 0; /* it has ended meanwhile */
        (void) snprintf(path, sizeof(path), "proc/%s/cmdline", s->pid);
        if (s->sys->ops->read_file(s->sys->userdata, path, CMDLINE_MAX, &cmdline, &len) == 0 && cmdline)
                vm = opener_vm_name(cmdline, len);
        if (asprintf(&s->found, "%s (pid %s%s%s)", comm, s->pid, vm ? ", VM " : "", vm ? vm : "") < 0) {
                s->found = NULL;
                return -ENOMEM;
        }
        return -EEXIST; /* ends the search */
}

static int look_at_descriptor(void *arg, const char *name)
{
        struct search *s = arg;
        char path[PATH_MAX], target[PATH_MAX];

        (void) snprintf(path, sizeof(path), "proc/%s/fd/%s", s->pid, name);
        if (s->sys->ops->readlink(s->sys->userdata, path, target, sizeof(target)) < 0)
                return 0;
        return streq(target, s->group) || (*s->device && streq(target, s->device)) ? describe(s) : 0;
}

static int look_at_process(void *arg, const char *name)
{
        struct search *s = arg;
        char path[PATH_MAX];
        uint64_t pid;
        int r;

        if (parse_unsigned(name, 10, INT_MAX, &pid) < 0)
                return 0;
        s->pid = name;
        (void) snprintf(path, sizeof(path), "proc/%s/fd", name);
        r = s->sys->ops->list(s->sys->userdata, path, look_at_descriptor, s);
        return r == -EEXIST || r == -ENOMEM ? r : 0;
}

/* The function's own node, by its vfio-dev directory; kernels before 6.6 have none. */
static int find_own_node(void *arg, const char *name)
{
        struct search *s = arg;

        (void) snprintf(s->device, sizeof(s->device), "/dev/vfio/devices/%s", name);
        return 0;
}

int opener_find(struct sys *sys, int group, const struct pci_address *function, char **ret)
{
        struct search s = { .sys = sys };
        char path[128], address[PCI_ADDRESS_MAX];
        int r;

        if (group != NO_GROUP)
                (void) snprintf(s.group, sizeof(s.group), "/dev/vfio/%d", group);
        if (function) {
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/vfio-dev", pci_address_format(function, address));
                (void) sys->ops->list(sys->userdata, path, find_own_node, &s);
        }
        r = sys->ops->list(sys->userdata, "proc", look_at_process, &s);
        *ret = s.found;
        return r == -ENOMEM ? r : 0;
}
