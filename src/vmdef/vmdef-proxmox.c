/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxmox VE: qm.conf(5) and mapping/pci.cfg. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "vmdef/vmdef.h"

#define HOSTPCI "hostpci"
#define HOSTPCI_MAX 15

/* A line that counts, until one that is pending takes its place. */
struct option {
        const char *key, *value; /* in the text */
        unsigned line;
};

struct reader {
        struct vmdefs *defs;
        const char *file;
        struct option *options;
        size_t n, alloc;
};

static struct option *find_option(struct reader *r, const char *key)
{
        for (size_t i = 0; i < r->n; i++)
                if (streq(r->options[i].key, key))
                        return &r->options[i];
        return NULL;
}

static void set_option(struct reader *r, const char *key, const char *value, unsigned line)
{
        struct option *o = find_option(r, key);

        if (!o)
                o = ARRAY_APPEND(r->options, r->n, r->alloc);
        *o = (struct option){ key, value, line };
}

/* "delete: hostpci0,args" among what is pending; "!hostpci0" is deleted by force. */
static void delete_options(struct reader *r, char *list)
{
        char *name;

        while ((name = strsep(&list, ", ;"))) {
                struct option *o = find_option(r, *name == '!' ? name + 1 : name);

                if (o)
                        o->value = NULL;
        }
}

/* "key: value". False: it is no such line. */
static bool split(char *line, char **ret_key, char **ret_value)
{
        char *colon = line;

        while (islower((unsigned char) *colon) || isdigit((unsigned char) *colon) || *colon == '_' || *colon == '-')
                colon++;
        if (colon == line || *colon != ':')
                return false;
        *colon = '\0';
        *ret_key = line;
        *ret_value = strip(colon + 1);
        return true;
}

static void read_lines(struct reader *r, char *text)
{
        bool pending = false, ends = false;
        unsigned number = 0;
        char *line, *key, *value;

        while (!ends && (line = strsep(&text, "\n"))) {
                const struct config_loc loc = { r->file, ++number };

                line = strip(line);
                if (*line == '\0' || *line == '#')
                        continue;
                if (*line == '[') {
                        pending = streq(line, "[PENDING]");
                        ends = !pending; /* snapshots, and what is special to a program */
                } else if (!split(line, &key, &value))
                        diag_add(&r->defs->notes, DIAG_WARNING, &loc,
                                 "expected \"option: value\", which Proxmox VE passes over");
                else if (pending && streq(key, "delete"))
                        delete_options(r, value);
                else
                        set_option(r, key, value, number);
        }
}

static struct vm_device *add_device(struct vm *vm, const char *key, unsigned number, unsigned line)
{
        struct vm_device *d = ARRAY_APPEND(vm->devices, vm->n_devices, vm->alloc_devices);

        replace_string(&d->key, key);
        d->number = number;
        d->line = line;
        return d;
}

/* "0000:01:00.0;01:00.1": a device for each. */
static void add_hosts(struct reader *r, struct vm *vm, const struct vm_device *like, char *hosts)
{
        const struct config_loc loc = { r->file, like->line };
        char *host;

        while ((host = strsep(&hosts, ";"))) {
                struct pci_address a;
                bool slot = false;
                struct vm_device *d;

                if (pci_address_parse(host, true, &a, &slot) < 0) {
                        diag_add(&r->defs->notes, DIAG_WARNING, &loc, "%s: %s is not a PCI address", like->key, host);
                        continue;
                }
                d = add_device(vm, like->key, like->number, like->line);
                d->has_address = true;
                d->address = a;
                d->slot = slot;
                replace_string(&d->type, like->type);
                replace_string(&d->options, like->options);
        }
}

/* PVE::QemuServer::PCI: the device stands first, or behind host=; the rest is to go on as it is. */
static void add_hostpci(struct reader *r, struct vm *vm, const struct option *o, unsigned number)
{
        struct vm_device like = { .key = (char *) o->key, .number = number, .line = o->line };
        const struct config_loc loc = { r->file, o->line };
        CLEANUP_FREE char *copy = xstrdup(o->value);
        CLEANUP_STRBUF struct strbuf options = { 0 };
        char *rest = copy, *word, *hosts = NULL, *mapping = NULL, *type = NULL;

        while ((word = strsep(&rest, ","))) {
                const char *value;

                if ((value = after_prefix(word, "host=")) || !strchr(word, '='))
                        hosts = value ? word + strlen("host=") : word;
                else if (after_prefix(word, "mapping="))
                        mapping = word + strlen("mapping=");
                else
                        strbuf_addf(&options, ",%s", word);
                if (after_prefix(word, "mdev="))
                        type = word + strlen("mdev=");
        }
        like.type = type;
        like.options = options.text;
        if (hosts && *hosts != '\0' && !mapping)
                add_hosts(r, vm, &like, hosts);
        else if (mapping && *mapping != '\0' && !hosts) {
                struct vm_device *d = add_device(vm, o->key, number, o->line);

                replace_string(&d->mapping, mapping);
                replace_string(&d->type, type);
                replace_string(&d->options, options.text);
        } else
                diag_add(&r->defs->notes, DIAG_WARNING, &loc, "%s: expected a PCI address or mapping=", o->key);
}

#define MDEV_DEVICES "/sys/bus/mdev/devices/"
#define PCI_DEVICES "/sys/bus/pci/devices/"

/* "-device vfio-pci,host=0000:01:00.0", "vfio-pci,sysfsdev=/sys/bus/mdev/devices/UUID": QEMU's, in args. */
static void add_qemu_device(struct vm *vm, const struct option *o, char *word)
{
        char *property;

        while ((property = strsep(&word, ","))) {
                const char *place = after_prefix(property, "sysfsdev="), *host = after_prefix(property, "host=");
                const char *uuid = place ? after_prefix(place, MDEV_DEVICES) : NULL;
                struct vm_device found = { 0 };

                if (place && !uuid)
                        host = after_prefix(place, PCI_DEVICES);
                found.has_address = host && pci_address_parse(host, false, &found.address, NULL) == 0;
                found.has_uuid = uuid && uuid_parse(uuid, found.uuid) == 0;
                if (found.has_address || found.has_uuid) {
                        struct vm_device *d = add_device(vm, o->key, 0, o->line);

                        found.key = d->key;
                        found.line = o->line;
                        *d = found;
                }
        }
}

static void add_args(struct vm *vm, const struct option *o)
{
        CLEANUP_FREE char *copy = xstrdup(o->value);
        char *rest = copy, *word;

        while ((word = strsep(&rest, " \t'\"")))
                if (after_prefix(word, "vfio-"))
                        add_qemu_device(vm, o, word);
}

static bool is_on(struct reader *r, const char *key)
{
        const struct option *o = find_option(r, key);

        return o && o->value && streq(o->value, "1");
}

void vmdef_add_proxmox(struct vmdefs *defs, const char *file, const char *id, char *text, size_t len)
{
        struct reader r = { .defs = defs, .file = file };
        const struct config_loc loc = { file, 0 };
        struct vm *vm;

        if (strlen(text) != len) {
                diag_add(&defs->notes, DIAG_WARNING, &loc, "it has a NUL byte in it");
                return;
        }
        read_lines(&r, text);
        vm = ARRAY_APPEND(defs->items, defs->n, defs->alloc);
        vm->engine = VM_PROXMOX;
        vm->autostart = is_on(&r, "onboot");
        replace_string(&vm->id, id);
        replace_string(&vm->file, file);
        /* A template never starts. */
        for (size_t i = 0; i < r.n && !is_on(&r, "template"); i++) {
                const struct option *o = &r.options[i];
                const char *number = after_prefix(o->key, HOSTPCI);
                uint64_t n;

                if (!o->value)
                        continue;
                if (number && parse_unsigned(number, 10, HOSTPCI_MAX, &n) == 0)
                        add_hostpci(&r, vm, o, (unsigned) n);
                else if (streq(o->key, "args"))
                        add_args(vm, o);
                else if (streq(o->key, "name"))
                        replace_string(&vm->name, o->value);
                else if (streq(o->key, "hookscript"))
                        replace_string(&vm->hookscript, o->value);
        }
        free(r.options);
}

/* ---- mapping/pci.cfg ---- */

static bool parse_ids(const char *text, uint16_t *ret_vendor, uint16_t *ret_device)
{
        struct pci_id_pattern id;

        if (pci_id_pattern_parse(text, &id) < 0 || id.vendor == PCI_ID_ANY || id.device == PCI_ID_ANY ||
            id.subvendor != PCI_ID_ANY)
                return false;
        *ret_vendor = (uint16_t) id.vendor;
        *ret_device = (uint16_t) id.device;
        return true;
}

/* NULL, or what is wrong with the word. */
static const char *read_map_word(struct vm_map *map, char *word, const char *node, bool *has_path, bool *has_ids)
{
        char *value = strchr(word, '='), *more;
        uint64_t group;

        if (!value)
                return "expected PROPERTY=VALUE";
        *value++ = '\0';
        if (streq(word, "node"))
                map->here = node && streq(value, node);
        else if (streq(word, "path")) {
                if ((more = strchr(value, ';')))
                        *more = '\0';
                *has_path = pci_address_parse(value, true, &map->address, &map->slot) == 0;
                return *has_path ? NULL : "path is not a PCI address";
        } else if (streq(word, "id")) {
                *has_ids = parse_ids(value, &map->vendor, &map->device);
                return *has_ids ? NULL : "id is not VENDOR:DEVICE";
        } else if (streq(word, "subsystem-id")) {
                map->has_subsystem = parse_ids(value, &map->subvendor, &map->subdevice);
                return map->has_subsystem ? NULL : "subsystem-id is not VENDOR:DEVICE";
        } else if (streq(word, "iommugroup")) {
                if (parse_unsigned(value, 10, INT32_MAX, &group) < 0)
                        return "iommugroup is not a number";
                map->group = (int) group;
        }
        return NULL;
}

static void add_map(struct vmdefs *defs, struct vm_mapping *m, const char *node, const char *text, unsigned line)
{
        const struct config_loc loc = { m->file, line };
        CLEANUP_FREE char *copy = xstrdup(text);
        struct vm_map map = { .line = line, .group = NO_GROUP };
        char *rest = copy, *word;
        bool has_path = false, has_ids = false;
        const char *wrong = NULL;

        while (!wrong && (word = strsep(&rest, ",")))
                wrong = read_map_word(&map, word, node, &has_path, &has_ids);
        if (!wrong && (!has_path || !has_ids))
                wrong = "expected path= and id=";
        if (wrong) {
                diag_add(&defs->notes, DIAG_WARNING, &loc, "mapping %s: %s", m->name, wrong);
                return;
        }
        replace_string(&map.text, text);
        *(struct vm_map *) ARRAY_APPEND(m->maps, m->n_maps, m->alloc_maps) = map;
}

/* Sections whose header is the name alone, and whose lines are indented. */
void vmdef_add_mappings(struct vmdefs *defs, const char *file, const char *node, char *text, size_t len)
{
        const struct config_loc whole = { file, 0 };
        struct vm_mapping *m = NULL;
        unsigned number = 0;
        char *line;

        defs->node_known = node;
        if (strlen(text) != len) {
                diag_add(&defs->notes, DIAG_WARNING, &whole, "it has a NUL byte in it");
                return;
        }
        while ((line = strsep(&text, "\n"))) {
                const struct config_loc loc = { file, ++number };
                bool indented = isspace((unsigned char) *line);
                const char *value;

                line = strip(line);
                if (*line == '\0' || *line == '#')
                        continue;
                if (!indented && strcspn(line, " \t") == strlen(line)) {
                        m = ARRAY_APPEND(defs->mappings, defs->n_mappings, defs->alloc_mappings);
                        m->line = number;
                        replace_string(&m->name, line);
                        replace_string(&m->file, file);
                } else if (!indented || !m)
                        diag_add(&defs->notes, DIAG_WARNING, &loc,
                                 "expected the name of a mapping, or an indented line of one");
                else if ((value = after_prefix(line, "map ")))
                        add_map(defs, m, node, value, number);
                else if ((value = after_prefix(line, "mdev ")))
                        m->mdev = streq(value, "1");
        }
}
