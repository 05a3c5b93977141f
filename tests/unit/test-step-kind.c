/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of step, in every summary and as JSON: none is left out, and all say the same numbers. */
#include "plan/step-kind.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "json/render-json-internal.h"
#include "json/render-json.h"
#include "unit/machine.h"
#include "view/rows.h"

/* A step of the kind for a device that is there, as a planner would make it. */
static struct plan_step step_of(enum step_kind kind)
{
        struct plan_step step = {
                .kind = kind,
                .bus = BUS_PCI,
                .subject = (char *) "mtty",
                .attribute = (char *) "key",
                .old = (char *) "1",
                .value = (char *) "2",
        };

        if (kind == STEP_MODULE_LOAD)
                step.attribute = NULL; /* else it is a driver's own */
        if (kind == STEP_VF_SET) {
                step.vf.known = PROPERTY_BIT(PROPERTY_VLAN);
                step.vf.value[PROPERTY_VLAN] = 2;
        }
        return step;
}

static struct config_section section = { .kind = SECTION_DEVICE, .name = (char *) "any" };

/* "1 to bind; 1 function bound; …" */
static void add_summaries(const struct step_counts *counts, struct strbuf *b)
{
        for (enum step_summary s = 0; s < STEP_SUMMARY_MAX; s++) {
                CLEANUP_STRBUF struct strbuf text = { 0 };

                step_counts_format(counts, s, &text);
                strbuf_addf(b, "%s%s", s > 0 ? "; " : "", text.text);
        }
        assert_false(b->failed);
}

/* Its summaries as text, and as JSON. */
static void summaries_of(struct plan_step *steps, size_t n, struct strbuf *text, json_t **json)
{
        struct plan_item item = {
                .section = &section, .loc = &section.loc, .verdict = VERDICT_CHANGE, .pf = NO_INDEX
        };
        struct plan plan = { .items = &item, .n_items = 1, .steps = steps, .n_steps = n };
        struct plan_counts c = plan_count(&plan);

        add_summaries(&c.steps, text);
        *json = summary_json(&plan, true);
        assert_non_null(*json);
}

static void every_kind_in_every_summary(void **unused)
{
        (void) unused;
        for (enum step_kind kind = 0; kind < STEP_KIND_MAX; kind++)
                for (int vgpu = 0; vgpu < 2; vgpu++)
                        for (int removes = 0; removes < 2; removes++) {
                                struct plan_step step = step_of(kind);
                                CLEANUP_STRBUF struct strbuf text = { 0 };
                                json_t *json;
                                json_int_t sum = 0;

                                step.vgpu = vgpu;
                                if (removes)
                                        step.value = (char *) "0";
                                summaries_of(&step, 1, &text, &json);
                                if (!step_kind_name(kind) || strstr(text.text, "nothing") || strstr(text.text, "null"))
                                        fail_msg("%d, %s: %s", (int) kind, step_kind_name(kind), text.text);
                                for (enum step_count i = 0; i < STEP_COUNT_MAX; i++)
                                        sum += json_integer_value(json_object_get(json, step_count_name(i)));
                                if (sum == 0)
                                        fail_msg("%s: not counted in JSON", step_kind_name(kind));
                                json_decref(json);
                        }
}

static void every_kind_is_a_change(void **unused)
{
        static struct inventory none;

        (void) unused;
        for (enum step_kind kind = 0; kind < STEP_KIND_MAX; kind++) {
                struct plan_step step = step_of(kind);
                struct plan_item item = {
                        .section = &section, .loc = &section.loc, .verdict = VERDICT_CHANGE, .pf = NO_INDEX
                };
                struct plan plan = { .items = &item, .n_items = 1, .steps = &step, .n_steps = 1 };
                json_t *changes, *property;

                if (kind == STEP_ATTRIBUTE)
                        step.attribute = (char *) "reset_method";
                if (kind == STEP_BAR_SIZE)
                        step.attribute = (char *) "resource1_resize";
                changes = changes_json(&plan, 0, &none);
                assert_non_null(changes);
                property = json_object_get(json_array_get(changes, 0), "property");
                if (step_is_part(&step) ? json_array_size(changes) != 0 : !json_is_string(property))
                        fail_msg("%s: the change is not told of", step_kind_name(kind));
                json_decref(changes);
        }
}

struct step {
        enum step_kind kind;
        size_t item;
        const char *old, *value;
        const char *driver; /* whose module a load is for */
        bool way;
};

static void counts(void **unused)
{
        static const struct {
                struct step steps[4];
                const char *summaries;
        } cases[] = {
                /* Nothing but these was once "nothing to change". */
                { { { .kind = STEP_ESWITCH, .value = "switchdev" } },
                  "1 setting to make; 1 setting made; 1 setting to put back; 1 setting put back" },
                { { { .kind = STEP_VF_QUEUES, .value = "2" } },
                  "1 VF to get its queues; 1 VF got its queues; 1 VF to get its queues back; 1 VF got its queues "
                  "back" },
                /* A module with two parameters is one, and two modules are two. */
                { { { .kind = STEP_MODULE_PARAM, .value = "1" },
                    { .kind = STEP_MODULE_PARAM, .value = "2" },
                    { .kind = STEP_MODULE_PARAM, .item = 1, .value = "2" } },
                  "2 modules to load or set; 2 modules set up; 2 modules to put back; 2 modules put back" },
                /* The way to a driver is not told of, and what stays without one is. */
                { { { .kind = STEP_OVERRIDE, .value = "a", .way = true },
                    { .kind = STEP_UNBIND, .old = "b", .way = true },
                    { .kind = STEP_BIND, .value = "a" },
                    { .kind = STEP_UNBIND, .old = "b" } },
                  "1 to bind, 1 to unbind; 1 function bound, 1 function unbound; 1 to bind, 1 to unbind; "
                  "1 function back on its driver, 1 function unbound" },
                { { { .kind = STEP_NUMVFS, .old = "4", .value = "0" },
                    { .kind = STEP_AUTOPROBE, .value = "0" },
                    { .kind = STEP_NUMVFS, .old = "0", .value = "7" } },
                  "4 VFs to remove, 7 VFs to create; 4 VFs removed, 7 VFs made; 4 VFs to remove, 7 VFs to create; 4 "
                  "VFs removed, 7 VFs made" },
                { { { .kind = STEP_AUTOPROBE, .value = "1" } },
                  "1 setting to make; 1 setting made; 1 setting to put back; 1 setting put back" },
                { { { .kind = STEP_MODULE_LOAD, .value = "a=1", .driver = "vfio-pci" },
                    { .kind = STEP_BIND, .value = "b" } },
                  "1 to bind; 1 module set up, 1 function bound; 1 to bind; 1 module put back, 1 function back on its "
                  "driver" },
                { { { 0 } }, "nothing to do; nothing to change; nothing to do; nothing had to be changed" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct step_counts c = { 0 };
                CLEANUP_STRBUF struct strbuf text = { 0 };

                for (size_t k = 0; k < ARRAY_SIZE(cases[i].steps); k++) {
                        const struct step *s = &cases[i].steps[k];
                        struct plan_step step = { .kind = s->kind,
                                                  .item = s->item,
                                                  .way = s->way,
                                                  .attribute = (char *) s->driver,
                                                  .old = (char *) s->old,
                                                  .value = (char *) s->value };

                        if (s->old || s->value)
                                step_counts_add(&c, &step, 1, false);
                }
                add_summaries(&c, &text);
                assert_text_of("the summaries", text.text, cases[i].summaries);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_in_every_summary),
                cmocka_unit_test(every_kind_is_a_change),
                cmocka_unit_test(counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
