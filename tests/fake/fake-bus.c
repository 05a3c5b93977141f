/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buses of the fake kernel besides PCI: devices with driver_override, their drivers, bind, unbind and drivers_probe
 * (drivers/base/bus.c, drivers/base/platform.c, drivers/s390/cio/css.c, drivers/s390/crypto/,
 * drivers/vfio/platform/). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"

struct bus_drv {
        const char *bus, *name;
        struct module *module;
        bool vfio;
        struct node *dir; /* NULL: its module is not loaded */
        struct bus_drv *next;
};

struct bus_dev {
        struct fake_bus_device spec; /* strings are the test's */
        struct node *dir;
        struct bus_drv *driver;
        char *override_;
        int group, probe_error;
        bool in_use; /* an AP queue that a VM has through an mdev */
        struct parent *parent; /* a subchannel on vfio_ccw is an mdev parent */
        struct bus_dev *next;
};

static struct bus_dev *find_on(struct fake_kernel *k, const char *bus, const char *name)
{
        for (struct bus_dev *d = k->bus_devices; d; d = d->next)
                if (streq(d->spec.name, name) && (!bus || streq(d->spec.bus, bus)))
                        return d;
        return NULL;
}

static bool matches(const struct bus_drv *drv, const struct bus_dev *dev)
{
        if (!streq(drv->bus, dev->spec.bus) || !drv->dir)
                return false;
        if (dev->override_)
                return streq(dev->override_, drv->name);
        return !drv->vfio && streq_ptr(dev->spec.native, drv->name);
}

static const struct fake_mdev_type ccw_types[] = { { .id = "vfio_ccw-io", .name = "I/O subchannel (Non-QDIO)" }, { 0 } };

/* vfio_ap's (drivers/s390/crypto/vfio_ap_ops.c) */
static void status_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct bus_dev *dev = n->owner;

        (void) k;
        strbuf_add(out, dev->in_use ? "in use\n" : "unassigned\n");
}

static int bind(struct fake_kernel *k, struct bus_dev *dev, struct bus_drv *drv)
{
        const struct group *g = group_find(k, dev->group);

        if (dev->driver)
                return -EBUSY;
        /* vfio_ccw and vfio_ap go without a group: what a VM opens is an mdev. */
        if (drv->vfio && !g && !streq(drv->bus, "css") && !streq(drv->bus, "ap"))
                return -EINVAL;
        if (!drv->vfio && g && g->open)
                return -EBUSY;
        if (dev->probe_error && drv->vfio)
                return -dev->probe_error;
        dev->driver = drv;
        node_link(dev->dir, "driver", drv->dir);
        node_link(drv->dir, dev->spec.name, dev->dir);
        if (drv->vfio && streq(drv->bus, "ap"))
                node_attr(dev->dir, "status", status_show, NULL, dev);
        /* vfio_ccw_sch_probe() */
        if (drv->vfio && streq(drv->bus, "css"))
                dev->parent = parent_register(k, dev->dir, ccw_types, 1);
        fake_uevent(k);
        return 0;
}

static int unbind(struct fake_kernel *k, struct bus_dev *dev)
{
        const struct group *g = group_find(k, dev->group);

        if (dev->driver->vfio && g && g->open)
                return fake_hang(k, "unbind", dev->spec.name);
        if (dev->in_use)
                fake_violate(k, "%s was taken from a running VM", dev->spec.name);
        if (dev->parent && parent_is_open(k, dev->parent))
                return fake_hang(k, "unbind", dev->spec.name);
        if (dev->parent)
                parent_unregister(k, STEAL(dev->parent));
        if (node_child(dev->dir, "status"))
                node_remove_child(dev->dir, "status");
        node_remove_child(dev->driver->dir, dev->spec.name);
        node_remove_child(dev->dir, "driver");
        dev->driver = NULL;
        fake_uevent(k);
        return 0;
}

static void attach(struct fake_kernel *k, struct bus_dev *dev)
{
        for (struct bus_drv *d = k->bus_drivers; d && !dev->driver; d = d->next)
                if (matches(d, dev))
                        (void) bind(k, dev, d);
}

static int bind_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct bus_drv *drv = n->owner;
        struct bus_dev *dev = find_on(k, drv->bus, value);

        if (!dev)
                return -ENODEV;
        fake_touch(k, value);
        return matches(drv, dev) ? bind(k, dev, drv) : -ENODEV;
}

static int unbind_store(struct fake_kernel *k, struct node *n, const char *value)
{
        const struct bus_drv *drv = n->owner;
        struct bus_dev *dev = find_on(k, drv->bus, value);

        if (!dev)
                return -ENODEV;
        fake_touch(k, value);
        return dev->driver == drv ? unbind(k, dev) : -ENODEV;
}

static int probe_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct bus_dev *dev = find_on(k, n->parent->name, value);

        if (!dev)
                return -ENODEV;
        fake_touch(k, value);
        attach(k, dev);
        return 0;
}

static void override_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct bus_dev *dev = n->owner;

        (void) k;
        strbuf_addf(out, "%s\n", dev->override_ ? dev->override_ : streq(dev->spec.bus, "ap") ? "" : "(null)");
}

/* driver_set_override() */
static int override_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct bus_dev *dev = n->owner;

        fake_touch(k, dev->spec.name);
        free(dev->override_);
        dev->override_ = *value ? fake_strdup(value) : NULL;
        return 0;
}

static struct node *bus_dir(struct fake_kernel *k, const char *bus)
{
        struct node *dir = node_dir(node_dir(k->root, "sys/bus"), bus);

        if (!node_child(dir, "drivers_probe"))
                node_attr(dir, "drivers_probe", NULL, probe_store, NULL);
        (void) node_dir(dir, "drivers");
        return dir;
}

void bus_drivers_register(struct fake_kernel *k, const struct module *m)
{
        for (struct bus_drv *d = k->bus_drivers; d; d = d->next) {
                if (d->module != m || d->dir)
                        continue;
                d->dir = node_dir(node_dir(bus_dir(k, d->bus), "drivers"), d->name);
                node_attr(d->dir, "bind", NULL, bind_store, d);
                node_attr(d->dir, "unbind", NULL, unbind_store, d);
        }
        for (struct bus_dev *dev = k->bus_devices; dev; dev = dev->next)
                attach(k, dev);
}

void fake_bus_driver_add(struct fake_kernel *k, const char *bus, const char *name, bool vfio, bool loaded)
{
        struct bus_drv *d = fake_alloc(sizeof(*d));

        *d = (struct bus_drv){
                .bus = bus, .name = name, .vfio = vfio, .module = module_get(k, name), .next = k->bus_drivers
        };
        k->bus_drivers = d;
        if (loaded)
                module_load(k, name, NULL);
}

void fake_bus_add(struct fake_kernel *k, const struct fake_bus_device *spec)
{
        struct bus_dev *dev = fake_alloc(sizeof(*dev));
        CLEANUP_FREE char *alias = fake_printf("%s:%s", spec->bus, spec->native ? spec->native : "none");
        CLEANUP_FREE char *line = fake_printf("%s\n", alias);
        bool outside = k->outside;

        k->outside = true;
        dev->spec = *spec;
        dev->group = FAKE_NO_GROUP;
        dev->dir = node_dir(node_dir(k->root, "sys/devices"), spec->path);
        node_link(node_dir(bus_dir(k, spec->bus), "devices"), spec->name, dev->dir);
        node_link(dev->dir, "subsystem", bus_dir(k, spec->bus));
        node_file(dev->dir, "modalias", line);
        if (!spec->no_override)
                node_attr(dev->dir, "driver_override", override_show, override_store, dev);
        if (spec->group != FAKE_NO_GROUP)
                dev->group = group_join(k, spec->group, dev->dir, spec->name)->number;
        dev->next = k->bus_devices;
        k->bus_devices = dev;
        if (spec->native)
                fake_alias_add(k, alias, spec->native);
        attach(k, dev);
        k->outside = outside;
}

void fake_bus_probe_error(struct fake_kernel *k, const char *name, int error)
{
        find_on(k, NULL, name)->probe_error = error;
}

const char *fake_bus_driver_of(struct fake_kernel *k, const char *name)
{
        const struct bus_dev *dev = find_on(k, NULL, name);

        return !dev ? NULL : dev->driver ? dev->driver->name : "";
}

bool bus_group_has_vfio(const struct fake_kernel *k, int number)
{
        for (const struct bus_dev *d = k->bus_devices; d; d = d->next)
                if (d->group == number && d->driver && d->driver->vfio)
                        return true;
        return false;
}

/* Opens the group of a device, or an mdev with the AP queue; false: there is none such. */
bool bus_open(struct fake_kernel *k, const char *name, bool open)
{
        struct bus_dev *dev = find_on(k, NULL, name);
        struct group *g = dev ? group_find(k, dev->group) : NULL;

        if (g)
                g->open = open;
        if (dev)
                dev->in_use = open && streq(dev->spec.bus, "ap");
        return dev;
}

void buses_free(struct fake_kernel *k)
{
        while (k->bus_devices) {
                struct bus_dev *d = k->bus_devices;

                k->bus_devices = d->next;
                group_leave(k, d->group, d->dir, d->spec.name);
                free(d->override_);
                free(d);
        }
        while (k->bus_drivers) {
                struct bus_drv *d = k->bus_drivers;

                k->bus_drivers = d->next;
                free(d);
        }
}
