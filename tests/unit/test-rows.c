/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `plan` and `status` show of each section, as text. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "explain/explain.h"
#include "json/render-json.h"
#include "view/table.h"
#include "view/rows.h"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 1, NULL },
                { "0000:02:00.0", "144d:a808", 0x010802, "vfio-pci", NULL, 2, NULL },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 3, NULL },
                { "0000:03:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:03:10.2", "8086:10ca", 0x020000, NULL, NULL, 5, NULL },
        };
        static const char *const drivers[] = { "igb", "igbvf", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 2, 0x10ca);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-2", "Dual port serial", 4);
        inv_param(inv_module(inv, "kvm", true), "halt_poll_ns", "200000", true);
        return inv;
}

#define GPU "[device gpu]\naddress = 01:00.0\nfunctions = all\n"
#define DRIVE "[device drive]\naddress = 02:00.0\n"
#define UP "[sriov up]\naddress = 03:00.0\n"
#define SERIAL "[mdev serial]\nparent = mtty\ntype = mtty-2\n"
#define SERIAL_UUID "73000000-0000-0000-0000-000000000000"

static char *draw(const struct row_list *rows)
{
        const struct render_style style = { 0 };
        CLEANUP_STRBUF struct strbuf b = { 0 };

        render_rows(&b, rows, false, &style);
        return strbuf_steal(&b);
}

static void of_plan(void **unused)
{
        static const struct {
                const char *config, *expected;
        } cases[] = {
                /* Of a card of which one function is right, the other alone. */
                { GPU, "gpu  0000:01:00.1  [10de:228b]  snd_hda_intel -> vfio-pci\n" },
                { DRIVE, "drive  0000:02:00.0  [144d:a808]  vfio-pci, + override  IOMMU group 2, alone\n" },
                { UP "vfs = 2\n", "up  0000:03:00.0  [8086:10c9]  1 of 2 VFs  -> vfio-pci\n" },
                { UP "vfs = 1\n", "up  0000:03:00.0  [8086:10c9]  2 -> 1 VF  -> vfio-pci; disruptive: the 2 existing "
                                  "VFs are removed first\n" },
                { UP "vfs = 0\n",
                  "up  0000:03:00.0  [8086:10c9]  2 -> 0 VFs  disruptive: the 2 existing VFs are removed first\n" },
                { UP "vfs = 3\nvf-driver = host\n[device vm]\naddress = up/2\n",
                  "up  0000:03:00.0  [8086:10c9]  2 -> 3 VFs          -> host driver; disruptive: the 2 existing VFs "
                  "are removed first\nvm  up/2                       new VF -> vfio-pci\n" },
                { UP "vfs = 2\nvf-driver = none\n", "up  0000:03:00.0  [8086:10c9]  2 of 2 VFs  -> no driver\n" },
                { SERIAL, "serial  mtty  + mdev mtty-2 (Dual port serial)  " SERIAL_UUID "\n" },
                { "[module kvm]\nhalt_poll_ns = 7\n", "kvm  module  halt_poll_ns = 200000 -> 7\n" },
                { "[module a]\n[module b]\nx = 1\n", "a  module  load\nb  module  load with x=1\n" },
                { "[device gone]\naddress = 09:00.0\nrequired = no\n",
                  "gone  absent  no device at 09:00.0, not required (c:1)\n" },
                { "[device off]\naddress = 09:00.0\nenabled = no\n", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *found = NULL;

                plan_for(&p, machine, cases[i].config);
                rows_of_plan(p.plan, p.inv, "->", &rows);
                found = draw(&rows);
                assert_text_of(cases[i].config, found, cases[i].expected);
        }
}

static void of_status(void **unused)
{
        static const struct {
                const char *config, *expected;
        } cases[] = {
                { GPU, "gpu  0000:01:00.0 +1  drift  1 on vfio-pci, 1 on snd_hda_intel  wanted: vfio-pci\n" },
                /* On the right driver, and yet another may take it. */
                { DRIVE,
                  "drive  0000:02:00.0  drift  vfio-pci  driver_override is not set: another driver may bind it\n" },
                { UP "vfs = 2\n",
                  "up  0000:03:00.0  drift  2 VFs: 1 on vfio-pci, 1 on no driver  wanted: vfio-pci\n" },
                { UP "vfs = 2\n[vf up/1]\n",
                  "up    0000:03:00.0  ok     2 VFs: 1 on vfio-pci, 1 in other sections\nup/1  0000:03:10.2  drift  "
                  "no driver                                  wanted: vfio-pci\n" },
                { UP "vfs = 4\nvf-driver = host\n", "up  0000:03:00.0  drift  2 VFs of 4  wanted: host driver\n" },
                { SERIAL "count = 2\n", "serial  mtty  drift  0 of 2 mdevs mtty-2  " SERIAL_UUID " and 1 more\n" },
                { "[module kvm]\n[module away]\n",
                  "kvm   module  ok     loaded\naway  module  drift  not loaded  wanted: loaded\n" },
                { "[device off]\naddress = 01:00.0\nenabled = no\n", "off  01:00.0  disabled\n" },
                { "[device gone]\naddress = 09:00.0\nrequired = no\n",
                  "gone  09:00.0  absent  no device at 09:00.0, not required (c:1)\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *found = NULL;

                plan_for(&p, machine, cases[i].config);
                rows_of_status(p.plan, p.inv, &p.state, NULL, &rows);
                found = draw(&rows);
                assert_text_of(cases[i].config, found, cases[i].expected);
        }
}

/* What the last run left behind. A key is compared whole: "device gpu" is neither "device gpu2" nor "mdev gpu". */
static void after_a_run(void **unused)
{
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *found = NULL;

        (void) unused;
        state_add_failure(&p.state, "device gpu2", EIO, "of another");
        state_add_failure(&p.state, "mdev gpu", EIO, "of another kind");
        state_add_failure(&p.state, "device drive", EBUSY, "bind failed");
        state_add_failure(&p.state, "sriov up", ETIMEDOUT, "no answer");
        state_set_released(&p.state, "mdev serial");
        state_set_released(&p.state, "device gp");
        plan_for(&p, machine, GPU DRIVE UP "vfs = 2\n" SERIAL);
        rows_of_status(p.plan, p.inv, &p.state, NULL, &rows);
        found = draw(&rows);
        assert_string_equal(found,
                            "gpu     0000:01:00.0 +1  drift     1 on vfio-pci, 1 on snd_hda_intel     wanted: "
                            "vfio-pci\ndrive   0000:02:00.0     failed    vfio-pci                              bind "
                            "failed (c:4)\nup      0000:03:00.0     stuck     2 VFs: 1 on vfio-pci, 1 on no driver  "
                            "no answer (c:6)\nserial  mtty             released  0 of 1 mdev mtty-2                   "
                            " run: systemctl reload-or-restart passthru-setup to hand it over again\n");
}

/* Sections that the kernel command line leaves out are told as such; those that were not asked for are no one's
 * business. */
static void left_out(void **unused)
{
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *found = NULL;
        struct config_section *gpu, *drive;

        (void) unused;
        plan_for(&p, machine, GPU DRIVE);
        gpu = config_find(p.config, SECTION_DEVICE, "gpu");
        drive = config_find(p.config, SECTION_DEVICE, "drive");
        gpu->skipped = true;
        drive->left_out = true;
        rows_of_status(p.plan, p.inv, &p.state, NULL, &rows);
        found = draw(&rows);
        assert_string_equal(found,
                            "gpu  0000:01:00.0 +1  drift  1 on vfio-pci, 1 on snd_hda_intel  passthru.skip= on the "
                            "kernel command line\n");
        assert_true(config_leaves_out(p.config, "device drive"));
        assert_false(config_leaves_out(p.config, "device gpu") || config_leaves_out(p.config, "mdev drive") ||
                     config_leaves_out(p.config, "device drive2") || config_leaves_out(p.config, NULL));
}

static struct inventory *bare_nic(void)
{
        static const struct fn nic = { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 3, NULL };
        static const char *const drivers[] = { "igb", "igbvf", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, &nic, 1);
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 0, 0x10ca);
        inv_netdev(inv, "0000:03:00.0", "enp3s0", "52:54:00:00:00:01");
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        return inv;
}

#define MAC "76:00:00:00:00:00" /* of the tests' derivation */

/* MACs that are derived are told before there is a VF that has one. */
static void derived(void **unused)
{
        CLEANUP_EXPLAIN_FACTS struct explain_facts facts = { .journal_error = EOPNOTSUPP };
        CLEANUP_EXPLANATION struct explanation e = { 0 };
        CLEANUP(usage_freep) struct usage *usage = usage_new();
        CLEANUP_ROWS struct row_list rows = { 0 }, explained = { 0 };
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE struct explain_subject *subjects = NULL;
        CLEANUP_FREE char *found = NULL, *json = NULL, *text = NULL;
        struct explain_input in;
        size_t n = 0;

        (void) unused;
        plan_for(&p, bare_nic, UP "vfs = 5\nvf-mac = stable\n");
        rows_of_plan(p.plan, p.inv, "->", &rows);
        found = draw(&rows);
        assert_text_of("plan", found,
                       "up  0000:03:00.0  [8086:10c9]  0 -> 5 VFs  -> vfio-pci, MACs stable: " MAC ", " MAC ", " MAC
                       ", " MAC " and 1 more (passthru-setup explain up)\n");
        json = render_plan_json(p.plan, NULL, p.inv);
        for (const char *at = json; (at = strstr(at, "\"wanted\": \"" MAC "\"")); at++)
                n++;
        assert_int_equal(n, 5);
        in = (struct explain_input){ .inventory = p.inv, .plan = p.plan, .state = &p.state, .usage = usage };
        explain_find(&in, "up/1", &subjects, &n);
        explain_build(&in, &subjects[0], &facts, &e);
        assert_string_equal(e.wanted, "vfio-pci, mac " MAC);
        explanation_clear(&e);
        free(subjects);
        subjects = NULL;
        explain_find(&in, "up", &subjects, &n);
        explain_build(&in, &subjects[0], &facts, &e);
        rows_of_explanation(&in, &e, &explained);
        text = draw(&explained);
        assert_non_null(strstr(text, "MACs    VF 0 " MAC ", VF 1 " MAC ", VF 2 " MAC));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_plan),  cmocka_unit_test(of_status), cmocka_unit_test(after_a_run),
                cmocka_unit_test(left_out), cmocka_unit_test(derived),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
