/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of devices: from a tree's own hardware database, which systemd-hwdb compiles as on a host. */
#include "unit/kit.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan/hwdb.h"
#include "unit/machine.h"
#include "unit/tree.h"

#define CARD "0000:01:00.0"
#define AUDIO "0000:01:00.1"
#define TWIN "0000:02:00.0"
#define NIC "0000:05:00.0"
#define VF0 "0000:05:10.0"
#define VF1 "0000:05:10.1"
#define OTHER "0000:06:00.0"

/* Vendors that no database has. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { CARD, "fff1:0001:fff1:00aa", 0x030000, "nouveau", NULL, 1, NULL },
                { AUDIO, "fff1:0002", 0x040300, "snd_hda_intel", NULL, 1, NULL },
                { TWIN, "fff1:0001:fff1:00bb", 0x030000, "nouveau", NULL, 2, NULL },
                { NIC, "fff2:0001", 0x020000, "nic", NULL, 3, NULL },
                { VF0, "fff2:0101", 0x020000, NULL, NULL, 4, NULL },
                { VF1, "fff2:0101", 0x020000, NULL, NULL, 5, NULL },
                { OTHER, "fff2:0101", 0x020000, NULL, NULL, 6, NULL },
        };
        static const char *const drivers[] = { "nic", "nouveau", "snd_hda_intel", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, NIC, 4, VF0, 2, 0x0101);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv->iommu = true;
        return inv;
}

static const char text[] = "[device card]\naddress = " CARD "\nfunctions = all\n"
                           "[device twin]\naddress = " TWIN "\n"
                           "[device absent]\naddress = 0000:77:00.0\n"
                           "[sriov up]\naddress = " NIC "\nvfs = 2\n";

static const char database[] = "pci:v0000FFF1d00000001*\n ID_MODEL_FROM_DATABASE=Card\n\n"
                               "pci:v0000FFF1d00000001sv0000FFF1sd000000BB*\n ID_MODEL_FROM_DATABASE=Card of another brand\n\n"
                               "pci:v0000FFF2d00000001*\n ID_MODEL_FROM_DATABASE=NIC\n\n"
                               "pci:v0000FFF2d00000101*\n ID_MODEL_FROM_DATABASE=VF of it\n";

/* Compiles the tree's own to its /etc, or to its /usr. */
static void compile(const char *root, bool usr)
{
        char name[] = "systemd-hwdb", root_option[128], update[] = "update", usr_option[] = "--usr";
        char *const argv[] = { name, root_option, update, usr ? usr_option : NULL, NULL };
        pid_t pid;
        int status;

        (void) snprintf(root_option, sizeof(root_option), "--root=%s", root);
        if (posix_spawnp(&pid, name, NULL, NULL, argv, environ) != 0)
                fail_msg("systemd-hwdb can't be run: it comes with the package udev (tests/deps installs it)");
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                fail_msg("systemd-hwdb %s update failed with %d", root_option, status);
}

static void assert_name(struct planned *p, const char *address, const char *expected)
{
        const char *name = inv_at(p->inv, address)->name;

        if (!streq_ptr(name, expected))
                fail_msg("%s is \"%s\", expected \"%s\"", address, name ? name : "", expected ? expected : "");
}

static void names(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        tree_file(root, "etc/udev/hwdb.d/20-test.hwdb", database);
        compile(root, false);
        plan_for(&p, machine, text);
        inv_at(p.inv, VF1)->name = strdup("has one");
        hwdb_name_functions(root, p.plan, p.inv);
        assert_name(&p, CARD, "Card");
        assert_name(&p, AUDIO, NULL); /* claimed along with it, and the database does not know it */
        assert_name(&p, TWIN, "Card of another brand");
        assert_name(&p, NIC, "NIC");
        assert_name(&p, VF0, "VF of it");
        assert_name(&p, VF1, "has one");
        assert_name(&p, OTHER, NULL); /* nobody's */
}

/* Functions alike are looked up once: also those that the database does not know. */
static void functions_alike(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_PLANNED struct planned p = { 0 }, unknown = { 0 };

        (void) unused;
        tree_file(root, "etc/udev/hwdb.d/20-test.hwdb", database);
        compile(root, false);
        plan_for(&p, machine, text);
        hwdb_name_functions(root, p.plan, p.inv);
        assert_name(&p, VF0, "VF of it");
        assert_name(&p, VF1, "VF of it");
        tree_file(root, "etc/udev/hwdb.d/20-test.hwdb", "pci:v0000FFF2d00000001*\n ID_MODEL_FROM_DATABASE=NIC\n");
        compile(root, false);
        plan_for(&unknown, machine, text);
        hwdb_name_functions(root, unknown.plan, unknown.inv);
        assert_name(&unknown, NIC, "NIC");
        assert_name(&unknown, VF0, NULL);
        assert_name(&unknown, VF1, NULL);
}

/* That of the tree's /usr is used where /etc has none, or a damaged one. */
static void places(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_PLANNED struct planned p = { 0 }, damaged = { 0 };

        (void) unused;
        tree_file(root, "etc/udev/hwdb.d/20-test.hwdb", database);
        compile(root, true);
        assert_int_equal(access(tree_path(root, "etc/udev/hwdb.bin"), F_OK), -1);
        plan_for(&p, machine, text);
        hwdb_name_functions(root, p.plan, p.inv);
        assert_name(&p, CARD, "Card");
        tree_file(root, "etc/udev/hwdb.bin", "no database");
        plan_for(&damaged, machine, text);
        hwdb_name_functions(root, damaged.plan, damaged.inv);
        assert_name(&damaged, CARD, "Card");
}

/* A tree without one has no names, and the host's own is not asked in its place; the host's knows none of these. */
static void no_database(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine, text);
        hwdb_name_functions(root, p.plan, p.inv);
        assert_name(&p, CARD, NULL);
        hwdb_name_functions("/", p.plan, p.inv);
        assert_name(&p, CARD, NULL);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(names),
                cmocka_unit_test(functions_alike),
                cmocka_unit_test(places),
                cmocka_unit_test(no_database),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
