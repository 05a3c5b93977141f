/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an apply would change, as JSON: from the steps of the plan, in the terms of the configuration. */
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "json/render-json-internal.h"
#include "plan/step-kind.h"

void json_put_place(json_t *j, const struct plan_step *step)
{
        char uuid[UUID_TEXT_MAX];
        bool is_mdev =
                step->kind == STEP_MDEV_CREATE || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE;

        if (step->bus != BUS_PCI)
                json_put(j, "bus", json_text(bus_name(step->bus)));
        if (step->has_address)
                json_put(j, step->new_vf ? "pf" : "address", json_address(&step->address));
        if (step->new_vf)
                json_put(j, "vf", json_integer(step->vf_index));
        if (is_mdev && !step->vgpu)
                json_put(j, "uuid", json_string(uuid_format(step->uuid, uuid)));
}

/* Takes nothing. What is as wanted already, and is only set again, is no change. */
static void add_change(json_t *array, const struct plan_step *step, const char *property, const char *actual,
                       const char *wanted)
{
        json_t *j;

        if (streq_ptr(actual, wanted))
                return;
        j = json_pack("{s:s, s:o, s:o}", "property", property, "actual", json_text(actual), "wanted",
                      json_text(wanted));
        json_put_place(j, step);
        if (step->bus != BUS_PCI)
                json_put(j, "device", json_text(step->subject));
        json_add(array, j);
}

/* One for each property of the step, which sets those of a group at once. */
static void add_settings(json_t *array, const struct plan_step *step)
{
        for (unsigned i = 0; i < step->n_changes; i++) {
                const struct property_change *c = &step->changes[i];
                CLEANUP_STRBUF struct strbuf actual = { 0 }, wanted = { 0 };

                if (c->known)
                        property_format(c->property, c->old, &actual);
                property_format(c->property, c->value, &wanted);
                add_change(array, step, property_name(c->property), actual.text, wanted.text);
        }
}

static void add_step_change(json_t *array, const struct plan_step *step, const struct plan_item *item,
                            const struct inventory *inv)
{
        const struct pci_function *f = step->has_address && !step->new_vf ? inventory_find(inv, &step->address) : NULL;
        const char *property = step_kind_property(step->kind);
        char now[16];

        switch (step->kind) {
        case STEP_SET:
                add_settings(array, step);
                return;
        case STEP_MODULE_LOAD:
                add_change(array, step, property, NULL, step->subject);
                return;
        case STEP_PROBE:
                add_change(array, step, property, f ? f->driver : NULL, DRIVER_HOST);
                return;
        case STEP_UNBIND:
                add_change(array, step, property, step->old, DRIVER_NONE);
                return;
        case STEP_NUMVFS:
                if (streq(step->value, "0") && item->vfs > 0)
                        return;
                (void) snprintf(now, sizeof(now), "%u", f ? f->numvfs : 0);
                add_change(array, step, property, now, step->value);
                return;
        default:
                add_change(array, step, property ? property : step->attribute, step->old, step->value);
                return;
        }
}

json_t *changes_json(const struct plan *plan, size_t item, const struct inventory *inv)
{
        json_t *array = json_array();

        FOR_ITEM_STEPS(step, plan, item)
        if (!step_is_part(step))
                add_step_change(array, step, &plan->items[item], inv);
        return array;
}
