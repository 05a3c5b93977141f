/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON values (jansson). */
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "device/device-class.h"

json_t *json_text(const char *s)
{
        json_t *j;

        if (!s)
                return json_null();
        j = json_string(s);
        /* A name out of sysfs or a file that is no UTF-8: jansson refuses it; what can be shown is shown. */
        if (!j) {
                CLEANUP_FREE char *copy = xstrdup(s);

                for (char *c = copy; *c; c++)
                        if ((unsigned char) *c >= 0x80)
                                *c = '?';
                j = json_string(copy);
        }
        return j;
}

json_t *json_split(const char *s, char separator)
{
        json_t *array = s ? json_array() : json_null();

        while (!isempty(s)) {
                const char *end = strchrnul(s, separator);
                CLEANUP_FREE char *part = xstrndup(s, (size_t) (end - s));

                json_add(array, json_text(part));
                s = *end ? end + 1 : end;
        }
        return array;
}

json_t *json_address(const struct pci_address *a)
{
        char text[PCI_ADDRESS_MAX];

        return json_string(pci_address_format(a, text));
}

json_t *json_function(const struct pci_function *f)
{
        char id[16];

        (void) snprintf(id, sizeof(id), "%04x:%04x", f->vendor, f->device);
        return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}", "address", json_address(&f->address), "class",
                         device_class_name(device_class_of(f)), "id", id, "name", json_text(f->name), "driver",
                         json_text(f->driver), "group", f->group == NO_GROUP ? json_null() : json_integer(f->group));
}

/* Nothing but memory makes these two and the next fail: text that may be no UTF-8 goes through json_text(). */
void json_add(json_t *array, json_t *value)
{
        if (json_array_append_new(array, value) < 0)
                out_of_memory();
}

void json_put(json_t *object, const char *key, json_t *value)
{
        if (json_object_set_new(object, key, value) < 0)
                out_of_memory();
}

static int on_text(const char *text, size_t n, void *userdata)
{
        strbuf_addn(userdata, text, n);
        return 0;
}

char *json_finish(json_t *j)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (json_dump_callback(j, on_text, &text, JSON_INDENT(2)) < 0)
                out_of_memory();
        strbuf_add(&text, "\n");
        json_decref(j);
        return strbuf_steal(&text);
}
