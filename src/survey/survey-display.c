/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads where the console is shown, and which keyboards there are. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/device-class.h"
#include "survey/survey.h"
#include "usage/usage-parse.h"

#define CLASS_INPUT "sys/class/input"

/* "tty0 ttyS0": tty and a digit is a virtual terminal. */
static bool has_vt(char *names)
{
        char *name;

        while ((name = strsep(&names, " "))) {
                const char *number = after_prefix(name, "tty");

                if (number && isdigit((unsigned char) *number))
                        return true;
        }
        return false;
}

static void read_framebuffer(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *own = NULL, *dir = NULL;

        (void) usage_read_place(sys, "sys/class/graphics", "fb0", &own);
        dir = xasprintf(own ? "sys/devices/%s" : "sys/class/graphics/fb0", own);
        (void) usage_read_place(sys, dir, "device", &usage->framebuffer);
        if (!usage->framebuffer)
                usage->framebuffer = STEAL(own);
}

/* On which function the firmware's framebuffer is, by what it lies within in /proc/iomem, whose names everyone may
 * read:
 *
 * 2800000000-2fffffffff : 0000:c3:00.0
 *   2800000000-2801fa3fff : BOOTFB                      (drivers/firmware/sysfb_simplefb.c; efifb and vesafb of their
 * own) */
static size_t find_firmwares(struct sys *sys, const struct inventory *inventory)
{
        static const char *const names[] = { "BOOTFB", "efifb", "vesafb", "simplefb", "simpledrm" };
        CLEANUP_FREE char *text = NULL;
        char *rest, *line;
        size_t function = NO_INDEX, depth = 0;

        if (usage_read_text(sys, "proc/iomem", &text) < 0)
                return NO_INDEX;
        for (rest = text; (line = strsep(&rest, "\n"));) {
                size_t indent = strspn(line, " ");
                const char *name = strstr(line, " : ");
                struct pci_address a;

                if (!name)
                        continue;
                name += strlen(" : ");
                if (indent <= depth)
                        function = NO_INDEX;
                if (pci_address_parse(name, false, &a, NULL) == 0) {
                        function = inventory_find_index(inventory, &a);
                        depth = indent;
                }
                for (size_t i = 0; function != NO_INDEX && i < ARRAY_SIZE(names); i++)
                        if (streq(name, names[i]))
                                return function;
        }
        return NO_INDEX;
}

/* Its device is one of the platform until Linux 6.9, whatever card it is on. */
static bool is_on_function(const struct usage *usage, const struct inventory *inventory)
{
        for (size_t i = 0; i < inventory->n_functions; i++)
                if (usage_is_under(usage->framebuffer, &inventory->functions[i]))
                        return true;
        return false;
}

void usage_read_display(struct sys *sys, const struct inventory *inventory, struct usage *usage)
{
        char text[256];
        size_t displays = 0, other = NO_INDEX;

        if (sys_read_attr(sys, "sys/class/tty/console/active", text, sizeof(text)) < 0 || !has_vt(text))
                return;
        usage->console_on_vt = true;
        for (size_t i = 0; i < inventory->n_functions; i++) {
                const struct pci_function *f = &inventory->functions[i];
                char path[128], address[PCI_ADDRESS_MAX];
                uint64_t boot = 0;

                if (!device_is_display(f))
                        continue;
                displays++;
                if (f->class >> 8 == 0x0380)
                        other = i;
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/boot_vga",
                                pci_address_format(&f->address, address));
                if (sys_read_number(sys, path, &boot) == 0 && boot == 1)
                        usage->boot_vga = i;
        }
        /* The kernel tells boot_vga of VGA cards alone. */
        if (displays == 1 && other != NO_INDEX)
                usage->boot_vga = other;
        read_framebuffer(sys, usage);
        if (usage->framebuffer && !is_on_function(usage, inventory)) {
                size_t function = find_firmwares(sys, inventory);

                if (function != NO_INDEX && device_is_display(&inventory->functions[function]))
                        usage->boot_vga = function;
        }
}

static void read_keyboard(struct sys *sys, const char *input, struct usage *usage)
{
        char path[PATH_MAX], ev[256], key[1024], name[256] = "";
        CLEANUP_FREE char *place = NULL;
        struct usage_keyboard *k;
        int r;

        (void) snprintf(path, sizeof(path), CLASS_INPUT "/%s/capabilities/ev", input);
        if (sys_read_attr(sys, path, ev, sizeof(ev)) < 0)
                return;
        (void) snprintf(path, sizeof(path), CLASS_INPUT "/%s/capabilities/key", input);
        if (sys_read_attr(sys, path, key, sizeof(key)) < 0 || !usage_is_keyboard(ev, key))
                return;
        r = usage_read_place(sys, CLASS_INPUT, input, &place);
        /* A program's own keyboard (uinput) types nothing by itself. */
        if (r < 0 || after_prefix(place, "virtual/input/"))
                return;
        (void) snprintf(path, sizeof(path), CLASS_INPUT "/%s/name", input);
        if (sys_read_attr(sys, path, name, sizeof(name)) < 0 || !*name)
                strcpy(name, "without a name");
        k = ARRAY_APPEND(usage->keyboards, usage->n_keyboards, usage->alloc_keyboards);
        k->place = STEAL(place);
        k->name = xstrdup(name);
}

void usage_read_keyboards(struct sys *sys, struct usage *usage)
{
        CLEANUP(names_freep) char **inputs = NULL;
        size_t n = 0;

        (void) sys_list(sys, CLASS_INPUT, &inputs, &n);
        for (size_t i = 0; i < n; i++) {
                const char *number = after_prefix(inputs[i], "input");

                if (number && isdigit((unsigned char) *number))
                        read_keyboard(sys, inputs[i], usage);
        }
}
