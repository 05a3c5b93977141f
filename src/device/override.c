/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing driver_override, and reading back what it came to. */
#include "device/override.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

#define OVERRIDE_PATH_MAX 64

static const char *override_path(const struct pci_address *address, char path[static OVERRIDE_PATH_MAX])
{
        char text[PCI_ADDRESS_MAX];

        (void) snprintf(path, OVERRIDE_PATH_MAX, "sys/bus/pci/devices/%s/driver_override", pci_address_format(address, text));
        return path;
}

const char *override_meaning(const char *text)
{
        return streq(text, "(null)") ? "" : text;
}

int override_write(struct sys *sys, const struct pci_address *address, const char *driver, char *got, size_t size)
{
        char path[OVERRIDE_PATH_MAX];

        return override_write_at(sys, override_path(address, path), driver, got, size);
}

bool override_is(struct sys *sys, const struct pci_address *address, const char *driver)
{
        char path[OVERRIDE_PATH_MAX], got[4096];

        return sys_read_attr(sys, override_path(address, path), got, sizeof(got)) == 0 && streq(got, driver);
}

int override_write_at(struct sys *sys, const char *path, const char *driver, char *got, size_t size)
{
        /* To clear it takes a newline, as nothing at all would be no write. */
        const char *value = *driver ? driver : "\n";
        ssize_t n;

        n = sys->ops->write_read(sys->userdata, path, value, strlen(value), got, size);
        if (n < 0)
                return (int) n;
        got[strcspn(got, "\n")] = '\0';
        return streq(override_meaning(got), driver) ? 0 : -EUCLEAN;
}
