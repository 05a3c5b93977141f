/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI class codes and names as words; cards. */
#include "device/device-class.h"

#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"

static const char *const names[DEVICE_CLASS_MAX] = {
        [DEVICE_GPU] = "gpu",     [DEVICE_NIC] = "nic",       [DEVICE_NVME] = "nvme",
        [DEVICE_HBA] = "hba",     [DEVICE_USB] = "usb",       [DEVICE_AUDIO] = "audio",
        [DEVICE_OTHER] = "other", [DEVICE_SYSTEM] = "system", [DEVICE_ACCELERATOR] = "accelerator",
};

static bool is_behind_port(const char *path)
{
        const char *end = strrchr(path, '/'), *begin = end;
        char parent[PCI_ADDRESS_MAX];
        struct pci_address port;

        while (begin && begin > path && begin[-1] != '/')
                begin--;
        if (!end || (size_t) (end - begin) >= sizeof(parent))
                return false;
        memcpy(parent, begin, (size_t) (end - begin));
        parent[end - begin] = '\0';
        return pci_address_parse(parent, false, &port, NULL) == 0;
}

/* The kinds that a chipset or a CPU is full of, and that on a card are a part of it, or the card itself: SD readers
 * (0x0805) are peripherals too, and Fibre Channel (0x0c04) is a serial bus. */
static enum device_class class_by_code(unsigned base, unsigned sub)
{
        switch (base) {
        case 0x01:
                return sub == 0x08 ? DEVICE_NVME : DEVICE_HBA;
        case 0x02:
                return DEVICE_NIC;
        case 0x03:
                return DEVICE_GPU;
        case 0x04:
                return DEVICE_AUDIO;
        case 0x08: /* interrupt controllers, timers, the IOMMU */
                return sub == 0x05 ? DEVICE_OTHER : DEVICE_SYSTEM;
        case 0x0b: /* co-processors */
        case 0x10:
        case 0x12:
                return DEVICE_ACCELERATOR;
        case 0x0c:
                return sub == 0x03 ? DEVICE_USB : sub == 0x04 ? DEVICE_HBA : sub == 0x06 ? DEVICE_NIC : DEVICE_SYSTEM;
        case 0x00: /* older than the codes */
        case 0x05: /* memory */
        case 0x06: /* bridges; the switches between GPUs have the class too */
        case 0x07: /* serial ports, the management engine */
        case 0x11: /* performance counters, thermal sensors */
                return DEVICE_SYSTEM;
        default:
                return DEVICE_OTHER;
        }
}

enum device_class device_class_of(const struct pci_function *f)
{
        unsigned base = f->class >> 16, sub = f->class >> 8 & 0xff;
        enum device_class c = class_by_code(base, sub);

        /* Non-essential instrumentation: placeholders, traces. A security processor shares the slot of what it is a
         * part of. */
        if (base == 0x13 || pci_function_is_bridge(f) ||
            (base == 0x10 && f->address.function > 0 && f->physfn == NO_INDEX))
                return DEVICE_SYSTEM;
        return c == DEVICE_SYSTEM && f->path && is_behind_port(f->path) ? DEVICE_OTHER : c;
}

const char *device_class_name(enum device_class c)
{
        return names[c];
}

enum device_class device_class_from_name(const char *name)
{
        for (enum device_class c = 0; c < DEVICE_CLASS_MAX; c++)
                if (streq(names[c], name))
                        return c;
        return DEVICE_CLASS_MAX;
}

bool device_is_of_chipset(const struct pci_function *f)
{
        return device_class_of(f) == DEVICE_SYSTEM && f->physfn == NO_INDEX;
}

bool device_is_display(const struct pci_function *f)
{
        return f->class >> 16 == 0x03 && f->class >> 8 != 0x0302 && f->physfn == NO_INDEX;
}

#define NAME_WIDTH 32 /* bytes of a chip's name that are shown */
#define CARD_WIDTH 36 /* of a card's, which loses what tells it from others where it is cut: that stands at its end   \
                       */

/* Where a name that is too long is cut: after a word or one of several models, not within a character, and not after
 * "for" or "and". */
static size_t cut_name(const char *name)
{
        size_t n = NAME_WIDTH, word;

        while (n > NAME_WIDTH / 2 && name[n] != ' ' && name[n] != '/')
                n--;
        if (name[n] != ' ' && name[n] != '/') {
                n = NAME_WIDTH;
                while (n > 0 && ((unsigned char) name[n] & 0xc0) == 0x80)
                        n--;
                return n;
        }
        for (word = n; word > 0 && name[word - 1] != ' '; word--)
                ;
        if (word > 1 && strspn(name + word, "abcdefghijklmnopqrstuvwxyz-/") == n - word)
                n = word - 1;
        return n;
}

/* What the chip is called, without the subsystem. */
static size_t chip_name(const struct pci_function *f)
{
        size_t n = f->name ? strlen(f->name) : 0;

        return f->subsystem ? n - strlen(f->subsystem) - strlen(" ()") : n;
}

/* The hwdb has "GA104 [GeForce RTX 3070]" and "MT28908 Family [ConnectX-6]": the bracket is what is printed on the
 * box. In "MegaRAID SAS 2208 [Thunderbolt]" or "FCH SATA Controller [AHCI mode]" it is not. */
static const char *product_name(const struct pci_function *f, size_t *n)
{
        static const char family[] = " Family ";
        const char *name = f->name, *open = name ? memchr(name, '[', *n) : NULL;
        bool is_product = f->class >> 16 == 0x03 || f->class >> 16 == 0x12 || f->class >> 8 == 0x0680;

        if (!open || name[*n - 1] != ']')
                return name;
        if (!is_product &&
            ((size_t) (open - name) <= strlen(family) || memcmp(open - strlen(family), family, strlen(family)) != 0))
                return name;
        *n -= (size_t) (open - name) + strlen("[]");
        return open + 1;
}

void add_chip_name(struct strbuf *b, const struct pci_function *f)
{
        strbuf_addn(b, f->name, chip_name(f));
}

void add_function_name(struct strbuf *b, const struct pci_function *f)
{
        size_t n = chip_name(f);
        const char *name = product_name(f, &n), *open;

        if (f->is_card && strlen(f->subsystem) <= CARD_WIDTH) {
                name = f->subsystem;
                n = strlen(name);
        } else if (n > NAME_WIDTH) {
                n = cut_name(name);
                open = memrchr(name, '[', n);
                if (open && !memchr(open, ']', n - (size_t) (open - name)) && open - name > 1)
                        n = (size_t) (open - name) - 1;
        }
        if (n > 0) {
                strbuf_addn(b, name, n);
                strbuf_add(b, " ");
        }
        strbuf_addf(b, "[%04x:%04x]", f->vendor, f->device);
}

size_t device_card_switch(const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function], *up;
        size_t top = inventory_bridge_above(inv, function, 2), n_displays = 0;

        if (f->physfn != NO_INDEX || top == NO_INDEX)
                return NO_INDEX;
        up = &inv->functions[top];
        /* A port of the root is the board's. */
        if (!pci_function_is_bridge(up) || up->vendor != f->vendor || inventory_bridge_above(inv, top, 1) == NO_INDEX)
                return NO_INDEX;
        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *g = &inv->functions[i];
                const char *below = g->path ? after_prefix(g->path, up->path) : NULL;
                enum device_class c = device_class_of(g);

                if (!below || *below != '/' || pci_function_is_bridge(g) || g->physfn != NO_INDEX)
                        continue;
                if (g->vendor != f->vendor || inventory_bridge_above(inv, i, 2) != top ||
                    (!device_is_display(g) && c != DEVICE_AUDIO && c != DEVICE_USB && c != DEVICE_OTHER))
                        return NO_INDEX;
                n_displays += device_is_display(g);
        }
        return n_displays == 1 ? top : NO_INDEX;
}

static bool is_of_card(const struct inventory *inv, size_t i, const struct pci_address *slot, size_t top)
{
        const struct pci_function *f = &inv->functions[i];

        return f->physfn == NO_INDEX && !pci_function_is_bridge(f) &&
               (pci_address_same_slot(&f->address, slot) ||
                (top != NO_INDEX && inventory_bridge_above(inv, i, 2) == top));
}

bool device_same_card(const struct inventory *inv, size_t a, size_t b)
{
        return is_of_card(inv, b, &inv->functions[a].address, device_card_switch(inv, a));
}

size_t device_card(const struct inventory *inv, size_t function, size_t **ret)
{
        const struct pci_address *slot = &inv->functions[function].address;
        size_t top = device_card_switch(inv, function), n = 0, alloc = 0, i = 0, end = inv->n_functions;

        *ret = NULL;
        if (top == NO_INDEX) { /* a slot's functions follow each other */
                for (i = function; i > 0 && pci_address_same_slot(&inv->functions[i - 1].address, slot); i--)
                        ;
                for (end = function;
                     end < inv->n_functions && pci_address_same_slot(&inv->functions[end].address, slot); end++)
                        ;
        }
        for (; i < end; i++) {
                size_t *item = is_of_card(inv, i, slot, top) ? ARRAY_APPEND(*ret, n, alloc) : NULL;

                if (item)
                        *item = i;
        }
        return n;
}
