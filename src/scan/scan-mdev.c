/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads mdev parents with their types, and the mdevs there are. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "scan/scan.h"

#define MDEV_BUS "sys/class/mdev_bus/"

static int read_type(struct sys *sys, const char *parent, const char *id, struct mdev_type *ret)
{
        char path[PATH_MAX], text[512];
        uint64_t n = 0;
        int r;

        if (snprintf(path, sizeof(path), MDEV_BUS "%s/mdev_supported_types/%s/name", parent, id) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        r = sys_read_attr(sys, path, text, sizeof(text));
        if (r == 0 && !isempty(text))
                replace_string(&ret->name, text);
        (void) snprintf(path, sizeof(path), MDEV_BUS "%s/mdev_supported_types/%s/available_instances", parent, id);
        /* A parent that can't tell how many are left is asked by creating one. */
        ret->available = sys_read_number(sys, path, &n) < 0 ? UINT_MAX : (unsigned) MIN_OF(n, UINT_MAX);
        replace_string(&ret->id, id);
        return 0;
}

static int read_types(struct sys *sys, struct mdev_parent *p)
{
        CLEANUP(names_freep) char **names = NULL;
        char path[PATH_MAX];
        size_t n = 0;
        int r;

        (void) snprintf(path, sizeof(path), MDEV_BUS "%s/mdev_supported_types", p->name);
        r = sys_list(sys, path, &names, &n);
        if (r < 0) {
                p->error = -r; /* of use to nobody, but no reason to stop for the others */
                return 0;
        }
        p->types = xcalloc(n + 1, sizeof(*p->types));
        for (size_t i = 0; i < n && r == 0; i++)
                r = read_type(sys, p->name, names[i], &p->types[p->n_types++]);
        return r;
}

static int read_parent(struct sys *sys, struct inventory *inv, const char *name)
{
        struct mdev_parent *p = ARRAY_APPEND(inv->parents, inv->n_parents, inv->alloc_parents);
        char path[PATH_MAX], target[PATH_MAX];
        struct pci_address a;
        const char *devices;

        p->function = NO_INDEX;
        replace_string(&p->name, name);
        (void) snprintf(path, sizeof(path), MDEV_BUS "%s", name);
        if (sys->ops->readlink(sys->userdata, path, target, sizeof(target)) >= 0) {
                devices = strstr(target, "devices/");
                if (devices)
                        replace_string(&p->path, devices + strlen("devices/"));
                if (pci_address_parse(last_component(target), false, &a, NULL) == 0)
                        p->function = inventory_find_index(inv, &a);
        }
        return read_types(sys, p);
}

/* An mdev lies below its parent: …/mtty/mtty/UUID. */
static size_t parent_of(const struct inventory *inv, const char *target)
{
        CLEANUP_FREE char *copy = xstrdup(target);
        char *slash = strrchr(copy, '/');

        if (!slash)
                return NO_INDEX;
        *slash = '\0';
        for (size_t i = 0; i < inv->n_parents; i++)
                if (inv->parents[i].path) {
                        const char *devices = strstr(copy, "devices/");

                        if (devices && streq(devices + strlen("devices/"), inv->parents[i].path))
                                return i;
                }
        return NO_INDEX;
}

static void read_mdev(struct sys *sys, struct inventory *inv, const char *name)
{
        char path[PATH_MAX], target[PATH_MAX];
        struct mdev_device *m;
        uint8_t uuid[16];

        if (uuid_parse(name, uuid) < 0)
                return;
        m = ARRAY_APPEND(inv->mdevs, inv->n_mdevs, inv->alloc_mdevs);
        memcpy(m->uuid, uuid, sizeof(m->uuid));
        m->parent = NO_INDEX;
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s", name);
        if (sys->ops->readlink(sys->userdata, path, target, sizeof(target)) >= 0)
                m->parent = parent_of(inv, target);
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/mdev_type", name);
        (void) sys_read_link_name(sys, path, &m->type);
}

int inventory_read_mdev(struct sys *sys, struct inventory *inv)
{
        CLEANUP(names_freep) char **parents = NULL;
        CLEANUP(names_freep) char **mdevs = NULL;
        size_t n = 0;
        int r = sys_list(sys, MDEV_BUS, &parents, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r; /* mdev is not loaded */
        for (size_t i = 0; i < n; i++) {
                r = read_parent(sys, inv, parents[i]);
                if (r < 0)
                        return r;
        }
        r = sys_list(sys, "sys/bus/mdev/devices", &mdevs, &n);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n && r == 0; i++)
                read_mdev(sys, inv, mdevs[i]);
        return r;
}
