/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes properties: files of sysfs, and what the kernel tells elsewhere of what is written to them. */
#include "device/property-io.h"

#include <errno.h>
#include <stdio.h>

#include "base/strutil.h"
#include "device/device-path.h"
#include "device/netdev-find.h"

/* linux/pci_regs.h */
#define PCI_STATUS 0x06
#define PCI_STATUS_CAP_LIST 0x10
#define PCI_CAPABILITY_LIST 0x34
#define PCI_CAP_ID_MSIX 0x11
#define PCI_MSIX_FLAGS 2
#define PCI_MSIX_FLAGS_QSIZE 0x7ff

static int read_file(struct sys *sys, const struct pci_address *address, enum property p, uint64_t *ret)
{
        char path[DEVICE_PATH_MAX], text[256];
        int r = sys_read_attr(sys, device_path(address, properties[p].attribute, path), text, sizeof(text));

        return r < 0 ? r : property_text_parse(p, text, ret);
}

/* `resource` has a line for each BAR. */
static int read_bar(struct sys *sys, const struct pci_address *address, unsigned bar, uint64_t *ret)
{
        char path[DEVICE_PATH_MAX], text[4096];
        int r = sys_read_attr(sys, device_path(address, "resource", path), text, sizeof(text));

        return r < 0 ? r : bar_size_of_resource(text, bar, ret);
}

int bar_sizes_read(struct sys *sys, const struct pci_address *address, unsigned bar, uint64_t *ret)
{
        char path[DEVICE_PATH_MAX], text[64];
        int r = sys_read_attr(sys, device_path(address, properties[PROPERTY_BAR_SIZE_0 + bar].attribute, path), text,
                              sizeof(text));

        if (r == -ENOENT) {
                *ret = 0;
                return 0;
        }
        if (r < 0)
                return r;
        return parse_unsigned(text, 16, UINT64_MAX, ret) < 0 ? -EINVAL : 0; /* printed as bare hex */
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
                        return ((config[at + PCI_MSIX_FLAGS] | config[at + PCI_MSIX_FLAGS + 1] << 8) &
                                PCI_MSIX_FLAGS_QSIZE) +
                               1U;
                at = config[at + 1] & ~3;
        }
        return 0;
}

/* Every VF has the file; how many vectors there are to share tells whether the PF's driver minds it. */
static int read_msix(struct sys *sys, const struct pci_address *vf, uint64_t *ret)
{
        char path[DEVICE_PATH_MAX];
        uint8_t config[4096];
        uint64_t total = 0;
        ssize_t n;

        if (sys_read_number(sys, device_path(vf, "physfn/sriov_vf_total_msix", path), &total) < 0 || total == 0)
                return -EOPNOTSUPP;
        n = sys->ops->read(sys->userdata, device_path(vf, "config", path), config, sizeof(config));
        *ret = n < 0 ? 0 : msix_table_size(config, (size_t) n);
        return n < 0 ? (int) n : *ret == 0 ? -ENODATA : 0;
}

#define HANDLE_MAX (sizeof("pci/") + PCI_ADDRESS_MAX)

/* What devlink calls it (devlink-dev(8)). */
static const char *handle_of(const struct pci_address *pf, char buf[static HANDLE_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void) snprintf(buf, HANDLE_MAX, "pci/%s", pci_address_format(pf, address));
        return buf;
}

static int read_eswitch(struct sys *sys, const struct pci_address *pf, struct values *ret)
{
        enum eswitch_mode mode = ESWITCH_UNKNOWN;
        char handle[HANDLE_MAX];
        int r = SYS_CALL(sys, eswitch_get, handle_of(pf, handle), &mode);

        if (r == 0 && mode == ESWITCH_NONE)
                ret->lacking |= PROPERTY_BIT(PROPERTY_ESWITCH);
        else if (r == 0 && mode != ESWITCH_UNKNOWN)
                values_set(ret, PROPERTY_ESWITCH, mode);
        return r;
}

int eswitch_write(struct sys *sys, const struct pci_address *pf, enum eswitch_mode mode, char *ret_why, size_t size)
{
        char handle[HANDLE_MAX];

        *ret_why = '\0';
        return SYS_CALL(sys, eswitch_set, handle_of(pf, handle), mode, ret_why, size);
}

int property_read(struct sys *sys, const struct pci_address *address, enum property p, struct values *ret)
{
        uint64_t value = 0;
        int r;

        switch (properties[p].transport) {
        case TRANSPORT_SYSFS:
                r = read_file(sys, address, p, &value);
                break;
        case TRANSPORT_BAR:
                r = read_bar(sys, address, p - PROPERTY_BAR_SIZE_0, &value);
                break;
        case TRANSPORT_MSIX:
                r = read_msix(sys, address, &value);
                if (r == -EOPNOTSUPP) {
                        ret->lacking |= PROPERTY_BIT(p);
                        return 0;
                }
                break;
        case TRANSPORT_DEVLINK:
                return read_eswitch(sys, address, ret);
        default:
                return -EOPNOTSUPP;
        }
        if (r == 0)
                values_set(ret, p, value);
        return r;
}

int property_read_netdev(struct sys *sys, const char *dir, enum property p, struct values *ret)
{
        char path[INTERFACE_PATH_MAX + 8];
        uint64_t value;
        int r;

        (void) snprintf(path, sizeof(path), "%s/%s", dir, properties[p].attribute);
        r = sys_read_number(sys, path, &value);
        if (r == 0)
                values_set(ret, p, properties[p].flag ? (value & properties[p].flag) != 0 : value);
        return r;
}

/* A list with a word that is not known here is the one that there was by default. */
static bool has_other(enum property p, uint64_t value)
{
        for (; properties[p].form == FORM_LIST && value; value >>= 4)
                if ((value & LIST_OTHER) == LIST_OTHER)
                        return true;
        return false;
}

const char *property_write_text(enum property p, uint64_t value, char buf[static PROPERTY_TEXT_MAX])
{
        const char *text;

        if (properties[p].transport == TRANSPORT_BAR) {
                (void) snprintf(buf, PROPERTY_TEXT_MAX, "%u", bar_size_bit(value));
                return buf;
        }
        text = property_text_format(p, has_other(p, value) ? LIST_DEFAULT : value, buf);
        /* The kernel takes no write of nothing: an empty value is a newline. */
        return *text ? text : "\n";
}
