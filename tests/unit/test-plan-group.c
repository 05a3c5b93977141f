/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups: strict names the blockers, whole takes them along, ignore does not look; and no IOMMU at all. */
#include "unit/machine.h"

#include <stdlib.h>

/* A NIC and a SATA controller in one group behind a bridge, two NICs that block each other, and a lone drive. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:01.0", "8086:1901", 0x060400, "pcieport", NULL, 1, NULL },
                { "0000:00:1c.0", "8086:7ab8", 0x060400, "shpchp", NULL, 5, NULL },
                { "0000:01:00.0", "8086:1521", 0x020000, "igb", NULL, 1, NULL },
                { "0000:01:00.1", "8086:1521", 0x020000, "igb", NULL, 1, NULL },
                { "0000:02:00.0", "1b21:1064", 0x010601, "ahci", NULL, 1, NULL },
                { "0000:03:00.0", "1000:0097", 0x010700, NULL, NULL, 5, NULL },
                { "0000:04:00.0", "144d:a808", 0x010802, "nvme", NULL, 6, NULL },
                { "0000:05:00.0", "1912:0014", 0x0c0330, "xhci_hcd", NULL, NO_GROUP, NULL },
                { "0000:06:00.0", "8086:10d3", 0x020000, "e1000e", NULL, 7, NULL },
                { "0000:06:00.1", "8086:10d3", 0x020000, "pci-stub", NULL, 7, NULL },
                { "0000:06:00.2", "8086:10d3", 0x020000, NULL, NULL, 7, NULL },
                { "0000:06:00.3", "8086:10d3", 0x020000, "mlx5_vfio_pci", NULL, 7, NULL },
        };
        static const char *const drivers[] = { "ahci", "e1000e", "igb", "nvme", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        return inv;
}

#define TAKE(address, driver) "unbind " address " " driver " > vfio-pci\nbind " address " " driver " > vfio-pci\n"
#define OVERRIDE(address) "override " address " '' > vfio-pci\n"
#define NO_VM "so no VM can open it; group = whole takes "

static void strict(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device nic]\naddress = 01:00.0\n",
                  "nic refused: IOMMU group 1 also contains 0000:01:00.1 (igb), 0000:02:00.0 (ahci), " NO_VM
                  "them along @1\n" },
                { "[device nic]\naddress = 01:00\n",
                  "nic refused: IOMMU group 1 also contains 0000:02:00.0 (ahci), " NO_VM "it along @1\n" },
                /* The line that asked for it. */
                { "[device nic]\naddress = 01:00\ngroup = strict\n",
                  "nic refused: IOMMU group 1 also contains 0000:02:00.0 (ahci), " NO_VM "it along @3\n" },
                /* Two sections together make it viable, in either order. */
                { "[device nic]\naddress = 01:00\n[device sata]\naddress = 02:00.0\n",
                  "nic change [IOMMU group 1, with 0000:01:00.1, also handed over, and 1 more]\nsata change [IOMMU "
                  "group 1, with 2 more]\n" OVERRIDE("0000:01:00.0") OVERRIDE("0000:01:00.1") OVERRIDE("0000:02:00.0")
                          TAKE("0000:01:00.0", "igb") TAKE("0000:01:00.1", "igb") TAKE("0000:02:00.0", "ahci") },
                /* A refusal leaves a device on its driver, and that refuses the other. */
                { "[device nic]\naddress = 01:00\n[device sata]\naddress = 02:00.0\nexpect = 1:2\n",
                  "nic refused: IOMMU group 1 also contains 0000:02:00.0 (ahci, [device sata] is refused), so no VM "
                  "can open "
                  "it @1\nsata refused: 0000:02:00.0 is 1b21:1064 (subsystem 0000:0000), expected 1:2 @5\n" },
                /* What stays with the host, and a driver that is not VFIO's, block; stubs, nothing and variants don't.
                 */
                { "[device d]\naddress = 06:00.0\n",
                  "d change [IOMMU group 7, with 3 more]\n" OVERRIDE("0000:06:00.0") TAKE("0000:06:00.0", "e1000e") },
                { "[device d]\naddress = 06:00.2\n", "d refused: IOMMU group 7 also contains 0000:06:00.0 (e1000e), "
                                                     "so no VM can open it; functions = all takes it along @1\n" },
                /* pci-stub is no VFIO driver: nobody's group needs to be viable for it. */
                { "[device d]\naddress = 01:00.0\ndriver = pci-stub\n",
                  "d change [IOMMU group 1, with 2 more]\nmodule-load on pci_stub .pci-stub >\noverride 0000:01:00.0 "
                  "'' > pci-stub\nunbind 0000:01:00.0 igb > pci-stub\nbind 0000:01:00.0 igb > pci-stub\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

/* A bridge is never taken, so that group = whole would help is no advice. */
static void bridge_on_another_driver(void **unused)
{
        static const char *const texts[] = { "[device d]\naddress = 03:00.0\n",
                                             "[device d]\naddress = 03:00.0\ngroup = whole\n" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                const char *reason;

                plan_for(&p, machine, texts[i]);
                assert_int_equal(planned_item(&p, "d")->verdict, VERDICT_REFUSED);
                assert_int_equal(p.plan->n_steps, 0);
                reason = planned_item(&p, "d")->reason;
                if (!strstr(reason, "group 5 also contains 0000:00:1c.0 (shpchp)") || !strstr(reason, "bridge") ||
                    strstr(reason, "takes it along"))
                        fail_msg("%s", reason);
        }
}

static void whole(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device nic]\naddress = 01:00.0\ngroup = whole\n",
                  "nic change [IOMMU group 1, with 0000:01:00.1, 0000:02:00.0, also handed over]\n" OVERRIDE(
                          "0000:01:00.0") OVERRIDE("0000:01:00.1") OVERRIDE("0000:02:00.0") TAKE("0000:01:00.0", "igb")
                          TAKE("0000:01:00.1", "igb") TAKE("0000:02:00.0", "ahci") },
                { "[passthru]\ngroup = whole\n[device drive]\naddress = 04:00.0\n",
                  "drive change [IOMMU group 6, alone]\n" OVERRIDE("0000:04:00.0") TAKE("0000:04:00.0", "nvme") },
                /* Of two sections that want one group whole, the first has its third member. */
                { "[device a]\naddress = 01:00.0\ngroup = whole\n[device b]\naddress = 02:00.0\ngroup = whole\n",
                  "a change [IOMMU group 1, with 0000:01:00.1, also handed over, and 1 more]\nb change [IOMMU group "
                  "1, with 2 more]\n" OVERRIDE("0000:01:00.0") OVERRIDE("0000:01:00.1") OVERRIDE("0000:02:00.0")
                          TAKE("0000:01:00.0", "igb") TAKE("0000:01:00.1", "igb") TAKE("0000:02:00.0", "ahci") },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

/* What another section names by itself is that section's: whole takes the rest. */
static void whole_and_named(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        size_t n_sata = 0;

        (void) unused;
        plan_for(&p, machine, "[device nic]\naddress = 01:00.0\ngroup = whole\n[device sata]\naddress = 02:00.0\n");
        for (size_t i = 0; i < p.plan->n_steps; i++)
                n_sata += p.plan->steps[i].has_address && p.plan->steps[i].address.bus == 2;
        /* Either it is done once, or both are refused and nothing is done: never twice. */
        assert_true(n_sata == 0 || n_sata == 3);
        assert_true(n_sata == 3 || p.plan->n_steps == 0);
}

static void ignore(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device nic]\naddress = 01:00.0\ngroup = ignore\n",
                  "nic change [IOMMU group 1, with 2 more]\n" OVERRIDE("0000:01:00.0") TAKE("0000:01:00.0", "igb") },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void no_group(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 05:00.0\n",
                  "d refused: 0000:05:00.0 has no IOMMU group, which vfio-pci needs @1\n" },
#define STUB                                                                                                          \
        "d change\nmodule-load on pci_stub .pci-stub >\noverride 0000:05:00.0 '' > pci-stub\n"                        \
        "unbind 0000:05:00.0 xhci_hcd > pci-stub\nbind 0000:05:00.0 xhci_hcd > pci-stub\n"
                { "[device d]\naddress = 05:00.0\ndriver = pci-stub\n", STUB },
                /* Without a group the whole of it is the device alone. */
                { "[device d]\naddress = 05:00.0\ndriver = pci-stub\ngroup = whole\n", STUB },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

/* A PF with a VF on its driver and one without, which share a group. */
static struct inventory *machine_vfs(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "8086:1521", 0x020000, "igb", NULL, 1, NULL },
                { "0000:01:10.0", "8086:1520", 0x020000, "vfio-pci", "vfio-pci", 2, NULL },
                { "0000:01:10.4", "8086:1520", 0x020000, "igbvf", NULL, 2, NULL },
        };
        static const char *const drivers[] = { "igb", "igbvf", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:01:00.0", 7, "0000:01:10.0", 2, 0x1520);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        return inv;
}

#define UP "[sriov up]\naddress = 01:00.0\n"
#define VM "[device vm]\naddress = up/0\n"

/* What the VFs in the group will be on counts, not what they are on. */
static void group_of_vfs(void **unused)
{
        static const struct plan_case cases[] = {
                /* functions = all would take no VF. */
                { "[device vm]\naddress = 01:10.0\n",
                  "vm refused: IOMMU group 2 also contains 0000:01:10.4 (igbvf), " NO_VM "it along @1\n" },
                { "[device vm]\naddress = 01:10.0\ngroup = whole\n",
                  "vm change [IOMMU group 2, with 0000:01:10.4, also handed over]\n" OVERRIDE("0000:01:10.4")
                          TAKE("0000:01:10.4", "igbvf") },
                { UP "vfs = 2\nvf-driver = none\n" VM, "up change\nvm ok [IOMMU group 2, with 1 more]\noverride "
                                                       "0000:01:10.4 '' > none\nunbind 0000:01:10.4 igbvf >\n" },
                { UP "vfs = 2\nvf-driver = host\n" VM, "up ok\nvm refused: IOMMU group 2 also contains 0000:01:10.4 "
                                                       "(igbvf, [sriov up] leaves it to the host), so "
                                                       "no VM can open it @5\n" },
                /* Which driver its own is, is not known yet; VFIO's it is not. */
                { UP "vfs = 2\nvf-driver = host\n[device vm]\naddress = up/1\n",
                  "up change\nvm refused: IOMMU group 2 also contains 0000:01:10.0 (host, [sriov up] leaves it to the "
                  "host), so no VM can open it @5\n"
                  "override 0000:01:10.0 vfio-pci > ''\nunbind 0000:01:10.0 vfio-pci > (guarded)\nprobe 0000:01:10.0 "
                  ">\n" },
        };
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        assert_plans(machine_vfs, cases, ARRAY_SIZE(cases));
        /* Of a VF to come the group is not known: it is taken alone. */
        plan_for(&p, machine_vfs, UP "vfs = 3\n" VM "group = whole\n");
        assert_int_equal(planned_item(&p, "vm")->verdict, VERDICT_CHANGE);
        assert_int_equal(planned_item(&p, "vm")->n_claims, 1);
}

static struct inventory *machine_card(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:1e04", 0x030000, NULL, "vfio-pci", 1, NULL },
                { "0000:01:00.1", "10de:10f7", 0x040300, NULL, "vfio-pci", 1, NULL },
                { "0000:01:00.2", "10de:1ad6", 0x0c0330, NULL, "vfio-pci", 1, NULL },
                { "0000:01:00.3", "10de:1ad7", 0x0c8000, NULL, "vfio-pci", 1, NULL },
                { "0000:02:00.0", "10de:1e04", 0x030200, NULL, "vfio-pci", 1, NULL },
                { "0000:03:00.0", "dead:beef", 0x120000, NULL, "vfio-pci", 1, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        return inv;
}

/* What goes along is told by what it is, where a word says it. */
static void words(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine_card, "[device gpu]\naddress = 01:00.0\ngroup = whole\n");
        assert_string_equal(
                planned_item(&p, "gpu")->note,
                "IOMMU group 1, with its audio, USB, UCSI, and with 0000:02:00.0, 0000:03:00.0, also handed over");
}

static struct inventory *machine_without_iommu(void)
{
        struct inventory *inv = machine();

        for (size_t i = 0; i < inv->n_functions; i++)
                inv->functions[i].group = NO_GROUP;
        return inv;
}

#define IOMMU_OFF "the IOMMU is off; passthru-setup doctor says how to turn it on here"

static void iommu_off(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 04:00.0\n", "d refused: " IOMMU_OFF " @1\n" },
                { "[device d]\naddress = 04:00.0\ngroup = ignore\n", "d refused: " IOMMU_OFF " @1\n" },
                { "[device d]\naddress = 04:00.0\ndriver = pci-stub\n",
                  "d change\nmodule-load on pci_stub .pci-stub >\noverride 0000:04:00.0 '' > pci-stub\n"
                  "unbind 0000:04:00.0 nvme > pci-stub\nbind 0000:04:00.0 nvme > pci-stub\n" },
                /* The user wants it without, and says so by name. */
                { "[module vfio]\nenable_unsafe_noiommu_mode = Y\n[device d]\naddress = 04:00.0\n",
                  "vfio change\nd change\nmodule-load on vfio > enable_unsafe_noiommu_mode=Y\n" OVERRIDE(
                          "0000:04:00.0") TAKE("0000:04:00.0", "nvme") },
                { "[module vfio]\nenable_unsafe_noiommu_mode = 1\n[device d]\naddress = 04:00.0\n",
                  "vfio change\nd change\nmodule-load on vfio > enable_unsafe_noiommu_mode=1\n" OVERRIDE(
                          "0000:04:00.0") TAKE("0000:04:00.0", "nvme") },
                { "[module vfio]\nenable_unsafe_noiommu_mode = 0\n[device d]\naddress = 04:00.0\n",
                  "vfio change\nd refused: " IOMMU_OFF " @3\nmodule-load on vfio > enable_unsafe_noiommu_mode=0\n" },
        };

        (void) unused;
        assert_plans(machine_without_iommu, cases, ARRAY_SIZE(cases));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strict),    cmocka_unit_test(bridge_on_another_driver),
                cmocka_unit_test(whole),     cmocka_unit_test(whole_and_named),
                cmocka_unit_test(ignore),    cmocka_unit_test(no_group),
                cmocka_unit_test(iommu_off), cmocka_unit_test(group_of_vfs),
                cmocka_unit_test(words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
