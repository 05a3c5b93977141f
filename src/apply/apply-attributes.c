/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on a function's attributes: resets, power, the sizes of BARs, its option ROM. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "device/bar-read.h"
#include "property/bar-size.h"
#include "property/option-rom.h"
#include "property/pci-attribute.h"

#define ROM_MAX (16U * 1024 * 1024) /* of a ROM BAR: 24 bits of address */
#define ATTRIBUTE_TEXT_MAX 256

/* The kernel takes no write of nothing: an empty value is a newline. */
static int write_attribute(struct applier *a, const struct pci_address *address, const char *path, const char *value)
{
        char text[PCI_ADDRESS_MAX];

        return bounded_write(a, pci_address_format(address, text), path, *value ? value : "\n");
}

/* The kernel said no to a method: what the device has, only the default tells. Afterwards all is as it was. */
static int refuse_reset(struct applier *a, const struct plan_step *step, const struct pci_address *address, const char *path,
                        const char *before)
{
        char offered[ATTRIBUTE_TEXT_MAX] = "";

        if (write_attribute(a, address, path, "default") == 0)
                (void) sys_read_attr(a->sys, path, offered, sizeof(offered));
        (void) write_attribute(a, address, path, before);
        return step_fail(a, -EINVAL, "reset_method could not be set to %s; the device offers: %s", step->value,
                         *offered ? offered : "none");
}

int do_attribute(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        char path[DEVICE_PATH_MAX], before[ATTRIBUTE_TEXT_MAX], after[ATTRIBUTE_TEXT_MAX];
        int r = sys_read_attr(a->sys, device_path(address, step->attribute, path), before, sizeof(before));

        if (r < 0)
                return step_fail(a, r, "%s can't be read", step->attribute);
        if (streq(before, step->value))
                return 0;
        r = write_attribute(a, address, path, step->value);
        if (r == -ETIMEDOUT)
                return r;
        if (r == -EINVAL && streq(step->attribute, ATTRIBUTE_RESET))
                return refuse_reset(a, step, address, path, before);
        if (r < 0)
                return step_fail(a, r, "%s could not be set to %s", step->attribute, step->value);
        r = sys_read_attr(a->sys, path, after, sizeof(after));
        if (r < 0)
                return step_fail(a, r, "%s can't be read after %s was written", step->attribute, step->value);
        return streq(after, step->value) ? 0
                                         : step_fail(a, -EUCLEAN, "%s reads %s after %s was written", step->attribute, after,
                                                     step->value);
}

/* What has taken it since the plan was made, which found it without a driver; NULL: nothing. */
static char *overtaken_by(struct applier *a, const struct plan_step *step)
{
        char *driver = NULL;

        return step->phase == PHASE_UNBOUND && read_driver(a->sys, &a->work->device, &driver) == 0 ? driver : NULL;
}

int do_bar_size(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        unsigned bar = bar_of_attribute(step->attribute);
        char path[DEVICE_PATH_MAX], value[16], text[BAR_SIZE_MAX];
        CLEANUP_FREE char *driver = NULL;
        struct pci_bar now = { 0 };
        uint64_t want = 0;
        int r = pci_bar_read(a->sys, address, bar, &now);

        if (r == 0)
                r = bar_size_parse(step->value, &want);
        if (r < 0)
                return step_fail(a, r, "the size of BAR %u can't be read", bar);
        if (now.size == want)
                return 0;
        (void) snprintf(value, sizeof(value), "%u", bar_size_bit(want));
        r = write_attribute(a, address, device_path(address, step->attribute, path), value);
        if (r == -ETIMEDOUT)
                return r;
        driver = r < 0 ? overtaken_by(a, step) : NULL;
        if (driver)
                return step_fail(a, r, "BAR %u can't be resized: %s has taken the device meanwhile; another apply unbinds it "
                                 "first", bar, driver);
        if (r < 0)
                return step_fail(a, r, "BAR %u could not be resized from %s to %s", bar, bar_size_format(now.size, text),
                                 step->value);
        r = pci_bar_read(a->sys, address, bar, &now);
        if (r < 0)
                return step_fail(a, r, "the size of BAR %u can't be read after it was resized", bar);
        return now.size == want ? 0 : step_fail(a, -EUCLEAN, "BAR %u has %s after it was resized to %s", bar,
                                                bar_size_format(now.size, text), step->value);
}

/* What the ROM's own enable bit shows, and nothing of it stays on. */
static int read_rom(struct applier *a, const struct pci_address *address, char **ret, size_t *ret_len)
{
        char path[DEVICE_PATH_MAX];
        int r = a->sys->ops->write(a->sys->userdata, device_path(address, "rom", path), "1\n", 2), off;

        if (r < 0)
                return r;
        r = a->sys->ops->read_file(a->sys->userdata, path, ROM_MAX, ret, ret_len);
        /* pci_write_rom() takes "0" with its newline alone for off. */
        off = a->sys->ops->write(a->sys->userdata, path, "0\n", 2);
        return r < 0 ? r : off;
}

/* A device that sleeps shows no ROM: it is kept awake meanwhile. */
static int read_rom_awake(struct applier *a, const struct pci_address *address, char **ret, size_t *ret_len)
{
        char path[DEVICE_PATH_MAX], control[ATTRIBUTE_TEXT_MAX];
        bool sleeps = sys_read_attr(a->sys, device_path(address, ATTRIBUTE_POWER, path), control, sizeof(control)) == 0 &&
                      !streq(control, "on");
        int r = sleeps ? write_attribute(a, address, path, "on") : 0;

        if (r < 0)
                return r;
        r = read_rom(a, address, ret, ret_len);
        if (sleeps)
                (void) write_attribute(a, address, path, control);
        return r;
}

int do_rom_dump(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        const struct pci_function *f = inventory_find(a->inv, address);
        const char *file = step->value + 1, *fault;
        CLEANUP_FREE char *rom = NULL, *written = NULL;
        size_t len = 0, written_len = 0;
        int r;

        if (sys_exists(a->sys, file))
                return 0;
        if (f && driver_is_vfio(f->driver) && function_is_open(a->sys, address, f->group))
                return step_fail(a, -EBUSY, "its ROM is not read while it is open: a VM or another program uses it");
        r = read_rom_awake(a, address, &rom, &len);
        if (r == -ETIMEDOUT)
                return r;
        if (r < 0)
                return step_fail(a, r, "its option ROM can't be read");
        fault = option_rom_fault((const uint8_t *) rom, len);
        if (fault)
                return step_fail(a, -EIO, "its option ROM (%zu bytes) is of no use: %s", len, fault);
        r = a->sys->ops->replace(a->sys->userdata, file, rom, len);
        if (r < 0)
                return step_fail(a, r, "its option ROM can't be written to %s", step->value);
        r = a->sys->ops->read_file(a->sys->userdata, file, ROM_MAX, &written, &written_len);
        if (r < 0)
                return step_fail(a, r, "%s can't be read after it was written", step->value);
        return written_len == len && memcmp(written, rom, len) == 0
                     ? 0
                     : step_fail(a, -EUCLEAN, "%s is not what was written to it", step->value);
}
