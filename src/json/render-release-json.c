/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A release as JSON, and what plan and status have of it. */

#include "base/uuid.h"
#include "json/render-json-internal.h"
#include "json/render-json.h"

/* The addresses that the item's steps are about ("ap:03.0007" on other buses than PCI), those of vGPUs' VFs too, each once, or the
 * UUIDs. */
static json_t *things_json(const struct plan *plan, size_t item, bool mdevs)
{
        json_t *array = json_array();
        const struct plan_step *last = NULL;
        char uuid[UUID_TEXT_MAX];

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (step->item != item || mdevs != (step->kind == STEP_MDEV_REMOVE && !step->vgpu) ||
                    (!mdevs && !step->has_address && step->bus == BUS_PCI))
                        continue;
                if (!mdevs && last && plan_steps_share_device(last, step))
                        continue;
                json_add(array, mdevs                  ? json_string(uuid_format(step->uuid, uuid))
                                : step->bus != BUS_PCI ? json_sprintf("%s:%s", bus_name(step->bus), step->subject)
                                                       : json_address(&step->address));
                last = step;
        }
        return array;
}

static json_t *item_json(const struct plan *plan, size_t i)
{
        const struct config_section *s = plan->items[i].section;

        return json_pack("{s:s, s:s, s:o, s:o}", "section", s->name, "kind", section_kind_name(s->kind), "devices",
                         things_json(plan, i, false), "mdevs", things_json(plan, i, true));
}

json_t *held_json(const struct release *held)
{
        json_t *array = json_array();

        for (size_t i = 0; held && i < held->plan->n_items; i++)
                if (held->plan->items[i].verdict == VERDICT_CHANGE)
                        json_add(array, item_json(held->plan, i));
        return array;
}

static json_t *section_json(const struct plan *plan, size_t i)
{
        const struct plan_item *item = &plan->items[i];
        json_t *j = item_json(plan, i);

        json_put(j, "verdict", json_text(plan_verdict_name(item->verdict)));
        json_put(j, "reason", json_text(item->reason));
        json_put(j, "note", json_text(item->note));
        json_put(j, "file", json_text(item->loc->file));
        json_put(j, "line", json_integer(item->loc->line));
        return j;
}

char *render_release_json(const struct release *release)
{
        json_t *sections = json_array();

        for (size_t i = 0; i < release->plan->n_items; i++)
                json_add(sections, section_json(release->plan, i));
        return json_finish(json_pack("{s:i, s:o, s:o, s:o}", "version", JSON_VERSION, "sections", sections, "steps",
                                     steps_json(release->plan), "summary", summary_json(release->plan, false)));
}
