/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an apply would change, as JSON: from the steps of the plan, in the terms of the configuration. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "json/render-json-internal.h"
#include "plan/step-kind.h"

int json_put_place(json_t *j, const struct plan_step *step)
{
        char uuid[UUID_TEXT_MAX];
        bool is_mdev =
                step->kind == STEP_MDEV_CREATE || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE;
        int r = j ? 0 : -ENOMEM;

        if (r == 0 && step->bus != BUS_PCI)
                r = json_put(j, "bus", json_text(bus_name(step->bus)));
        if (r == 0 && step->has_address)
                r = json_put(j, step->new_vf ? "pf" : "address", json_address(&step->address));
        if (r == 0 && step->new_vf)
                r = json_put(j, "vf", json_integer(step->vf_index));
        if (r == 0 && is_mdev && !step->vgpu)
                r = json_put(j, "uuid", json_string(uuid_format(step->uuid, uuid)));
        return r;
}

/* Takes nothing. What is as wanted already, and is only set again, is no change. */
static int add_change(json_t *array, const struct plan_step *step, const char *property, const char *actual,
                      const char *wanted)
{
        json_t *j;

        if (streq_ptr(actual, wanted))
                return 0;
        j = json_pack("{s:s, s:o, s:o}", "property", property, "actual", json_text(actual), "wanted",
                      json_text(wanted));
        if (json_put_place(j, step) < 0 ||
            (step->bus != BUS_PCI && json_put(j, "device", json_text(step->subject)) < 0)) {
                json_decref(j);
                return -ENOMEM;
        }
        return json_add(array, j);
}

/* One for each property of the step, which sets those of a group at once. */
static int add_settings(json_t *array, const struct plan_step *step)
{
        int r = 0;

        for (unsigned i = 0; i < step->n_changes && r == 0; i++) {
                const struct property_change *c = &step->changes[i];
                CLEANUP_STRBUF struct strbuf actual = { 0 }, wanted = { 0 };

                if (c->known)
                        property_format(c->property, c->old, &actual);
                property_format(c->property, c->value, &wanted);
                r = actual.failed || wanted.failed
                            ? -ENOMEM
                            : add_change(array, step, property_name(c->property), actual.text, wanted.text);
        }
        return r;
}

static int add_step_change(json_t *array, const struct plan_step *step, const struct plan_item *item,
                           const struct inventory *inv)
{
        const struct pci_function *f = step->has_address && !step->new_vf ? inventory_find(inv, &step->address) : NULL;
        const char *property = step_kind_property(step->kind);
        char now[16];

        switch (step->kind) {
        case STEP_SET:
                return add_settings(array, step);
        case STEP_MODULE_LOAD:
                return add_change(array, step, property, NULL, step->subject);
        case STEP_PROBE:
                return add_change(array, step, property, f ? f->driver : NULL, DRIVER_HOST);
        case STEP_UNBIND:
                return add_change(array, step, property, step->old, DRIVER_NONE);
        case STEP_NUMVFS: /* by way of 0 */
                if (streq(step->value, "0") && item->vfs > 0)
                        return 0;
                (void) snprintf(now, sizeof(now), "%u", f ? f->numvfs : 0);
                return add_change(array, step, property, now, step->value);
        default:
                return add_change(array, step, property ? property : step->attribute, step->old, step->value);
        }
}

json_t *changes_json(const struct plan *plan, size_t item, const struct inventory *inv)
{
        json_t *array = json_array();
        int r = array ? 0 : -ENOMEM;

        FOR_ITEM_STEPS(step, plan, item)
        if (r == 0 && !step_is_part(step))
                r = add_step_change(array, step, &plan->items[item], inv);
        if (r < 0) {
                json_decref(array);
                return NULL;
        }
        return array;
}
