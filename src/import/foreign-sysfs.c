/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysfsutils' lines, as its init script reads them: those that make VFs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "import/foreign-internal.h"

static const char *const attributes[] = { "sriov_numvfs", "sriov_drivers_autoprobe" };

static char *next_word(char **rest)
{
        char *word = *rest + strspn(*rest, " \t\r"), *end = word + strcspn(word, " \t\r");

        *rest = *end ? end + 1 : end;
        *end = '\0';
        return word;
}

/* Where path is that of one of the attributes: the attribute; the device's part is left in path. */
static const char *attribute_of(char *path)
{
        char *slash = strrchr(path, '/');

        for (size_t i = 0; slash && i < ARRAY_SIZE(attributes); i++)
                if (streq(slash + 1, attributes[i])) {
                        *slash = '\0';
                        return attributes[i];
                }
        return NULL;
}

/* class/net/eno1/device, bus/pci/devices/ADDRESS, devices/…/ADDRESS. */
static int name_device(struct rival *rival, char *path)
{
        char *name = (char *) after_prefix(path, "class/net/"), *slash;

        if (!name)
                return pci_address_parse(last_component(path), false, &rival->address, NULL) < 0
                               ? -EINVAL
                               : (rival->has_address = true, 0);
        slash = strchr(name, '/');
        if (!slash || slash == name || !streq(slash, "/device"))
                return -EINVAL;
        *slash = '\0';
        replace_string(&rival->interface, name);
        return 0;
}

static void add_setting(struct rivals *r, const struct config_loc *loc, char *path, const char *value)
{
        CLEANUP_FREE char *shown = xstrdup(path);
        const char *attribute = attribute_of(path);
        struct rival *rival;
        uint64_t n;

        if (!attribute) { /* an override, or a binding */
                CLEANUP_FREE char *line = xasprintf("/%s %s", shown, value);

                rivals_command(r, loc, line);
                return;
        }
        if (strpbrk(path, "*?[")) {
                rivals_note(r, RIVAL_SYSFS, loc, "%s: a pattern, which may mean several devices", shown);
                return;
        }
        if (parse_unsigned(value, 10, UINT16_MAX, &n) < 0) {
                rivals_note(r, RIVAL_SYSFS, loc, "%s = %s: no number", shown, value);
                return;
        }
        rival = rivals_append(r, RIVAL_SYSFS, loc);
        replace_string(&rival->attribute, attribute);
        rival->value = (unsigned) n;
        if (name_device(rival, path) < 0) {
                rivals_drop_last(r);
                rivals_note(r, RIVAL_SYSFS, loc, "%s: no PCI device can be told from it", shown);
        }
}

static void add_line(struct rivals *r, const struct config_loc *loc, char *line)
{
        char *comment = strchr(line, '#'), *equal, *first, *second, *third;

        if (comment)
                *comment = '\0';
        equal = strchr(line, '=');
        if (equal)
                *equal = ' ';
        first = next_word(&line);
        second = next_word(&line);
        third = strip(line);
        if (!*first || (*third && (streq(first, "mode") || streq(first, "owner"))))
                return;
        if (!*second || *third) {
                rivals_note(r, RIVAL_SYSFS, loc, "no line of sysfs.conf(5): sysfsutils stops here");
                return;
        }
        add_setting(r, loc, first + strspn(first, "/"), second);
}

void rivals_add_sysfs(struct rivals *r, const char *file, char *text, size_t len)
{
        struct config_loc loc = { .file = file };
        char *line;

        if (!rivals_is_text(r, RIVAL_SYSFS, file, text, len))
                return;
        while ((line = strsep(&text, "\n"))) {
                loc.line++;
                add_line(r, &loc, line);
        }
}
