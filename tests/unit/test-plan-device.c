/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [device]: which functions a section takes, by every selector, and the steps that bring them to their driver. */
#include "unit/machine.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/strutil.h"
#include "device/lookup.h"

/* Two equal GPUs with their audio functions, an HBA pair, a bridge, and an NVMe drive on vfio-pci already. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:01.0", "8086:1901", 0x060400, "pcieport", NULL, 1, "pci0000:00/0000:00:01.0" },
                { "0000:00:1f.0", "8086:7a04", 0x060100, NULL, NULL, 9, "pci0000:00/0000:00:1f.0" },
                { "0000:01:00.0", "10de:2487:1458:403b", 0x030000, "nouveau", NULL, 14,
                  "pci0000:00/0000:00:01.0/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 14,
                  "pci0000:00/0000:00:01.0/0000:01:00.1" },
                { "0000:02:00.0", "10de:2487:1458:403b", 0x030000, NULL, NULL, 15, NULL },
                { "0000:02:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 15, NULL },
                { "0000:03:00.0", "1000:0097:1028:1f53", 0x010700, "mpt3sas", NULL, 16, NULL },
                { "0000:04:00.0", "1000:0097:1028:1f54", 0x010700, "mpt3sas", NULL, 17, NULL },
                { "0000:05:00.0", "144d:a808", 0x010802, "vfio-pci", "vfio-pci", 18, NULL },
                { "0000:06:00.0", "8086:1521", 0x020000, "igb", NULL, 19, NULL },
                { "0000:07:00.0", "8086:10d3", 0x020000, "vfio-pci", NULL, 20, NULL },
                { "0000:08:00.0", "8086:1572", 0x020000, "vfio-pci", "vfio-pci", 21, NULL },
                { "0000:08:00.1", "8086:1572", 0x020000, "vfio-pci", "vfio-pci", 21, NULL },
        };
        static const char *const drivers[] = { "igb", "mpt3sas", "nouveau", "snd_hda_intel", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_netdev(inv, "0000:06:00.0", "eth0", "52:54:00:00:00:01");
        inv_serial(inv, "0000:05:00.0", "S4EWNX0R123456");
        inv_serial(inv, "0000:08:00.0", "90-e2-ba-ff-ff-01-02-03");
        inv_serial(inv, "0000:08:00.1", "90-e2-ba-ff-ff-01-02-03");
        return inv;
}

#define HBA_STEPS                                                                                                     \
        "override 0000:03:00.0 '' > vfio-pci\n"                                                                       \
        "unbind 0000:03:00.0 mpt3sas > vfio-pci\n"                                                                    \
        "bind 0000:03:00.0 mpt3sas > vfio-pci\n"

static void selectors(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 03:00.0\n",
                  "d change [IOMMU group 16, alone; 0000:04:00.0 is an equal card]\n" HBA_STEPS },
                { "[device d]\nid = 1000:0097:1028:1f53\n", "d change [IOMMU group 16, alone]\n" HBA_STEPS },
                { "[device d]\nid = 8086:1521\ndriver = vfio-pci\n",
                  "d change [IOMMU group 19, alone]\noverride 0000:06:00.0 '' > vfio-pci\nunbind 0000:06:00.0 igb > "
                  "vfio-pci\nbind 0000:06:00.0 igb > vfio-pci\n" },
                { "[device d]\ninterface = eth0\n",
                  "d change [IOMMU group 19, alone]\noverride 0000:06:00.0 '' > vfio-pci\nunbind 0000:06:00.0 igb > "
                  "vfio-pci\nbind 0000:06:00.0 igb > vfio-pci\n" },
                { "[device d]\nmac = 52:54:00:00:00:01\n",
                  "d change [IOMMU group 19, alone]\noverride 0000:06:00.0 '' > vfio-pci\nunbind 0000:06:00.0 igb > "
                  "vfio-pci\nbind 0000:06:00.0 igb > vfio-pci\n" },
                /* All is right: an empty plan. */
                { "[device d]\nserial = S4EWNX0R123456\n", "d ok [IOMMU group 18, alone]\n" },
                { "[device d]\naddress = 05:00.0\n", "d ok [IOMMU group 18, alone]\n" },
                /* The functions of a card have its serial number. */
                { "[device d]\nserial = 90-e2-ba-ff-ff-01-02-03\n",
                  "d ok [IOMMU group 21, with 0000:08:00.1, also handed over]\n" },
                /* The driver is right, the override is not: it would go native at the next rebind. */
                { "[device d]\naddress = 07:00.0\n",
                  "d change [IOMMU group 20, alone]\noverride 0000:07:00.0 '' > vfio-pci\n" },
                /* From one vfio driver to another: it may be open, so the unbind is guarded; its module is loaded. */
                { "[device d]\naddress = 05:00.0\ndriver = pci-stub\n",
                  "d change [IOMMU group 18, alone]\nmodule-load on pci_stub .pci-stub >\noverride 0000:05:00.0 "
                  "vfio-pci > pci-stub\nunbind 0000:05:00.0 vfio-pci > pci-stub (guarded)\nbind 0000:05:00.0 vfio-pci "
                  "> pci-stub\n" },
                { "[device d]\naddress = 03:00.0\nenabled = no\n", "d disabled\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void not_there(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 09:00.0\n", "d absent: no device at 09:00.0 @1\n" },
                { "[device d]\naddress = 09:00\n", "d absent: no device at 09:00 @1\n" },
                { "[device d]\nid = 1234:*\n", "d absent: no device with id 1234:* @1\n" },
                { "[device d]\npath = 0000:00:01.0/05.0\n", "d absent: no device at the path 0000:00:01.0/05.0 @1\n" },
                { "[device d]\ninterface = eth1\n",
                  "d absent: no PCI device has the interface eth1; eth0 is at 0000:06:00.0 @1\n" },
                { "[device d]\ninterface = ETH0\n",
                  "d absent: no PCI device has the interface ETH0; eth0 is at 0000:06:00.0 @1\n" },
                { "[device d]\nmac = 52:54:00:00:00:02\n", "d absent: no device with mac 52:54:00:00:00:02 @1\n" },
                { "[device d]\nserial = S5\n", "d absent: no device with serial S5 @1\n" },
                /* Where the device went. */
                { "[device d]\naddress = 09:00.0\nexpect = 8086:1521\n",
                  "d absent: no device at 09:00.0; 8086:1521 is at 0000:06:00.0 @1\n" },
                { "[device d]\naddress = 09:00.0\nexpect = 10de:2487\n",
                  "d absent: no device at 09:00.0; 10de:2487 is at 0000:01:00.0, 0000:02:00.0 @1\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void expectations(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 05:00.0\nexpect = 144d:a808\n", "d ok [IOMMU group 18, alone]\n" },
                { "[device d]\naddress = 05:00.0\nexpect = 144d:*\n", "d ok [IOMMU group 18, alone]\n" },
                { "[device d]\naddress = 03:00.0\nexpect = 10de:2488\n",
                  "d refused: 0000:03:00.0 is 1000:0097 (subsystem 1028:1f53), expected 10de:2488 @3\n" },
                { "[device d]\naddress = 03:00.0\nexpect = 8086:1521\n",
                  "d refused: 0000:03:00.0 is 1000:0097 (subsystem 1028:1f53), expected 8086:1521; 8086:1521 is at "
                  "0000:06:00.0 @3\n" },
                { "[device d]\naddress = 03:00.0\nexpect = 1000:0097:1028:1f54\n",
                  "d refused: 0000:03:00.0 is 1000:0097 (subsystem 1028:1f53), expected 1000:0097:1028:1f54; "
                  "1000:0097:1028:1f54 is at 0000:04:00.0 @3\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void counts(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\nid = 1000:0097\n", "d refused: 2 devices are 1000:0097 (0000:03:00.0, 0000:04:00.0), "
                                                  "expected 1; name one by address or path, or set count = 2 @2\n" },
                { "[device d]\nid = 1000:0097\ncount = 3\n", "d absent: 2 of 3 devices 1000:0097 are present @3\n" },
                { "[device d]\nid = 10de:*\ncount = 3\n", "d refused: 4 devices are 10de:* (0000:01:00.0, "
                                                          "0000:01:00.1, 0000:02:00.0, 0000:02:00.1), expected 3; "
                                                          "name one by address or path, or set count = 4 @3\n" },
                { "[device d]\nid = 1000:0097\ncount = all\n",
                  "d change [IOMMU groups 16, 17, alone]\noverride 0000:03:00.0 '' > vfio-pci\noverride 0000:04:00.0 "
                  "'' > vfio-pci\nunbind 0000:03:00.0 mpt3sas > vfio-pci\nbind 0000:03:00.0 mpt3sas > "
                  "vfio-pci\nunbind 0000:04:00.0 mpt3sas > vfio-pci\nbind 0000:04:00.0 mpt3sas > vfio-pci\n" },
                { "[device d]\nid = 1234:5678\ncount = all\n", "d absent: no device with id 1234:5678 @1\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

#define GPU_STEPS                                                                                                     \
        "override 0000:01:00.0 '' > vfio-pci\noverride 0000:01:00.1 '' > vfio-pci\n"                                  \
        "unbind 0000:01:00.0 nouveau > vfio-pci\nbind 0000:01:00.0 nouveau > vfio-pci\n"                              \
        "unbind 0000:01:00.1 snd_hda_intel > vfio-pci\nbind 0000:01:00.1 snd_hda_intel > vfio-pci\n"

static void functions_of_a_card(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 01:00.0\nfunctions = all\n",
                  "d change [IOMMU group 14, with its audio; 0000:02:00.0 is an equal card]\n" GPU_STEPS },
                { "[device d]\naddress = 01:00\n",
                  "d change [IOMMU group 14, with its audio; 0000:02:00.0 is an equal card]\n" GPU_STEPS },
                { "[device d]\naddress = 01:00\nfunctions = all\n",
                  "d change [IOMMU group 14, with its audio; 0000:02:00.0 is an equal card]\n" GPU_STEPS },
                { "[device d]\npath = 0000:00:01.0/00.0\nfunctions = all\n",
                  "d change [IOMMU group 14, with its audio]\n" GPU_STEPS },
                /* expect speaks of the card's first function. */
                { "[device d]\naddress = 01:00\nexpect = 10de:2487\n",
                  "d change [IOMMU group 14, with its audio; 0000:02:00.0 is an equal card]\n" GPU_STEPS },
                /* Without them the audio keeps the group from being viable. */
                { "[device d]\naddress = 01:00.0\nfunctions = named\n",
                  "d refused: IOMMU group 14 also contains 0000:01:00.1 (snd_hda_intel), so no VM can open it; "
                  "functions = all takes it along @1\n" },
                /* A card that was unbound needs no unbind. */
                { "[device d]\naddress = 02:00.0\ngroup = ignore\n",
                  "d change [IOMMU group 15, with 1 more; 0000:01:00.0 is an equal card]\noverride 0000:02:00.0 '' > "
                  "vfio-pci\nbind 0000:02:00.0 > vfio-pci\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void bridges(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 00:01.0\n",
                  "d refused: 0000:00:01.0 is a bridge (class 0604), which stays with the host @1\n" },
                { "[device d]\naddress = 00:1f.0\ndriver = pci-stub\n",
                  "d refused: 0000:00:1f.0 is a bridge (class 0601), which stays with the host @1\n" },
                { "[device d]\naddress = 00:01.0\nforce = disk network display keyboard vfs\n",
                  "d refused: 0000:00:01.0 is a bridge (class 0604), which stays with the host @1\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void conflicts(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device a]\naddress = 03:00.0\n[device b]\nid = 1000:0097:1028:1f53\n",
                  "a refused: 0000:03:00.0 is also claimed by [device b] (c:3) @1\n"
                  "b refused: 0000:03:00.0 is also claimed by [device a] (c:1) @3\n" },
                { "[device card]\naddress = 01:00\n[device audio]\naddress = 01:00.1\n",
                  "card refused: 0000:01:00.1 is also claimed by [device audio] (c:3) @1\n"
                  "audio refused: 0000:01:00.1 is also claimed by [device card] (c:1) @3\n" },
                /* All who claim it are refused, not the first two alone. */
                { "[device a]\naddress = 06:00.0\n[device b]\ninterface = eth0\n[device e]\nid = 8086:1521\n",
                  "a refused: 0000:06:00.0 is also claimed by [device b] (c:3); 0000:06:00.0 is also claimed by [device e] (c:5) @1\n"
                  "b refused: 0000:06:00.0 is also claimed by [device a] (c:1) @3\n"
                  "e refused: 0000:06:00.0 is also claimed by [device a] (c:1) @5\n" },
                /* The others go on. */
                { "[device a]\naddress = 06:00.0\n[device b]\ninterface = eth0\n[device d]\naddress = 03:00.0\n",
                  "a refused: 0000:06:00.0 is also claimed by [device b] (c:3) @1\nb refused: 0000:06:00.0 is also "
                  "claimed by [device a] (c:1) @3\nd change [IOMMU group 16, alone; 0000:04:00.0 is an equal "
                  "card]\n" HBA_STEPS },
                /* What is disabled claims nothing. */
                { "[device a]\naddress = 03:00.0\n[device b]\nid = 1000:0097:1028:1f53\nenabled = no\n",
                  "a change [IOMMU group 16, alone; 0000:04:00.0 is an equal card]\nb disabled\n" HBA_STEPS },
                /* Nor does what is not there for another reason. */
                { "[device a]\naddress = 03:00.0\n[device b]\nid = 1000:0097:1028:1f53\nexpect = 1:2\n",
                  "a change [IOMMU group 16, alone; 0000:04:00.0 is an equal card]\nb refused: 0000:03:00.0 is "
                  "1000:0097 (subsystem 1028:1f53), expected 1:2 @5\n" HBA_STEPS },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

/* What could not be looked at may be what is missed. */
static struct inventory *unreadable_machine(void)
{
        struct inventory *inv = machine();
        struct unreadable *u = ARRAY_APPEND(inv->unreadable, inv->n_unreadable, inv->alloc_unreadable);

        assert_non_null(u);
        u->address = (struct pci_address){ 0, 9, 0, 0 };
        u->error = 5;
        return inv;
}

static void unreadable(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 09:00.0\n",
                  "d absent: no device at 09:00.0; failed to read 0000:09:00.0 (Input/output error) @1\n" },
        };

        (void) unused;
        assert_plans(unreadable_machine, cases, ARRAY_SIZE(cases));
}

/* A VF on the bus behind its PF's has the same way to it, and is not what a path means. */
static void path_of_a_vf(void **unused)
{
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;
        CLEANUP(selector_clear) struct selector selector = { 0 };
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;

        (void) unused;
        inv_pf(inv, "0000:06:00.0", 1, "0000:07:00.0", 1, 0x10d3);
        replace_string(&inv_at(inv, "0000:06:00.0")->path, "pci0000:00/0000:00:1c.0/0000:06:00.0");
        replace_string(&inv_at(inv, "0000:07:00.0")->path, "pci0000:00/0000:00:1c.0/0000:07:00.0");
        inventory_index(inv);
        lookup_new(inv, &lookup);
        assert_int_equal(selector_parse(SELECTOR_PATH, "0000:00:1c.0/00.0", &selector), 0);
        lookup_find(lookup, &selector, &hits, &n);
        assert_int_equal(n, 1);
        assert_ptr_equal(&inv->functions[hits[0]], inv_at(inv, "0000:06:00.0"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(selectors), cmocka_unit_test(not_there),           cmocka_unit_test(expectations),
                cmocka_unit_test(counts),    cmocka_unit_test(functions_of_a_card), cmocka_unit_test(bridges),
                cmocka_unit_test(conflicts), cmocka_unit_test(unreadable),          cmocka_unit_test(path_of_a_vf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
