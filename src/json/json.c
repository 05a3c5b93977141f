/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON values (jansson). */
#include "json/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

json_t *json_text(const char *s)
{
        json_t *j;

        if (!s)
                return json_null();
        j = json_string(s);
        /* A name out of sysfs or a file that is no UTF-8: jansson refuses it; what can be shown is shown. */
        if (!j) {
                CLEANUP_FREE char *copy = strdup(s);

                for (char *c = copy; c && *c; c++)
                        if ((unsigned char) *c >= 0x80)
                                *c = '?';
                j = copy ? json_string(copy) : NULL;
        }
        return j;
}

json_t *json_address(const struct pci_address *a)
{
        char text[PCI_ADDRESS_MAX];

        return json_string(pci_address_format(a, text));
}

int json_add(json_t *array, json_t *value)
{
        return value && json_array_append_new(array, value) == 0 ? 0 : -ENOMEM;
}

int json_put(json_t *object, const char *key, json_t *value)
{
        return value && json_object_set_new(object, key, value) == 0 ? 0 : -ENOMEM;
}

static int on_text(const char *text, size_t n, void *userdata)
{
        strbuf_addn(userdata, text, n);
        return 0;
}

/* json_dumps() of jansson 2.14 goes on when there is no room for a key; a strbuf remembers it. */
int json_finish(json_t *j, int r, char **ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (r == 0 && (!j || json_dump_callback(j, on_text, &text, JSON_INDENT(2)) < 0))
                r = -ENOMEM;
        json_decref(j);
        return r < 0 ? r : strbuf_steal(&text, ret);
}
