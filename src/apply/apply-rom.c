/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step that dumps a function's option ROM. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "property/option-rom.h"

#define ROM_MAX (16U * 1024 * 1024) /* of a ROM BAR: 24 bits of address */

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
        char path[DEVICE_PATH_MAX], control[16], text[PCI_ADDRESS_MAX];
        bool sleeps = sys_read_attr(a->sys, device_path(address, properties[PROPERTY_POWER_CONTROL].attribute, path),
                                    control, sizeof(control)) == 0 &&
                      !streq(control, "on");
        int r = sleeps ? bounded_write(a, pci_address_format(address, text), path, "on") : 0;

        if (r < 0)
                return r;
        r = read_rom(a, address, ret, ret_len);
        if (sleeps)
                (void) bounded_write(a, pci_address_format(address, text), path, control);
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
                return step_fail(a, -EBUSY, "its ROM can't be read while a VM or another program has the device open");
        r = read_rom_awake(a, address, &rom, &len);
        if (r == -ETIMEDOUT)
                return r;
        if (r < 0)
                return step_fail(a, r, "failed to read its option ROM");
        fault = option_rom_fault((const uint8_t *) rom, len);
        if (fault)
                return step_fail(a, -EIO, "its option ROM (%zu bytes) is invalid: %s", len, fault);
        r = a->sys->ops->replace(a->sys->userdata, file, rom, len);
        if (r < 0)
                return step_fail(a, r, "failed to write its option ROM to %s", step->value);
        r = a->sys->ops->read_file(a->sys->userdata, file, ROM_MAX, &written, &written_len);
        if (r < 0)
                return step_fail(a, r, "failed to read %s back", step->value);
        return written_len == len && memcmp(written, rom, len) == 0
                       ? 0
                       : step_fail(a, -EUCLEAN, "%s does not hold what was written to it", step->value);
}
