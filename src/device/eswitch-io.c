/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and sets the mode of a PF's eswitch. */
#include "device/eswitch-io.h"

#include <stdio.h>

#define HANDLE_MAX (sizeof("pci/") + PCI_ADDRESS_MAX)

/* What devlink calls it (devlink-dev(8)). */
static const char *handle_of(const struct pci_address *pf, char buf[static HANDLE_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void) snprintf(buf, HANDLE_MAX, "pci/%s", pci_address_format(pf, address));
        return buf;
}

int eswitch_read(struct sys *sys, const struct pci_address *pf, enum eswitch_mode *ret)
{
        char handle[HANDLE_MAX];

        return SYS_CALL(sys, eswitch_get, handle_of(pf, handle), ret);
}

int eswitch_write(struct sys *sys, const struct pci_address *pf, enum eswitch_mode mode, char *ret_why, size_t size)
{
        char handle[HANDLE_MAX];

        *ret_why = '\0';
        return SYS_CALL(sys, eswitch_set, handle_of(pf, handle), mode, ret_why, size);
}
