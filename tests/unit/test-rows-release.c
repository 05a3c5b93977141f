/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `release --dry-run` and the held part of `plan` and `status` show of a state, as text. */
#include "unit/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "release/release.h"
#include "unit/facts.h"
#include "view/rows-plan.h"
#include "view/table.h"
#include "view/rows.h"

#define MDEV "4b20d080-1b54-4048-85b3-a6a62d165c01"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:01:00.1", "10de:228b", 0x040300, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:02:00.0", "8086:10c9", 0x020000, "igb", NULL, 2, NULL },
                { "0000:02:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 3, NULL },
                { "0000:02:10.2", "8086:10ca", 0x020000, "igbvf", NULL, 4, NULL },
                { "0000:03:00.0", "144d:a808", 0x010802, "nvme", "vfio-pci", 5, NULL },
                { "0000:04:00.0", "dead:beef", 0x120000, NULL, "vfio-pci", 6, NULL },
        };
        static const char *const drivers[] = { "igb", "igbvf", "nouveau", "nvme", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct unreadable *u;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:02:00.0", 7, "0000:02:10.0", 2, 0x10ca);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-1", "Single port serial", 24);
        inv_mdev(inv, MDEV, "mtty", "mtty-1");
        inv_at(inv, "0000:01:00.0")->name = xstrdup("GA104 [GeForce RTX 3070]");
        u = ARRAY_APPEND(inv->unreadable, inv->n_unreadable, inv->alloc_unreadable);
        assert_non_null(u);
        *u = (struct unreadable){ .address = { .bus = 9 }, .error = 5, .group = NO_GROUP };
        return inv;
}

#define GPU(was) "[device 0000:01:00.0]\nid = 10de:2484\nsection = |device+gpu|\nto = |vfio-pci|\n" was
#define PF(was) "[device 0000:02:00.0]\nid = 8086:10c9\nsection = |sriov+up|\n" was
#define DRIVE(was) "[device 0000:03:00.0]\nid = 144d:a808\nsection = |device+drive|\n" was
#define LOOSE(was) "[device 0000:04:00.0]\nid = dead:beef\nsection = |device+loose|\n" was
#define SERIAL "[mdev " MDEV "]\nsection = |mdev+serial|\nparent = |mtty|\ntype = |mtty-1|\n"
#define UNREAD "[device 0000:09:00.0]\nid = 1:2\nsection = |device+unread|\ndriver = |nvme|\noverride = ||\n"
#define GONE "[device 0000:08:00.0]\nid = 1:2\nsection = |device+gone|\ndriver = |nvme|\noverride = ||\n"
#define CARD "GeForce RTX 3070 [10de:2484]"

/* Draws a release of what the state's text says, of the named sections or of all, as the configuration has them; or,
 * held, of what that one does not hold; and its summary. */
static char *show(const char *text, const char *name, const char *config, bool held, struct row_list *rows)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_RELEASE struct release release = { 0 };
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *summary = NULL;
        const struct render_style style = { 0 };
        char *names[] = { (char *) name };
        struct release_input input = { .state = &p.state, .names = names, .n_names = name != NULL };

        assert_int_equal(state_parse(&p.state, text, strlen(text)), 0);
        plan_for(&p, machine, config ? config : "");
        input.inventory = p.inv;
        input.held = held ? p.plan : NULL;
        input.config = config ? p.config : NULL;
        release_build(&input, &release);
        if (held)
                rows_of_held(&release, p.inv, rows);
        else
                rows_of_release(&release, p.inv, "->", rows);
        rows->columns = plan_columns;
        render_rows(&b, rows, false, &style);
        summary = release_summary(&release);
        assert_non_null(summary);
        if (!held)
                strbuf_addf(&b, "%s\n", summary);
        strbuf_add(&b, "");
        return strbuf_steal(&b);
}

static void given_back(void **unused)
{
        static const struct {
                const char *state, *expected;
        } cases[] = {
                { "", "nothing to do.\n" },
                { GPU("driver = |nouveau|\noverride = ||\n"),
                  "gpu  0000:01:00.0  " CARD "  vfio-pci -> nouveau\n1 to bind.\n" },
                /* A driver whose module is not loaded any more is the kernel's to find. */
                { GPU("driver = |nvidia|\noverride = ||\n"),
                  "gpu  0000:01:00.0  " CARD "  vfio-pci -> host driver\n1 to bind.\n" },
                { GPU("driver = ||\noverride = ||\n"),
                  "gpu  0000:01:00.0  " CARD "  vfio-pci -> no driver\n1 to unbind.\n" },
                { GPU("driver = ||\noverride = ||\nearly = 1\n"),
                  "gpu  0000:01:00.0  " CARD "  vfio-pci -> host driver\n1 to bind.\n" },
                { LOOSE("driver = |nvme|\noverride = ||\n"),
                  "loose  0000:04:00.0  [dead:beef]  no driver -> nvme\n1 to bind.\n" },
                /* Where the driver is right already, the override is all there is to say. */
                { DRIVE("driver = |nvme|\noverride = ||\n"),
                  "drive  0000:03:00.0  [144d:a808]  - override\n1 override to put back.\n" },
                { DRIVE("driver = |nvme|\noverride = |nvme|\n") LOOSE("driver = ||\noverride = ||\n"),
                  "drive  0000:03:00.0  [144d:a808]  override as before\nloose  0000:04:00.0  [dead:beef]  - "
                  "override\n"
                  "2 overrides to put back.\n" },
                /* Another has given it another driver since: that stands, and only what was ours is taken back. */
                { DRIVE("to = |vfio-pci|\ndriver = |ahci|\noverride = ||\n"),
                  "drive  0000:03:00.0  [144d:a808]  - override\n1 override to put back.\n" },
                { DRIVE("to = |pci-stub|\ndriver = |ahci|\noverride = ||\n"),
                  "drive  nothing to release\nnothing to do.\n" },
                /* Who does not say what it is of has no section. */
                { "[device 0000:01:00.0]\nid = 10de:2484\nsection = |gpu|\ndriver = ||\noverride = ||\n",
                  "nothing to do.\n" },
                /* The VFs' own drivers are no one's business when they go. */
                { PF("numvfs = 0\n"), "up  0000:02:00.0  [8086:10c9]  2 -> 0 VFs\n2 VFs to remove.\n" },
                { PF("numvfs = 3\n"),
                  "up  0000:02:00.0  [8086:10c9]  2 -> 0 VFs\nup  0000:02:00.0  [8086:10c9]  0 -> 3 VFs\n"
                  "2 VFs to remove, 3 VFs to create.\n" },
                { PF("numvfs = 0\n") "[device 0000:02:10.0]\nid = 8086:10ca\nsection = |device+vm|\ndriver = |igbvf|\n"
                                     "override = ||\n",
                  "up  0000:02:00.0  [8086:10c9]  2 -> 0 VFs          removes VF 0 of [device vm]\nvm                 "
                  "            nothing to release\n2 VFs to remove.\n" },
                { SERIAL, "serial  mtty  - mdev mtty-1  " MDEV "\n1 mdev to remove.\n" },
                { GONE, "gone  nothing to release\nnothing to do.\n" },
                { UNREAD,
                  "unread  refused  failed to read 0000:09:00.0 (Input/output error)\nnothing to do, 1 refused.\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_FREE char *found = show(cases[i].state, NULL, NULL, false, &rows);

                assert_text_of(cases[i].state, found, cases[i].expected);
        }
}

static void by_name(void **unused)
{
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *found =
                show(GPU("driver = |nouveau|\noverride = ||\n") PF("numvfs = 0\n") SERIAL, "up", NULL, false, &rows);

        (void) unused;
        assert_string_equal(found, "up  0000:02:00.0  [8086:10c9]  2 -> 0 VFs\n2 VFs to remove.\n");
}

/* VFs of other sections go with their PF's: those that the state knows, and those that were as they should be. */
static void others_vfs(void **unused)
{
        static const struct {
                const char *state, *config, *note;
        } cases[] = {
                { "", "[device a]\naddress = up/1\n", "  removes VF 1 of [device a]" },
                { "[device 0000:02:10.0]\nid = 8086:10ca\nsection = |device+vm|\ndriver = |igbvf|\noverride = ||\n",
                  "[device a]\naddress = up/1\n[device vm]\naddress = up/0\n",
                  "  removes VF 0 of [device vm], VF 1 of [device a]" },
                { "", "[vf up/0]\nmac = 52:54:00:00:00:01\n", "  removes VF 0 of [vf up/0]" },
                { "[released 0]\nsection = |device+a|\n", "[device a]\naddress = up/1\n", "" },
                { "", "[device a]\naddress = up/1\nenabled = no\n[device b]\naddress = 03:00.0\n", "" },
                { "[device 0000:02:10.0]\nid = 8086:10ca\nsection = |sriov+up|\ndriver = |igbvf|\noverride = ||\n", "",
                  "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_FREE char *state = NULL, *config = NULL, *found = NULL, *expected = NULL;

                assert_true(asprintf(&state, PF("numvfs = 0\n") "%s", cases[i].state) > 0);
                assert_true(asprintf(&config, "[sriov up]\naddress = 02:00.0\nvfs = 2\n%s", cases[i].config) > 0);
                assert_true(asprintf(&expected, "up  0000:02:00.0  [8086:10c9]  2 -> 0 VFs%s\n2 VFs to remove.\n",
                                     cases[i].note) > 0);
                found = show(state, "up", config, false, &rows);
                assert_text_of(cases[i].config, found, expected);
        }
}

static struct inventory *server(void)
{
        static const struct fn functions[] = {
                { "0000:02:00.0", "8086:10c9", 0x020000, "igb", NULL, 2, NULL },
                { "0000:02:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 3, NULL },
                { "0000:02:10.2", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:02:10.4", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 5, NULL },
                { "0000:02:10.6", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 6, NULL },
                { "0000:02:11.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 7, NULL },
                { "0000:02:11.2", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 8, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:02:00.0", 7, "0000:02:10.0", 6, 0x10ca);
        return inv;
}

static void many_vfs(void **unused)
{
        static const char config[] =
                "[sriov up]\naddress = 02:00.0\nvfs = 6\n[device a]\naddress = up/0\n[device b]\naddress = up/1\n"
                "[device c]\naddress = up/2\n[device d]\naddress = up/3\n[device e]\naddress = up/4\n"
                "[device f]\naddress = up/5\n",
                          text[] = PF("numvfs = 0\n");
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_RELEASE struct release release = { 0 };
        struct release_input input = { .state = &p.state };

        (void) unused;
        assert_int_equal(state_parse(&p.state, text, strlen(text)), 0);
        plan_for(&p, server, config);
        input.inventory = p.inv;
        input.config = p.config;
        release_build(&input, &release);
        assert_string_equal(release.plan->items[0].note,
                            "removes VF 0 of [device a], VF 1 of [device b], VF 2 of [device c], "
                            "VF 3 of [device d] and 2 more");
}

/* What is refused stands out, and what is done already steps back. */
static void colours(void **unused)
{
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *found =
                show(GPU("driver = |nouveau|\noverride = ||\n") GONE UNREAD, NULL, NULL, false, &rows);

        (void) unused;
        assert_true(*found && rows.n == 3);
        assert_int_equal(rows.items[0].color, ROW_CHANGE);
        assert_int_equal(rows.items[1].color, ROW_DIM);
        assert_int_equal(rows.items[2].color, ROW_BAD);
}

#define HELD(name) "no longer in the configuration; run: passthru-setup release " name "\n"

/* What no section is about any more, one row for each section; what has gone is not held. */
static void held(void **unused)
{
        static const char state[] =
                GPU("driver = |nouveau|\noverride = ||\n") "[device 0000:01:00.1]\nid = 10de:228b\nsection = "
                                                           "|device+gpu|\ndriver = ||\noverride = ||\nto = "
                                                           "|vfio-pci|\n" LOOSE("driver = ||\noverride = ||\n")
                                                                   GONE SERIAL;
        static const struct {
                const char *config, *expected;
        } cases[] = {
                { "",
                  "gpu     0000:01:00.0  held  vfio-pci  " HELD("gpu") "loose   0000:04:00.0  held            " HELD(
                          "loose") "serial  mtty          held            " HELD("serial") },
                { "[device other]\naddress = 01:00.0\nfunctions = all\n[mdev any]\nparent = mtty\ntype = mtty-1\nuuid "
                  "= " MDEV "\n",
                  "loose  0000:04:00.0  held  " HELD("loose") },
                /* A section that is switched off holds nothing. */
                { "[device gpu]\naddress = 01:00\nenabled = no\n[device loose]\naddress = 04:00.0\n[mdev "
                  "serial]\nparent = away\n"
                  "type = mtty-1\n",
                  "gpu  0000:01:00.0  held  vfio-pci  " HELD("gpu") },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_FREE char *found = show(state, NULL, cases[i].config, true, &rows);

                assert_text_of(cases[i].config, found, cases[i].expected);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(given_back), cmocka_unit_test(by_name), cmocka_unit_test(others_vfs),
                cmocka_unit_test(many_vfs),   cmocka_unit_test(colours), cmocka_unit_test(held),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
