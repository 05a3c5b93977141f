/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that set a property: read, written where it differs, and read back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "device/property-io.h"
#include "plan/step-setting.h"

/* A property while it is set. */
struct setting {
        const struct plan_step *step;
        const struct property_change *change;
        const struct property_row *row;
        const struct pci_address *address;
        char path[DEVICE_PATH_MAX];
        char what[32]; /* what a message calls it: "d3cold_allowed", "the size of BAR 1" */
};

/* Values in messages: as the kernel has them, but sizes. */
#define VALUE_TEXT(s, value) value_text(s, value, (char[PROPERTY_TEXT_MAX]){ 0 })

static const char *value_text(const struct setting *s, uint64_t value, char buf[static PROPERTY_TEXT_MAX])
{
        (void) property_text_format(s->change->property, value, buf);
        return *buf ? buf : "none";
}

static int write_value(struct applier *a, const struct setting *s, uint64_t value)
{
        char text[PROPERTY_TEXT_MAX], address[PCI_ADDRESS_MAX];

        return bounded_write(a, pci_address_format(s->address, address), s->path,
                             property_write_text(s->change->property, value, text));
}

/* The kernel said no to a method: what the device has, only the default tells. Afterwards all is as it was. */
static int refuse_reset(struct applier *a, const struct setting *s, uint64_t before)
{
        char offered[PROPERTY_TEXT_MAX] = "";

        if (write_value(a, s, LIST_DEFAULT) == 0)
                (void) sys_read_attr(a->sys, s->path, offered, sizeof(offered));
        (void) write_value(a, s, before);
        return step_fail(a, -EINVAL, "%s could not be set to %s; the device offers: %s", s->what,
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
                        "BAR %u can't be resized: %s has taken the device meanwhile; another apply unbinds it "
                        "first",
                        bar, driver);
        return step_fail(a, error, "BAR %u could not be resized from %s to %s", bar, VALUE_TEXT(s, before),
                         VALUE_TEXT(s, s->change->value));
}

static int refuse(struct applier *a, const struct setting *s, int error, uint64_t before)
{
        if (error == -ETIMEDOUT)
                return error;
        if (error == -EINVAL && s->change->property == PROPERTY_RESET_METHOD)
                return refuse_reset(a, s, before);
        if (s->row->transport == TRANSPORT_BAR)
                return refuse_resize(a, s, error, before);
        return step_fail(a, error, "%s could not be set to %s", s->what, VALUE_TEXT(s, s->change->value));
}

int do_set(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        struct setting s = { .step = step, .change = &step->changes[0], .row = step_row(step), .address = address };
        enum property p = s.change->property;
        struct values now = { 0 }, after = { 0 };
        int r;

        if (s.row->transport == TRANSPORT_VF || s.row->transport == TRANSPORT_MSIX)
                return do_vf_set(a, step, address);
        if (s.row->transport == TRANSPORT_BAR)
                (void) snprintf(s.what, sizeof(s.what), "the size of BAR %u", p - PROPERTY_BAR_SIZE_0);
        else
                (void) snprintf(s.what, sizeof(s.what), "%s", s.row->attribute);
        (void) device_path(address, s.row->attribute, s.path);
        r = property_read(a->sys, address, p, &now);
        if (r < 0)
                return step_fail(a, r, "%s can't be read", s.what);
        if (values_have(&now, p) && now.value[p] == s.change->value)
                return 0;
        r = write_value(a, &s, s.change->value);
        if (r < 0)
                return refuse(a, &s, r, now.value[p]);
        r = property_read(a->sys, address, p, &after);
        if (r < 0)
                return step_fail(a, r, "%s can't be read after it was set to %s", s.what,
                                 VALUE_TEXT(&s, s.change->value));
        if (values_have(&after, p) && after.value[p] == s.change->value)
                return 0;
        return step_fail(a, -EUCLEAN, "%s is %s after it was set to %s", s.what, VALUE_TEXT(&s, after.value[p]),
                         VALUE_TEXT(&s, s.change->value));
}
