/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes between: udev's coldplug that binds a driver, a VM that opens a device, a run that is cut off. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake/machine.h"
#include "fake/run.h"

static void bind_hba(struct fake_kernel *k, void *unused)
{
        (void) unused;
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/mpt3sas/bind", HBA), 0);
}

/* Unbound when the plan is made, bound by coldplug before its override is written: unbound again, and taken. */
static void driver_before_the_override(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, NVME);
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/mpt3sas/unbind", HBA), 0);
        fake_after_write(k, "driver_override", "vfio-pci", bind_hba, NULL);
        run_apply(k, "[device nvme]\naddress = " NVME "\n[device hba]\naddress = " HBA "\n", &run);
        assert_true(run_is_clean(&run));
        assert_string_equal(fake_driver_of(k, HBA), "vfio-pci");
        assert_null(fake_violations(k));
}

static void bind_audio(struct fake_kernel *k, void *unused)
{
        (void) unused;
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/snd_hda_intel/bind", GPU_AUDIO), 0);
}

/* Its neighbour comes to a driver while the rest of a group is waited for: it was not taken meanwhile. */
static void refused_after_the_wait(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/snd_hda_intel/unbind", GPU_AUDIO), 0);
        fake_udev_busy_until(k, 1000);
        fake_schedule(k, 500, bind_audio, NULL);
        run_apply(k, "[device gpu]\naddress = " GPU "\n", &run);
        assert_int_equal(run_item(&run, "gpu")->verdict, VERDICT_REFUSED);
        assert_string_equal(fake_override_of(k, GPU), "");
        assert_string_equal(fake_driver_of(k, GPU), "nouveau");
        assert_null(fake_violations(k));
}

/* A run is cut off between an mdev and its attribute; then the section is off for a run; then it must be finished. */
static void unfinished_mdev_while_disabled(void **unused)
{
        static const char text[] = "[mdev m]\nparent = mtty\ntype = mtty-2\nattr = level=1\n";
        unsigned tried = 0;

        (void) unused;
        for (unsigned n = 1; n < 400 && tried == 0; n++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
                CLEANUP_RUN struct run cut = { 0 }, off = { 0 }, on = { 0 };

                fake_claim(k, "mtty");
                fake_fail_at(k, n, FAULT_DEATH, EIO);
                run_apply(k, text, &cut);
                fake_fail_at(k, 0, FAULT_ERROR, 0);
                if (fake_n_mdevs(k) != 1 || fake_count_writes(k, "level", NULL) > 0)
                        continue;
                tried++;
                run_apply(k, "[mdev m]\nparent = mtty\ntype = mtty-2\nattr = level=1\nenabled = no\n", &off);
                run_apply(k, text, &on);
                assert_true(fake_count_writes(k, "level", NULL) > 0);
        }
        assert_int_equal(tried, 1);
}

static void open_vf2(struct fake_kernel *k, void *unused)
{
        (void) unused;
        fake_open(k, fake_vf_address(k, NIC, 2), FAKE_OPEN_BOTH);
}

/* A VM opens a VF after the guards have looked: numvfs is not written, and the VFs that are there are not taken for
 * those that were to come. */
static void opened_after_the_guards(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run first = { 0 }, second = { 0 };

        (void) unused;
        fake_claim(k, NIC);
        fake_driver_add(k, "pci-stub", &(struct fake_driver){ .vfio = true });
        run_apply(k, "[sriov n]\naddress = " NIC "\nvfs = 4\n", &first);
        assert_true(run_is_clean(&first));
        fake_after_write(k, "unbind", NULL, open_vf2, NULL);
        run_apply(k, "[sriov n]\naddress = " NIC "\nvfs = 7\nvf-driver = pci-stub\n", &second);
        assert_non_null(run_find(&second, "n", OUTCOME_FAILED));
        assert_string_equal(fake_driver_of(k, fake_vf_address(k, NIC, 2)), "vfio-pci");
        assert_string_equal(fake_override_of(k, fake_vf_address(k, NIC, 2)), "vfio-pci");
        assert_null(fake_violations(k));
}

/* Of a card that was found by one function's interface, that function is found again, and not its sibling. */
static void held_by_the_function_that_was_named(void **unused)
{
        static const char text[] = "[device n]\ninterface = ens8f1\nexpect = 8086:1533\nfunctions = all\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run first = { 0 }, second = { 0 };

        (void) unused;
        fake_pci_add(k, "0000:08:00.0",
                     &(struct fake_pci){ .id = "8086:1521", .class = 0x020000, .driver = "igb", .native = "igb",
                                         .netdev = "ens8f0", .mac = "52:54:00:00:08:00" });
        fake_pci_add(k, "0000:08:00.1",
                     &(struct fake_pci){ .id = "8086:1533", .class = 0x020000, .driver = "igb", .native = "igb",
                                         .netdev = "ens8f1", .mac = "52:54:00:00:08:01" });
        fake_claim(k, "0000:08:00.0");
        fake_claim(k, "0000:08:00.1");
        run_apply(k, text, &first);
        assert_true(run_is_clean(&first));
        run_apply(k, text, &second);
        assert_true(run_is_clean(&second));
        assert_int_equal(second.n_steps, 0);
}

/* An mdev's parent that its PF's section hands to VFIO: both sections are refused before anything is written. */
static void parent_that_goes_to_vfio(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run first = { 0 }, second = { 0 };

        (void) unused;
        fake_claim(k, VGPU);
        run_apply(k, "[sriov v]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n", &first);
        run_apply(k, "[sriov v]\naddress = " VGPU "\nvfs = 2\n[mdev m]\naddress = " VGPU_VF0 "\ntype = vgpu-36\n",
                  &second);
        assert_int_equal(run_item(&second, "m")->verdict, VERDICT_REFUSED);
        assert_int_equal(run_item(&second, "v")->verdict, VERDICT_REFUSED);
        assert_string_not_equal(fake_driver_of(k, VGPU_VF0), "vfio-pci");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(driver_before_the_override),
                cmocka_unit_test(refused_after_the_wait),
                cmocka_unit_test(unfinished_mdev_while_disabled),
                cmocka_unit_test(opened_after_the_guards),
                cmocka_unit_test(held_by_the_function_that_was_named),
                cmocka_unit_test(parent_that_goes_to_vfio),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
