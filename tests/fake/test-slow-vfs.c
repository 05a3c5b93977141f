/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VFs that take their time: a write that is slow, VFs that come after it, drivers that make another number. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake/machine.h"
#include "fake/run.h"
#include "plan/section-status.h"

#define SECOND UINT64_C(1000000)
#define PF "0000:08:00.0"
#define SECTION "[sriov slow]\naddress = " PF "\nvfs = 4\n"

static struct fake_kernel *machine_with(const struct fake_pci *vfs)
{
        struct fake_kernel *k = machine_new();
        struct fake_pci spec = *vfs;

        spec.id = "8086:1572";
        spec.class = 0x020000;
        spec.driver = spec.native = spec.driver ? spec.driver : "i40e";
        spec.totalvfs = 8;
        spec.vf_device = 0x154c;
        fake_pci_add(k, PF, &spec);
        fake_claim(k, PF);
        return k;
}

/* Time passes, and what it brings is there. */
static void pass(struct fake_kernel *k, uint64_t time)
{
        const struct sys *sys = fake_sys(k);
        uint64_t end = sys->ops->now(sys->userdata) + time;

        while (sys->ops->now(sys->userdata) < end)
                (void) sys->ops->events_wait(sys->userdata, end);
}

/* The host's drivers are kept from VFs that are still to come, nothing waits for the lock, and all is well once the
 * kernel is done. */
static void longer_than_its_limit(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with(&(struct fake_pci){ .vf_time = 7200 * SECOND });
        CLEANUP_RUN struct run first = { 0 }, meanwhile = { 0 };
        const struct run_event *failure;

        (void) unused;
        fake_let_hang(k);
        run_apply(k, SECTION, &first);
        failure = run_find(&first, "slow", OUTCOME_FAILED);
        assert_non_null(failure);
        assert_int_equal(failure->error, ETIMEDOUT);
        assert_non_null(strstr(failure->detail, "still creating the VFs"));
        assert_null(strstr(failure->detail, "open"));
        assert_text(k, DEV PF "/sriov_drivers_autoprobe", "0");

        run_apply(k, SECTION, &meanwhile);
        assert_int_equal(meanwhile.n_steps, 0);
        assert_string_equal(run_item(&meanwhile, "slow")->reason,
                            "the kernel is still creating VFs of " PF
                            ", 1 of 4 so far (pid 4711), as driver i40e is slow; run apply again once they exist");
        assert_int_equal(section_status(run_item(&meanwhile, "slow"), NULL), STATUS_STUCK);
        assert_no_violation(k);

        pass(k, 7200 * SECOND);
        assert_applies(k, SECTION);
        assert_text(k, DEV PF "/sriov_drivers_autoprobe", "1");
        assert_driver(k, fake_vf_address(k, PF, 3), "vfio-pci");
        assert_settled(k, SECTION);
}

/* The limit grows with the number. */
static void within_its_limit(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with(&(struct fake_pci){ .vf_time = 400 * SECOND });

        (void) unused;
        assert_applies(k, SECTION);
        assert_driver(k, fake_vf_address(k, PF, 3), "vfio-pci");
        assert_settled(k, SECTION);
}

static void after_the_write(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with(&(struct fake_pci){ .vf_late = 30 * SECOND });

        (void) unused;
        assert_applies(k, SECTION);
        for (unsigned i = 0; i < 4; i++)
                assert_driver(k, fake_vf_address(k, PF, i), "vfio-pci");
        assert_settled(k, SECTION);
}

/* Not all of them come: those that are there are handed over. */
static void not_all_after_the_write(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with(&(struct fake_pci){ .vf_late = 200 * SECOND });
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *failure;

        (void) unused;
        run_apply(k, SECTION, &run);
        failure = run_find(&run, "slow", OUTCOME_FAILED);
        assert_non_null(failure);
        assert_non_null(strstr(failure->detail, "2 of 4 VFs were created"));
        assert_driver(k, fake_vf_address(k, PF, 1), "vfio-pci");
        assert_no_violation(k);
}

static void all_whatever_is_asked_for(void **unused)
{
        CLEANUP(fake_freep)
        struct fake_kernel *k = machine_with(&(struct fake_pci){ .driver = "4xxx", .vf_all = true });

        (void) unused;
        assert_applies(k, SECTION);
        assert_driver(k, fake_vf_address(k, PF, 7), "vfio-pci");
        assert_settled(k, SECTION);
}

/* It comes with its PF's section, and stays its own section's ever after. */
static void one_by_its_own_address(void **unused)
{
        static const char text[] =
                "[sriov nic]\naddress = " NIC "\nvfs = 3\nvf-driver = none\n[device vm]\naddress = " NIC_VF1 "\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, NIC);
        assert_applies(k, text);
        assert_driver(k, NIC_VF0, "");
        assert_driver(k, NIC_VF1, "vfio-pci");
        assert_settled(k, text);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(longer_than_its_limit),     cmocka_unit_test(within_its_limit),
                cmocka_unit_test(after_the_write),           cmocka_unit_test(not_all_after_the_write),
                cmocka_unit_test(all_whatever_is_asked_for), cmocka_unit_test(one_by_its_own_address),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
