/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdevctl's definitions: JSON, one file for each mdev (mdevctl(8)). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "import/foreign-internal.h"

/* [{"assign_adapter": "5"}, …]. -EINVAL: it is of another form. */
static int add_attrs(struct rival *rival, const json_t *attrs)
{
        size_t i;
        json_t *entry;

        if (attrs && !json_is_array(attrs))
                return -EINVAL;
        json_array_foreach(attrs, i, entry)
        {
                void *iter = json_object_iter(entry);
                const json_t *value = json_object_iter_value(iter);
                struct rival_attr *a;

                if (json_object_size(entry) != 1 || !json_is_string(value))
                        return -EINVAL;
                a = ARRAY_APPEND(rival->attrs, rival->n_attrs, rival->alloc_attrs);
                replace_string(&a->name, json_object_iter_key(iter));
                replace_string(&a->value, json_string_value(value));
        }
        return 0;
}

static void add_mdev(struct rivals *r, const struct config_loc *loc, const char *parent, const uint8_t uuid[static 16],
                     const json_t *j)
{
        const char *type = json_string_value(json_object_get(j, "mdev_type"));
        const char *start = json_string_value(json_object_get(j, "start"));
        struct rival *rival;

        if (isempty(type)) {
                rivals_note(r, RIVAL_MDEVCTL, loc, "has no mdev_type");
                return;
        }
        if (!start || (!streq(start, "auto") && !streq(start, "manual"))) {
                rivals_note(r, RIVAL_MDEVCTL, loc, "start: expected \"auto\" or \"manual\"");
                return;
        }
        rival = rivals_append(r, RIVAL_MDEVCTL, loc);
        replace_string(&rival->parent, parent);
        replace_string(&rival->type, type);
        memcpy(rival->uuid, uuid, sizeof(rival->uuid));
        rival->in_force = streq(start, "auto");
        if (add_attrs(rival, json_object_get(j, "attrs")) < 0) {
                rivals_drop_last(r);
                rivals_note(r, RIVAL_MDEVCTL, loc, "attrs: expected a list of {\"NAME\": \"VALUE\"}");
        }
}

void rivals_add_mdevctl(struct rivals *r, const char *file, char *text, size_t len)
{
        struct config_loc loc = { .file = file };
        CLEANUP_FREE char *directory = xstrndup(file, (size_t) (last_component(file) - file));
        json_auto_t *j = NULL;
        json_error_t error = { 0 };
        uint8_t uuid[16];

        if (uuid_parse(last_component(file), uuid) < 0) {
                rivals_note(r, RIVAL_MDEVCTL, &loc, "its name is not a UUID");
                return;
        }
        j = json_loadb(text, len, 0, &error);
        if (!j) {
                loc.line = error.line > 0 ? (unsigned) error.line : 0;
                rivals_note(r, RIVAL_MDEVCTL, &loc, "no JSON: %s", error.text);
                return;
        }
        if (*directory)
                directory[strlen(directory) - 1] = '\0';
        add_mdev(r, &loc, last_component(directory), uuid, j);
}
