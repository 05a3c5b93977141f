/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a BAR: `resource` has its size, `resourceN_resize` a mask of those that it can have. */
#include "device/bar-read.h"

#include <errno.h>

#include "base/strutil.h"
#include "device/device-path.h"
#include "property/bar-size.h"
#include "property/pci-attribute.h"

int pci_bar_read(struct sys *sys, const struct pci_address *address, unsigned bar, struct pci_bar *ret)
{
        char path[DEVICE_PATH_MAX], text[4096], name[BAR_ATTRIBUTE_MAX];
        struct pci_bar found = { 0 };
        int r = sys_read_attr(sys, device_path(address, "resource", path), text, sizeof(text));

        if (r == 0)
                r = bar_size_of_resource(text, bar, &found.size);
        if (r < 0)
                return r;
        r = sys_read_attr(sys, device_path(address, bar_attribute(bar, name), path), text, sizeof(text));
        if (r < 0 && r != -ENOENT)
                return r;
        /* printed as bare hex */
        if (r == 0 && parse_unsigned(text, 16, UINT64_MAX, &found.sizes) < 0)
                return -EINVAL;
        *ret = found;
        return 0;
}
