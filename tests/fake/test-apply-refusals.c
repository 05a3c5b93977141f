/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is refused before anything is written: open devices, groups, conflicts, and what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake/machine.h"
#include "fake/run.h"

#define NVME_SECTION "[device nvme]\naddress = " NVME "\n"

/* The section is refused for a reason that names `what`, and the one of NVME_SECTION is applied. */
static void assert_refused(struct fake_kernel *k, const char *text, const char *section, const char *what)
{
        CLEANUP_RUN struct run run = { 0 };
        const struct plan_item *item;

        fake_claim(k, NVME);
        run_apply(k, text, &run);
        item = run_item(&run, section);
        if (item->verdict != VERDICT_REFUSED || !item->reason || !strstr(item->reason, what)) {
                run_print(&run);
                fake_print_writes(k, 0);
                fail_msg("[%s] is not refused naming %s", section, what);
        }
        if (strstr(text, NVME_SECTION))
                assert_driver(k, NVME, "vfio-pci");
        assert_no_violation(k);
}

static void group_policies(void **unused)
{
        static const char strict[] = "[device gpu]\naddress = " GPU "\n" NVME_SECTION;
        static const char ignore[] = "[device gpu]\naddress = " GPU "\ngroup = ignore\n";
        static const char whole[] = "[device gpu]\naddress = " GPU "\ngroup = whole\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        assert_refused(k, strict, "gpu", GPU_AUDIO);
        assert_driver(k, GPU, "nouveau");
        fake_claim(k, GPU);
        assert_applies(k, ignore);
        assert_driver(k, GPU, "vfio-pci");
        assert_driver(k, GPU_AUDIO, "snd_hda_intel");
        assert_settled(k, ignore);
        fake_claim(k, GPU_AUDIO);
        assert_applies(k, whole);
        assert_driver(k, GPU_AUDIO, "vfio-pci");
        assert_driver(k, BRIDGE, "pcieport");
        assert_settled(k, whole);
}

/* VFs in the PF's group: no guest could open them. What the first run says the second must say too. */
static void vfs_in_the_group_of_the_pf(void **unused)
{
        static const char text[] = "[sriov few]\naddress = 08:00.0\nvfs = 2\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run first = { 0 }, second = { 0 };

        (void) unused;
        fake_pci_add(k, "0000:08:00.0",
                     &(struct fake_pci){ .id = "8086:1572",
                                         .class = 0x020000,
                                         .driver = "i40e",
                                         .native = "i40e",
                                         .totalvfs = 8,
                                         .vf_device = 0x154c,
                                         .vf_shared_group = true });
        fake_claim(k, "0000:08:00.0");
        run_apply(k, text, &first);
        run_apply(k, text, &second);
        assert_int_equal(run_is_clean(&first), run_is_clean(&second));
        assert_no_violation(k);
}

static void no_iommu_group(void **unused)
{
        static const char text[] = "[device x]\naddress = 08:00.0\n" NVME_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_pci_add(k, "0000:08:00.0",
                     &(struct fake_pci){ .id = "1234:5678",
                                         .class = 0x020000,
                                         .driver = "plain",
                                         .native = "plain",
                                         .group = FAKE_NO_GROUP });
        assert_refused(k, text, "x", "group");
        assert_driver(k, "0000:08:00.0", "plain");
}

static void open_device(void **unused)
{
        static const char text[] = "[device hba]\naddress = " HBA "\ndriver = mpt3sas\n" NVME_SECTION;
        static const unsigned ways[] = { FAKE_OPEN_DEVICE, FAKE_OPEN_GROUP, FAKE_OPEN_BOTH };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                fake_claim(k, HBA);
                assert_applies(k, "[device hba]\naddress = " HBA "\n");
                fake_open(k, HBA, ways[i]);
                assert_refused(k, text, "hba", HBA);
                assert_driver(k, HBA, "vfio-pci");
                assert_string_equal(fake_override_of(k, HBA), "vfio-pci");
                fake_open(k, HBA, 0);
                assert_applies(k, text);
                assert_driver(k, HBA, "mpt3sas");
                assert_settled(k, text);
        }
}

static struct fake_kernel *with_two_vfs(const char *driver)
{
        struct fake_kernel *k = machine_new();
        CLEANUP_FREE char *text = NULL;

        assert_true(asprintf(&text, "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = %s\n", driver) > 0);
        fake_modprobe(k, "igbvf");
        fake_claim(k, NIC);
        assert_applies(k, text);
        return k;
}

static void regrowing_vfs(void **unused)
{
        static const char more[] = "[sriov uplink]\naddress = " NIC "\nvfs = 3\n" NVME_SECTION;
        static const char less[] = "[sriov uplink]\naddress = " NIC "\nvfs = 1\n" NVME_SECTION;
        static const char none[] = "[sriov uplink]\naddress = " NIC "\nvfs = 0\n" NVME_SECTION;
        static const char *const texts[] = { more, less, none };
        static const unsigned ways[] = { FAKE_OPEN_DEVICE, FAKE_OPEN_GROUP };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts) * ARRAY_SIZE(ways); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = with_two_vfs("vfio-pci");
                const char *text = texts[i / ARRAY_SIZE(ways)];
                size_t from;

                fake_open(k, NIC_VF1, ways[i % ARRAY_SIZE(ways)]);
                assert_refused(k, text, "uplink", NIC_VF1);
                assert_driver(k, NIC_VF0, "vfio-pci");
                assert_driver(k, NIC_VF1, "vfio-pci");
                fake_open(k, NIC_VF1, 0);
                from = fake_n_writes(k);
                assert_applies(k, text);
                assert_true(fake_find_write(k, from, NIC "/sriov_numvfs", "0") <
                                    fake_find_write(k, from, NIC "/sriov_numvfs", text == more ? "3" : "1") ||
                            text == none);
                assert_settled(k, text);
        }
}

static void other_driver_for_an_open_vf(void **unused)
{
        static const char text[] = "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = host\n" NVME_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = with_two_vfs("vfio-pci");

        (void) unused;
        fake_open(k, NIC_VF0, FAKE_OPEN_BOTH);
        assert_refused(k, text, "uplink", NIC_VF0);
        assert_driver(k, NIC_VF0, "vfio-pci");
        fake_open(k, NIC_VF0, 0);
        assert_applies(k, text);
        assert_driver(k, NIC_VF0, "igbvf");
        assert_settled(k, text);
}

static void regrowing_vfs_with_an_mdev(void **unused)
{
        static const char text[] = "[sriov vgpu]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n" NVME_SECTION;
        static const char more[] = "[sriov vgpu]\naddress = " VGPU "\nvfs = 3\nvf-driver = host\n" NVME_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, VGPU);
        fake_claim(k, NVME);
        assert_applies(k, text);
        assert_int_equal(fake_poke(k, DEV VGPU_VF0 "/mdev_supported_types/vgpu-35/create",
                                   "4b20d080-1b54-4048-85b3-a6a62d165c01"),
                         0);
        assert_refused(k, more, "vgpu", "4b20d080-1b54-4048-85b3-a6a62d165c01");
        assert_int_equal(fake_n_mdevs(k), 1);
        assert_applies(k, text);
        assert_settled(k, text);
}

/* A parent's driver takes its mdevs along when it goes, and sleeps while a guest has one. */
static void other_driver_for_a_vf_with_an_mdev(void **unused)
{
        static const char text[] = "[sriov vgpu]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n" NVME_SECTION;
        static const char other[] = "[sriov vgpu]\naddress = " VGPU "\nvfs = 2\n" NVME_SECTION;
        static const char uuid[] = "4b20d080-1b54-4048-85b3-a6a62d165c01";

        (void) unused;
        for (int open = 0; open < 2; open++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                fake_claim(k, VGPU);
                fake_claim(k, NVME);
                assert_applies(k, text);
                assert_int_equal(fake_poke(k, DEV VGPU_VF0 "/mdev_supported_types/vgpu-35/create", uuid), 0);
                if (open)
                        fake_open(k, uuid, FAKE_OPEN_GROUP);
                assert_refused(k, other, "vgpu", uuid);
                assert_int_equal(fake_n_mdevs(k), 1);
        }
}

static void pf_with_vfs(void **unused)
{
        static const char text[] = "[device nic]\naddress = " NIC "\n" NVME_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = with_two_vfs("vfio-pci");

        (void) unused;
        fake_open(k, NIC_VF0, FAKE_OPEN_BOTH);
        assert_refused(k, text, "nic", NIC);
        assert_driver(k, NIC, "igb");
        assert_driver(k, NIC_VF0, "vfio-pci");
}

static void conflicts(void **unused)
{
        static const char *const texts[] = {
                "[device one]\naddress = " HBA "\n[device two]\nid = 1000:0097\ncount = 2\n" NVME_SECTION,
                "[sriov one]\naddress = " NIC "\nvfs = 2\n[device two]\ninterface = enp5s0\n" NVME_SECTION,
                "[device one]\naddress = " GPU_AUDIO "\n[device two]\naddress = " GPU
                "\nfunctions = all\n" NVME_SECTION,
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                assert_refused(k, texts[i], "one", "two");
                assert_refused(k, texts[i], "two", "one");
                assert_driver(k, HBA_TWIN, "mpt3sas");
                assert_driver(k, GPU, "nouveau");
        }
}

static void ambiguous_and_mismatched(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        assert_refused(k, "[device x]\nid = 1000:0097\n" NVME_SECTION, "x", HBA_TWIN);
        assert_refused(k, "[device x]\naddress = " HBA "\nexpect = 10de:*\n" NVME_SECTION, "x", GPU);
        assert_refused(k, "[device x]\naddress = " BRIDGE "\ngroup = ignore\n" NVME_SECTION, "x", "bridge");
        assert_refused(k, "[sriov x]\naddress = " HBA "\nvfs = 1\n" NVME_SECTION, "x", "SR-IOV");
        assert_refused(k, "[sriov x]\naddress = " NIC "\nvfs = 8\n" NVME_SECTION, "x", "7");
        fake_modprobe(k, "mtty");
        assert_refused(k, "[mdev x]\nparent = mtty\ntype = mtty-3\n" NVME_SECTION, "x", "mtty-2");
        assert_refused(k, "[mdev x]\nparent = mtty\ntype = mtty-2\ncount = 3\n" NVME_SECTION, "x", "2");
        assert_int_equal(fake_n_mdevs(k), 0);
}

static void absent(void **unused)
{
        static const char text[] = "[device needed]\naddress = 77:00.0\n"
                                   "[device spare]\naddress = 77:00.1\nrequired = no\n"
                                   "[mdev nobody]\nparent = nothing\ntype = x\n"
                                   "[device off]\naddress = " HBA "\nenabled = no\n" NVME_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, NVME);
        run_apply(k, text, &run);
        assert_int_equal(run_item(&run, "needed")->verdict, VERDICT_ABSENT);
        assert_non_null(strstr(run_item(&run, "needed")->reason, "77:00.0"));
        assert_int_equal(run_item(&run, "spare")->verdict, VERDICT_ABSENT);
        assert_int_equal(run_item(&run, "nobody")->verdict, VERDICT_ABSENT);
        assert_int_equal(run_item(&run, "off")->verdict, VERDICT_DISABLED);
        assert_int_equal(plan_count(run.snapshot.plan).absent_required, 2);
        assert_driver(k, NVME, "vfio-pci");
        assert_driver(k, HBA, "mpt3sas");
        assert_no_violation(k);
}

/* Two sections need one module; the one that it is loaded for is refused at the last moment. */
static void module_of_a_refused_section(void **unused)
{
        static const char text[] = "[device hba]\naddress = " HBA "\n" NVME_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_driver_add(k, "other_vfio_pci", &(struct fake_driver){ .loaded = true, .vfio = true });
        assert_int_equal(fake_poke(k, DEV HBA "/driver_override", "other_vfio_pci"), 0);
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/mpt3sas/unbind", HBA), 0);
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/other_vfio_pci/bind", HBA), 0);
        fake_open(k, HBA, FAKE_OPEN_BOTH);
        assert_refused(k, text, "hba", HBA);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(group_policies),
                cmocka_unit_test(vfs_in_the_group_of_the_pf),
                cmocka_unit_test(no_iommu_group),
                cmocka_unit_test(open_device),
                cmocka_unit_test(regrowing_vfs),
                cmocka_unit_test(other_driver_for_an_open_vf),
                cmocka_unit_test(regrowing_vfs_with_an_mdev),
                cmocka_unit_test(other_driver_for_a_vf_with_an_mdev),
                cmocka_unit_test(pf_with_vfs),
                cmocka_unit_test(conflicts),
                cmocka_unit_test(ambiguous_and_mismatched),
                cmocka_unit_test(absent),
                cmocka_unit_test(module_of_a_refused_section),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
