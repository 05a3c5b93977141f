/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev]: parents, types by id and name, UUIDs given and derived, attributes, and what is there already. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>

#define UUID_A "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define UUID_B "4b20d080-1b54-4048-85b3-a6a62d165c02"
#define IGPU "0000:00:02.0"

/* mtty, an iGPU whose types have ids for names, a card with two types of one name, and a PF with two VFs of which
 * one is a parent. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { IGPU, "8086:3e92", 0x030000, "i915", NULL, 0, NULL },
                { "0000:01:00.0", "10de:2487", 0x030000, "nouveau", NULL, 1, NULL },
                { "0000:02:00.0", "10de:2235", 0x030200, "nvidia", NULL, 2, NULL },
                { "0000:02:00.4", "10de:2235", 0x030200, "nvidia", NULL, 3, NULL },
                { "0000:02:00.5", "10de:2235", 0x030200, "nvidia", NULL, 4, NULL },
        };
        static const char *const drivers[] = { "i915", "nouveau", "nvidia", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct mdev_parent *p;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:02:00.0", 16, "0000:02:00.4", 2, 0x2235);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        p = inv_parent(inv, IGPU, IGPU);
        inv_type(p, "i915-GVTg_V5_4", NULL, 1);
        inv_type(p, "i915-GVTg_V5_8", NULL, 0);
        p = inv_parent(inv, "0000:02:00.4", "0000:02:00.4");
        inv_type(p, "nvidia-1", "GRID T4-1B", 2);
        inv_type(p, "nvidia-2", "GRID T4-1B", 2);
        inv_type(p, "GRID T4-2B", "other", 2);
        inv_type(p, "nvidia-3", "GRID T4-2B", 2);
        p = inv_parent(inv, "mtty", NULL);
        inv_type(p, "mtty-1", "Single port serial", 24);
        inv_type(p, "mtty-2", "Dual port serial", 12);
        p = inv_parent(inv, "empty", NULL);
        inv_mdev(inv, UUID_B, "mtty", "mtty-2");
        return inv;
}

#define MTTY "[mdev m]\nparent = mtty\n"
/* Derived for the section m (test_derive_uuid()). */
#define M0 "6d000000-0000-0000-0000-000000000000"
#define M1 "6d000000-0000-0000-0000-000000000001"
#define M2 "6d000000-0000-0000-0000-000000000002"

static void types(void **unused)
{
        static const struct plan_case cases[] = {
                { MTTY "type = mtty-1\n", "m change\nmdev-create " M0 " on mtty > mtty-1\n" },
                { MTTY "type = Dual port serial\n", "m change\nmdev-create " M0 " on mtty > mtty-2\n" },
                { MTTY "type = dual port serial\n",
                  "m refused: mtty has no type dual port serial; it has: mtty-1 (Single "
                  "port serial), mtty-2 (Dual port serial) @3\n" },
                { MTTY "type = mtty\n",
                  "m refused: mtty has no type mtty; it has: mtty-1 (Single port serial), mtty-2 "
                  "(Dual port serial) @3\n" },
                { "[mdev m]\nparent = empty\ntype = t\n", "m refused: empty has no type t; it has: none @3\n" },
                { "[mdev m]\naddress = 02:00.4\ntype = GRID T4-1B\n",
                  "m refused: 2 types of 0000:02:00.4 are named GRID T4-1B; expected the id of one: nvidia-1 (GRID "
                  "T4-1B), "
                  "nvidia-2 (GRID T4-1B), GRID T4-2B (other), nvidia-3 (GRID T4-2B) @3\n" },
                /* An id goes before a name. */
                { "[mdev m]\naddress = 02:00.4\ntype = GRID T4-2B\n",
                  "m change\nmdev-create 0000:02:00.4 " M0 " on 0000:02:00.4 > GRID T4-2B\n" },
                { "[mdev m]\nparent = " IGPU "\ntype = i915-GVTg_V5_4\n",
                  "m change\nmdev-create " IGPU " " M0 " on " IGPU " > i915-GVTg_V5_4\n" },
                { "[mdev m]\nid = 8086:3e92\ntype = i915-GVTg_V5_4\n",
                  "m change\nmdev-create " IGPU " " M0 " on " IGPU " > i915-GVTg_V5_4\n" },
                { "[mdev m]\nparent = " IGPU "\ntype = i915-GVTg_V5_8\n",
                  "m refused: " IGPU " has room for 0 more of type i915-GVTg_V5_8, not for 1 @3\n" },
                /* The sections share it. */
                { "[mdev m]\nparent = " IGPU "\ntype = i915-GVTg_V5_4\n[mdev n]\nparent = " IGPU
                  "\ntype = i915-GVTg_V5_4\n",
                  "m change\nn refused: " IGPU
                  " has room for 1 more of type i915-GVTg_V5_4, not for 1 and the 1 of the sections "
                  "above @6\nmdev-create " IGPU " " M0 " on " IGPU " > i915-GVTg_V5_4\n" },
                { MTTY "type = mtty-2\ncount = 13\n",
                  "m refused: mtty has room for 12 more of type mtty-2, not for 13 @3\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void parents(void **unused)
{
        static const struct plan_case cases[] = {
                { "[mdev m]\nparent = mbochs\ntype = t\n",
                  "m absent: no mdev parent mbochs under /sys/class/mdev_bus @1\n" },
                { "[mdev m]\naddress = 09:00.0\ntype = t\n", "m absent: no device at 09:00.0 @1\n" },
                { "[mdev m]\naddress = 01:00.0\ntype = t\n",
                  "m absent: 0000:01:00.0 offers no mdevs yet; its driver is nouveau @1\n" },
                { "[mdev m]\naddress = " IGPU "\nexpect = 8086:3e93\ntype = t\n",
                  "m refused: " IGPU " is 8086:3e92 (subsystem 0000:0000), expected 8086:3e93 @3\n" },
                { "[mdev m]\nid = 10de:*\ntype = t\n", "m refused: 4 devices have id 10de:* (0000:01:00.0, "
                                                       "0000:02:00.0, 0000:02:00.4, 0000:02:00.5), expected "
                                                       "one; name it by address or path @1\n" },
                /* A parent is no use to a VM itself while it has mdevs. */
                { "[mdev m]\nparent = " IGPU "\ntype = i915-GVTg_V5_4\n[device gpu]\naddress = " IGPU "\n",
                  "m refused: " IGPU " is also claimed by [device gpu] (c:4) @1\n"
                  "gpu refused: " IGPU " is also claimed by [mdev m] (c:1) @4\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

#define GRID "[sriov g]\naddress = 02:00.0\nvf-driver = host\n"

static void vf_parents(void **unused)
{
        static const struct plan_case cases[] = {
                { GRID "vfs = 2\n[mdev m]\nparent = g/0\ntype = nvidia-1\n",
                  "g ok\nm change\nmdev-create 0000:02:00.4 " M0 " on 0000:02:00.4 > nvidia-1\n" },
                { GRID "vfs = 2\n[mdev m]\nparent = g/1\ntype = nvidia-1\n",
                  "g ok\nm absent: g/1 (0000:02:00.5) offers no mdevs yet @5\n" },
                /* The VF is to come, and what types it has will be seen then. */
                { GRID "vfs = 1\n[mdev m]\nparent = g/0\ntype = some type\nattr = a=1\n",
                  "g change [disruptive: the 2 existing VFs are removed first]\nm change\n"
                  "unbind 0000:02:00.4 nvidia >\nunbind 0000:02:00.5 nvidia >\n"
                  "numvfs 0000:02:00.0 2 > 0 (guarded)\nnumvfs 0000:02:00.0 0 > 1\nprobe 0000:02:00.0/0 >\n"
                  "mdev-create 0000:02:00.0/0 " M0 " > some type\n"
                  "mdev-attribute 0000:02:00.0/0 " M0 " .a > 1\n" },
                { GRID "vfs = 99\n[mdev m]\nparent = g/0\ntype = t\n",
                  "g refused: 0000:02:00.0 supports at most 16 VFs, not 99; some firmware can be configured to offer "
                  "more @4\nm "
                  "refused: parent = g/0 needs [sriov g] "
                  "@5\n" },
                { GRID "vfs = 2\nenabled = no\n[mdev m]\nparent = g/0\ntype = t\n",
                  "g disabled\nm disabled: parent = g/0 needs [sriov g], which is disabled @6\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void uuids(void **unused)
{
        static const struct plan_case cases[] = {
                { MTTY "type = mtty-1\nuuid = " UUID_A "\n", "m change\nmdev-create " UUID_A " on mtty > mtty-1\n" },
                { MTTY "type = mtty-2\nuuid = " UUID_B "\n", "m ok\n" },
                { MTTY "type = Dual port serial\nuuid = " UUID_B "\n", "m ok\n" },
                { MTTY "type = mtty-1\nuuid = " UUID_B "\n",
                  "m refused: mdev " UUID_B " exists already, as mtty-2 on mtty @4\n" },
                { "[mdev m]\nparent = " IGPU "\ntype = i915-GVTg_V5_4\nuuid = " UUID_B "\n",
                  "m refused: mdev " UUID_B " exists already, as mtty-2 on mtty @4\n" },
                { MTTY "type = mtty-1\ncount = 3\n", "m change\nmdev-create " M0 " on mtty > mtty-1\n"
                                                     "mdev-create " M1 " on mtty > mtty-1\n"
                                                     "mdev-create " M2 " on mtty > mtty-1\n" },
                /* Attributes right after their mdev, in the order of the file. */
                { MTTY "type = mtty-1\ncount = 2\nattr = b=1\nattr = a=2\nattr = b=3\n",
                  "m change\nmdev-create " M0 " on mtty > mtty-1\n"
                  "mdev-attribute " M0 " .b > 1\nmdev-attribute " M0 " .a > 2\n"
                  "mdev-attribute " M0 " .b > 3\n"
                  "mdev-create " M1 " on mtty > mtty-1\n"
                  "mdev-attribute " M1 " .b > 1\nmdev-attribute " M1 " .a > 2\n"
                  "mdev-attribute " M1 " .b > "
                  "3\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

/* As many as there is room for, to the last. */
static void all_the_room(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine, MTTY "type = mtty-2\ncount = 12\n");
        assert_int_equal(planned_item(&p, "m")->verdict, VERDICT_CHANGE);
        assert_int_equal(plan_count(p.plan).steps.n[COUNT_MDEVS], 12);
}

static void note_mdev(struct planned *p, bool unfinished)
{
        static const uint8_t uuid[16] = { 0x4b, 0x20, 0xd0, 0x80, 0x1b, 0x54, 0x40, 0x48,
                                          0x85, 0xb3, 0xa6, 0xa6, 0x2d, 0x16, 0x5c, 0x02 }; /* UUID_B */

        state_add_mdev(&p->state, uuid, "mdev m", "mtty", "mtty-2");
        p->state.mdevs[0].unfinished = unfinished;
}

/* A run that was cut off between making the mdev and its attributes: the attributes are still to be set. */
static void unfinished(void **unused)
{
        static const char text[] = MTTY "type = mtty-2\nuuid = " UUID_B "\nattr = a=1\n";
        static const char *const expected[] = { "m ok\n", "m change\nmdev-attribute " UUID_B " .a > 1 (guarded)\n" };

        (void) unused;
        for (size_t i = 0; i < 2; i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *found = NULL;

                note_mdev(&p, i == 1);
                plan_for(&p, machine, text);
                found = plan_text(p.plan);
                assert_text_of(text, found, expected[i]);
        }
}

static struct inventory *machine_with_child(void)
{
        struct inventory *inv = machine();

        inv_mdev(inv, UUID_A, IGPU, "i915-GVTg_V5_4");
        return inv;
}

/* A parent that would leave its driver takes its mdevs along, or hangs on an open one: refused, and they are named. */
static void parent_leaves(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine_with_child, "[device gpu]\naddress = " IGPU "\n");
        assert_int_equal(planned_item(&p, "gpu")->verdict, VERDICT_REFUSED);
        assert_non_null(strstr(planned_item(&p, "gpu")->reason, UUID_A));
        assert_int_equal(p.plan->n_steps, 0);
}

static struct inventory *machine_unreadable(void)
{
        struct inventory *inv = machine();

        inv->parents[inv->n_parents - 1].error = EIO;
        return inv;
}

static void types_unreadable(void **unused)
{
        static const struct plan_case cases[] = {
                { "[mdev m]\nparent = empty\ntype = t\n",
                  "m refused: failed to read the mdev types of empty (Input/output error) @1\n" },
        };

        (void) unused;
        assert_plans(machine_unreadable, cases, ARRAY_SIZE(cases));
}

static int no_machine_id(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        (void) userdata, (void) name, (void) index, (void) ret;
        return -ENOENT;
}

static int captured(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        (void) userdata, (void) name, (void) index, (void) ret;
        return -EOPNOTSUPP;
}

static char *plan_with(plan_derive_uuid derive, const char *text)
{
        CLEANUP_PLANNED struct planned p = { .config = parse_good(text), .inv = machine() };
        struct plan_input in = { .config = p.config, .inventory = p.inv, .derive_uuid = derive };

        inventory_index(p.inv);
        plan_build(&in, &p.plan);
        assert_true(p.plan->items[0].n_mdevs == 0 || p.plan->items[0].mdevs[0].known == false);
        return plan_text(p.plan);
}

static void derived(void **unused)
{
        CLEANUP_FREE char *none = plan_with(no_machine_id, MTTY "type = mtty-1\n"),
                          *elsewhere = plan_with(captured, MTTY "type = mtty-1\n"),
                          *nobody = plan_with(NULL, MTTY "type = mtty-1\n");

        (void) unused;
        assert_string_equal(none, "m refused: failed to derive a UUID from /etc/machine-id (No such file or "
                                  "directory); run systemd-machine-id-setup, or set uuid @1\n");
        /* A captured tree: there will be one, but not to be told here. */
        assert_string_equal(elsewhere,
                            "m change\nmdev-create 00000000-0000-0000-0000-000000000000 on mtty > mtty-1\n");
        assert_string_equal(nobody, elsewhere);
}

/* How many VFs `max` are, only the device says. */
static void no_such_vf(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine,
                 "[sriov up]\naddress = 02:00.0\nvfs = max\nvf-driver = host\n[mdev m]\naddress = up/16\ntype = t\n");
        assert_int_equal(planned_item(&p, "m")->verdict, VERDICT_REFUSED);
        assert_string_equal(planned_item(&p, "m")->reason, "up/16: [sriov up] has 16 VFs, 0 to 15");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(types),         cmocka_unit_test(parents),          cmocka_unit_test(vf_parents),
                cmocka_unit_test(uuids),         cmocka_unit_test(all_the_room),     cmocka_unit_test(unfinished),
                cmocka_unit_test(parent_leaves), cmocka_unit_test(types_unreadable), cmocka_unit_test(derived),
                cmocka_unit_test(no_such_vf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
