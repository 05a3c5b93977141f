/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI functions of the fake kernel: their place in the tree, coming and going. */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

struct device *device_find(struct fake_kernel *k, const char *name)
{
        for (struct device *d = k->devices; d; d = d->next)
                if (streq(d->name, name))
                        return d;
        return NULL;
}

char *device_modalias(const struct device *dev)
{
        return fake_printf("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", dev->vendor, dev->device, dev->subvendor,
                           dev->subdevice, dev->spec.class >> 16, dev->spec.class >> 8 & 0xff, dev->spec.class & 0xff);
}

static void read_ids(struct device *dev)
{
        struct pci_id_pattern p;

        if (pci_id_pattern_parse(dev->spec.id, &p) < 0)
                abort();
        dev->vendor = (uint16_t) p.vendor;
        dev->device = (uint16_t) p.device;
        dev->subvendor = p.subvendor == PCI_ID_ANY ? 0 : (uint16_t) p.subvendor;
        dev->subdevice = p.subdevice == PCI_ID_ANY ? 0 : (uint16_t) p.subdevice;
}

static void place(struct fake_kernel *k, struct device *dev)
{
        struct node *devices = node_dir(k->root, "sys/devices");
        CLEANUP_FREE char *root_bus = fake_printf("pci%04x:%02x", dev->address.domain, dev->address.bus);
        const char *chain = dev->spec.parent_chain ? dev->spec.parent_chain : root_bus;

        dev->dir = node_dir(node_dir(devices, chain), dev->name);
        dev->dir->owner = dev;
        node_link(node_dir(k->root, "sys/bus/pci/devices"), dev->name, dev->dir);
        node_link(dev->dir, "subsystem", node_dir(k->root, "sys/bus/pci"));
        if (dev->spec.group != FAKE_NO_GROUP)
                dev->group = group_join(k, dev->spec.group, dev->dir, dev->name)->number;
        device_attributes(dev);
        device_settings(dev);
        sriov_attributes(dev);
}

struct device *device_add(struct fake_kernel *k, const char *name, const struct fake_pci *spec, struct device *physfn,
                          unsigned vf_index)
{
        struct device *dev = fake_alloc(sizeof(*dev));

        if (pci_address_parse(name, false, &dev->address, NULL) < 0)
                abort();
        pci_address_format(&dev->address, dev->name);
        dev->spec = *spec;
        dev->group = FAKE_NO_GROUP;
        dev->autoprobe = true;
        dev->physfn = physfn;
        dev->vf_index = vf_index;
        dev->mtu = 1500;
        dev->ifindex = ++k->last_ifindex;
        dev->eswitch = ESWITCH_LEGACY;
        if (physfn)
                vf_init(dev);
        read_ids(dev);
        place(k, dev);
        dev->next = k->devices;
        k->devices = dev;
        fake_uevent(k);
        device_attach_new(k, dev);
        if (!dev->driver)
                fake_autoload(k, dev);
        return dev;
}

/* The driver that a device of the test starts with must be there; it brings a module of its name. */
static void need_driver(struct fake_kernel *k, const char *name, bool loaded)
{
        struct driver *drv = driver_find(k, name);

        if (!drv)
                fake_driver_add(k, name, &(struct fake_driver){ .loaded = loaded });
        else if (loaded && !drv->dir)
                module_load(k, drv->module->name, NULL);
}

void fake_pci_add(struct fake_kernel *k, const char *address, const struct fake_pci *spec)
{
        struct device *dev;
        bool outside = k->outside;

        k->outside = true;
        if (spec->native)
                need_driver(k, spec->native, spec->driver && streq(spec->driver, spec->native));
        if (spec->driver)
                need_driver(k, spec->driver, true);
        if (spec->vf_native)
                need_driver(k, spec->vf_native, false);
        dev = device_add(k, address, spec, NULL, 0);
        /* Something of before: what the kernel would do now need not be how the test starts. */
        if (dev->driver && (!spec->driver || !streq(dev->driver->name, spec->driver)))
                device_unbind(k, dev);
        if (spec->driver && !dev->driver && device_bind(k, dev, driver_find(k, spec->driver)) < 0)
                abort();
        k->outside = outside;
}

static void forget_probe_errors(struct device *dev)
{
        while (dev->probe_errors) {
                struct probe_error *e = dev->probe_errors;

                dev->probe_errors = e->next;
                free(e->driver);
                free(e);
        }
}

void device_remove(struct fake_kernel *k, struct device *dev)
{
        struct device **at = &k->devices;

        fake_cancel(k, dev);
        if (dev->driver)
                device_unbind(k, dev);
        group_leave(k, dev->group, dev->dir, dev->name);
        node_remove_child(node_dir(k->root, "sys/bus/pci/devices"), dev->name);
        node_remove(dev->dir);
        while (*at != dev)
                at = &(*at)->next;
        *at = dev->next;
        forget_probe_errors(dev);
        free(dev->override_);
        free(dev->resets);
        free(dev->nvme_vfs);
        free(dev);
        fake_uevent(k);
}

void fake_pci_remove(struct fake_kernel *k, const char *address)
{
        struct device *dev = device_find(k, address);
        bool outside = k->outside;

        k->outside = true;
        if (dev)
                device_remove(k, dev);
        k->outside = outside;
}

const char *fake_override_of(struct fake_kernel *k, const char *address)
{
        const struct device *dev = device_find(k, address);

        if (!dev)
                return NULL;
        return dev->override_ ? dev->override_ : "";
}
