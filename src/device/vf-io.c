/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes what is set of VFs. */
#include "device/vf-io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device/device-path.h"
#include "device/netdev-find.h"
#include "device/netdev.h"

/* linux/pci_regs.h */
#define PCI_STATUS 0x06
#define PCI_STATUS_CAP_LIST 0x10
#define PCI_CAPABILITY_LIST 0x34
#define PCI_CAP_ID_MSIX 0x11
#define PCI_MSIX_FLAGS 2
#define PCI_MSIX_FLAGS_QSIZE 0x7ff

int vf_read(struct sys *sys, const struct pci_function *pf, struct values *values, unsigned n, struct interface *ret)
{
        char dir[INTERFACE_PATH_MAX];
        int r = interface_find(sys, &pf->address, netdev_of(pf), ret, dir);

        return r < 0 ? r : SYS_CALL(sys, vf_read, ret, values, n);
}

/* The size of the MSI-X table out of the first 256 bytes of the configuration space. 0: there is none to be seen. */
static uint64_t msix_table_size(const uint8_t *config, size_t size)
{
        uint8_t at;

        if (size < 256 || !(config[PCI_STATUS] & PCI_STATUS_CAP_LIST))
                return 0;
        at = config[PCI_CAPABILITY_LIST] & ~3;
        for (unsigned i = 0; i < 48 && at >= 0x40; i++) { /* no more fit, so that a ring of them ends */
                if (config[at] == PCI_CAP_ID_MSIX)
                        return ((config[at + PCI_MSIX_FLAGS] | config[at + PCI_MSIX_FLAGS + 1] << 8) & PCI_MSIX_FLAGS_QSIZE) + 1U;
                at = config[at + 1] & ~3;
        }
        return 0;
}

void vf_read_msix(struct sys *sys, const struct pci_address *vf, struct values *values)
{
        char path[DEVICE_PATH_MAX];
        uint8_t config[4096];
        uint64_t count, total = 0;
        ssize_t n;

        /* Every VF has the attribute; how many vectors there are to share tells whether the PF's driver minds it. */
        if (sys_read_number(sys, device_path(vf, "physfn/sriov_vf_total_msix", path), &total) < 0 || total == 0) {
                values->lacking |= PROPERTY_BIT(PROPERTY_MSIX_COUNT);
                return;
        }
        n = sys->ops->read(sys->userdata, device_path(vf, "config", path), config, sizeof(config));
        count = n < 0 ? 0 : msix_table_size(config, (size_t) n);
        if (count == 0)
                return;
        values->known |= PROPERTY_BIT(PROPERTY_MSIX_COUNT);
        values->value[PROPERTY_MSIX_COUNT] = count;
}

int vf_write_msix(struct sys *sys, const struct pci_address *vf, uint64_t count)
{
        char path[DEVICE_PATH_MAX], text[24];

        (void) snprintf(text, sizeof(text), "%llu", (unsigned long long) count);
        return sys->ops->write(sys->userdata, device_path(vf, "sriov_vf_msix_count", path), text, strlen(text));
}
