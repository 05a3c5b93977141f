/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI addresses and id patterns. */
#include "device/address.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/strutil.h"

/* Takes the field up to the separator `end` (or, with 0, to the end) off *s: 1 to width hex digits. */
static int take_hex(const char **s, char end, size_t width, uint64_t max, uint64_t *ret)
{
        char field[9];
        const char *stop = end ? strchr(*s, end) : *s + strlen(*s);
        size_t n;

        if (!stop)
                return -EINVAL;
        n = (size_t) (stop - *s);
        if (n == 0 || n > width || n >= sizeof(field))
                return -EINVAL;
        memcpy(field, *s, n);
        field[n] = '\0';
        if (parse_unsigned(field, 16, max, ret) < 0)
                return -EINVAL;
        *s = end ? stop + 1 : stop;
        return 0;
}

static unsigned count_char(const char *s, char c)
{
        unsigned n = 0;

        for (; *s; s++)
                n += *s == c;
        return n;
}

int pci_address_parse(const char *s, bool slot_ok, struct pci_address *ret, bool *ret_slot)
{
        uint64_t domain = 0, bus, device, function = 0;
        bool slot = !strchr(s, '.');
        unsigned colons = count_char(s, ':');

        if ((slot && !slot_ok) || colons < 1 || colons > 2)
                return -EINVAL;
        if (colons == 2 && take_hex(&s, ':', 8, UINT32_MAX, &domain) < 0)
                return -EINVAL;
        if (take_hex(&s, ':', 2, 0xff, &bus) < 0)
                return -EINVAL;
        if (take_hex(&s, slot ? 0 : '.', 2, 0x1f, &device) < 0)
                return -EINVAL;
        if (!slot && take_hex(&s, 0, 1, 7, &function) < 0)
                return -EINVAL;

        *ret = (struct pci_address){
                .domain = (uint32_t) domain,
                .bus = (uint8_t) bus,
                .device = (uint8_t) device,
                .function = (uint8_t) function,
        };
        if (ret_slot)
                *ret_slot = slot;
        return 0;
}

const char *pci_address_format(const struct pci_address *a, char buf[static PCI_ADDRESS_MAX])
{
        static const char digits[] = "0123456789abcdef";
        char *p = buf;

        /* By hand: it is asked for ten times for each of thousands of VFs, and snprintf() shows in a profile. */
        for (int shift = 28; shift >= 0; shift -= 4)
                if (shift <= 12 || a->domain >> shift) /* at least four digits */
                        *p++ = digits[a->domain >> shift & 0xf];
        *p++ = ':';
        *p++ = digits[a->bus >> 4];
        *p++ = digits[a->bus & 0xf];
        *p++ = ':';
        *p++ = digits[a->device >> 4 & 1];
        *p++ = digits[a->device & 0xf];
        *p++ = '.';
        *p++ = digits[a->function & 7];
        *p = '\0';
        return buf;
}

static uint64_t sort_key(const struct pci_address *a)
{
        return (uint64_t) a->domain << 24 | (uint64_t) a->bus << 16 | (uint64_t) a->device << 8 | a->function;
}

int pci_address_compare(const struct pci_address *a, const struct pci_address *b)
{
        uint64_t x = sort_key(a), y = sort_key(b);

        return (x > y) - (x < y);
}

bool pci_address_same_slot(const struct pci_address *a, const struct pci_address *b)
{
        return a->domain == b->domain && a->bus == b->bus && a->device == b->device;
}

static int parse_id_field(const char **s, char end, uint32_t *ret)
{
        uint64_t value;

        if ((*s)[0] == '*' && (*s)[1] == end) {
                *s += end ? 2 : 1;
                *ret = PCI_ID_ANY;
                return 0;
        }
        if (take_hex(s, end, 4, 0xffff, &value) < 0)
                return -EINVAL;
        *ret = (uint32_t) value;
        return 0;
}

int pci_id_pattern_parse(const char *s, struct pci_id_pattern *ret)
{
        struct pci_id_pattern id = { PCI_ID_ANY, PCI_ID_ANY, PCI_ID_ANY, PCI_ID_ANY };
        unsigned colons = count_char(s, ':');

        if (colons != 1 && colons != 3)
                return -EINVAL;
        if (parse_id_field(&s, ':', &id.vendor) < 0 ||
            parse_id_field(&s, colons == 3 ? ':' : 0, &id.device) < 0)
                return -EINVAL;
        if (colons == 3 && (parse_id_field(&s, ':', &id.subvendor) < 0 ||
                            parse_id_field(&s, 0, &id.subdevice) < 0))
                return -EINVAL;
        *ret = id;
        return 0;
}
