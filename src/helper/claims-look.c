/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick looks at functions by the claims. */
#include "helper/claims-look.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "device/override.h"
#include "device/selector.h"
#include "state/hung-writes.h"
#include "state/state-file.h"

#define PCI_DEVICES "sys/bus/pci/devices"

static const char *device_path(const struct pci_address *a, const char *attribute, char buf[static PATH_MAX])
{
        char text[PCI_ADDRESS_MAX];

        (void) snprintf(buf, PATH_MAX, PCI_DEVICES "/%s%s%s", pci_address_format(a, text), *attribute ? "/" : "",
                        attribute);
        return buf;
}

static bool read_id(struct sys *sys, const struct pci_address *a, const char *attribute, uint16_t *ret)
{
        char path[PATH_MAX];
        uint64_t n;

        if (sys_read_number(sys, device_path(a, attribute, path), &n) < 0 || n > UINT16_MAX)
                return false;
        *ret = (uint16_t) n;
        return true;
}

static bool matches(struct sys *sys, const struct claims *c, const struct pci_address *a, bool override)
{
        struct claims_query q = { .address = *a };
        CLEANUP_FREE char *chain = NULL;
        char path[PATH_MAX], target[PATH_MAX];

        if (c->flags & CLAIMS_ID)
                q.has_id = read_id(sys, a, "vendor", &q.vendor) && read_id(sys, a, "device", &q.device);
        if ((c->flags & CLAIMS_PATH) &&
            sys->ops->readlink(sys->userdata, device_path(a, "", path), target, sizeof(target)) > 0 &&
            selector_path_of(target, &chain) == 0)
                q.path = chain;
        return claims_match(c, &q, override);
}

bool claims_may_name(struct sys *sys, const struct claims *c, const struct pci_address *a)
{
        return matches(sys, c, a, false);
}

static bool has_override(struct sys *sys, const struct pci_address *a)
{
        char path[PATH_MAX], value[4096], text[PCI_ADDRESS_MAX];

        /* To read it would wait for the device's lock on Linux before 6.12; it is one of ours. */
        if (stuck_is_waiting(sys, pci_address_format(a, text)))
                return true;
        return sys_read_attr(sys, device_path(a, "driver_override", path), value, sizeof(value)) == 0 &&
               *override_meaning(value);
}

struct look {
        struct sys *sys;
        const struct claims *claims;
        struct pci_address address;
        const struct state *state;
};

int claims_find_pf(struct sys *sys, const struct pci_address *a, struct pci_address *ret)
{
        char path[PATH_MAX], target[PATH_MAX];
        ssize_t n = sys->ops->readlink(sys->userdata, device_path(a, "physfn", path), target, sizeof(target));

        return n < 0 ? (int) n : pci_address_parse(last_component(target), false, ret, NULL);
}

bool claims_probes_vfs(struct sys *sys, const struct pci_address *pf)
{
        char path[PATH_MAX];
        uint64_t autoprobe;

        return sys_read_number(sys, device_path(pf, "sriov_drivers_autoprobe", path), &autoprobe) < 0 || autoprobe != 0;
}

static bool is_ours(const struct look *l, const struct pci_address *a)
{
        struct pci_address pf;
        bool is_vf = claims_find_pf(l->sys, a, &pf) == 0;

        if (state_find_device(l->state, a) || (is_vf && state_find_device(l->state, &pf)))
                return true;
        return has_override(l->sys, a) && (matches(l->sys, l->claims, a, true) ||
                                           (is_vf && matches(l->sys, l->claims, &pf, false)));
}

/* On another bus than PCI; its name does not tell on which. */
static bool is_our_bus_device(const struct look *l, const char *name)
{
        for (enum bus_kind bus = BUS_PLATFORM; bus < BUS_OTHER && bus_is_device_name(name); bus++) {
                char path[PATH_MAX], event[BUS_NAME_MAX + 16], value[4096];

                if (state_find_bus_device(l->state, bus, name))
                        return true;
                (void) snprintf(event, sizeof(event), "%s:%s", bus_name(bus), name);
                (void) snprintf(path, sizeof(path), "sys/bus/%s/devices/%s/driver_override", bus_name(bus), name);
                if (claims_match_bus(l->claims, event) && sys_read_attr(l->sys, path, value, sizeof(value)) == 0 &&
                    *override_meaning(value))
                        return true;
        }
        return false;
}

/* What VFIO gives access to: a function, an mdev, or a device on another bus. -EEXIST ends the look: it is ours. */
static int look_at_member(void *arg, const char *name)
{
        const struct look *l = arg;
        struct pci_address a;
        uint8_t uuid[16];
        bool ours;

        if (uuid_parse(name, uuid) == 0)
                ours = state_find_mdev(l->state, uuid);
        else
                ours = pci_address_parse(name, false, &a, NULL) == 0 ? is_ours(l, &a) : is_our_bus_device(l, name);
        return ours ? -EEXIST : 0;
}

/* The name of the device whose cdev it is, "…/NAME/vfio-dev/vfio0": the nearest, which for an mdev is not the function that
 * it is a part of. */
static bool cdev_owner(const char *devpath, char name[static NAME_MAX + 1])
{
        const char *class = strstr(devpath, "/vfio-dev/"), *start = class;

        while (start && start > devpath && start[-1] != '/')
                start--;
        if (!class || class - start > NAME_MAX)
                return false;
        (void) snprintf(name, NAME_MAX + 1, "%.*s", (int) (class - start), start);
        return true;
}

int claims_own_node(struct sys *sys, const struct claims *c, const char *devpath, bool *ret)
{
        CLEANUP_STATE struct state state = { 0 };
        struct look l = { .sys = sys, .claims = c, .state = &state };
        char path[PATH_MAX], owner[NAME_MAX + 1];
        uint64_t group;
        int r = 0;

        (void) state_load(sys, false, &state); /* damaged, it tells nothing */
        if (streq(last_component(devpath), "iommu"))
                r = -EEXIST; /* without it no cdev is of use, and by itself it is none */
        else if (cdev_owner(devpath, owner))
                r = look_at_member(&l, owner);
        else if (parse_unsigned(last_component(devpath), 10, INT_MAX, &group) == 0) {
                (void) snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices", (int) group);
                r = sys->ops->list(sys->userdata, path, look_at_member, &l);
        }
        *ret = r == -EEXIST;
        return r == -EEXIST || r == -ENOENT ? 0 : r;
}
