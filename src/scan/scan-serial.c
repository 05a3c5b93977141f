/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads serial numbers: of NVMe controllers, and PCIe's device serial number capability. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "scan/scan.h"

/* PCI Express base specification, 7.9.3 (device serial number) and 7.6.3 (extended capability header) */
#define EXTENDED_CONFIG 0x100
#define CONFIG_SPACE 4096
#define CAPABILITY_DSN 0x0003

static void add_serial(struct pci_function *f, const char *text)
{
        size_t alloc = f->n_serials;

        if (isempty(text))
                return;
        array_reserve(&f->serials, &alloc, f->n_serials + 1, sizeof(*f->serials));
        f->serials[f->n_serials] = xstrdup(text);
        f->n_serials++;
}

static int read_nvme(struct sys *sys, struct pci_function *f)
{
        CLEANUP(names_freep) char **names = NULL;
        char address[PCI_ADDRESS_MAX], path[512], serial[256];
        size_t n = 0;
        int r;

        (void) pci_address_format(&f->address, address);
        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/nvme", address);
        r = sys_list(sys, path, &names, &n);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n && r == 0; i++) {
                if (snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/nvme/%s/serial", address, names[i]) >=
                    (int) sizeof(path))
                        continue;
                /* A controller that is just going away has none; the others are still of use. */
                if (sys_read_attr(sys, path, serial, sizeof(serial)) == 0)
                        add_serial(f, strip(serial));
        }
        return r;
}

static uint32_t get32(const uint8_t *p)
{
        return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

void inventory_read_device_serial(struct sys *sys, struct pci_function *f)
{
        char address[PCI_ADDRESS_MAX], path[128], text[24];
        uint8_t config[CONFIG_SPACE];
        size_t offset = EXTENDED_CONFIG, hops = 0;
        ssize_t n;

        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config", pci_address_format(&f->address, address));
        n = sys->ops->read(sys->userdata, path, config, sizeof(config));
        /* Without CAP_SYS_ADMIN the kernel gives 64 bytes; without PCIe 256: no serial then. */
        while (n > 0 && offset >= EXTENDED_CONFIG && offset + 12 <= (size_t) n && hops++ < CONFIG_SPACE / 4) {
                uint32_t header = get32(config + offset), low, high;

                if ((header & 0xffff) != CAPABILITY_DSN) {
                        offset = header >> 20 & 0xffc;
                        continue;
                }
                low = get32(config + offset + 4);
                high = get32(config + offset + 8);
                /* as lspci -v prints it */
                (void) snprintf(text, sizeof(text), "%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", high >> 24,
                                high >> 16 & 0xff, high >> 8 & 0xff, high & 0xff, low >> 24, low >> 16 & 0xff,
                                low >> 8 & 0xff, low & 0xff);
                add_serial(f, text);
                return;
        }
}

int inventory_read_serials(struct sys *sys, struct pci_function *f)
{
        int r = read_nvme(sys, f);

        /* Reading config space wakes a sleeping device: only PFs and plain functions, as VFs share the PF's. */
        if (!(r == 0 && f->physfn == NO_INDEX))
                return r;
        inventory_read_device_serial(sys, f);
        return 0;
}
