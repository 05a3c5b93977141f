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
        struct opener who; /* the process that is looked at */
        bool *told;        /* by node: it has it open, and found() knows */
        opener_found found;
        void *arg;
        struct opener_view view;
};

void opener_clear(struct opener *o)
{
        free(o->process);
        free(o->vm);
        free(o->vm_id);
        *o = (struct opener){ 0 };
}

void opener_copy(const struct opener *from, struct opener *ret)
{
        ret->pid = from->pid;
        replace_string(&ret->process, from->process);
        replace_string(&ret->vm, from->vm);
        replace_string(&ret->vm_id, from->vm_id);
}

static char *vm_title(const struct opener *o)
{
        if (o->vm_id && o->vm)
                return xasprintf("%s (%s)", o->vm_id, o->vm);
        return xstrdup(o->vm_id ? o->vm_id : o->vm);
}

char *opener_text(const struct opener *o)
{
        CLEANUP_FREE char *vm = NULL;

        if (!o->vm && !o->vm_id)
                return xasprintf("%s (pid %u)", o->process, o->pid);
        vm = vm_title(o);
        return xasprintf("%s (pid %u, VM %s)", o->process, o->pid, vm);
}

char *opener_title(const struct opener *o)
{
        return o->vm || o->vm_id ? vm_title(o) : opener_text(o);
}

/* The argument behind an option, which has one dash or two, and its length; NULL: there is none. */
static const char *argument_of(const char *cmdline, size_t len, const char *option, size_t *ret_len)
{
        const char *end = cmdline + len;
        bool next = false;

        for (const char *arg = cmdline; arg < end;) {
                size_t n = strnlen(arg, (size_t) (end - arg)), dashes = n > 1 && arg[1] == '-' ? 2 : 1;

                if (next) {
                        *ret_len = n;
                        return arg;
                }
                next = n == dashes + strlen(option) && *arg == '-' && memcmp(arg + dashes, option, n - dashes) == 0;
                arg += n + 1;
        }
        return NULL;
}

char *opener_vm_name(const char *cmdline, size_t len)
{
        size_t n = 0;
        const char *name = argument_of(cmdline, len, "name", &n), *comma;

        if (name && n >= 6 && strncmp(name, "guest=", 6) == 0) {
                name += 6;
                n -= 6;
        }
        comma = name ? memchr(name, ',', n) : NULL;
        n = comma ? (size_t) (comma - name) : n;
        return name && n > 0 && !memchr(name, '=', n) ? xstrndup(name, n) : NULL;
}

char *opener_vm_id(const char *cmdline, size_t len)
{
        size_t n = 0;
        const char *id = argument_of(cmdline, len, "id", &n);
        CLEANUP_FREE char *text = id ? xstrndup(id, n) : NULL;
        uint64_t number;

        return text && parse_unsigned(text, 10, INT_MAX, &number) == 0 ? STEAL(text) : NULL;
}

/* Reads what the process is, unless that is known. False: it has ended meanwhile. */
static bool identify(struct search *s)
{
        CLEANUP_FREE char *cmdline = NULL;
        char path[64], comm[64];
        size_t len = 0;

        if (s->who.process)
                return true;
        (void) snprintf(path, sizeof(path), "proc/%u/comm", s->who.pid);
        if (sys_read_attr(s->sys, path, comm, sizeof(comm)) < 0)
                return false;
        (void) snprintf(path, sizeof(path), "proc/%u/cmdline", s->who.pid);
        if (s->sys->ops->read_file(s->sys->userdata, path, CMDLINE_MAX, &cmdline, &len) == 0 && cmdline) {
                s->who.vm = opener_vm_name(cmdline, len);
                s->who.vm_id = opener_vm_id(cmdline, len);
        }
        replace_string(&s->who.process, comm);
        return true;
}

static int look_at_descriptor(void *arg, const char *name)
{
        struct search *s = arg;
        char path[PATH_MAX], target[PATH_MAX];

        (void) snprintf(path, sizeof(path), "proc/%u/fd/%s", s->who.pid, name);
        if (s->sys->ops->readlink(s->sys->userdata, path, target, sizeof(target)) < 0 ||
            strncmp(target, "/dev/", 5) != 0)
                return 0;
        for (size_t i = 0; i < s->n_nodes; i++) {
                if (s->told[i] || !streq(target, s->nodes[i]))
                        continue;
                s->told[i] = true;
                return identify(s) ? s->found(s->arg, s->nodes[i], &s->who) : 0;
        }
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
        opener_clear(&s->who);
        s->who.pid = (unsigned) pid;
        memset(s->told, 0, s->n_nodes * sizeof(*s->told));
        (void) snprintf(path, sizeof(path), "proc/%s/fd", name);
        r = s->sys->ops->list(s->sys->userdata, path, look_at_descriptor, s);
        s->view.any = s->view.any || r == 0;
        s->view.hidden = s->view.hidden || r == -EACCES || r == -EPERM;
        return r == -ECANCELED ? r : 0;
}

void opener_search(struct sys *sys, const char *const *nodes, size_t n, opener_found found, void *arg,
                   struct opener_view *ret)
{
        CLEANUP_FREE bool *told = xcalloc(n + 1, sizeof(*told));
        struct search s = { .sys = sys, .nodes = nodes, .n_nodes = n, .told = told, .found = found, .arg = arg };

        (void) sys->ops->list(sys->userdata, "proc", look_at_process, &s);
        opener_clear(&s.who);
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

static int keep_first(void *arg, const char *node, const struct opener *who)
{
        char **ret = arg;

        (void) node;
        *ret = opener_text(who);
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
