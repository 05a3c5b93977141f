/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes of a PCI function in the fake kernel (drivers/pci/pci-sysfs.c), its network and NVMe interfaces. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

#define CONFIG_SIZE 4096
#define DSN_OFFSET 0x100 /* the first extended capability */
#define OVERRIDE_MAX 4094

static void uevent_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;
        CLEANUP_FREE char *modalias = device_modalias(dev);

        (void) k;
        if (dev->driver)
                strbuf_addf(out, "DRIVER=%s\n", dev->driver->name);
        strbuf_addf(out, "PCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\n", dev->spec.class, dev->vendor,
                    dev->device, dev->subvendor, dev->subdevice);
        strbuf_addf(out, "PCI_SLOT_NAME=%s\nMODALIAS=%s\n", dev->name, modalias);
}

static void override_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_addf(out, "%s\n", dev->override_ ? dev->override_ : "(null)");
}

/* driver_set_override(): cut at the newline, nothing is looked up. */
static int override_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;
        size_t len = strcspn(value, "\n");

        fake_touch_device(k, dev);
        if (strlen(value) > OVERRIDE_MAX)
                return -EINVAL;
        free(STEAL(dev->override_));
        if (len > 0)
                dev->override_ = fake_printf("%.*s", (int) len, value);
        return 0;
}

/* pci_dev.enable_cnt: the driver's own count; vfio-pci has one while the device is open. */
static void enable_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;
        bool on = dev->driver && (!dev->driver->vfio || (dev->open && !dev->unseen));

        (void) k;
        strbuf_addf(out, "%d\n", on);
}

static int enable_store(struct fake_kernel *k, struct node *n, const char *value)
{
        const struct device *dev = n->owner;

        (void) value;
        fake_violate(k, "a write to enable of %s", dev->name);
        return -EBUSY;
}

static void put_le(unsigned char *at, uint32_t value, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                at[i] = (unsigned char) (value >> (8 * i));
}

void config_space(struct device *dev)
{
        unsigned char config[CONFIG_SIZE] = { 0 };
        unsigned b[8];

        put_le(config + 0x00, dev->vendor, 2);
        put_le(config + 0x02, dev->device, 2);
        put_le(config + 0x09, dev->spec.class, 3);
        put_le(config + 0x2c, dev->subvendor, 2);
        put_le(config + 0x2e, dev->subdevice, 2);
        if (dev->vf.known & PROPERTY_BIT(PROPERTY_MSIX_COUNT)) {
                config[0x06] = 0x10; /* there are capabilities, the first at 0x40: MSI-X */
                config[0x34] = 0x40;
                config[0x40] = 0x11;
                put_le(config + 0x42, (uint32_t) dev->vf.value[PROPERTY_MSIX_COUNT] - 1, 2);
        }
        if (dev->spec.serial) {
                if (sscanf(dev->spec.serial, "%x-%x-%x-%x-%x-%x-%x-%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
                           &b[6], &b[7]) != 8)
                        abort();
                put_le(config + DSN_OFFSET, 0x0003 | 1 << 16, 4); /* version 1, no next one */
                for (unsigned i = 0; i < 8; i++)
                        config[DSN_OFFSET + 4 + 7 - i] = (unsigned char) b[i];
        }
        node_set(node_child(dev->dir, "config") ? node_child(dev->dir, "config") : node_new(dev->dir, NODE_FILE, "config"),
                 (const char *) config, sizeof(config));
}

static void id_file(struct device *dev, const char *name, unsigned value, int digits)
{
        CLEANUP_FREE char *text = fake_printf("0x%0*x\n", digits, value);

        node_file(dev->dir, name, text);
}

void device_attributes(struct device *dev)
{
        CLEANUP_FREE char *modalias = device_modalias(dev);
        CLEANUP_FREE char *line = fake_printf("%s\n", modalias);

        node_attr(dev->dir, "uevent", uevent_show, NULL, dev);
        id_file(dev, "vendor", dev->vendor, 4);
        id_file(dev, "device", dev->device, 4);
        id_file(dev, "subsystem_vendor", dev->subvendor, 4);
        id_file(dev, "subsystem_device", dev->subdevice, 4);
        id_file(dev, "class", dev->spec.class, 6);
        node_file(dev->dir, "modalias", line);
        node_attr(dev->dir, "driver_override", override_show, override_store, dev);
        node_attr(dev->dir, "enable", enable_show, enable_store, dev);
        config_space(dev);
        if (dev->physfn)
                vf_attributes(dev);
}

static void show_netdev(struct fake_kernel *k, struct device *dev, const char *name)
{
        const char *mac = dev->spec.current_mac ? dev->spec.current_mac : dev->spec.mac;
        CLEANUP_FREE char *line = fake_printf("%s\n", mac ? mac : "00:00:00:00:00:00");
        struct node *net = node_dir(node_dir(dev->dir, "net"), name);

        net->owner = dev;
        node_file(net, "address", line);
        /* linux/netdevice.h: NET_ADDR_SET, NET_ADDR_PERM */
        node_file(net, "addr_assign_type", dev->spec.current_mac ? "3\n" : "0\n");
        netdev_attributes(net, dev);
        node_link(net, "device", dev->dir);
        node_link(node_dir(k->root, "sys/class/net"), name, net);
}

static void register_parent(struct fake_kernel *k, void *arg)
{
        struct device *dev = arg;

        dev->parent = parent_register(k, dev->dir, dev->spec.mdev_types, dev->spec.mdev_ports);
}

void device_show_interfaces(struct fake_kernel *k, struct device *dev)
{
        if (dev->spec.netdev)
                show_netdev(k, dev, dev->spec.netdev);
        if (dev->physfn && dev->physfn->spec.vf_netdevs) {
                CLEANUP_FREE char *name = fake_printf("%sv%u", dev->physfn->spec.netdev, dev->vf_index);

                show_netdev(k, dev, name);
        }
        if (dev->spec.nvme_serial) {
                CLEANUP_FREE char *line = fake_printf("%-20s\n", dev->spec.nvme_serial); /* padded, as the id is */
                CLEANUP_FREE char *name = fake_printf("nvme%u", dev->address.bus);
                struct node *nvme = node_dir(node_dir(dev->dir, "nvme"), name);

                node_file(nvme, "serial", line);
                nvme_attributes(dev, nvme);
                node_link(node_dir(k->root, "sys/class/nvme"), name, nvme);
        }
        if (dev->physfn && dev->physfn->spec.vgpu_types)
                vgpu_show(k, dev);
        if (dev->spec.mdev_types && dev->spec.mdev_delay > 0)
                fake_schedule(k, k->now + dev->spec.mdev_delay, register_parent, dev);
        else if (dev->spec.mdev_types)
                register_parent(k, dev);
}

void device_hide_interfaces(struct fake_kernel *k, struct device *dev)
{
        static const char *const kinds[] = { "net", "nvme" };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                CLEANUP_FREE char *class = fake_printf("sys/class/%s", kinds[i]);
                struct node *dir = node_child(dev->dir, kinds[i]);

                for (struct node *n = dir ? dir->children : NULL; n; n = n->next)
                        node_remove_child(node_dir(k->root, class), n->name);
                node_remove(dir);
        }
        fake_cancel(k, dev);
        if (dev->physfn)
                vgpu_hide(dev);
        if (dev->parent)
                parent_unregister(k, STEAL(dev->parent));
}

void fake_rename(struct fake_kernel *k, const char *address, const char *name)
{
        struct device *dev = device_find(k, address);

        device_hide_interfaces(k, dev);
        dev->spec.netdev = name;
        device_show_interfaces(k, dev);
}
