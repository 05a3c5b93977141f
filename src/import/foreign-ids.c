/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vfio-pci's ids=, in modprobe.d and on a kernel command line. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "import/foreign-internal.h"

/* The next parameter of *rest as the kernel reads one (kernel/params.c, next_arg()): blanks part them, but not within
 * double quotes, which go when they are around the whole or the value. NULL: there is none. *ret_value is NULL without
 * "=". */
static char *next_param(char **rest, char **ret_value)
{
        char *s = *rest + strspn(*rest, " \t\n"), *end, *equal = NULL;
        bool quoted = *s == '"', in_quotes = quoted;

        if (!*s)
                return NULL;
        s += quoted;
        for (end = s; *end && (in_quotes || !isspace((unsigned char) *end)); end++) {
                if (*end == '=' && !equal)
                        equal = end;
                if (*end == '"')
                        in_quotes = !in_quotes;
        }
        *rest = *end ? end + 1 : end;
        *end = '\0';
        if (end > s && end[-1] == '"' && (quoted || (equal && equal[1] == '"' && end - equal > 2)))
                end[-1] = '\0';
        if (equal)
                *equal = '\0';
        *ret_value = equal ? equal + 1 + (equal[1] == '"') : NULL;
        return s;
}

/* The kernel and modprobe take "-" and "_" for the same. */
static bool is_vfio_pci(const char *name)
{
        return streq(name, "vfio-pci") || streq(name, "vfio_pci");
}

/* "10de", "0x10de"; all ones is any. */
static int parse_field(const char *s, uint32_t *ret)
{
        const char *hex = after_prefix(s, "0x");
        uint64_t n;

        if (parse_unsigned(hex ? hex : s, 16, UINT32_MAX, &n) < 0)
                return -EINVAL;
        *ret = (uint32_t) n;
        return 0;
}

/* vendor:device[:subvendor[:subdevice[:class[:class_mask]]]] (drivers/vfio/pci/vfio_pci.c) */
static int parse_id(char *text, struct rival *rival)
{
        uint32_t fields[] = { 0, 0, PCI_ID_ANY, PCI_ID_ANY, 0, 0 };
        size_t n = 0;
        char *field;

        for (; (field = strsep(&text, ":")); n++)
                if (n == ARRAY_SIZE(fields) || parse_field(field, &fields[n]) < 0)
                        return -EINVAL;
        for (size_t i = 0; i < 4; i++)
                if (fields[i] > UINT16_MAX && fields[i] != PCI_ID_ANY)
                        return -EINVAL;
        if (n < 2)
                return -EINVAL;
        rival->id = (struct pci_id_pattern){ fields[0], fields[1], fields[2], fields[3] };
        rival->class = fields[4];
        rival->class_mask = fields[5];
        return 0;
}

static int add_id(struct rivals *r, const struct config_loc *loc, char *id, bool in_force)
{
        struct rival parsed = { 0 }, *rival;
        CLEANUP_FREE char *text = strdup(id);

        if (!text)
                return -ENOMEM;
        if (parse_id(id, &parsed) < 0)
                return rivals_note(r, RIVAL_VFIO_IDS, loc, "ids: %s is no id; expected vendor:device in hex", text);
        rival = rivals_append(r, RIVAL_VFIO_IDS, loc);
        if (!rival)
                return -ENOMEM;
        rival->id = parsed.id;
        rival->class = parsed.class;
        rival->class_mask = parsed.class_mask;
        rival->in_force = in_force;
        rival->id_text = STEAL(text);
        return 0;
}

/* The module has one list: what is given last is what it gets. */
static int add_ids(struct rivals *r, const struct config_loc *loc, char *ids, bool in_force)
{
        char *id;
        int n = 0;

        for (size_t i = 0; in_force && i < r->n; i++)
                if (r->items[i].kind == RIVAL_VFIO_IDS)
                        r->items[i].in_force = false;
        while (n == 0 && (id = strsep(&ids, ",")))
                if (*id)
                        n = add_id(r, loc, id, in_force);
        return n;
}

/* A line with those that its backslashes continue, joined in place; counts them in *line. NULL: the end. */
static char *next_line(char **rest, unsigned *line)
{
        char *start = *rest, *to = start, *from = start;

        if (!start || !*start)
                return NULL;
        for (; *from && *from != '\n'; from++) {
                if (from[0] == '\\' && from[1] == '\n') {
                        ++*line;
                        from++;
                } else
                        *to++ = *from;
        }
        ++*line;
        *rest = *from ? from + 1 : from;
        *to = '\0';
        return start;
}

int rivals_add_modprobe(struct rivals *r, const char *file, char *text, size_t len)
{
        struct config_loc loc = { .file = file };
        unsigned lines = 0;
        char *line;
        int n = rivals_check_text(r, RIVAL_VFIO_IDS, file, text, len);

        if (n != 0)
                return MIN_OF(n, 0);
        for (loc.line = 1; n == 0 && (line = next_line(&text, &lines)); loc.line = lines + 1) {
                char *command, *module, *param, *value;

                line += strspn(line, " \t");
                command = strsep(&line, " \t");
                if (!line || !streq(command, "options"))
                        continue;
                line += strspn(line, " \t");
                module = strsep(&line, " \t");
                if (!line || !is_vfio_pci(module))
                        continue;
                while (n == 0 && (param = next_param(&line, &value)))
                        if (value && streq(param, "ids"))
                                n = add_ids(r, &loc, value, true);
        }
        return n;
}

int rivals_add_modules(struct rivals *r, const char *file, char *text, size_t len)
{
        bool by_systemd = !streq(file, INITRAMFS_MODULES);
        struct config_loc loc = { .file = file };
        char *line;
        int n = rivals_check_text(r, RIVAL_VFIO_IDS, file, text, len);

        if (n != 0)
                return MIN_OF(n, 0);
        for (loc.line = 1; n == 0 && (line = strsep(&text, "\n")); loc.line++) {
                char *module, *param, *value;

                line += strspn(line, " \t");
                module = strsep(&line, " \t");
                if (!line || !is_vfio_pci(module))
                        continue;
                while (n == 0 && (param = next_param(&line, &value))) {
                        if (!value || !streq(param, "ids"))
                                continue;
                        n = by_systemd
                                    ? rivals_note(r, RIVAL_VFIO_IDS, &loc,
                                                  "vfio-pci ids= has no effect here: systemd loads modules by their "
                                                  "names alone; take the line out")
                                    : add_ids(r, &loc, value, true);
                }
        }
        return n;
}

int rivals_add_cmdline(struct rivals *r, const char *file, char *text, size_t len, bool running)
{
        const struct config_loc loc = { .file = file };
        char *param, *value;
        int n = rivals_check_text(r, RIVAL_VFIO_IDS, file, text, len);

        if (n != 0)
                return MIN_OF(n, 0);
        while (n == 0 && (param = next_param(&text, &value))) {
                char *dot = strchr(param, '.');

                if (streq(param, "--")) /* the rest is init's */
                        break;
                if (!value || !dot)
                        continue;
                *dot = '\0';
                if (is_vfio_pci(param) && streq(dot + 1, "ids"))
                        n = add_ids(r, &loc, value, running);
        }
        return n;
}
