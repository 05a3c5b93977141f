/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdevctl's definitions: JSON, one file for each mdev (mdevctl(8)). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

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
                if (!a || replace_string(&a->name, json_object_iter_key(iter)) < 0 ||
                    replace_string(&a->value, json_string_value(value)) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int add_mdev(struct rivals *r, const struct config_loc *loc, const char *parent, const uint8_t uuid[static 16],
                    const json_t *j)
{
        const char *type = json_string_value(json_object_get(j, "mdev_type"));
        const char *start = json_string_value(json_object_get(j, "start"));
        struct rival *rival;
        int n;

        if (isempty(type))
                return rivals_note(r, RIVAL_MDEVCTL, loc, "has no mdev_type");
        if (!start || (!streq(start, "auto") && !streq(start, "manual")))
                return rivals_note(r, RIVAL_MDEVCTL, loc, "start: expected \"auto\" or \"manual\"");
        rival = rivals_append(r, RIVAL_MDEVCTL, loc);
        if (!rival || replace_string(&rival->parent, parent) < 0 || replace_string(&rival->type, type) < 0)
                return -ENOMEM;
        memcpy(rival->uuid, uuid, sizeof(rival->uuid));
        rival->in_force = streq(start, "auto");
        n = add_attrs(rival, json_object_get(j, "attrs"));
        if (n == -EINVAL) {
                rivals_drop_last(r);
                return rivals_note(r, RIVAL_MDEVCTL, loc, "attrs: expected a list of {\"NAME\": \"VALUE\"}");
        }
        return n;
}

/* -EINVAL: it is no JSON, *ret_error says why. jansson tells that memory was out as a mistake in the text: a mistake
 * is the same the second time. */
static int load(const char *text, size_t len, json_t **ret, json_error_t *ret_error)
{
        json_error_t first = { 0 };

        *ret = json_loadb(text, len, 0, &first);
        if (*ret)
                return 0;
        *ret = json_loadb(text, len, 0, ret_error);
        if (*ret)
                return 0;
        return streq(first.text, ret_error->text) && first.line == ret_error->line ? -EINVAL : -ENOMEM;
}

int rivals_add_mdevctl(struct rivals *r, const char *file, char *text, size_t len)
{
        struct config_loc loc = { .file = file };
        CLEANUP_FREE char *directory = strndup(file, (size_t) (last_component(file) - file));
        json_auto_t *j = NULL;
        json_error_t error = { 0 };
        uint8_t uuid[16];
        int n;

        if (!directory)
                return -ENOMEM;
        if (uuid_parse(last_component(file), uuid) < 0)
                return rivals_note(r, RIVAL_MDEVCTL, &loc, "its name is no UUID");
        n = load(text, len, &j, &error);
        if (n == -ENOMEM)
                return n;
        if (n < 0) {
                loc.line = error.line > 0 ? (unsigned) error.line : 0;
                return rivals_note(r, RIVAL_MDEVCTL, &loc, "no JSON: %s", error.text);
        }
        if (*directory)
                directory[strlen(directory) - 1] = '\0';
        return add_mdev(r, &loc, last_component(directory), uuid, j);
}
