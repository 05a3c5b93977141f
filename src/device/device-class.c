/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI class codes and names as words. */
#include "device/device-class.h"

#include <string.h>

#include "base/macro.h"

static const char *const names[DEVICE_CLASS_MAX] = {
        [DEVICE_GPU] = "gpu",     [DEVICE_NIC] = "nic",           [DEVICE_NVME] = "nvme",
        [DEVICE_HBA] = "hba",     [DEVICE_USB] = "usb",           [DEVICE_AUDIO] = "audio",
        [DEVICE_OTHER] = "other", [DEVICE_SYSTEM] = "system",     [DEVICE_ACCELERATOR] = "accelerator",
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

enum device_class device_class_of(const struct pci_function *f)
{
        unsigned base = f->class >> 16, sub = f->class >> 8 & 0xff;

        switch (base) {
        case 0x01:
                return sub == 0x08 ? DEVICE_NVME : DEVICE_HBA;
        case 0x02:
                return DEVICE_NIC;
        case 0x03:
                return DEVICE_GPU;
        case 0x04:
                return DEVICE_AUDIO;
        case 0x05: /* memory */
                return DEVICE_SYSTEM;
        case 0x06: /* bridges; the switches between GPUs have the class too */
                return f->endpoint && f->path && is_behind_port(f->path) ? DEVICE_OTHER : DEVICE_SYSTEM;
        case 0x08: /* interrupt controllers, timers, the IOMMU */
                return DEVICE_SYSTEM;
        case 0x0c: /* serial buses: of them only USB, and InfiniBand, which is a NIC */
                return sub == 0x03 ? DEVICE_USB : sub == 0x06 ? DEVICE_NIC : DEVICE_SYSTEM;
        case 0x10:
        case 0x12:
        case 0x0b: /* co-processors */
                return DEVICE_ACCELERATOR;
        default:
                return DEVICE_OTHER;
        }
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
        return device_class_of(f) == DEVICE_SYSTEM && f->physfn == NO_INDEX && !(f->path && is_behind_port(f->path));
}

bool device_is_display(const struct pci_function *f)
{
        return f->class >> 16 == 0x03 && f->class >> 8 != 0x0302 && f->physfn == NO_INDEX;
}

#define NAME_WIDTH 32 /* bytes of a device's name that is shown */

/* Where a name that is too long is cut: after a word, not within a character, and not after "for" or "and". */
static size_t cut_name(const char *name)
{
        size_t n = NAME_WIDTH, word;

        while (n > NAME_WIDTH / 2 && name[n] != ' ')
                n--;
        if (name[n] != ' ') {
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

void add_function_name(struct strbuf *b, const struct pci_function *f)
{
        /* The hwdb has "GA104 [GeForce RTX 3070]": the bracket is what is printed on the box. */
        const char *open = f->name ? strchr(f->name, '[') : NULL, *start = open ? open + 1 : f->name;
        size_t n = open ? strcspn(start, "]") : start ? strlen(start) : 0;

        if (n > NAME_WIDTH)
                n = cut_name(start);
        if (n > 0) {
                strbuf_addn(b, start, n);
                strbuf_add(b, " ");
        }
        strbuf_addf(b, "[%04x:%04x]", f->vendor, f->device);
}
