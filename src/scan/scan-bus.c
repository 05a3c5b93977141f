/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the devices on other buses than PCI that are asked for by name, and the other members of their IOMMU groups.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/override.h"
#include "scan/scan.h"
#include "survey/survey.h"

static int read_attributes(struct sys *sys, const char *dir, struct bus_device *d)
{
        char path[PATH_MAX], text[4096];
        CLEANUP_FREE char *group = NULL;
        uint64_t number;
        int r;

        (void) snprintf(path, sizeof(path), "%s/%s/driver", dir, d->name);
        r = sys_read_link_name(sys, path, &d->driver);
        if (r < 0 && r != -ENOENT)
                return r;
        (void) snprintf(path, sizeof(path), "%s/%s/driver_override", dir, d->name);
        r = sys_read_attr(sys, path, text, sizeof(text));
        if (r < 0 && r != -ENOENT)
                return r;
        d->overridable = r == 0;
        if (d->overridable && *override_meaning(text))
                replace_string(&d->driver_override, text);
        (void) snprintf(path, sizeof(path), "%s/%s/iommu_group", dir, d->name);
        r = sys_read_link_name(sys, path, &group);
        if (r == 0 && parse_unsigned(group, 10, INT_MAX, &number) == 0)
                d->group = (int) number;
        return r == -ENOENT ? 0 : r;
}

/* "0.0.0600": css id, set, device number. */
static bool parse_ccw(const char *name, unsigned ret[static 3])
{
        int n = 0;

        return sscanf(name, "%2x.%1x.%4x%n", &ret[0], &ret[1], &ret[2], &n) == 3 && !name[n];
}

/* A group's device has the number of its first member, and a qeth's three follow each other; the kernel has a link,
 * which a tree may lack. */
static void find_group(struct sys *sys, const unsigned number[static 3], char **ret)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        (void) sys_list(sys, "sys/bus/ccwgroup/devices", &names, &n);
        for (size_t i = 0; i < n && !*ret; i++) {
                unsigned first[3];

                if (parse_ccw(names[i], first) && first[0] == number[0] && first[1] == number[1] &&
                    number[2] >= first[2] && number[2] - first[2] < 3)
                        (void) usage_read_place(sys, "sys/bus/ccwgroup/devices", names[i], ret);
        }
}

/* What a subchannel's device is a part of: the network interface is the group's, and goes with each of its members
 * (Documentation/arch/s390/driver-model.rst). */
static void read_group(struct sys *sys, struct bus_device *d)
{
        CLEANUP(names_freep) char **names = NULL;
        CLEANUP_FREE char *dir = NULL;
        unsigned number[3];
        size_t n = 0;

        if (d->bus != BUS_CSS || !d->path)
                return;
        dir = xasprintf("sys/devices/%s", d->path);
        (void) sys_list(sys, dir, &names, &n);
        for (size_t i = 0; i < n && !d->group_path; i++) {
                CLEANUP_FREE char *device = NULL;

                if (!parse_ccw(names[i], number))
                        continue;
                device = xasprintf("%s/%s", dir, names[i]);
                if (usage_read_place(sys, device, "group_device", &d->group_path) < 0)
                        find_group(sys, number, &d->group_path);
        }
}

/* dir: where the device's link is; group: the one that it is known to be in, or NO_GROUP. What is not there is none;
 * what can't be read is noted with the device, also when it reads as gone: as long as it is listed it is not to be
 * forgotten. */
static void read_device(struct sys *sys, const char *dir, enum bus_kind bus, const char *name, int group,
                        struct inventory *inv)
{
        CLEANUP(bus_device_clear) struct bus_device d = { .bus = bus, .group = group };
        struct bus_device *slot;
        int r;

        if (inventory_find_bus_device(inv, bus, name) != NO_INDEX)
                return;
        r = usage_read_place(sys, dir, name, &d.path);
        if (r == -ENOENT)
                return;
        replace_string(&d.name, name);
        if (r == 0)
                r = read_attributes(sys, dir, &d);
        if (r == 0)
                read_group(sys, &d);
        d.error = -r;
        slot = ARRAY_APPEND(inv->bus_devices, inv->n_bus_devices, inv->alloc_bus_devices);
        *slot = d;
        d = (struct bus_device){ 0 };
}

/* The functions among them are known already. */
static void read_member(struct sys *sys, const char *dir, const char *name, int group, struct inventory *inv)
{
        char path[PATH_MAX];
        CLEANUP_FREE char *subsystem = NULL;
        enum bus_kind bus = BUS_OTHER;
        int r;

        (void) snprintf(path, sizeof(path), "%s/%s/subsystem", dir, name);
        r = sys_read_link_name(sys, path, &subsystem);
        if (r == 0)
                bus = bus_from_name(subsystem);
        if (bus == BUS_PCI)
                return;
        read_device(sys, dir, bus, name, group, inv);
}

static int read_members(struct sys *sys, size_t device, struct inventory *inv)
{
        CLEANUP(names_freep) char **names = NULL;
        char dir[64];
        size_t n = 0;
        int r;

        if (inv->bus_devices[device].group == NO_GROUP || !bus_has_groups(inv->bus_devices[device].bus))
                return 0;
        (void) snprintf(dir, sizeof(dir), "sys/kernel/iommu_groups/%d/devices", inv->bus_devices[device].group);
        r = sys_list(sys, dir, &names, &n);
        if (r == -ENOENT)
                return r == -ENOENT ? 0 : r;
        if (r < 0) /* what can't be read can't be judged */
                inv->bus_devices[device].error = -r;
        for (size_t i = 0; r == 0 && i < n; i++)
                read_member(sys, dir, names[i], inv->bus_devices[device].group, inv);
        return 0;
}

/* Without this list a driver is loaded that may be there, and no more. */
static void read_drivers(struct sys *sys, enum bus_kind bus, struct inventory *inv)
{
        CLEANUP(names_freep) char **names = NULL;
        char dir[64];
        size_t n = 0;
        int r;

        for (size_t i = 0; i < inv->n_bus_drivers; i++)
                if (inv->bus_drivers[i].bus == bus)
                        return;
        (void) snprintf(dir, sizeof(dir), "sys/bus/%s/drivers", bus_name(bus));
        r = sys_list(sys, dir, &names, &n);
        for (size_t i = 0; r == 0 && i < n; i++) {
                struct bus_driver *slot = ARRAY_APPEND(inv->bus_drivers, inv->n_bus_drivers, inv->alloc_bus_drivers);

                replace_string(&slot->name, names[i]);
                slot->bus = bus;
        }
}

static int read_named(struct sys *sys, enum bus_kind bus, const char *name, struct inventory *inv)
{
        char dir[64];
        size_t device;
        int r;

        (void) snprintf(dir, sizeof(dir), "sys/bus/%s/devices", bus_name(bus));
        read_device(sys, dir, bus, name, NO_GROUP, inv);
        r = 0;
        device = inventory_find_bus_device(inv, bus, name);
        if (device == NO_INDEX)
                return r;
        read_drivers(sys, bus, inv);
        return read_members(sys, device, inv);
}

int inventory_read_bus(struct sys *sys, const struct config *config, const struct state *state, struct inventory *inv)
{
        int r = 0;

        for (size_t i = 0; i < config->n_sections && r == 0; i++) {
                const struct config_section *s = config->sections[i];

                if (s->bus != BUS_PCI && s->selector.kind == SELECTOR_NAME)
                        r = read_named(sys, s->bus, s->selector.text, inv);
        }
        for (size_t i = 0; state && i < state->n_bus_devices && r == 0; i++)
                r = read_named(sys, state->bus_devices[i].bus, state->bus_devices[i].name, inv);
        return r;
}
