/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON of plan, status and check: read back, with the keys that a reader relies on. */
#include "unit/machine.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/strutil.h"
#include "json/render-json.h"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "8086:159b", 0x020000, "ice", NULL, 1, NULL },
                { "0000:02:00.0", "10de:2487", 0x030000, "nouveau", NULL, 2, NULL },
                { "0000:04:00.0", "8086:1521", 0x020000, "vfio-pci", "vfio-pci", NO_GROUP, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:01:00.0", 8, NULL, 0, 0x1889);
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-1", "Single port serial", 4);
        /* A name that is no UTF-8 must not cost a reader the whole document. */
        replace_string(&inv_at(inv, "0000:02:00.0")->name, "GeForce \xff\xfe RTX");
        return inv;
}

#define CONFIG                                                                                                        \
        "[device gpu]\naddress = 02:00.0\n"                                                                           \
        "[sriov up]\naddress = 01:00.0\nvfs = 2\n"                                                                    \
        "[mdev m]\nparent = mtty\ntype = mtty-1\nattr = a=1\n"                                                        \
        "[device gone]\naddress = 09:00.0\nrequired = no\n"

static json_t *load(char *text)
{
        json_error_t error;
        json_t *j = json_loads(text, 0, &error);

        if (!j)
                fail_msg("%s\n%s", error.text, text);
        free(text);
        assert_int_equal(json_integer_value(json_object_get(j, "version")), JSON_VERSION);
        return j;
}

static const char *text_at(const json_t *j, const char *key)
{
        const json_t *value = json_object_get(j, key);

        if (!json_is_string(value))
                fail_msg("%s is no string", key);
        return json_string_value(value);
}

static json_t *section(json_t *j, size_t i)
{
        json_t *s = json_array_get(json_object_get(j, "sections"), i);

        assert_non_null(s);
        return s;
}

static void plan_sections(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        char *text = NULL;
        json_t *j, *s, *d;

        (void) unused;
        plan_for(&p, machine, CONFIG);
        text = render_plan_json(p.plan, NULL, p.inv);
        j = load(text);
        assert_int_equal(json_array_size(json_object_get(j, "sections")), 4);

        s = section(j, 0);
        assert_string_equal(text_at(s, "section"), "gpu");
        assert_string_equal(text_at(s, "kind"), "device");
        assert_string_equal(text_at(s, "verdict"), "change");
        assert_string_equal(text_at(s, "file"), "c");
        assert_string_equal(text_at(s, "note"), "IOMMU group 2, alone");
        assert_int_equal(json_integer_value(json_object_get(s, "line")), 1);
        assert_true(json_is_true(json_object_get(s, "required")));
        assert_true(json_is_null(json_object_get(s, "reason")));
        d = json_array_get(json_object_get(s, "devices"), 0);
        assert_string_equal(text_at(d, "address"), "0000:02:00.0");
        assert_string_equal(text_at(d, "id"), "10de:2487");
        assert_string_equal(text_at(d, "name"), "GeForce ?? RTX");
        assert_string_equal(text_at(d, "driver"), "nouveau");
        assert_string_equal(text_at(d, "wanted"), "vfio-pci");
        assert_int_equal(json_integer_value(json_object_get(d, "group")), 2);
        assert_true(json_is_true(json_object_get(d, "change")));

        s = section(j, 1);
        assert_string_equal(text_at(s, "pf"), "0000:01:00.0");
        assert_int_equal(json_integer_value(json_object_get(s, "vfs")), 0);
        assert_int_equal(json_integer_value(json_object_get(s, "vfs_wanted")), 2);
        d = json_array_get(json_object_get(s, "devices"), 1);
        assert_string_equal(text_at(d, "pf"), "0000:01:00.0");
        assert_int_equal(json_integer_value(json_object_get(d, "vf")), 1);

        s = section(j, 2);
        assert_string_equal(text_at(s, "parent"), "mtty");
        assert_string_equal(text_at(s, "type"), "mtty-1");
        d = json_array_get(json_object_get(s, "mdevs"), 0);
        assert_string_equal(text_at(d, "uuid"), "6d000000-0000-0000-0000-000000000000");
        assert_true(json_is_false(json_object_get(d, "exists")));

        s = section(j, 3);
        assert_string_equal(text_at(s, "verdict"), "absent");
        assert_string_equal(text_at(s, "reason"), "no device at 09:00.0");
        assert_true(json_is_false(json_object_get(s, "required")));
        json_decref(j);
}

static void plan_steps(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        char *text = NULL;
        json_t *j, *steps, *last, *summary;
        size_t vfs = 0;

        (void) unused;
        plan_for(&p, machine, CONFIG);
        text = render_plan_json(p.plan, NULL, p.inv);
        j = load(text);
        steps = json_object_get(j, "steps");
        assert_int_equal(json_array_size(steps), p.plan->n_steps);
        for (size_t i = 0; i < json_array_size(steps); i++) {
                json_t *s = json_array_get(steps, i);

                assert_false(isempty(text_at(s, "action")));
                assert_false(isempty(text_at(s, "section")));
                assert_non_null(json_object_get(s, "old"));
                assert_non_null(json_object_get(s, "value"));
                if (json_object_get(s, "vf")) {
                        assert_string_equal(text_at(s, "pf"), "0000:01:00.0");
                        vfs++;
                }
        }
        assert_int_equal(vfs, 4); /* override and bind for each */
        last = json_array_get(steps, p.plan->n_steps - 1);
        assert_string_equal(text_at(last, "action"), "mdev-attribute");
        assert_string_equal(text_at(last, "attribute"), "a");
        assert_string_equal(text_at(last, "value"), "1");
        assert_string_equal(text_at(last, "uuid"), "6d000000-0000-0000-0000-000000000000");
        summary = json_object_get(j, "summary");
        assert_int_equal(json_integer_value(json_object_get(summary, "bind")), 3);
        assert_int_equal(json_integer_value(json_object_get(summary, "vfs")), 2);
        assert_int_equal(json_integer_value(json_object_get(summary, "mdevs")), 1);
        assert_int_equal(json_integer_value(json_object_get(summary, "absent")), 1);
        json_decref(j);
}

static void status(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        char *text = NULL;
        json_t *j;

        (void) unused;
        plan_for(&p, machine,
                 CONFIG "[device on]\naddress = 04:00.0\ndriver = pci-stub\n[device off]\nid = 1:2\nenabled = no\n");
        state_add_failure(&p.state, "device gpu", EBUSY, "it is \"open\"\n");
        text = render_status_json(&(struct status_input){
                .plan = p.plan, .inventory = p.inv, .state = &p.state, .last_run = { 1764097619, 78 } });
        j = load(text);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "last_run"), "time")), 1764097619);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "last_run"), "exit_status")), 78);
        assert_int_equal(json_object_size(json_object_get(j, "summary")), SECTION_STATUSES);
        assert_int_equal(json_array_size(json_object_get(j, "held")), 0);
        assert_string_equal(text_at(section(j, 0), "status"), "failed");
        assert_string_equal(text_at(section(j, 0), "reason"), "it is \"open\"\n");
        assert_string_equal(text_at(section(j, 1), "status"), "drift");
        assert_string_equal(text_at(section(j, 3), "status"), "absent");
        assert_true(
                json_is_null(json_object_get(json_array_get(json_object_get(section(j, 4), "devices"), 0), "group")));
        assert_string_equal(text_at(section(j, 5), "status"), "disabled");
        assert_null(json_object_get(j, "steps"));
        json_decref(j);
}

/* What the state has of a section that is not configured: to be given back, and held until then. */
static void release(void **unused)
{
        static const char state[] =
                "[device 0000:02:00.0]\nid = 10de:2487\nsection = |device+old|\ndriver = |nouveau|\n"
                "override = ||\nto = |vfio-pci|\n";
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_RELEASE struct release release = { 0 };
        struct release_input input = { .state = &p.state };
        char *text = NULL;
        json_t *j, *s;

        (void) unused;
        assert_int_equal(state_parse(&p.state, state, strlen(state)), 0);
        plan_for(&p, machine, "[sriov up]\naddress = 01:00.0\nvfs = 2\n");
        free(inv_at(p.inv, "0000:02:00.0")->driver);
        inv_at(p.inv, "0000:02:00.0")->driver = strdup("vfio-pci");
        inv_at(p.inv, "0000:02:00.0")->driver_override = strdup("vfio-pci");
        input.inventory = p.inv;
        release_build(&input, &release);

        text = render_release_json(&release);
        j = load(text);
        s = section(j, 0);
        assert_string_equal(text_at(s, "section"), "old");
        assert_string_equal(text_at(s, "verdict"), "change");
        assert_true(json_is_null(json_object_get(s, "file")));
        assert_int_equal(json_array_size(json_object_get(s, "devices")), 1);
        assert_string_equal(json_string_value(json_array_get(json_object_get(s, "devices"), 0)), "0000:02:00.0");
        assert_int_equal(json_array_size(json_object_get(j, "steps")), release.plan->n_steps);
        json_decref(j);

        text = render_plan_json(p.plan, &release, p.inv);
        j = load(text);
        s = json_array_get(json_object_get(j, "held"), 0);
        assert_string_equal(text_at(s, "section"), "old");
        assert_string_equal(text_at(s, "kind"), "device");
        assert_int_equal(json_array_size(json_object_get(s, "mdevs")), 0);
        json_decref(j);
}

static void check(void **unused)
{
        static const struct {
                const char *text;
                size_t mistakes;
        } cases[] = { { "[device d]\naddress = 01:00.0\n", 0 }, { "[device d]\nadress = \xff\nid = 1\n", 2 } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_DIAGS struct diag_list diags = { 0 };
                CLEANUP(config_freep) struct config *config = parse_text(cases[i].text, &diags);
                char *text = NULL;
                json_t *j, *list, *d;

                text = render_check_json(config, &diags);
                j = load(text);
                assert_int_equal(json_is_true(json_object_get(j, "ok")), cases[i].mistakes == 0);
                assert_string_equal(json_string_value(json_array_get(json_object_get(j, "files"), 0)), "c");
                list = json_object_get(j, "diagnostics");
                assert_int_equal(json_array_size(list), cases[i].mistakes);
                if (cases[i].mistakes > 0) {
                        d = json_array_get(list, 0);
                        assert_string_equal(text_at(d, "severity"), "error");
                        assert_string_equal(text_at(d, "file"), "c");
                        assert_int_equal(json_integer_value(json_object_get(d, "line")), 2);
                        assert_string_equal(text_at(d, "text"),
                                            "adress: unknown key in [device]; did you mean address?");
                }
                json_decref(j);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(plan_sections), cmocka_unit_test(plan_steps), cmocka_unit_test(status),
                cmocka_unit_test(release),       cmocka_unit_test(check),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
