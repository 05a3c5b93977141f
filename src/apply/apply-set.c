/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that set a property: read, written where it differs, and read back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "device/netdev-find.h"
#include "device/netdev.h"
#include "device/property-io.h"
#include "plan/step-setting.h"

/* A property while it is set. */
struct setting {
        const struct plan_step *step;
        const struct property_change *change;
        const struct property_row *row;
        const struct pci_address *address;
        char dir[INTERFACE_PATH_MAX];       /* of an interface */
        char path[INTERFACE_PATH_MAX + 32]; /* what is written to */
        char what[48 + INTERFACE_MAX];      /* what a message calls it: "d3cold_allowed", "mtu of eth0" */
        char why[160];                      /* what a driver says of its no */
};

#define VALUE_TEXT(s, value) value_text(s, value, (char[PROPERTY_TEXT_MAX]){ 0 })

/* As the kernel has it, where it has a file of that name. */
static const char *value_text(const struct setting *s, uint64_t value, char buf[static PROPERTY_TEXT_MAX])
{
        const char *text = s->row->transport == TRANSPORT_SYSFS ? property_text_format(s->change->property, value, buf)
                                                                : property_value(s->change->property, value, buf);

        return *text ? text : "none";
}

/* The interface by the name that it has this moment. */
static int find_interface(struct applier *a, struct setting *s)
{
        const struct pci_function *pf = inventory_find(a->inv, s->address);
        struct interface interface;
        int r = interface_find(a->sys, s->address, pf ? netdev_find(pf, s->step->subject) : NULL, &interface, s->dir);

        if (r < 0)
                return r;
        (void) snprintf(s->path, sizeof(s->path), "%s/%s", s->dir, s->row->attribute);
        (void) snprintf(s->what, sizeof(s->what), "%s of %s", s->row->name, interface.name);
        return 0;
}

static void name_setting(const struct applier *a, struct setting *s)
{
        const struct pci_function *f = inventory_find(a->inv, s->address);

        switch (s->row->transport) {
        case TRANSPORT_BAR:
                (void) snprintf(s->what, sizeof(s->what), "the size of BAR %u",
                                (unsigned) (s->change->property - PROPERTY_BAR_SIZE_0));
                break;
        case TRANSPORT_DEVLINK:
                (void) snprintf(s->what, sizeof(s->what), "its eswitch (driver %s)",
                                f && f->driver ? f->driver : "none");
                return;
        case TRANSPORT_NETDEV:
                (void) snprintf(s->what, sizeof(s->what), "%s of %s", s->row->name, s->step->subject);
                return;
        default:
                (void) snprintf(s->what, sizeof(s->what), "%s", s->row->attribute);
                break;
        }
        (void) device_path(s->address, s->row->attribute, s->path);
}

static int read_value(struct applier *a, const struct setting *s, struct values *ret)
{
        return s->row->transport == TRANSPORT_NETDEV ? property_read_netdev(a->sys, s->dir, s->change->property, ret)
                                                     : property_read(a->sys, s->address, s->change->property, ret);
}

/* A number, or the other bits of it as they are. */
static int write_netdev(struct applier *a, const struct setting *s, uint64_t value)
{
        uint64_t flags = 0;
        char text[24];
        int r = s->row->flag ? sys_read_number(a->sys, s->path, &flags) : 0;

        if (r < 0)
                return r;
        if (s->row->flag)
                value = value ? flags | s->row->flag : flags & ~s->row->flag;
        (void) snprintf(text, sizeof(text), s->row->flag ? "0x%llx" : "%llu", (unsigned long long) value);
        return a->sys->ops->write(a->sys->userdata, s->path, text, strlen(text));
}

static int write_value(struct applier *a, struct setting *s, uint64_t value)
{
        char text[PROPERTY_TEXT_MAX], address[PCI_ADDRESS_MAX];

        if (s->row->transport == TRANSPORT_NETDEV)
                return write_netdev(a, s, value);
        if (s->row->transport == TRANSPORT_DEVLINK)
                return eswitch_write(a->sys, s->address, (enum eswitch_mode) value, s->why, sizeof(s->why));
        return bounded_write(a, pci_address_format(s->address, address), s->path,
                             property_write_text(s->change->property, value, text));
}

/* The kernel said no to a method: what the device has, only the default tells. Afterwards all is as it was. */
static int refuse_reset(struct applier *a, struct setting *s, uint64_t before)
{
        char offered[PROPERTY_TEXT_MAX] = "";

        if (write_value(a, s, LIST_DEFAULT) == 0)
                (void) sys_read_attr(a->sys, s->path, offered, sizeof(offered));
        (void) write_value(a, s, before);
        return step_fail(a, -EINVAL, "failed to set %s to %s; the device offers: %s", s->what,
                         VALUE_TEXT(s, s->change->value), *offered ? offered : "none");
}

/* What has taken it since the plan was made, which found it without a driver; NULL: nothing. */
static char *overtaken_by(struct applier *a, const struct plan_step *step)
{
        char *driver = NULL;

        return step->phase == PHASE_UNBOUND && read_driver(a->sys, &a->work->device, &driver) == 0 ? driver : NULL;
}

static int refuse_resize(struct applier *a, const struct setting *s, int error, uint64_t before)
{
        unsigned bar = s->change->property - PROPERTY_BAR_SIZE_0;
        CLEANUP_FREE char *driver = overtaken_by(a, s->step);

        if (driver)
                return step_fail(
                        a, error,
                        "cannot resize BAR %u: %s bound the device meanwhile; run apply again, which unbinds it first",
                        bar, driver);
        return step_fail(a, error, "failed to resize BAR %u from %s to %s", bar, VALUE_TEXT(s, before),
                         VALUE_TEXT(s, s->change->value));
}

static int refuse(struct applier *a, struct setting *s, int error, uint64_t before)
{
        if (error == -ETIMEDOUT)
                return error;
        if (error == -EINVAL && s->change->property == PROPERTY_RESET_METHOD)
                return refuse_reset(a, s, before);
        if (s->row->transport == TRANSPORT_BAR)
                return refuse_resize(a, s, error, before);
        return step_fail(a, error, "failed to set %s to %s%s%s%s", s->what, VALUE_TEXT(s, s->change->value),
                         *s->why ? " (\"" : "", s->why, *s->why ? "\")" : "");
}

/* A mode that is changed under a VM takes its network away. */
static int check_vfs_idle(struct applier *a, const struct plan_step *step)
{
        const struct pci_function *pf = inventory_find(a->inv, &step->address);
        const struct pci_function *vf = step->guarded && pf ? find_open_vf(a->sys, a->inv, pf) : NULL;
        char text[PCI_ADDRESS_MAX];

        if (!vf)
                return 0;
        return step_fail(a, -EBUSY, "VF %u (%s) is open: a VM or another program uses it", vf->vf_index,
                         pci_address_format(&vf->address, text));
}

static bool is_wanted(const struct setting *s, const struct values *values)
{
        return values_have(values, s->change->property) && values->value[s->change->property] == s->change->value;
}

#define RENAMES_MAX 3 /* of an interface, while it is set */

/* Finds what is set, and reads it. */
static int look(struct applier *a, struct setting *s, struct values *ret)
{
        int r = -ENOENT;

        if (s->row->transport != TRANSPORT_NETDEV)
                return read_value(a, s, ret);
        for (unsigned i = 0; i < RENAMES_MAX && r == -ENOENT; i++) {
                r = find_interface(a, s);
                if (r < 0)
                        return r;
                r = read_value(a, s, ret);
        }
        return r;
}

int do_set(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        struct setting s = { .step = step, .change = &step->changes[0], .row = step_row(step), .address = address };
        struct values now = { 0 }, after = { 0 };
        int r;

        if (s.row->scope == SCOPE_VF)
                return do_vf_set(a, step, address);
        name_setting(a, &s);
        r = look(a, &s, &now);
        if (r < 0)
                return step_fail(a, r, "failed to read %s", s.what);
        if (is_wanted(&s, &now))
                return 0;
        if (now.lacking)
                return step_fail(a, -EOPNOTSUPP, "%s is not there: the driver has none", s.what);
        if (s.row->transport == TRANSPORT_DEVLINK) {
                r = check_vfs_idle(a, step);
                if (r < 0)
                        return r;
        }
        r = write_value(a, &s, s.change->value);
        if (r == -ENOENT && s.row->transport == TRANSPORT_NETDEV && look(a, &s, &now) == 0) /* renamed meanwhile */
                r = write_value(a, &s, s.change->value);
        if (r < 0)
                return refuse(a, &s, r, now.value[s.change->property]);
        r = look(a, &s, &after);
        if (r < 0)
                return step_fail(a, r, "failed to read %s back after setting it to %s", s.what,
                                 VALUE_TEXT(&s, s.change->value));
        if (is_wanted(&s, &after))
                return 0;
        return step_fail(a, -EUCLEAN, "%s is %s after it was set to %s", s.what,
                         VALUE_TEXT(&s, after.value[s.change->property]), VALUE_TEXT(&s, s.change->value));
}
