/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of step, in every summary and as JSON: none is left out, and all say the same numbers. */
#include "plan/step-kind.h"
#include "plan/step-setting.h"

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
        if (kind == STEP_SET) {
                step.n_changes = 1;
                step.changes[0] = (struct property_change){ PROPERTY_VLAN, true, 1, 2 };
        }
        return step;
}

static void words(void **unused)
{
        static const struct {
                enum property property;
                bool known;
                uint64_t old, value;
                const char *text, *plain;
        } cases[] = {
                { PROPERTY_RESET_METHOD, true, 0x63, 6, "reset-method flr bus -> bus", "reset-method bus" },
                { PROPERTY_RESET_METHOD, true, 0, 6, "reset-method none -> bus", "reset-method bus" },
                { PROPERTY_D3COLD, true, 1, 0, "d3cold yes -> no", "d3cold no" },
                { PROPERTY_POWER_CONTROL, true, 1, 1, "power-control on", "power-control on" },
                { PROPERTY_POWER_CONTROL, false, 0, 2, "power-control auto", "power-control auto" },
                { PROPERTY_BAR_SIZE_5, true, 1 << 28, UINT64_C(1) << 34, "bar-size.5 256M -> 16G", "bar-size.5 16G" },
        };
        struct plan_step dump = { .kind = STEP_ROM_DUMP, .value = (char *) "/x/gpu.rom" };
        CLEANUP_STRBUF struct strbuf rom = { 0 };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf b = { 0 }, plain = { 0 };
                struct plan_step step = { .kind = STEP_SET,
                                          .n_changes = 1,
                                          .changes = { { cases[i].property, cases[i].known, cases[i].old,
                                                         cases[i].value } } };

                assert_true(step_is_of_device(&step) && !step_is_of_sriov(&step));
                step_setting_format(&b, &step, "->");
                assert_string_equal(b.text, cases[i].text);
                step_setting_format(&plain, &step, NULL);
                assert_string_equal(plain.text, cases[i].plain);
        }
        assert_true(step_is_of_device(&dump));
        step_setting_format(&rom, &dump, "->");
        assert_string_equal(rom.text, "ROM -> /x/gpu.rom");
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
                                if (!step_name(&step) || strstr(text.text, "nothing") || strstr(text.text, "null"))
                                        fail_msg("%d, %s: %s", (int) kind, step_name(&step), text.text);
                                for (enum step_count i = 0; i < STEP_COUNT_MAX; i++)
                                        sum += json_integer_value(json_object_get(json, step_count_name(i)));
                                if (sum == 0)
                                        fail_msg("%s: not counted in JSON", step_name(&step));
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

                plan_link_steps(&plan);
                changes = changes_json(&plan, 0, &none);
                assert_non_null(changes);
                property = json_object_get(json_array_get(changes, 0), "property");
                if (step_is_part(&step) ? json_array_size(changes) != 0 : !json_is_string(property))
                        fail_msg("%s: the change is not told of", step_name(&step));
                json_decref(changes);
        }
}

struct step {
        enum step_kind kind;
        enum property property;
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
                { { { .kind = STEP_SET, .property = PROPERTY_ESWITCH, .value = "switchdev" } },
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
                    { .kind = STEP_SET, .property = PROPERTY_AUTOPROBE, .value = "0" },
                    { .kind = STEP_NUMVFS, .old = "0", .value = "7" } },
                  "4 VFs to remove, 7 VFs to create; 4 VFs removed, 7 VFs made; 4 VFs to remove, 7 VFs to create; 4 "
                  "VFs removed, 7 VFs made" },
                { { { .kind = STEP_SET, .property = PROPERTY_AUTOPROBE, .value = "1" } },
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

                        step.n_changes = s->kind == STEP_SET;
                        step.changes[0].property = s->property;
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
                cmocka_unit_test(words),
                cmocka_unit_test(every_kind_in_every_summary),
                cmocka_unit_test(every_kind_is_a_change),
                cmocka_unit_test(counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
