/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers of the fake kernel: which matches which device, bind, unbind and drivers_probe
 * (drivers/base/bus.c, drivers/base/dd.c, drivers/pci/pci-driver.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

struct driver *driver_find(struct fake_kernel *k, const char *name)
{
        for (struct driver *d = k->drivers; d; d = d->next)
                if (streq(d->name, name))
                        return d;
        return NULL;
}

/* pci_match_device(): an override is matched by name alone, else the ids are. */
static bool matches(const struct driver *drv, const struct device *dev)
{
        if (dev->override_)
                return streq(dev->override_, drv->name);
        return !drv->vfio && dev->spec.native && streq(dev->spec.native, drv->name);
}

static bool is_bridge(const struct device *dev)
{
        return dev->spec.class >> 16 == 0x06;
}

static int probe_error(const struct device *dev, const struct driver *drv)
{
        for (const struct probe_error *e = dev->probe_errors; e; e = e->next)
                if (streq(e->driver, drv->name))
                        return -e->error;
        return 0;
}

static int probe(struct fake_kernel *k, struct device *dev, struct driver *drv)
{
        const struct group *g = group_find(k, dev->group);

        /* pci_device_can_probe() */
        if (dev->physfn && !dev->physfn->autoprobe && !dev->override_)
                return -ENODEV;
        if (drv->vfio && (!g || is_bridge(dev)))
                return -EINVAL;
        if (drv->vfio && dev->numvfs > 0)
                return -EBUSY;
        /* iommu_device_use_default_domain(): the group is a guest's. */
        if (!drv->vfio && g && g->open && !streq(drv->name, "pcieport"))
                return -EBUSY;
        if (!drv->vfio && nvme_is_offline(dev))
                return -ENODEV;
        return probe_error(dev, drv);
}

/* device_driver_attach() */
int device_bind(struct fake_kernel *k, struct device *dev, struct driver *drv)
{
        int r;

        if (dev->driver)
                return -EBUSY;
        r = probe(k, dev, drv);
        if (r < 0)
                return r;
        dev->driver = drv;
        dev->seen_mac = dev->vf.value[PROPERTY_MAC];
        /* vfio_pci_core_register_device() and its opposite: pm_runtime_allow(), pm_runtime_forbid() */
        if (drv->vfio)
                dev->power_auto = true;
        node_link(dev->dir, "driver", drv->dir);
        node_link(drv->dir, dev->name, dev->dir);
        if (dev->spec.native && streq(dev->spec.native, drv->name))
                device_show_interfaces(k, dev);
        fake_uevent(k);
        return 0;
}

int device_unbind(struct fake_kernel *k, struct device *dev)
{
        const struct device *vf;

        /* vfio_unregister_group_dev() waits for the last close, and nothing wakes it before. */
        if (dev->driver->vfio && dev->open)
                return fake_hang(k, "unbind", dev->name);
        if (dev->parent && parent_is_open(k, dev->parent))
                return fake_hang(k, "unbind of the parent", dev->name);
        if (vgpu_is_held(k, dev))
                return fake_hang(k, "unbind of the vGPU", dev->name);
        vf = sriov_open_vf(k, dev);
        if (vf)
                return fake_hang(k, "unbind of the PF", vf->name);
        sriov_remove_vfs(k, dev); /* as the drivers do in their remove() */
        device_hide_interfaces(k, dev);
        node_remove_child(dev->driver->dir, dev->name);
        node_remove_child(dev->dir, "driver");
        if (dev->driver->vfio)
                dev->power_auto = false;
        dev->driver = NULL;
        fake_uevent(k);
        return 0;
}

void device_attach(struct fake_kernel *k, struct device *dev)
{
        for (struct driver *d = k->drivers; d && !dev->driver; d = d->next)
                if (d->dir && matches(d, dev))
                        device_bind(k, dev, d);
}

static void attach_later(struct fake_kernel *k, void *dev)
{
        device_attach(k, dev);
}

void device_attach_new(struct fake_kernel *k, struct device *dev)
{
        for (const struct driver *d = k->drivers; d; d = d->next)
                if (d->dir && d->async > 0 && matches(d, dev)) {
                        fake_schedule(k, k->now + d->async, attach_later, dev);
                        return;
                }
        device_attach(k, dev);
}

/* A failed probe is no error here (bus_rescan_devices_helper()). */
int bus_drivers_probe(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = device_find(k, value);

        (void) n;
        if (!dev)
                return -ENODEV;
        fake_touch_device(k, dev);
        device_attach(k, dev);
        return 0;
}

static int bind_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = device_find(k, value);
        struct driver *drv = n->owner;
        int r;

        if (!dev)
                return -ENODEV;
        fake_touch_device(k, dev);
        if (!matches(drv, dev))
                return -ENODEV;
        r = device_bind(k, dev, drv);
        return r == -FAKE_EPROBE_DEFER ? -EAGAIN : r;
}

static int unbind_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = device_find(k, value);

        if (!dev)
                return -ENODEV;
        fake_touch_device(k, dev);
        if (dev->driver == n->owner)
                nvidia_unbound(k, dev);
        fake_display_check(k, dev);
        return dev->driver == n->owner ? device_unbind(k, dev) : -ENODEV;
}

static int id_store(struct fake_kernel *k, struct node *n, const char *value)
{
        const struct driver *drv = n->owner;

        /* It would claim every card of that id. */
        fake_violate(k, "%s of driver %s = %s", n->name, drv->name, value);
        return 0;
}

void driver_register(struct fake_kernel *k, struct driver *d)
{
        if (d->dir)
                return;
        d->dir = node_dir(node_dir(k->root, "sys/bus/pci/drivers"), d->name);
        node_attr(d->dir, "bind", NULL, bind_store, d);
        node_attr(d->dir, "unbind", NULL, unbind_store, d);
        node_attr(d->dir, "new_id", NULL, id_store, d);
        node_attr(d->dir, "remove_id", NULL, id_store, d);
        if (d->module->dir) {
                CLEANUP_FREE char *name = fake_printf("pci:%s", d->name);

                node_link(d->dir, "module", d->module->dir);
                node_link(node_dir(d->module->dir, "drivers"), name, d->dir);
        }
        for (struct device *dev = k->devices; dev; dev = dev->next)
                if (!dev->driver && matches(d, dev))
                        device_bind(k, dev, d);
}

void fake_driver_add(struct fake_kernel *k, const char *name, const struct fake_driver *spec)
{
        struct driver *d = fake_alloc(sizeof(*d));

        d->name = fake_strdup(name);
        d->module = module_get(k, spec->module ? spec->module : name);
        d->module->builtin = spec->builtin;
        d->no_sriov = spec->no_sriov || spec->vfio;
        d->vfio = spec->vfio;
        d->async = spec->async;
        d->next = k->drivers;
        k->drivers = d;
        if (spec->loaded || spec->builtin)
                module_load(k, d->module->name, NULL);
}

void fake_probe_error(struct fake_kernel *k, const char *address, const char *driver, int error)
{
        struct device *dev = device_find(k, address);
        struct probe_error *e;

        if (!dev)
                abort();
        for (e = dev->probe_errors; e; e = e->next)
                if (streq(e->driver, driver)) {
                        e->error = error;
                        return;
                }
        e = fake_alloc(sizeof(*e));
        e->driver = fake_strdup(driver);
        e->error = error;
        e->next = dev->probe_errors;
        dev->probe_errors = e;
}

const char *fake_driver_of(struct fake_kernel *k, const char *address)
{
        const struct device *dev = device_find(k, address);

        if (!dev)
                return NULL;
        return dev->driver ? dev->driver->name : "";
}
