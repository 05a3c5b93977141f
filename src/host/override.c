/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing driver_override, and reading back what it came to. */
#include "host/override.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/macro.h"

int override_write(struct sys *sys, const struct pci_address *address, const char *driver, char *got, size_t size)
{
        char path[64], text[PCI_ADDRESS_MAX];

        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", pci_address_format(address, text));
        return override_write_at(sys, path, driver, got, size);
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
        return streq(got, *driver ? driver : "(null)") ? 0 : -EUCLEAN;
}
