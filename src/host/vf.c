/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes what is set of VFs. */
#include "host/vf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/apply-internal.h"

/* linux/pci_regs.h */
#define PCI_STATUS 0x06
#define PCI_STATUS_CAP_LIST 0x10
#define PCI_CAPABILITY_LIST 0x34
#define PCI_CAP_ID_MSIX 0x11
#define PCI_MSIX_FLAGS 2
#define PCI_MSIX_FLAGS_QSIZE 0x7ff

static int try_interface(struct sys *sys, const char *name, struct vf_values *values, unsigned n,
                         char ret[static INTERFACE_MAX])
{
        int r = strlen(name) < INTERFACE_MAX ? SYS_CALL(sys, vf_read, name, values, n) : -ENODEV;

        if (r == 0)
                (void) snprintf(ret, INTERFACE_MAX, "%s", name);
        return r;
}

/* By the names that it has this moment: udev may have renamed it since the inventory was read. */
static int read_anew(struct sys *sys, const struct pci_function *pf, struct vf_values *values, unsigned n,
                     char ret[static INTERFACE_MAX])
{
        CLEANUP(names_freep) char **names = NULL;
        char path[DEVICE_PATH_MAX];
        size_t n_names = 0;
        int r = sys_list(sys, device_path(&pf->address, "net", path), &names, &n_names);

        if (r < 0)
                return r == -ENOENT ? -ENODEV : r;
        r = -ENODEV;
        for (size_t i = 0; i < n_names && (r == -ENODEV || r == -ENODATA); i++)
                r = try_interface(sys, names[i], values, n, ret);
        return r;
}

int vf_read(struct sys *sys, const struct pci_function *pf, struct vf_values *values, unsigned n,
            char ret_interface[static INTERFACE_MAX])
{
        int r = -ENODEV;

        for (size_t i = 0; i < pf->n_netdevs && (r == -ENODEV || r == -ENODATA); i++)
                r = try_interface(sys, pf->netdevs[i].name, values, n, ret_interface);
        return r == -ENODEV ? read_anew(sys, pf, values, n, ret_interface) : r;
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

void vf_read_msix(struct sys *sys, const struct pci_address *vf, struct vf_values *values)
{
        char path[DEVICE_PATH_MAX];
        uint8_t config[4096];
        uint64_t count, total = 0;
        ssize_t n;

        /* Every VF has the attribute; how many vectors there are to share tells whether the PF's driver minds it. */
        if (sys_read_number(sys, device_path(vf, "physfn/sriov_vf_total_msix", path), &total) < 0 || total == 0) {
                values->lacking |= VF_BIT(VF_MSIX_COUNT);
                return;
        }
        n = sys->ops->read(sys->userdata, device_path(vf, "config", path), config, sizeof(config));
        count = n < 0 ? 0 : msix_table_size(config, (size_t) n);
        if (count == 0)
                return;
        values->known |= VF_BIT(VF_MSIX_COUNT);
        values->value[VF_MSIX_COUNT] = count;
}

int vf_write_msix(struct sys *sys, const struct pci_address *vf, uint64_t count)
{
        char path[DEVICE_PATH_MAX], text[24];

        (void) snprintf(text, sizeof(text), "%llu", (unsigned long long) count);
        return sys->ops->write(sys->userdata, device_path(vf, "sriov_vf_msix_count", path), text, strlen(text));
}
