/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selectors: reading and matching them. */
#include "device/selector.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "device/bus.h"

void selector_clear(struct selector *s)
{
        free(s->text);
        free(s->section);
        *s = (struct selector){ 0 };
}

/* "uplink/0" */
static int parse_vf(const char *text, struct selector *s)
{
        const char *slash = strrchr(text, '/');
        uint64_t index;

        if (!slash || slash == text || parse_unsigned(slash + 1, 10, UINT16_MAX - 1, &index) < 0)
                return -EINVAL;
        for (const char *c = text; c < slash; c++)
                if (!isalnum((unsigned char) *c) && !strchr("_-.:@+", *c))
                        return -EINVAL;
        s->section = xstrndup(text, (size_t) (slash - text));
        s->kind = SELECTOR_VF;
        s->vf_index = (unsigned) index;
        return 0;
}

static int parse_address(const char *text, struct selector *s)
{
        if (strchr(text, '/'))
                return parse_vf(text, s);
        s->kind = SELECTOR_ADDRESS;
        return pci_address_parse(text, true, &s->address, &s->slot);
}

/* A hop of a path, "1.0": written the kernel's way, "01.0". It has no bus: one is given to it to have it read like any
 * address. */
static int format_hop(const char *text, char hop[static PCI_ADDRESS_MAX])
{
        struct pci_address a;
        char copy[16];

        if (strchr(text, ':') || snprintf(copy, sizeof(copy), "00:%s", text) >= (int) sizeof(copy) ||
            pci_address_parse(copy, false, &a, NULL) < 0)
                return -EINVAL;
        (void) snprintf(hop, PCI_ADDRESS_MAX, "%02x.%x", a.device, a.function);
        return 0;
}

/* 5/00.1: behind the last part of the name that is no hop. */
static int parse_slot(const char *text, struct selector *s)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        CLEANUP_STRBUF struct strbuf canonical = { 0 };
        char hop[PCI_ADDRESS_MAX], *slash, *part;
        size_t name;

        while ((slash = strrchr(copy, '/')) && format_hop(slash + 1, hop) == 0)
                *slash = '\0';
        name = strlen(copy);
        if (name == 0)
                return -EINVAL;
        s->slot = !text[name];
        strbuf_add(&canonical, copy);
        (void) strcpy(copy, text);
        slash = copy + name + !s->slot;
        while (!s->slot && (part = strsep(&slash, "/"))) {
                (void) format_hop(part, hop);
                strbuf_addf(&canonical, "/%s", hop);
        }
        s->text = strbuf_steal(&canonical);
        return 0;
}

/* 0000:00:1c.0/00.0/01.0: checked, and written the kernel's way so that it can be compared. */
static int parse_path(const char *text, struct selector *s)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        CLEANUP_STRBUF struct strbuf canonical = { 0 };
        char buf[PCI_ADDRESS_MAX], *part, *rest;

        rest = copy;
        while ((part = strsep(&rest, "/"))) {
                bool first = part == copy;

                if (first ? pci_address_parse(part, false, &s->address, NULL) < 0 : format_hop(part, buf) < 0)
                        return -EINVAL;
                strbuf_addf(&canonical, "%s%s", first ? "" : "/", first ? pci_address_format(&s->address, buf) : buf);
        }
        s->kind = SELECTOR_PATH;
        s->text = strbuf_steal(&canonical);
        return 0;
}

/* A name of a network interface or an mdev parent: one component of a path. */
static int parse_name(const char *text, size_t max)
{
        if (!*text || strlen(text) > max || strpbrk(text, "/ \t") || streq(text, ".") || streq(text, ".."))
                return -EINVAL;
        return 0;
}

static int parse_parent(const char *text, struct selector *s)
{
        if (strchr(text, '/'))
                return parse_vf(text, s);
        if (pci_address_parse(text, false, &s->address, NULL) == 0) {
                s->kind = SELECTOR_ADDRESS;
                return 0;
        }
        s->kind = SELECTOR_PARENT;
        return parse_name(text, 128);
}

static int parse_as(enum selector_kind kind, const char *text, struct selector *s)
{
        s->kind = kind;
        switch (kind) {
        case SELECTOR_ADDRESS:
                return parse_address(text, s);
        case SELECTOR_VF:
                return parse_vf(text, s);
        case SELECTOR_ID:
                return pci_id_pattern_parse(text, &s->id);
        case SELECTOR_PATH:
                return parse_path(text, s);
        case SELECTOR_INTERFACE:
                return parse_name(text, 15); /* IFNAMSIZ - 1 */
        case SELECTOR_MAC:
                return mac_parse(text, s->mac);
        case SELECTOR_PARENT:
                return parse_parent(text, s);
        case SELECTOR_SLOT:
                return parse_slot(text, s);
        case SELECTOR_SERIAL:
                return isempty(text) ? -EINVAL : 0;
        case SELECTOR_NAME:
                return bus_is_device_name(text) ? 0 : -EINVAL;
        case SELECTOR_NONE:
                break;
        }
        return -EINVAL;
}

int selector_parse(enum selector_kind kind, const char *text, struct selector *ret)
{
        struct selector s = { 0 };
        int r = parse_as(kind, text, &s);

        if (r == 0 && !s.text)
                s.text = xstrdup(text);
        if (r < 0) {
                selector_clear(&s);
                return r;
        }
        *ret = s;
        return 0;
}

static const struct {
        const char *key, *expected;
} kinds[] = {
        [SELECTOR_NONE] = { "", "" },
        [SELECTOR_ADDRESS] = { "address", "a PCI address such as 0000:01:00.0, 01:00 for all functions of the slot, "
                               "or a VF such as uplink/0" },
        [SELECTOR_VF] = { "address", "a VF such as uplink/0" },
        [SELECTOR_ID] = { "id", "vendor:device or vendor:device:subvendor:subdevice in hex, * for any, such as 10de:2487" },
        [SELECTOR_PATH] = { "path", "the bridges on the way, such as 0000:00:1c.0/00.0" },
        [SELECTOR_INTERFACE] = { "interface", "the name of a network interface, at most 15 bytes" },
        [SELECTOR_MAC] = { "mac", "a MAC address with colons, such as 52:54:00:12:34:56" },
        [SELECTOR_SERIAL] = { "serial", "the serial number of an NVMe controller or a PCIe device" },
        [SELECTOR_SLOT] = { "slot", "the name of a slot as in /sys/bus/pci/slots or as dmidecode -t slot has it, such "
                                    "as 5, or 5/00.1 "
                                    "for one function of what is in it" },
        [SELECTOR_PARENT] = { "parent", "a name under /sys/class/mdev_bus, a PCI address, or a VF such as uplink/0" },
        [SELECTOR_NAME] = { "address", "the name of a device under /sys/bus/BUS/devices" },
};

const char *selector_key(enum selector_kind kind)
{
        return kinds[kind].key;
}

const char *selector_expected(enum selector_kind kind)
{
        return kinds[kind].expected;
}

static bool field_matches(uint32_t pattern, uint16_t value)
{
        return pattern == PCI_ID_ANY || pattern == value;
}

bool pci_id_pattern_matches(const struct pci_id_pattern *p, const struct pci_function *f)
{
        return field_matches(p->vendor, f->vendor) && field_matches(p->device, f->device) &&
               field_matches(p->subvendor, f->subvendor) && field_matches(p->subdevice, f->subdevice);
}

int selector_path_of(const char *sysfs_path, char **ret)
{
        CLEANUP_FREE char *copy = xstrdup(sysfs_path);
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char buf[PCI_ADDRESS_MAX], *part, *rest;
        bool first = true;

        rest = copy;
        while ((part = strsep(&rest, "/"))) {
                struct pci_address a;

                /* What stands before the root port (pci0000:00, or a platform device) is no function. */
                if (pci_address_parse(part, false, &a, NULL) < 0)
                        continue;
                (void) pci_address_format(&a, buf);
                strbuf_addf(&b, "%s%s", first ? "" : "/", first ? buf : strrchr(buf, ':') + 1);
                first = false;
        }
        if (first)
                return -EINVAL;
        *ret = strbuf_steal(&b);
        return 0;
}

static size_t find_slot(const struct inventory *inv, const struct pci_address *a)
{
        for (size_t i = 0; i < inv->n_slots; i++) {
                const struct pci_slot *slot = &inv->slots[i];

                if (slot->address.domain == a->domain && slot->address.bus == a->bus &&
                    (slot->whole_bus || slot->address.device == a->device) &&
                    (slot->all_functions || slot->address.function == a->function))
                        return i;
        }
        return NO_INDEX;
}

int selector_slot_of(const struct inventory *inv, size_t function, size_t *ret_slot, char **ret)
{
        const struct pci_function *f = &inv->functions[function];
        CLEANUP_FREE char *copy = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char *part, *rest;
        size_t slot = NO_INDEX;

        if (inv->n_slots == 0 || !f->path || f->physfn != NO_INDEX || pci_function_is_bridge(f))
                return -ENOENT;
        rest = copy = xstrdup(f->path);
        while ((part = strsep(&rest, "/"))) {
                struct pci_address a;
                size_t here = pci_address_parse(part, false, &a, NULL) == 0 ? find_slot(inv, &a) : NO_INDEX;

                if (here != NO_INDEX) {
                        slot = here;
                        strbuf_free(&b);
                }
                if (slot != NO_INDEX)
                        strbuf_addf(&b, "%s%02x.%x", b.len > 0 ? "/" : "", a.device, a.function);
        }
        if (slot == NO_INDEX)
                return -ENOENT;
        *ret_slot = slot;
        *ret = strbuf_steal(&b);
        return 0;
}
