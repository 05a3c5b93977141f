/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds whose a node of VFIO's is. A group has one node, whatever is in it, so that a card with its audio has one
 * name. */
#include "helper/node-owner.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/claim.h"
#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "guard/clearance-file.h"
#include "helper/claims-look.h"
#include "state/state-file.h"

struct owner_search {
        struct sys *sys;
        struct state state;
        char **members; /* of the node's group, or the cdev's device alone */
        size_t n_members;
        char *key;          /* the section's, "device gpu" */
        const char *member; /* the one that it was found by */
};

static void search_clear(struct owner_search *s)
{
        state_free(&s->state);
        names_free(s->members);
        free(s->key);
}

void node_owner_clear(struct node_owner *o)
{
        free(o->section);
        free(o->alias);
        *o = (struct node_owner){ 0 };
}

/* ---- which section ---- */

static char *key_of_function(const struct owner_search *s, const struct pci_address *a)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        const struct state_device *d = state_find_device(&s->state, a);
        struct pci_address pf;

        if (d && d->section)
                return xstrdup(d->section);
        d = claims_find_pf(s->sys, a, &pf) == 0 ? state_find_device(&s->state, &pf) : NULL;
        if (d && d->section)
                return xstrdup(d->section);
        return claim_find(s->sys, a, &c) == 0 ? xstrdup(c.section) : NULL;
}

static char *key_of(const struct owner_search *s, const char *member)
{
        const struct state_mdev *mdev;
        struct pci_address a;
        uint8_t uuid[16];

        if (pci_address_parse(member, false, &a, NULL) == 0)
                return key_of_function(s, &a);
        if (uuid_parse(member, uuid) == 0) {
                mdev = state_find_mdev(&s->state, uuid);
                return mdev && mdev->section ? xstrdup(mdev->section) : NULL;
        }
        for (size_t i = 0; i < s->state.n_bus_devices; i++)
                if (streq(s->state.bus_devices[i].name, member) && s->state.bus_devices[i].section)
                        return xstrdup(s->state.bus_devices[i].section);
        return NULL;
}

/* ---- what it is called ---- */

static bool is_member(const struct owner_search *s, const char *name)
{
        for (size_t i = 0; i < s->n_members; i++)
                if (streq(s->members[i], name))
                        return true;
        return false;
}

static bool is_other_function(const struct owner_search *s, const char *section, const struct pci_address *a)
{
        char address[PCI_ADDRESS_MAX];

        return streq_ptr(section, s->key) && !is_member(s, pci_address_format(a, address));
}

/* Whether the section has devices or mdevs besides those of the node: then its name alone stands for none of them. */
static bool has_others(const struct owner_search *s)
{
        const char *text = NULL, *next;
        bool found = false;
        size_t len = 0;

        for (size_t i = 0; i < s->state.n_devices; i++)
                if (is_other_function(s, s->state.devices[i].section, &s->state.devices[i].address))
                        return true;
        for (size_t i = 0; i < s->state.n_bus_devices; i++)
                if (streq_ptr(s->state.bus_devices[i].section, s->key) && !is_member(s, s->state.bus_devices[i].name))
                        return true;
        for (size_t i = 0; i < s->state.n_mdevs; i++) {
                char uuid[UUID_TEXT_MAX];

                if (streq_ptr(s->state.mdevs[i].section, s->key) &&
                    !is_member(s, uuid_format(s->state.mdevs[i].uuid, uuid)))
                        return true;
        }
        if (s->sys->ops->map(s->sys->userdata, CLEARANCE_RUN, &text, &len) < 0)
                return false;
        next = text;
        while (!found) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };

                if (clearance_next(&next, text + len, &c) == 0)
                        break;
                found = is_other_function(s, c.section, &c.address);
        }
        s->sys->ops->unmap(s->sys->userdata, text, len);
        return found;
}

/* The VF's number among those of its PF; -1: it is none. */
static int vf_number(struct sys *sys, const char *address)
{
        char path[PATH_MAX], target[PATH_MAX];

        for (int i = 0;; i++) {
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/physfn/virtfn%d", address, i);
                if (sys->ops->readlink(sys->userdata, path, target, sizeof(target)) < 0)
                        return -1;
                if (streq(last_component(target), address))
                        return i;
        }
}

static char *alias_of(const struct owner_search *s, const char *name)
{
        bool of_pf = after_prefix(s->key, "sriov ") || after_prefix(s->key, "vf ");
        int vf = of_pf ? vf_number(s->sys, s->member) : -1;

        /* [vf uplink/0-3] is about some of [sriov uplink]'s. */
        if (vf >= 0)
                return xasprintf(NODE_ALIASES "%.*s/%d", (int) strcspn(name, "/"), name, vf);
        if (has_others(s))
                return xasprintf(NODE_ALIASES "%s/%s", name, s->member);
        return xasprintf(NODE_ALIASES "%s", name);
}

/* ---- which node ---- */

/* The device of a cdev, "…/0000:01:00.0/vfio-dev/vfio0", as the only member. */
static void take_cdev(struct owner_search *s, const char *devpath, size_t len)
{
        CLEANUP_FREE char *device = xstrndup(devpath, len);

        s->members = xcalloc(2, sizeof(*s->members));
        s->members[0] = xstrdup(last_component(device));
        s->n_members = 1;
}

/* Whether the cdev's device also has a group with a node, which has the name then: systemd takes one device for a
 * name. */
static bool has_group_node(struct sys *sys, const char *devpath, size_t len)
{
        CLEANUP_FREE char *path = xasprintf("sys%.*s/iommu_group", (int) len, devpath), *group = NULL, *node = NULL;

        if (sys_read_link_name(sys, path, &group) < 0)
                return false;
        node = xasprintf("sys/class/vfio/%s", group);
        return sys_exists(sys, node);
}

int node_owner_find(struct sys *sys, const char *devpath, struct node_owner *ret)
{
        CLEANUP(search_clear) struct owner_search s = { .sys = sys };
        const char *cdev = strstr(devpath, "/vfio-dev/"), *name;
        CLEANUP_FREE char *path = NULL;
        uint64_t group;
        int r;

        if (cdev)
                take_cdev(&s, devpath, (size_t) (cdev - devpath));
        else if (parse_unsigned(last_component(devpath), 10, INT_MAX, &group) == 0) {
                path = xasprintf("sys/kernel/iommu_groups/%s/devices", last_component(devpath));
                r = sys_list(sys, path, &s.members, &s.n_members);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
        }
        (void) state_load(sys, false, &s.state); /* damaged, it tells nothing */
        for (size_t i = 0; i < s.n_members && !s.key; i++) {
                s.key = key_of(&s, s.members[i]);
                s.member = s.members[i];
        }
        name = s.key ? strchr(s.key, ' ') : NULL;
        if (!name)
                return 0;
        ret->section = xstrdup(name + 1);
        if (!cdev || !has_group_node(sys, devpath, (size_t) (cdev - devpath)))
                ret->alias = alias_of(&s, name + 1);
        return 0;
}
