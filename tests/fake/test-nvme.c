/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVMe drives with VFs: queues and interrupts of each, once, before a driver has it; and what the drive says no to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"

#define PF "0000:09:00.0" /* nvme9; its VFs are 09:00.1 and on, their controllers 101 and on, its own 7 */
#define VF0 "0000:09:00.1"
#define VF1 "0000:09:00.2"

static const struct fake_pci drive = {
        .id = "1b36:0010",
        .class = 0x010802,
        .driver = "nvme",
        .native = "nvme",
        .nvme_serial = "S9",
        .nvme_queues = 16,
        .nvme_interrupts = 8,
        .totalvfs = 4,
        .vf_offset = 1,
        .vf_device = 0x0010,
        .vf_native = "nvme",
};

static struct fake_kernel *new_machine(void)
{
        struct fake_kernel *k = machine_new();

        fake_pci_add(k, PF, &drive);
        fake_claim(k, PF);
        return k;
}

#define SECTION "[sriov s]\naddress = " PF "\nvfs = 2\n"
#define QUEUES SECTION "vf-queues = 3\nvf-interrupts = 2\n"

static size_t find(const struct fake_kernel *k, const char *path, const char *value)
{
        size_t i = fake_find_write(k, 0, path, value);

        if (i == SIZE_MAX)
                fail_msg("nobody wrote %s = %s", path, value ? value : "anything");
        return i;
}

static void order(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        size_t made, queues, interrupts, online;

        (void) unused;
        assert_applies(k, QUEUES);
        /* The drive's own keeps what is not for the VFs: 16 - 2 × 3 and 8 - 2 × 2. */
        made = find(k, PF "/sriov_numvfs", "2");
        assert_true(find(k, "nvme9", "1 0 7 10") < find(k, PF "/reset", "1"));
        assert_true(find(k, "nvme9", "1 1 7 4") < find(k, PF "/reset", "1"));
        assert_true(find(k, PF "/reset", "1") < made);
        queues = find(k, "nvme9", "8 0 101 3");
        interrupts = find(k, "nvme9", "8 1 101 2");
        online = find(k, "nvme9", "9 0 101 0");
        assert_true(made < queues && queues < interrupts && interrupts < online);
        assert_true(online < find(k, "drivers/vfio-pci/bind", VF0));
        assert_true(find(k, "nvme9", "9 0 102 0") < find(k, "drivers/vfio-pci/bind", VF1));
        assert_int_equal(fake_count_writes(k, "nvme9", "7 0 101 0"), 0); /* it was offline */
        assert_driver(k, VF0, "vfio-pci");
        assert_settled(k, QUEUES);
}

/* VFs that have their override and no driver are taken by the module of vfio-pci: they are online before. */
static void before_the_module(void **unused)
{
        static const char *const vfs[] = { VF0, VF1 };
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        char path[128];

        (void) unused;
        assert_applies(k, QUEUES "vf-driver = host\n");
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/nvme/unbind", vfs[i]), 0);
                (void) snprintf(path, sizeof(path), DEV "%s/driver_override", vfs[i]);
                assert_int_equal(fake_poke(k, path, "vfio-pci"), 0);
        }
        assert_int_equal(fake_poke(k, DEV PF "/reset", "1"), 0); /* which takes them offline */
        assert_false(fake_module_loaded(k, "vfio_pci"));
        assert_applies(k, QUEUES);
        assert_driver(k, VF0, "vfio-pci");
        assert_driver(k, VF1, "vfio-pci");
        assert_no_violation(k);
        assert_settled(k, QUEUES);
}

/* For the host: probed once they are online, not while they are made. */
static void host(void **unused)
{
        static const char text[] = QUEUES "vf-driver = host\n[device vm]\naddress = s/1\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        size_t off, made, on, probe;

        (void) unused;
        assert_applies(k, text);
        off = find(k, PF "/sriov_drivers_autoprobe", "0");
        made = find(k, PF "/sriov_numvfs", "2");
        on = find(k, PF "/sriov_drivers_autoprobe", "1");
        probe = find(k, "sys/bus/pci/drivers_probe", VF0);
        assert_true(off < made && made < on && on < probe);
        assert_true(made < find(k, "nvme9", "9 0 101 0") && find(k, "nvme9", "9 0 101 0") < probe);
        assert_driver(k, VF0, "nvme");
        assert_driver(k, VF1, "vfio-pci"); /* whose section is the other one */
        assert_true(find(k, "nvme9", "9 0 102 0") < find(k, "drivers/vfio-pci/bind", VF1));
        assert_text(k, DEV PF "/sriov_drivers_autoprobe", "1");
        assert_settled(k, text);
}

/* Nobody asks for queues: not a word to the drive. */
static void left_alone(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();

        (void) unused;
        assert_applies(k, SECTION);
        assert_int_equal(fake_count_writes(k, "nvme9", NULL), 0);
        assert_settled(k, SECTION);
}

/* Other numbers, for VFs that are there: each leaves its driver for it, unless a VM has it. */
static void other_numbers(void **unused)
{
        static const char more[] = SECTION "vf-queues = 4\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_RUN struct run run = { 0 };
        size_t writes;

        (void) unused;
        assert_applies(k, QUEUES);
        fake_open(k, VF1, FAKE_OPEN_BOTH);
        writes = fake_n_writes(k);
        run_apply(k, SECTION "vf-queues = 2\n", &run);
        assert_int_equal(run_item(&run, "s")->verdict, VERDICT_REFUSED);
        assert_true(fake_find_write(k, writes, "nvme9", NULL) == SIZE_MAX);
        fake_open(k, VF1, 0);
        assert_applies(k, SECTION "vf-queues = 2\n");
        assert_true(fake_find_write(k, writes, "nvme9", "7 0 101 0") <
                    fake_find_write(k, writes, "nvme9", "8 0 101 2"));
        assert_true(fake_find_write(k, writes, "nvme9", "8 1 101 1") != SIZE_MAX);
        assert_driver(k, VF1, "vfio-pci");
        assert_settled(k, SECTION "vf-queues = 2\n");
        /* The PF has kept the rest, and is not reset under VFs. */
        run_clear(&run);
        run = (struct run){ 0 };
        run_apply(k, more, &run);
        assert_int_equal(run_find(&run, "s", OUTCOME_FAILED)->error, EIO);
        assert_non_null(strstr(run_find(&run, "s", OUTCOME_FAILED)->detail,
                               "failed to assign 4 queues to it: invalid resource identifier"));
        assert_int_equal(release(k, NULL), 0);
        assert_applies(k, more);
        assert_settled(k, more);
}

/* A reset of the drive takes them offline: that is drift. */
static void after_a_reset(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        size_t writes;

        (void) unused;
        assert_applies(k, QUEUES);
        assert_int_equal(fake_poke(k, "sys/class/nvme/nvme9/reset_controller", "1"), 0);
        writes = fake_n_writes(k);
        assert_applies(k, QUEUES);
        assert_true(fake_find_write(k, writes, "nvme9", "9 0 101 0") != SIZE_MAX);
        assert_true(fake_find_write(k, writes, "nvme9", "8 0 101 3") == SIZE_MAX); /* it has kept its queues */
        assert_driver(k, VF0, "vfio-pci");
        assert_settled(k, QUEUES);
}

static void refused(void **unused)
{
        static const struct {
                const char *text, *reason;
        } cases[] = {
                { SECTION "vf-queues = 5\n", PF " gives at most 4 queues to one VF, not 5" },
                { SECTION "vf-queues = 4\nvf-interrupts = 3\n", PF " gives at most 2 interrupts to one VF, not 3" },
                { "[sriov s]\naddress = " NIC "\nvfs = 2\nvf-queues = 2\n",
                  NIC " is not an NVMe drive (class 0200); vf-queues is for NVMe drives only" },
                { "[sriov s]\naddress = 0000:0a:00.0\nvfs = 2\nvf-queues = 2\n",
                  "0000:0a:00.0 does not report the resources of its VFs: invalid field in the command: the drive has "
                  "no virtualization enhancements (NVMe status 0x4002)" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
                struct fake_pci plain = drive;
                CLEANUP_RUN struct run run = { 0 };

                plain.nvme_queues = plain.nvme_interrupts = 0;
                fake_pci_add(k, "0000:0a:00.0", &plain);
                run_apply(k, cases[i].text, &run);
                assert_int_equal(run_item(&run, "s")->verdict, VERDICT_REFUSED);
                assert_string_equal(run_item(&run, "s")->reason, cases[i].reason);
                assert_text(k, DEV PF "/sriov_numvfs", "0");
                assert_no_violation(k);
        }
}

/* Every operation fails once: no VF goes to a driver without its queues, and the next run puts all right. */
static void sweep(void **unused)
{
        static const struct {
                enum fake_fault fault;
                int error;
        } faults[] = { { FAULT_ERROR, EIO }, { FAULT_ERROR, ENOENT }, { FAULT_LOST, 0 }, { FAULT_DEATH, EINTR } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                bool hit = true;

                for (unsigned n = 1; hit; n++) {
                        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
                        CLEANUP_RUN struct run run = { 0 };
                        const char *what = NULL;

                        fake_fail_at(k, n, faults[i].fault, faults[i].error);
                        run_apply(k, QUEUES, &run);
                        hit = fake_fault_hit(k, &what);
                        fake_fail_at(k, 0, FAULT_ERROR, 0);
                        if (fake_driver_of(k, VF0) && streq(fake_driver_of(k, VF0), "vfio-pci") &&
                            fake_count_writes(k, "nvme9", "9 0 101 0") == 0)
                                fail_msg("after \"%s\" failed VF 0 is handed over offline", what);
                        assert_applies(k, QUEUES);
                        assert_driver(k, VF0, "vfio-pci");
                        assert_driver(k, VF1, "vfio-pci");
                        assert_settled(k, QUEUES);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(order),         cmocka_unit_test(before_the_module),
                cmocka_unit_test(host),          cmocka_unit_test(left_alone),
                cmocka_unit_test(other_numbers), cmocka_unit_test(after_a_reset),
                cmocka_unit_test(refused),       cmocka_unit_test(sweep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
