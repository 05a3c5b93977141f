/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the slots of the board: the kernel's, and of others what the firmware says in SMBIOS (DSP0134, 7.10: type 9).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "scan/scan.h"

#define SLOTS "sys/bus/pci/slots"
#define DMI_ENTRIES "sys/firmware/dmi/entries"
#define DMI_TABLE "sys/firmware/dmi/tables/DMI"
#define DMI_MAX (1U << 20)

/* Offsets in a structure of type 9. */
enum {
        SMBIOS_SLOT = 9,
        SMBIOS_HEADER = 4,
        SLOT_NAME = 0x04,
        SLOT_SEGMENT = 0x0d,
        SLOT_BUS = 0x0f,
        SLOT_DEVICE = 0x10
};

static void add_slot(struct inventory *inv, const char *name, const struct pci_slot *slot)
{
        struct pci_slot *s = ARRAY_APPEND(inv->slots, inv->n_slots, inv->alloc_slots);

        *s = *slot;
        s->name = xstrdup(name);
}

/* "0000:5f:00", or "0000:5f" where the slot is all of its bus (drivers/pci/slot.c, address_read_file()). */
static void read_slot(struct sys *sys, struct inventory *inv, const char *name)
{
        struct pci_slot slot = { .all_functions = true };
        char path[PATH_MAX], text[32];
        const char *colon;
        bool whole;
        int r;

        (void) snprintf(path, sizeof(path), SLOTS "/%s/address", name);
        r = sys_read_attr(sys, path, text, sizeof(text) - 3);
        colon = r == 0 ? strchr(text, ':') : NULL;
        if (!colon)
                return;
        slot.whole_bus = !strchr(colon + 1, ':');
        if (slot.whole_bus)
                (void) strcat(text, ":00");
        if (pci_address_parse(text, true, &slot.address, &whole) == 0)
                add_slot(inv, name, &slot);
}

/* String number n of a structure whose strings are from text to end; "" none. */
static const char *smbios_string(const char *text, const char *end, unsigned n)
{
        while (n > 1 && text < end && *text) {
                text += strlen(text) + 1; /* the last one ends before end: a NUL is there */
                n--;
        }
        return n == 1 && text < end ? text : "";
}

static bool is_known(const struct inventory *inv, const struct pci_slot *slot, const char *name)
{
        for (size_t i = 0; i < inv->n_slots; i++)
                if (streq(inv->slots[i].name, name) || pci_address_same_slot(&inv->slots[i].address, &slot->address))
                        return true;
        return false;
}

/* Without the blanks that firmware fills names with. */
static void add_smbios_slot(struct inventory *inv, const unsigned char *data, size_t len, const char *strings,
                           const char *end)
{
        struct pci_slot slot = { 0 };
        CLEANUP_FREE char *name = NULL;
        size_t function;

        if (len <= SLOT_DEVICE || (data[SLOT_BUS] == 0xff && data[SLOT_DEVICE] == 0xff))
                return;
        slot.address = (struct pci_address){ .domain = (uint32_t) (data[SLOT_SEGMENT] | data[SLOT_SEGMENT + 1] << 8),
                                             .bus = data[SLOT_BUS],
                                             .device = data[SLOT_DEVICE] >> 3,
                                             .function = data[SLOT_DEVICE] & 7 };
        name = xstrdup(smbios_string(strings, end, data[SLOT_NAME]));
        for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
                name[n - 1] = '\0';
        /* Firmware gives the card's address, or that of the port that the slot is behind. */
        function = inventory_find_index(inv, &slot.address);
        slot.all_functions = function == NO_INDEX || !pci_function_is_bridge(&inv->functions[function]);
        if (*name && !is_known(inv, &slot, name))
                add_slot(inv, name, &slot);
}

/* Structures one after the other: a header with its length, the strings, and two NULs. */
static void parse_smbios(struct inventory *inv, const char *data, size_t len)
{
        for (size_t at = 0; at + SMBIOS_HEADER <= len;) {
                const unsigned char *s = (const unsigned char *) data + at;
                const char *strings = data + at + s[1], *end;

                if (s[1] < SMBIOS_HEADER || s[1] > len - at)
                        break;
                end = memmem(strings, len - at - s[1], "\0\0", 2);
                if (!end)
                        break;
                if (s[0] == SMBIOS_SLOT)
                        add_smbios_slot(inv, s, s[1], strings, end + 1);
                at = (size_t) (end + 2 - data);
        }
}

static void read_smbios(struct sys *sys, struct inventory *inv, const char *path)
{
        CLEANUP_FREE char *data = NULL;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, path, DMI_MAX, &data, &len);

        if (r == 0)
                parse_smbios(inv, data, len);
        else if (r != -ENOENT)
                inv->slots_error = -r;
}

/* The whole table, or an entry for each structure (drivers/firmware/dmi-sysfs.c). */
static void read_firmware(struct sys *sys, struct inventory *inv)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        if (sys_exists(sys, DMI_TABLE)) {
                read_smbios(sys, inv, DMI_TABLE);
                return;
        }
        (void) sys_list(sys, DMI_ENTRIES, &names, &n);
        for (size_t i = 0; i < n; i++) {
                char path[PATH_MAX];

                (void) snprintf(path, sizeof(path), DMI_ENTRIES "/%s/raw", names[i]);
                if (after_prefix(names[i], "9-"))
                        read_smbios(sys, inv, path);
        }
}

void inventory_read_slots(struct sys *sys, struct inventory *inv)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        (void) sys_list(sys, SLOTS, &names, &n);
        for (size_t i = 0; i < n; i++)
                read_slot(sys, inv, names[i]);
        read_firmware(sys, inv);
}
