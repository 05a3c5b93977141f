/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims functions by their overrides. */
#include "apply/claim.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "config/cmdline.h"
#include "device/inventory.h"
#include "device/override.h"
#include "guard/clearance-file.h"
#include "state/notes.h"

static const char *device_file(const struct pci_address *a, const char *name, char path[static PATH_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void) snprintf(path, PATH_MAX, "sys/bus/pci/devices/%s/%s", pci_address_format(a, address), name);
        return path;
}

static int read_id(struct sys *sys, const struct pci_address *a, const char *name, uint16_t *ret)
{
        char path[PATH_MAX];
        uint64_t value = 0;
        int r = sys_read_number(sys, device_file(a, name, path), &value);

        *ret = (uint16_t) value;
        return r;
}

/* What it was before the first claim stands. */
static int note(struct sys *sys, const struct clearance *c)
{
        CLEANUP_STATE struct state old = { 0 };
        CLEANUP_FREE char *driver = NULL;
        char path[PATH_MAX], override[4096] = "";
        struct state_device before = { .address = c->address, .has_driver = true, .override_ = override };
        int r = hotplug_read_claim(sys, &c->address, &old);

        if (r == 0 && old.n_devices == 1)
                before = old.devices[0];
        else {
                r = read_id(sys, &c->address, "vendor", &before.vendor);
                if (r == 0)
                        r = read_id(sys, &c->address, "device", &before.device);
                if (r < 0)
                        return r;
                r = sys_read_link_name(sys, device_file(&c->address, "driver", path), &driver);
                if (r < 0 && r != -ENOENT)
                        return r;
                (void) sys_read_attr(sys, device_file(&c->address, "driver_override", path), override, sizeof(override));
                if (!*override || streq(override, "(null)"))
                        before.override_ = NULL;
                before.driver = driver;
                before.early = !driver;
        }
        before.section = (char *) c->section;
        before.selector = (char *) c->selector;
        before.to = (char *) c->driver;
        before.provisional = true;
        return hotplug_note_claim(sys, &before);
}

/* An apply may have set it already, which knows what was before. */
static int claim(struct sys *sys, const struct clearance *c)
{
        char got[4096];
        int r;

        if (override_is(sys, &c->address, c->driver))
                return 0;
        r = note(sys, c);
        return r < 0 ? r : override_write(sys, &c->address, c->driver, got, sizeof(got));
}

static bool may_claim(struct sys *sys, const struct clearance *c)
{
        const char *name = strchr(c->section, ' ');

        return name && !cmdline_skips(sys, name + 1) && clearance_holds(sys, c);
}

int claim_find(struct sys *sys, const struct pci_address *a, struct clearance *ret)
{
        const char *text;
        size_t len;
        int r = sys->ops->map(sys->userdata, CLEARANCE_RUN, &text, &len);

        if (r < 0)
                return r;
        r = clearance_find(text, len, a, ret);
        sys->ops->unmap(sys->userdata, text, len);
        return r;
}

int claim_one(struct sys *sys, const struct pci_address *a, struct clearance *ret)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        int r = claim_find(sys, a, &c);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (!may_claim(sys, &c))
                return 0;
        r = claim(sys, &c);
        if (r < 0)
                return r;
        *ret = c;
        c = (struct clearance){ 0 };
        return 1;
}

int claim_give_back(struct sys *sys, const struct pci_address *address)
{
        CLEANUP_STATE struct state one = { 0 };
        CLEANUP_FREE char *driver = NULL;
        const struct state_device *d;
        char got[4096], text[PCI_ADDRESS_MAX], path[PATH_MAX];
        int r = hotplug_read_claim(sys, address, &one);

        if (r < 0 && r != -EBADMSG) /* a note that can't be read says nothing, and the override goes all the same */
                return r == -ENOENT ? 0 : r;
        (void) pci_address_format(address, text);
        d = state_find_device(&one, address);
        r = override_write(sys, address, d && d->override_ ? d->override_ : "", got, sizeof(got));
        if (r < 0 && r != -ENOENT)
                return r;
        /* The initramfs may have had the module too. No VM has been there to open the device. */
        if (d && sys_read_link_name(sys, device_file(address, "driver", path), &driver) == 0 && driver_is_vfio(driver) &&
            streq_ptr(driver, d->to))
                r = sys->ops->write(sys->userdata, device_file(address, "driver/unbind", path), text, strlen(text));
        /* Its driver may be there, and have passed it by: asked again, it takes it. As modprobe does in a udev worker, and
         * as with that what it comes to is the driver's business. */
        (void) sys->ops->write(sys->userdata, "sys/bus/pci/drivers_probe", text, strlen(text));
        return r < 0 && r != -ENOENT ? r : hotplug_drop_claim(sys, address);
}

/* The record, or what the initramfs had of it while the file system that it is on is not mounted yet. */
static int publish(struct sys *sys, char **ret, size_t *ret_len)
{
        int r = clearance_load(sys, CLEARANCE_PATH, ret, ret_len);

        if (r == -ENOENT && !sys_exists(sys, CLEARANCE_DIRECTORY))
                r = clearance_load(sys, CLEARANCE_INITRAMFS, ret, ret_len);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT)
                *ret = clearance_record("");
        *ret_len = strlen(*ret);
        return sys->ops->replace(sys->userdata, CLEARANCE_RUN, *ret, *ret_len);
}

/* Gives back what the helper claimed, but for what the record clears. */
static int give_back_others(struct sys *sys, const char *text, size_t len)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int first = 0, r = hotplug_list_claims(sys, &names, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n; i++) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };
                struct pci_address a;

                if (pci_address_parse(names[i], false, &a, NULL) < 0 ||
                    (clearance_find(text, len, &a, &c) == 0 && may_claim(sys, &c)))
                        continue;
                r = claim_give_back(sys, &a);
                if (r < 0 && first == 0)
                        first = r;
        }
        return first;
}

int claim_give_back_all(struct sys *sys)
{
        CLEANUP_FREE char *none = NULL;
        int r;

        if (hotplug_is_open(sys))
                return 0;
        none = clearance_record("");
        /* First, since udev's coldplug may still be under way, and its events would claim them again. */
        r = sys->ops->replace(sys->userdata, CLEARANCE_RUN, none, strlen(none));
        return r < 0 ? r : give_back_others(sys, "", 0);
}

int claim_all(struct sys *sys, struct claim_result *ret)
{
        CLEANUP_FREE char *text = NULL;
        const char *next;
        size_t len = 0;
        int r = publish(sys, &text, &len);

        *ret = (struct claim_result){ 0 };
        if (r < 0)
                return r;
        for (next = text;;) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };

                r = clearance_next(&next, text + len, &c);
                if (r <= 0)
                        break;
                if (!may_claim(sys, &c))
                        continue;
                r = claim(sys, &c);
                if (r == 0)
                        ret->n_set++;
                else if (r != -ENOENT && r != -ENODEV && ret->n_failed++ == 0) { /* gone meanwhile is no failure */
                        ret->error = r == -EUCLEAN ? 0 : -r;
                        ret->address = c.address;
                }
        }
        /* Once a whole run is past, what is claimed is what that has left. */
        if (r == 0 && (sys_exists(sys, CLEARANCE_INITRAMFS) || sys_exists(sys, CLEARANCE_INITRAMFS_OLD)) && !hotplug_is_open(sys))
                r = give_back_others(sys, text, len);
        return r;
}
