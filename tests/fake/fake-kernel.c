/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake kernel as a whole: what every machine has, and its end. */
#include <stdlib.h>

#include "fake/fake-internal.h"

static int autoprobe_store(struct fake_kernel *k, struct node *n, const char *value)
{
        (void) n;
        /* 6.12 passes over it for hot-added devices and VFs: it would be false comfort. */
        fake_violate(k, "the bus-wide drivers_autoprobe = %s", value);
        return 0;
}

struct fake_kernel *fake_new(void)
{
        static const struct fake_param type1[] = {
                { .name = "allow_unsafe_interrupts", .value = "N", .writable = true, .boolean = true },
                { .name = "dma_entry_limit", .value = "65535", .writable = true },
                { 0 },
        };
        static const struct fake_param vfio_pci[] = {
                { .name = "disable_vga", .value = "N", .boolean = true },
                { .name = "ids", .value = "" },
                { 0 },
        };
        struct fake_kernel *k = fake_alloc(sizeof(*k));
        struct node *bus;

        k->outside = true;
        k->sys.ops = &fake_ops;
        k->sys.userdata = k;
        k->last_group = 99; /* tests take the small numbers */
        k->root = node_new(NULL, NODE_DIR, "");
        bus = node_dir(k->root, "sys/bus/pci");
        node_dir(bus, "devices");
        node_dir(bus, "drivers");
        node_attr(bus, "drivers_probe", NULL, bus_drivers_probe, NULL);
        node_attr(bus, "drivers_autoprobe", NULL, autoprobe_store, NULL);
        node_dir(k->root, "sys/devices");
        node_dir(k->root, "sys/module");
        node_dir(k->root, "sys/class/net");
        node_dir(k->root, "sys/kernel/iommu_groups");
        node_file(node_dir(k->root, "proc/sys/kernel"), "osrelease", "6.12.0-fake\n");
        node_dir(k->root, "run");
        node_file(node_dir(k->root, "lib/modules/6.12.0-fake"), "modules.alias", "");
        fake_module_add(k, "vfio_iommu_type1", &(struct fake_module){ .params = type1 });
        fake_module_add(k, "vfio_pci", &(struct fake_module){ .params = vfio_pci });
        fake_driver_add(k, "vfio-pci", &(struct fake_driver){ .module = "vfio_pci", .vfio = true });
        fake_driver_add(k, "pcieport", &(struct fake_driver){ .builtin = true, .no_sriov = true });
        k->outside = false;
        return k;
}

struct sys *fake_sys(struct fake_kernel *k)
{
        return &k->sys;
}

static void free_names(struct name *names)
{
        while (names) {
                struct name *n = names;

                names = n->next;
                free(n->text);
                free(n);
        }
}

static void free_devices(struct fake_kernel *k)
{
        for (struct device *d = k->devices; d; d = d->next)
                d->open = false;
        for (struct group *g = k->groups; g; g = g->next)
                g->open = false;
        while (k->devices) {
                struct device *d = k->devices;

                /* A PF takes its VFs along. */
                device_remove(k, d->physfn ? d->physfn : d);
        }
}

static void free_drivers(struct fake_kernel *k)
{
        while (k->drivers) {
                struct driver *d = k->drivers;

                k->drivers = d->next;
                free(d->name);
                free(d);
        }
}

static void free_begun(struct fake_kernel *k)
{
        for (size_t i = 0; i < k->n_begun; i++) {
                free(k->begun[i].path);
                free(k->begun[i].value);
        }
        free(k->begun);
}

void fake_free(struct fake_kernel *k)
{
        if (!k)
                return;
        k->outside = true;
        free_begun(k);
        buses_free(k);
        free_devices(k);
        mdevs_free(k);
        free_drivers(k);
        modules_free(k);
        node_remove(k->root);
        while (k->changes) {
                struct change *c = k->changes;

                k->changes = c->next;
                free(c);
        }
        while (k->hooks) {
                struct hook *h = k->hooks;

                k->hooks = h->next;
                fake_hook_free(h);
        }
        for (size_t i = 0; i < k->n_writes; i++) {
                free(k->writes[i].path);
                free(k->writes[i].value);
        }
        free(k->writes);
        free_names(k->claims);
        usage_forget(k);
        strbuf_free(&k->violations);
        strbuf_free(&k->aliases);
        free(k->fault_what);
        free(k);
}

void fake_file_add(struct fake_kernel *k, const char *directory, const char *name, const char *text)
{
        node_file(node_dir(k->root, directory), name, text);
}

int fake_modprobe(struct fake_kernel *k, const char *name)
{
        int r;

        k->outside = true;
        r = module_load(k, name, NULL);
        k->outside = false;
        return r;
}
