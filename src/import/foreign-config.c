/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of rivals, what each is for, and driverctl's files. */
#include "import/foreign-config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/selector.h"
#include "import/foreign-internal.h"

static void rival_clear(struct rival *rival)
{
        free(rival->file);
        free(rival->interface);
        free(rival->driver);
        free(rival->id_text);
        free(rival->attribute);
        free(rival->parent);
        free(rival->type);
        for (size_t i = 0; i < rival->n_attrs; i++) {
                free(rival->attrs[i].name);
                free(rival->attrs[i].value);
        }
        free(rival->attrs);
}

void rivals_drop_line(struct rivals *r)
{
        struct foreign_line *l = &r->lines[--r->n_lines];

        free(l->file);
        free(l->interface);
        free(l->module);
        free(l->addresses);
}

void rivals_clear(struct rivals *r)
{
        for (size_t i = 0; i < r->n; i++)
                rival_clear(&r->items[i]);
        free(r->items);
        diag_list_free(&r->notes);
        free(r->note_kinds);
        while (r->n_lines > 0)
                rivals_drop_line(r);
        free(r->lines);
        for (size_t i = 0; i < r->n_params; i++) {
                free(r->params[i].file);
                free(r->params[i].module);
                free(r->params[i].name);
                free(r->params[i].value);
        }
        free(r->params);
        for (size_t i = 0; i < r->n_scripts; i++)
                free(r->scripts[i]);
        free(r->scripts);
        free(r->unread);
        free(r->packaged);
        *r = (struct rivals){ 0 };
}

const char *rival_kind_name(enum rival_kind kind)
{
        static const char *const names[RIVAL_KIND_MAX] = {
                [RIVAL_DRIVERCTL] = "driverctl",
                [RIVAL_MDEVCTL] = "mdevctl",
                [RIVAL_VFIO_IDS] = "vfio-ids",
                [RIVAL_SYSFS] = "sysfs",
        };

        return names[kind];
}

struct rival *rivals_append(struct rivals *r, enum rival_kind kind, const struct config_loc *loc)
{
        struct rival *rival = ARRAY_APPEND(r->items, r->n, r->alloc);

        rival->kind = kind;
        rival->line = loc->line;
        rival->in_force = true;
        replace_string(&rival->file, loc->file);
        return rival;
}

void rivals_drop_last(struct rivals *r)
{
        rival_clear(&r->items[--r->n]);
}

void rivals_note(struct rivals *r, enum rival_kind kind, const struct config_loc *loc, const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        enum rival_kind *slot;
        va_list args;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        slot = ARRAY_APPEND(r->note_kinds, r->n_kinds, r->alloc_kinds);
        *slot = kind;
        diag_add(&r->notes, DIAG_WARNING, loc, "%s", text);
}

bool rivals_is_text(struct rivals *r, enum rival_kind kind, const char *file, const char *text, size_t len)
{
        const struct config_loc loc = { .file = file };

        if (strlen(text) == len)
                return true;
        rivals_note(r, kind, &loc, "contains a NUL byte, so it is not a text file");
        return false;
}

void rivals_add_driverctl(struct rivals *r, const char *file, char *text, size_t len)
{
        const struct config_loc loc = { .file = file };
        const char *name = after_prefix(last_component(file), "pci-");
        struct pci_address address;
        struct rival *rival;

        if (!rivals_is_text(r, RIVAL_DRIVERCTL, file, text, len))
                return;
        if (!name && pci_address_parse(last_component(file), false, &address, NULL) == 0)
                name = last_component(file); /* as its first versions have it */
        text = strip(text);
        if (!name) /* vmbus-…, or what an editor left */
                rivals_note(r, RIVAL_DRIVERCTL, &loc, "is for no PCI device");
        else if (pci_address_parse(name, false, &address, NULL) < 0)
                rivals_note(r, RIVAL_DRIVERCTL, &loc, "%s is not a PCI address", name);
        else if (!*text)
                rivals_note(r, RIVAL_DRIVERCTL, &loc, "is empty: driverctl does nothing for it");
        else if (strpbrk(text, "/\n"))
                rivals_note(r, RIVAL_DRIVERCTL, &loc, "expected the name of one driver");
        else {
                rival = rivals_append(r, RIVAL_DRIVERCTL, &loc);
                replace_string(&rival->driver, text);
                rival->has_address = true;
                rival->address = address;
        }
}

static bool has_interface(const struct pci_function *f, const char *name)
{
        for (size_t i = 0; i < f->n_netdevs; i++)
                if (streq(f->netdevs[i].name, name))
                        return true;
        return false;
}

bool rival_is_for(const struct rival *rival, const struct pci_function *f)
{
        if (rival->kind == RIVAL_VFIO_IDS)
                return pci_id_pattern_matches(&rival->id, f) && ((f->class ^ rival->class) & rival->class_mask) == 0;
        if (rival->has_address)
                return pci_address_compare(&rival->address, &f->address) == 0;
        return rival->interface && has_interface(f, rival->interface);
}
