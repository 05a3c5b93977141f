/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that fail in the kernel: each is noticed, said with its errno, put back where it can be, and stays alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/machine.h"
#include "fake/run.h"

#define HBA_SECTION "[device hba]\naddress = " HBA "\n"

static const struct run_event *assert_failed(const struct run *run, const char *section, const char *address,
                                             int error)
{
        const struct run_event *e = run_find(run, section, OUTCOME_FAILED);

        if (!e) {
                run_print(run);
                fail_msg("no step of %s failed", section);
        }
        assert_int_equal(e->error, error);
        if (address)
                assert_string_equal(e->address, address);
        assert_true(*e->detail);
        return e;
}

static void bind_fails(void **unused)
{
        static const char text[] = HBA_SECTION "[device nvme]\naddress = " NVME "\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, NVME);
        fake_probe_error(k, HBA, "vfio-pci", EIO);
        run_apply(k, text, &run);
        assert_failed(&run, "hba", HBA, EIO);
        assert_driver(k, HBA, "mpt3sas"); /* rather than none at all */
        assert_string_equal(fake_override_of(k, HBA), "");
        assert_driver(k, NVME, "vfio-pci");
        assert_no_violation(k);
        fake_probe_error(k, HBA, "vfio-pci", 0);
        assert_applies(k, text);
        assert_settled(k, text);
}

/* The override was written before the wait for another section: it is not what was there before. */
static void bind_fails_after_a_wait(void **unused)
{
        static const char text[] = HBA_SECTION "[device spare]\naddress = 77:00.0\nrequired = no\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_probe_error(k, HBA, "vfio-pci", EIO);
        run_apply(k, text, &run);
        assert_failed(&run, "hba", HBA, EIO);
        assert_driver(k, HBA, "mpt3sas");
        assert_string_equal(fake_override_of(k, HBA), "");
        assert_no_violation(k);
}

/* The run before was killed between unbind and bind: what the driver was is in the state. */
static void bind_fails_after_a_run_that_died(void **unused)
{
        unsigned n = 0;
        bool between = false;

        (void) unused;
        while (!between) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                CLEANUP_RUN struct run first = { 0 }, second = { 0 };

                fake_claim(k, HBA);
                fake_fail_at(k, ++n, FAULT_DEATH, EIO);
                run_apply(k, HBA_SECTION, &first);
                assert_true(fake_fault_hit(k, NULL));
                fake_fail_at(k, 0, FAULT_ERROR, 0);
                between = streq(fake_driver_of(k, HBA), "");
                if (!between)
                        continue;
                fake_probe_error(k, HBA, "vfio-pci", EIO);
                run_apply(k, HBA_SECTION, &second);
                assert_failed(&second, "hba", HBA, EIO);
                assert_driver(k, HBA, "mpt3sas");
        }
}

static void a_card_as_a_whole(void **unused)
{
        static const char text[] = "[device gpu]\naddress = " GPU "\nfunctions = all\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, GPU);
        fake_claim(k, GPU_AUDIO);
        fake_probe_error(k, GPU_AUDIO, "vfio-pci", ENXIO);
        run_apply(k, text, &run);
        assert_failed(&run, "gpu", GPU_AUDIO, ENXIO);
        assert_driver(k, GPU_AUDIO, "snd_hda_intel");
        assert_no_violation(k);
        fake_probe_error(k, GPU_AUDIO, "vfio-pci", 0);
        assert_applies(k, text);
        assert_settled(k, text);
}

/* drivers_probe says that all is well when the probe failed. */
static void probe_without_effect(void **unused)
{
        static const char text[] = "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = host\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        fake_probe_error(k, NIC_VF1, "igbvf", EIO);
        fake_modprobe(k, "igbvf");
        fake_claim(k, NIC);
        run_apply(k, text, &run);
        assert_non_null(run_find(&run, "uplink", OUTCOME_FAILED));
        assert_string_equal(run_find(&run, "uplink", OUTCOME_FAILED)->address, NIC_VF1);
        assert_driver(k, NIC_VF0, "igbvf");
        assert_no_violation(k);
}

static void fewer_vfs(void **unused)
{
        static const char text[] = "[sriov few]\naddress = 08:00.0\nvfs = 4\n" HBA_SECTION;

        (void) unused;
        for (unsigned come = 0; come < 3; come += 2) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                CLEANUP_RUN struct run run = { 0 };
                const char *number = come ? "2" : "0";
                bool said = false;

                fake_pci_add(k, "0000:08:00.0",
                             &(struct fake_pci){ .id = "14e4:16d8",
                                                 .class = 0x020000,
                                                 .driver = "bnxt_en",
                                                 .native = "bnxt_en",
                                                 .totalvfs = 8,
                                                 .vf_device = 0x16dc,
                                                 .vf_limit = come,
                                                 .vf_silent_zero = !come });
                fake_claim(k, "0000:08:00.0");
                fake_claim(k, HBA);
                run_apply(k, text, &run);
                assert_non_null(run_find(&run, "few", OUTCOME_FAILED));
                for (size_t i = 0; i < run.n_events; i++)
                        said = said || (run.events[i].kind == STEP_NUMVFS && strstr(run.events[i].detail, number));
                if (!said)
                        run_print(&run);
                assert_true(said);
                assert_text(k, DEV "0000:08:00.0/sriov_drivers_autoprobe", "1"); /* put back all the same */
                assert_driver(k, HBA, "vfio-pci");
                assert_no_violation(k);
        }
}

static void no_vfs(void **unused)
{
        static const char text[] = "[sriov none]\naddress = 08:00.0\nvfs = 4\n" HBA_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_pci_add(k, "0000:08:00.0",
                     &(struct fake_pci){ .id = "8086:1572",
                                         .class = 0x020000,
                                         .driver = "i40e",
                                         .native = "i40e",
                                         .totalvfs = 8,
                                         .vf_device = 0x154c,
                                         .numvfs_error = ENOMEM });
        fake_claim(k, "0000:08:00.0");
        fake_claim(k, HBA);
        run_apply(k, text, &run);
        assert_failed(&run, "none", "0000:08:00.0", ENOMEM);
        assert_non_null(run_find(&run, "none", OUTCOME_SKIPPED));
        assert_text(k, DEV "0000:08:00.0/sriov_drivers_autoprobe", "1");
        assert_driver(k, HBA, "vfio-pci");
        assert_no_violation(k);
}

static void pf_driver_without_sriov(void **unused)
{
        static const char text[] = "[sriov none]\naddress = 08:00.0\nvfs = 4\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_driver_add(k, "plain", &(struct fake_driver){ .loaded = true, .no_sriov = true });
        fake_pci_add(k, "0000:08:00.0",
                     &(struct fake_pci){ .id = "1af4:1041",
                                         .class = 0x020000,
                                         .driver = "plain",
                                         .native = "plain",
                                         .totalvfs = 8,
                                         .vf_device = 0x1041 });
        fake_claim(k, "0000:08:00.0");
        run_apply(k, text, &run);
        assert_failed(&run, "none", "0000:08:00.0", ENOENT);
        assert_no_violation(k);
}

static void mdev_attribute_fails(void **unused)
{
        static const char text[] = "[mdev bad]\nparent = mtty\ntype = mtty-2\nattr = level=5\nattr = level=bad\n"
                                   "[mdev good]\nparent = mtty\ntype = mtty-2\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, "mtty");
        run_apply(k, text, &run);
        assert_failed(&run, "bad", NULL, EINVAL);
        assert_int_equal(fake_n_mdevs(k), 1);
        assert_int_equal(fake_count_writes(k, "remove", "1"), 1);
        assert_no_violation(k);
}

static void module_that_is_not_there(void **unused)
{
        static const char text[] = "[module nosuch]\nx = 1\n[module vfio_iommu_type1]\n"
                                   "allow_unsafe_interrupts = maybe\n" HBA_SECTION;
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        run_apply(k, text, &run);
        assert_failed(&run, "nosuch", NULL, ENOENT);
        assert_failed(&run, "vfio_iommu_type1", NULL, EINVAL);
        assert_driver(k, HBA, "vfio-pci");
        assert_no_violation(k);
}

static void driver_that_is_not_there(void **unused)
{
        static const char text[] =
                "[device hba]\naddress = " HBA "\ndriver = nosuch\n[device nvme]\naddress = " NVME "\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, NVME);
        run_apply(k, text, &run);
        assert_non_null(run_find(&run, "hba", OUTCOME_FAILED));
        assert_int_equal(run_find(&run, "hba", OUTCOME_FAILED)->error, ENOENT);
        assert_driver(k, HBA, "mpt3sas");
        assert_driver(k, NVME, "vfio-pci");
        assert_no_violation(k);
        /* The driver is not taken from it, and no override is left for a driver that can't come. */
        assert_int_equal(fake_count_writes(k, "drivers/mpt3sas/unbind", NULL), 0);
        assert_string_equal(fake_override_of(k, HBA), "");
}

static void remove_device(struct fake_kernel *k, void *address)
{
        fake_pci_remove(k, address);
}

static void device_that_goes(void **unused)
{
        static const char text[] = HBA_SECTION "[device nvme]\naddress = " NVME "\n";
        static const struct {
                const char *path, *value;
        } moments[] = {
                { NVME "/driver_override", NULL },
                { HBA "/driver_override", NULL },
                { "drivers/mpt3sas/unbind", HBA },
        };
        static char hba[] = HBA;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                CLEANUP_RUN struct run run = { 0 };

                fake_claim(k, HBA);
                fake_claim(k, NVME);
                fake_after_write(k, moments[i].path, moments[i].value, remove_device, hba);
                run_apply(k, text, &run);
                assert_non_null(run_find(&run, "hba", OUTCOME_FAILED));
                assert_driver(k, NVME, "vfio-pci");
                assert_no_violation(k);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(bind_fails),
                cmocka_unit_test(bind_fails_after_a_wait),
                cmocka_unit_test(bind_fails_after_a_run_that_died),
                cmocka_unit_test(a_card_as_a_whole),
                cmocka_unit_test(probe_without_effect),
                cmocka_unit_test(fewer_vfs),
                cmocka_unit_test(no_vfs),
                cmocka_unit_test(pf_driver_without_sriov),
                cmocka_unit_test(mdev_attribute_fails),
                cmocka_unit_test(module_that_is_not_there),
                cmocka_unit_test(driver_that_is_not_there),
                cmocka_unit_test(device_that_goes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
