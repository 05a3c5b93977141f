/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an event of a device comes to: a claim, if the record clears it, or the unit that is to look at it. */
#include "helper/event.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/claim.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/netdev.h"
#include "helper/claims-look.h"
#include "helper/node-owner.h"
#include "scan/scan.h"
#include "state/notes.h"
#include "state/state-file.h"

/* What a run works on. */
struct event {
        struct sys *sys;
        struct claims claims;
        struct event_result *result;
};

void event_result_clear(struct event_result *r)
{
        free(r->section);
        free(r->driver);
        free(r->wants);
        free(r->alias);
        free(r->group);
        *r = (struct event_result){ 0 };
}

static bool may_be_ours(const struct event *e, const struct pci_address *a)
{
        return claims_may_name(e->sys, &e->claims, a);
}

static int want(struct event *e, const char *name)
{
        int r = hotplug_request(e->sys, name);

        if (r < 0)
                return r;
        replace_string(&e->result->wants, name);
        return 0;
}

static int want_address(struct event *e, const struct pci_address *a)
{
        char text[PCI_ADDRESS_MAX];

        return want(e, pci_address_format(a, text));
}

/* 1, 0 when there are none, or a negative errno. */
static int load_claims(struct event *e)
{
        int r = claims_load(e->sys, &e->claims);

        /* Those of another version are as good as none: the next apply writes them. */
        return r == -ENOENT || r == -EBADMSG ? 0 : r < 0 ? r : 1;
}

static bool has_serial(struct event *e, const struct pci_address *a)
{
        struct pci_function f = { .address = *a, .physfn = NO_INDEX };
        bool has = false;

        if (!(e->claims.flags & CLAIMS_SERIAL))
                return false;
        inventory_read_device_serial(e->sys, &f);
        for (size_t i = 0; i < f.n_serials && !has; i++)
                has = claims_match_serial(&e->claims, f.serials[i]);
        pci_function_clear(&f);
        return has;
}

/* Whose the device is belongs in udev's database. */
static void tell(struct event *e, const struct clearance *c)
{
        const char *name = strchr(c->section, ' ');

        replace_string(&e->result->section, name ? name + 1 : c->section);
        replace_string(&e->result->driver, c->driver);
}

static int on_add(struct event *e, const char *arg)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        struct pci_address a, pf;
        int r, open;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return -EINVAL;
        r = claim_one(e->sys, &a, &c);
        if (r > 0)
                tell(e, &c);
        /* Until the last look of the first whole run of this boot, what comes is that run's work. */
        open = hotplug_is_open(e->sys) ? load_claims(e) : 0;
        if (r < 0 || open <= 0)
                return r < 0 ? r : open;
        if (claims_find_pf(e->sys, &a, &pf) == 0 && may_be_ours(e, &pf))
                /* An apply that makes VFs keeps drivers off them meanwhile, and does the rest of what there is to do.
                 */
                return claims_probes_vfs(e->sys, &pf) || !state_is_locked() ? want_address(e, &pf) : 0;
        if (r > 0 || may_be_ours(e, &a) || (e->claims.flags & (CLAIMS_GROUP | CLAIMS_SIBLINGS)) || has_serial(e, &a))
                return want_address(e, &a);
        return 0;
}

/* A driver that makes VFs, or mdevs, has come to its device. */
static int on_bind(struct event *e, const char *arg)
{
        struct pci_address a;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return -EINVAL;
        return may_be_ours(e, &a) || has_serial(e, &a) ? want_address(e, &a) : 0;
}

static int on_parent(struct event *e, const char *arg)
{
        struct pci_address a, pf;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return claims_match_parent(&e->claims, arg) ? want(e, arg) : 0;
        return may_be_ours(e, &a) || (claims_find_pf(e->sys, &a, &pf) == 0 && may_be_ours(e, &pf)) ? want(e, arg) : 0;
}

/* One on another bus than PCI. Nothing of it is set here: what keeps it from its driver belongs to its unit. */
static int on_device(struct event *e, const char *arg)
{
        const char *name;

        if (bus_parse_event(arg, &name) == BUS_OTHER)
                return -EINVAL;
        return claims_match_bus(&e->claims, arg) ? want(e, arg) : 0;
}

/* An interface: its name has come with it, and the MAC that only its driver tells. */
static int on_interface(struct event *e, const char *arg)
{
        struct pci_address a;

        if (netdev_function_of(arg, &a) < 0)
                return 0;
        return (e->claims.flags & CLAIMS_MAC) || claims_match_interface(&e->claims, last_component(arg))
                       ? want_address(e, &a)
                       : 0;
}

/* An NVMe controller: its serial number has come with it. */
static int on_controller(struct event *e, const char *arg)
{
        char path[PATH_MAX], serial[256];
        struct pci_address a;

        if (netdev_function_of(arg, &a) < 0 ||
            snprintf(path, sizeof(path), "sys%s/serial", arg) >= (int) sizeof(path) ||
            sys_read_attr(e->sys, path, serial, sizeof(serial)) < 0)
                return 0;
        return claims_match_serial(&e->claims, strip(serial)) ? want_address(e, &a) : 0;
}

/* A function has come to the driver that it is to have. */
static int on_section(struct event *e, const char *arg)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        struct pci_address a;
        int r;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return -EINVAL;
        r = claim_find(e->sys, &a, &c);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        tell(e, &c);
        return 0;
}

/* A node below /dev/vfio, or /dev/iommu: whose it is, and to whom it is to belong if what it opens is claimed. */
static int on_node(struct event *e, const char *arg)
{
        struct node_owner owner = { 0 };
        bool ours = false;
        int r = node_owner_find(e->sys, arg, &owner);

        e->result->section = owner.section;
        e->result->alias = owner.alias;
        if (r == 0)
                r = load_claims(e);
        if (r > 0)
                r = e->claims.vfio_group ? claims_own_node(e->sys, &e->claims, arg, &ours) : 0;
        if (r == 0 && ours)
                replace_string(&e->result->group, e->claims.vfio_group);
        return r;
}

static int on_remove(struct event *e, const char *arg)
{
        struct pci_address a;

        return pci_address_parse(arg, false, &a, NULL) < 0 ? -EINVAL : hotplug_note_gone(e->sys, &a);
}

static int on_give_back(struct event *e, const char *arg)
{
        struct pci_address a;

        return pci_address_parse(arg, false, &a, NULL) < 0 ? -EINVAL : claim_give_back(e->sys, &a);
}

enum need {
        NEED_NOTHING,
        NEED_OPEN, /* what sections go by, and that what comes is the helper's to name */
};

static const struct {
        const char *word;
        enum need need; /* without it there is nothing to do */
        int (*run)(struct event *e, const char *arg);
} words[] = {
        { "add", NEED_NOTHING, on_add },             /* ADDRESS: a PCI function has come */
        { "bind", NEED_OPEN, on_bind },              /* ADDRESS: it has come to a driver of the host's */
        { "section", NEED_NOTHING, on_section },     /* ADDRESS: it has come to the driver that it is to have */
        { "parent", NEED_OPEN, on_parent },          /* NAME: an mdev parent has registered, or a VF come to nvidia */
        { "device", NEED_OPEN, on_device },          /* BUS:NAME: one on another bus has come */
        { "interface", NEED_OPEN, on_interface },    /* DEVPATH of an interface */
        { "controller", NEED_OPEN, on_controller },  /* DEVPATH of an NVMe controller */
        { "node", NEED_NOTHING, on_node },           /* DEVPATH of a node below /dev/vfio */
        { "remove", NEED_NOTHING, on_remove },       /* ADDRESS: a function of ours has gone */
        { "give-back", NEED_NOTHING, on_give_back }, /* ADDRESS: what the initramfs claimed and nobody wants */
};

/* 1 the word can run, 0 there is nothing to do, or a negative errno. */
static int prepare(struct event *e, enum need need)
{
        if (need == NEED_NOTHING)
                return 1;
        return hotplug_is_open(e->sys) ? load_claims(e) : 0;
}

int event_handle(struct sys *sys, const char *word, const char *arg, struct event_result *ret)
{
        struct event e = { .sys = sys, .result = ret };
        int r = -ENOTSUP;

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                if (!streq(word, words[i].word))
                        continue;
                r = prepare(&e, words[i].need);
                if (r > 0)
                        r = words[i].run(&e, arg);
        }
        claims_free(&e.claims);
        return r;
}
