/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks through the descriptors of all processes. */
#include "device/holders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/inventory.h"

#define CMDLINE_MAX (1024U * 1024)

struct search {
        struct sys *sys;
        const char *const *nodes;
        size_t n_nodes;
        const char *pid;
        opener_found found;
        void *arg;
        struct opener_view view;
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
                        return n > 0 && !memchr(guest, '=', n) ? xstrndup(guest, n) : NULL;
                }
                if ((n == 5 && strncmp(arg, "-name", n) == 0) || (n == 6 && strncmp(arg, "--name", n) == 0))
                        value = arg;
        }
        return NULL;
}

/* Ends the look at this process, by -EEXIST, unless found() ends the whole. */
static int tell(struct search *s, const char *node)
{
        CLEANUP_FREE char *cmdline = NULL, *vm = NULL, *who = NULL;
        char path[64], comm[64];
        size_t len = 0;
        int r;

        (void) snprintf(path, sizeof(path), "proc/%s/comm", s->pid);
        if (sys_read_attr(s->sys, path, comm, sizeof(comm)) < 0)
                return -EEXIST; /* it has ended meanwhile */
        (void) snprintf(path, sizeof(path), "proc/%s/cmdline", s->pid);
        if (s->sys->ops->read_file(s->sys->userdata, path, CMDLINE_MAX, &cmdline, &len) == 0 && cmdline)
                vm = opener_vm_name(cmdline, len);
        who = xasprintf("%s (pid %s%s%s)", comm, s->pid, vm ? ", VM " : "", vm ? vm : "");
        r = s->found(s->arg, node, who);
        return r < 0 ? r : -EEXIST;
}

static int look_at_descriptor(void *arg, const char *name)
{
        struct search *s = arg;
        char path[PATH_MAX], target[PATH_MAX];

        (void) snprintf(path, sizeof(path), "proc/%s/fd/%s", s->pid, name);
        if (s->sys->ops->readlink(s->sys->userdata, path, target, sizeof(target)) < 0)
                return 0;
        for (size_t i = 0; i < s->n_nodes; i++)
                if (streq(target, s->nodes[i]))
                        return tell(s, s->nodes[i]);
        return 0;
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
        s->view.any = true;
        (void) snprintf(path, sizeof(path), "proc/%s/fd", name);
        r = s->sys->ops->list(s->sys->userdata, path, look_at_descriptor, s);
        s->view.hidden = s->view.hidden || r == -EACCES || r == -EPERM;
        return r == -ECANCELED ? r : 0;
}

void opener_search(struct sys *sys, const char *const *nodes, size_t n, opener_found found, void *arg,
                   struct opener_view *ret)
{
        struct search s = { .sys = sys, .nodes = nodes, .n_nodes = n, .found = found, .arg = arg };

        (void) sys->ops->list(sys->userdata, "proc", look_at_process, &s);

        if (ret)
                *ret = s.view;
}

static int keep_name(void *arg, const char *name)
{
        (void) snprintf(arg, OPENER_NODE_MAX, "/dev/vfio/devices/%s", name);
        return 0;
}

/* By its vfio-dev directory; kernels before 6.6 have none. */
bool opener_own_node(struct sys *sys, const char *device, char buf[static OPENER_NODE_MAX])
{
        char path[PATH_MAX];

        *buf = '\0';
        (void) snprintf(path, sizeof(path), "%s/%s", device, "vfio-dev");
        (void) sys->ops->list(sys->userdata, path, keep_name, buf);
        return *buf != '\0';
}

static int keep_first(void *arg, const char *node, const char *who)
{
        char **ret = arg;

        (void) node;
        *ret = xstrdup(who);
        return -ECANCELED;
}

void opener_find(struct sys *sys, int group, const struct pci_address *function, char **ret)
{
        char group_node[32], own[OPENER_NODE_MAX], path[128], address[PCI_ADDRESS_MAX];
        const char *nodes[2];
        size_t n = 0;

        *ret = NULL;
        if (group != NO_GROUP) {
                (void) snprintf(group_node, sizeof(group_node), "/dev/vfio/%d", group);
                nodes[n++] = group_node;
        }
        if (function) {
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", pci_address_format(function, address));
                if (opener_own_node(sys, path, own))
                        nodes[n++] = own;
        }
        opener_search(sys, nodes, n, keep_first, ret, NULL);
}
