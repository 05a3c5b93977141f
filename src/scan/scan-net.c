/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the network interfaces that sit on PCI functions, and their permanent MACs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/netdev-find.h"
#include "device/netdev.h"
#include "scan/scan.h"

#define NET_ADDR_PERM 0 /* linux/netdevice.h: the address is what the hardware has */

/* As long as nobody has set another, the current address is the permanent one; else the driver is asked. */
static void read_mac(struct sys *sys, struct netdev *n)
{
        char path[64 + NAME_MAX], text[64];
        uint64_t type = NET_ADDR_PERM;

        (void) snprintf(path, sizeof(path), "sys/class/net/%s/addr_assign_type", n->name);
        (void) sys_read_number(sys, path, &type);
        if (type != NET_ADDR_PERM && SYS_CALL(sys, permanent_mac, n->name, n->mac) == 0) {
                n->has_mac = true;
                return;
        }
        (void) snprintf(path, sizeof(path), "sys/class/net/%s/address", n->name);
        n->has_mac = sys_read_attr(sys, path, text, sizeof(text)) == 0 && mac_parse(text, n->mac) == 0;
}

/* The function that an interface sits on. */
static size_t function_of(struct sys *sys, const struct inventory *inv, const char *name)
{
        char path[64 + NAME_MAX], target[PATH_MAX];
        struct pci_address a;

        (void) snprintf(path, sizeof(path), "sys/class/net/%s", name);
        if (sys->ops->readlink(sys->userdata, path, target, sizeof(target)) < 0 || netdev_function_of(target, &a) < 0)
                return NO_INDEX;
        /* One that can't be read is not found, and the interface is then not its bridge's either. */
        return inventory_find_index(inv, &a);
}

/* Names count only where a section goes by one, or sets an interface up, which then can't be renamed by Linux before 6.2;
 * and where there is a udev to give them. */
static bool names_matter(struct sys *sys, const struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->selector.kind == SELECTOR_INTERFACE ||
                    values_have(&config->sections[i]->values, PROPERTY_PF_UP))
                        return sys_exists(sys, "run/udev/data");
        return false;
}

/* Until udev has handled an interface it has the kernel's name, eth0, which may be what another one is to be called. Its
 * entry in udev's database (n and its index) is made after it was renamed. */
static bool has_its_name(struct sys *sys, const char *name)
{
        char path[64 + NAME_MAX];
        uint64_t index;

        (void) snprintf(path, sizeof(path), "sys/class/net/%s/ifindex", name);
        if (sys_read_number(sys, path, &index) < 0)
                return false; /* renamed or gone just now */
        (void) snprintf(path, sizeof(path), "run/udev/data/n%llu", (unsigned long long) index);
        return sys_exists(sys, path);
}

/* Representors are left out. VFs, of which there may be thousands, have none, and one port. */
static void add_netdev(struct sys *sys, struct pci_function *f, const char *name)
{
        size_t alloc = f->n_netdevs; /* few to a function: grown one by one */
        bool may_have_more = f->physfn == NO_INDEX;
        char dir[64 + NAME_MAX];
        struct netdev *n;

        (void) snprintf(dir, sizeof(dir), "sys/class/net/%s", name);
        if (may_have_more && interface_is_representor(sys, dir))
                return;
        array_reserve(&f->netdevs, &alloc, f->n_netdevs + 1, sizeof(*n));
        n = &f->netdevs[f->n_netdevs];
        *n = (struct netdev){ .name = xstrdup(name), .port = may_have_more ? interface_port(sys, dir) : 0 };
        f->n_netdevs++;
        read_mac(sys, n);
}

static bool is_named(const struct config *config, const struct netdev *n)
{
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s->kind != SECTION_SRIOV || !s->enabled)
                        continue;
                if (s->selector.kind == SELECTOR_INTERFACE &&
                    (streq(s->selector.text, n->name) || streq_ptr(n->altname, s->selector.text)))
                        return true;
                if (s->selector.kind == SELECTOR_MAC && n->has_mac && memcmp(s->selector.mac, n->mac, sizeof(n->mac)) == 0)
                        return true;
        }
        return false;
}

static int compare_netdevs(const void *x, const void *y, void *userdata)
{
        const struct netdev *a = x, *b = y;
        int r = is_named(userdata, b) - is_named(userdata, a);

        if (r == 0)
                r = (a->port > b->port) - (a->port < b->port);
        return r != 0 ? r : strcmp(a->name, b->name);
}

void netdevs_sort(struct pci_function *f, const struct config *config)
{
        if (f->n_netdevs > 1)
                qsort_r(f->netdevs, f->n_netdevs, sizeof(*f->netdevs), compare_netdevs, (void *) config);
}

static struct netdev *find_netdev(struct inventory *inv, const char *name)
{
        for (size_t i = 0; i < inv->n_functions; i++)
                for (size_t k = 0; k < inv->functions[i].n_netdevs; k++)
                        if (streq(inv->functions[i].netdevs[k].name, name))
                                return &inv->functions[i].netdevs[k];
        return NULL;
}

/* The interfaces that sections name by an alternative name, which sysfs has not. */
static void find_altnames(struct sys *sys, const struct config *config, struct inventory *inv)
{
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];
                char path[64 + NAME_MAX], name[INTERFACE_MAX];
                struct netdev *n;

                if (!s->enabled || s->selector.kind != SELECTOR_INTERFACE)
                        continue;
                (void) snprintf(path, sizeof(path), "sys/class/net/%s", s->selector.text);
                if (sys_exists(sys, path) || SYS_CALL(sys, interface_name, s->selector.text, name) < 0)
                        continue;
                n = find_netdev(inv, name);
                if (!n || n->altname)
                        continue;
                n->altname = xstrdup(s->selector.text);
        }
}

int inventory_read_net(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP(names_freep) char **names = NULL;
        bool matter = names_matter(sys, config);
        size_t n = 0;
        int r = sys_list(sys, "sys/class/net", &names, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n; i++) {
                size_t function = function_of(sys, inv, names[i]);

                if (function == NO_INDEX || (matter && !has_its_name(sys, names[i])))
                        continue;
                add_netdev(sys, &inv->functions[function], names[i]);
        }
        find_altnames(sys, config, inv);
        for (size_t i = 0; i < inv->n_functions; i++)
                netdevs_sort(&inv->functions[i], config);
        return 0;
}
