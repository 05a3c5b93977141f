/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Metrics: the whole text, so that no name or label changes unseen by those whose alerts are made of them. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "json/render-prometheus.h"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:02:00.0", "1000:0097", 0x010700, "mpt3sas", NULL, 2, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        return inv;
}

#define GAUGE(name, help) "# HELP passthru_" name " " help "\n# TYPE passthru_" name " gauge\n"
#define SECTION(labels, status, value) "passthru_section_status{" labels ",status=\"" status "\"} " value "\n"
#define SECTION_IS(labels, ok, drift, absent, refused, failed)                                                        \
        SECTION(labels, "ok", ok) SECTION(labels, "drift", drift) SECTION(labels, "absent", absent)                   \
        SECTION(labels, "waiting", "0") SECTION(labels, "refused", refused) SECTION(labels, "failed", failed) SECTION(labels, "stuck", "0")           \
        SECTION(labels, "disabled", "0") SECTION(labels, "released", "0") SECTION(labels, "on-demand", "0")

static void sections(void **unused)
{
        static const char expected[] =
                GAUGE("info", "The version of passthru-setup.")
                "passthru_info{version=\"1\\\\2\\\"3\\n4\"} 1\n"
                GAUGE("config_valid", "Whether the configuration has no mistake.")
                "passthru_config_valid 1\n"
                GAUGE("section_status", "Whether a section of the configuration is in this state.")
                SECTION_IS("section=\"gpu\",kind=\"device\",required=\"yes\"", "1", "0", "0", "0", "0")
                SECTION_IS("section=\"hba\",kind=\"device\",required=\"yes\"", "0", "0", "0", "0", "1")
                SECTION_IS("section=\"gone\",kind=\"sriov\",required=\"no\"", "0", "0", "1", "0", "0")
                GAUGE("sections", "Sections of the configuration, by state.")
                "passthru_sections{status=\"ok\"} 1\n"
                "passthru_sections{status=\"drift\"} 0\n"
                "passthru_sections{status=\"absent\"} 1\n"
                "passthru_sections{status=\"waiting\"} 0\n"
                "passthru_sections{status=\"refused\"} 0\n"
                "passthru_sections{status=\"failed\"} 1\n"
                "passthru_sections{status=\"stuck\"} 0\n"
                "passthru_sections{status=\"disabled\"} 0\n"
                "passthru_sections{status=\"released\"} 0\n"
                "passthru_sections{status=\"on-demand\"} 0\n"
                GAUGE("required_sections_off", "Required sections that are not as configured.")
                "passthru_required_sections_off 1\n"
                GAUGE("drift_steps", "Steps that apply would carry out now.")
                "passthru_drift_steps 4\n"
                GAUGE("last_run_timestamp_seconds", "When the last apply of this boot ended.")
                "passthru_last_run_timestamp_seconds 1764097619\n"
                GAUGE("last_run_success", "Whether the last apply of this boot ended with exit status 0.")
                "passthru_last_run_success 0\n";
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *text = NULL;
        struct metrics m = { .version = "1\\2\"3\n4", .state = &p.state, .last_run = { 1764097619, 1 } };

        (void) unused;
        state_add_failure(&p.state, "device hba", EBUSY, "it is open");
        plan_for(&p, machine, "[device gpu]\naddress = 01:00.0\n[device hba]\naddress = 02:00.0\n"
                              "[sriov gone]\naddress = 03:00.0\nvfs = 1\nrequired = no\n");
        m.plan = p.plan;
        text = render_prometheus(&m);
        assert_text_of("metrics", text, expected);
}

/* A family without a series is none, and a run that was not has no time. */
static void nothing(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_RELEASE struct release held = { 0 };
        struct release_input input = { .state = &p.state };
        struct metrics m = { .version = "1", .state = &p.state };
        CLEANUP_FREE char *broken = NULL, *empty = NULL;

        (void) unused;
        broken = render_prometheus(&m);
        assert_text_of("mistakes", broken,
                       GAUGE("info", "The version of passthru-setup.") "passthru_info{version=\"1\"} 1\n"
                       GAUGE("config_valid", "Whether the configuration has no mistake.") "passthru_config_valid 0\n");
        plan_for(&p, machine, "");
        input.inventory = p.inv;
        release_build(&input, &held);
        m.plan = p.plan;
        m.held = &held;
        m.last_run = (struct last_run){ 7, 0 };
        empty = render_prometheus(&m);
        assert_null(strstr(empty, "passthru_section_status"));
        assert_non_null(strstr(empty, "\npassthru_held_sections 0\n"));
        assert_non_null(strstr(empty, "\npassthru_last_run_success 1\n"));
}

/* Of [sriov] sections alone; how many of their VFs are not ready is not among them. */
static void vfs(void **unused)
{
        struct pool items[3] = { { .n_free = 1 }, { .n_open = 1 }, { .n_free = 6, .n_open = 2, .n_unknown = 1 } };
        const struct pools pools = { .items = items, .n = 3 };
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *text = NULL;
        struct metrics m = { .version = "1", .state = &p.state, .pools = &pools };

        (void) unused;
        plan_for(&p, machine, "[device gpu]\naddress = 01:00.0\n[device hba]\naddress = 02:00.0\n"
                              "[sriov gone]\naddress = 03:00.0\nvfs = 1\nrequired = no\n");
        m.plan = p.plan;
        text = render_prometheus(&m);
        assert_non_null(strstr(text, GAUGE("section_vfs", "VFs that a VM can open, by whether one has.")
                                     "passthru_section_vfs{section=\"gone\",use=\"free\"} 6\n"
                                     "passthru_section_vfs{section=\"gone\",use=\"open\"} 2\n"
                                     "# HELP passthru_required_sections_off"));
        assert_null(strstr(text, "vfs{section=\"gpu\""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sections),
                cmocka_unit_test(nothing),
                cmocka_unit_test(vfs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
