/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds a function's own network interface below the function. */
#include "device/netdev-find.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "device/netdev.h"

bool interface_is_representor(struct sys *sys, const char *dir)
{
        char path[INTERFACE_PATH_MAX], name[64];

        /* Most drivers have none: EOPNOTSUPP. */
        return snprintf(path, sizeof(path), "%s/phys_port_name", dir) < (int) sizeof(path) &&
               sys_read_attr(sys, path, name, sizeof(name)) == 0 && netdev_is_representor(name);
}

unsigned interface_port(struct sys *sys, const char *dir)
{
        char path[INTERFACE_PATH_MAX];
        uint64_t port;

        return snprintf(path, sizeof(path), "%s/dev_port", dir) < (int) sizeof(path) &&
                               sys_read_number(sys, path, &port) == 0 && port <= UINT16_MAX
                       ? (unsigned) port
                       : 0;
}

/* A captured tree has no index, and goes by names. */
static int read_index(struct sys *sys, const char *dir, unsigned *ret)
{
        char path[INTERFACE_PATH_MAX];
        uint64_t index = 0;
        int r;

        if (snprintf(path, sizeof(path), "%s/ifindex", dir) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        r = sys_read_number(sys, path, &index);
        *ret = index <= INT_MAX ? (unsigned) index : 0;
        return r == -ENOENT ? 0 : r;
}

struct finder {
        struct sys *sys;
        const char *dir; /* "…/net" */
        const struct netdev *was;
        char best[INTERFACE_MAX]; /* "" none yet */
        unsigned port;
};

/* Of several at one port, the one of the name, or the first by name. */
static bool is_better(const struct finder *f, const char *name, unsigned port)
{
        if (!*f->best || port != f->port)
                return !*f->best || port < f->port;
        if (f->was && streq(f->best, f->was->name))
                return false;
        return (f->was && streq(name, f->was->name)) || strcmp(name, f->best) < 0;
}

static int look_at(void *arg, const char *name)
{
        struct finder *f = arg;
        char dir[INTERFACE_PATH_MAX];
        unsigned port;

        if (strlen(name) >= INTERFACE_MAX || snprintf(dir, sizeof(dir), "%s/%s", f->dir, name) >= (int) sizeof(dir) ||
            interface_is_representor(f->sys, dir))
                return 0;
        port = interface_port(f->sys, dir);
        if ((f->was && port != f->was->port) || !is_better(f, name, port))
                return 0;
        (void) snprintf(f->best, sizeof(f->best), "%s", name);
        f->port = port;
        return 0;
}

/* virtio-net's net/ is below the virtio device that the function has. */
static int find_virtio(void *arg, const char *name)
{
        const char *digits = after_prefix(name, "virtio");

        if (!digits || !*digits || digits[strspn(digits, "0123456789")] || strlen(name) >= INTERFACE_MAX)
                return 0;
        (void) snprintf(arg, INTERFACE_MAX, "%s", name);
        return 0;
}

int interface_find(struct sys *sys, const struct pci_address *function, const struct netdev *was,
                   struct interface *ret, char dir[static INTERFACE_PATH_MAX])
{
        struct finder f = { .sys = sys, .dir = dir, .was = was };
        char address[PCI_ADDRESS_MAX], device[64], virtio[INTERFACE_MAX] = "";
        size_t len;
        int r;

        (void) snprintf(device, sizeof(device), "sys/bus/pci/devices/%s", pci_address_format(function, address));
        (void) snprintf(dir, INTERFACE_PATH_MAX, "%s/net", device);
        r = sys->ops->list(sys->userdata, dir, look_at, &f);
        if (r == -ENOENT && sys->ops->list(sys->userdata, device, find_virtio, virtio) == 0 && *virtio) {
                (void) snprintf(dir, INTERFACE_PATH_MAX, "%s/%s/net", device, virtio);
                r = sys->ops->list(sys->userdata, dir, look_at, &f);
        }
        if (r < 0 || !*f.best)
                return r < 0 && r != -ENOENT ? r : -ENODEV;
        memcpy(ret->name, f.best, sizeof(ret->name));
        len = strlen(dir);
        (void) snprintf(dir + len, INTERFACE_PATH_MAX - len, "/%s", f.best);
        return read_index(sys, dir, &ret->index);
}
