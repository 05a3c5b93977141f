/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Nth operation fails while something is open: whatever can't be read, nothing that a guest has is taken from it,
 * and no write sleeps in the kernel. */
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

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"

struct scenario {
        const char *before; /* what is applied first */
        const char *mdev;   /* where an mdev is made then, or NULL */
        const char *open;
        const char *text; /* would take away what is open */
};

static struct fake_kernel *prepare(const struct scenario *s, unsigned how)
{
        static const char *const claims[] = { HBA, NIC, VGPU, VGPU_VF0 };
        struct fake_kernel *k = machine_new();

        fake_modprobe(k, "igbvf");
        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                fake_claim(k, claims[i]);
        assert_applies(k, s->before);
        if (s->mdev)
                assert_int_equal(fake_poke(k, s->mdev, UUID), 0);
        fake_open(k, s->open, how);
        return k;
}

#define TOLD_MAX 10 /* problems that are told of each scenario; the rest is counted */

static unsigned n_problems;

static void problem(const char *what, int error, const char *text)
{
        if (n_problems++ < TOLD_MAX)
                fprintf(stderr, "%s, %s: %.*s\n", what, strerrorname_np(error), (int) strcspn(text, "\n"), text);
}

static bool run_with_fault(const struct scenario *s, unsigned how, unsigned n, enum fake_fault fault, int error)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare(s, how);
        CLEANUP_RUN struct run run = { 0 };
        const char *what;

        fake_fail_at(k, n, fault, error);
        run_apply(k, s->text, &run);
        if (!fake_fault_hit(k, &what))
                return false;
        if (fake_violations(k))
                problem(what, error, fake_violations(k));
        else if (s->mdev ? fake_n_mdevs(k) != 1 : !streq_ptr(fake_driver_of(k, s->open), "vfio-pci"))
                problem(what, error, "it was taken away");
        return true;
}

static void sweep(const struct scenario *s, unsigned how)
{
        static const int errors[] = { ENODEV, EBUSY, EINVAL, EACCES, EIO, EINTR };

        n_problems = 0;

        for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
                for (unsigned n = 1; run_with_fault(s, how, n, FAULT_ERROR, errors[i]); n++)
                        ;
        if (n_problems > 0)
                fail_msg("%u problems", n_problems);
}

static void device(void **unused)
{
        static const struct scenario s = {
                .before = "[device hba]\naddress = " HBA "\n",
                .open = HBA,
                .text = "[device hba]\naddress = " HBA "\ndriver = mpt3sas\n",
        };

        (void) unused;
        sweep(&s, FAKE_OPEN_BOTH);
        sweep(&s, FAKE_OPEN_DEVICE);
}

static void vf_of_a_number_that_changes(void **unused)
{
        static const struct scenario s = {
                .before = "[sriov uplink]\naddress = " NIC "\nvfs = 2\n",
                .open = NIC_VF1,
                .text = "[sriov uplink]\naddress = " NIC "\nvfs = 3\n",
        };

        (void) unused;
        sweep(&s, FAKE_OPEN_BOTH);
        sweep(&s, FAKE_OPEN_DEVICE);
}

static void vf_that_changes_its_driver(void **unused)
{
        static const struct scenario s = {
                .before = "[sriov uplink]\naddress = " NIC "\nvfs = 2\n",
                .open = NIC_VF1,
                .text = "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = host\n",
        };

        (void) unused;
        sweep(&s, FAKE_OPEN_BOTH);
        sweep(&s, FAKE_OPEN_DEVICE);
}

static void mdev_on_a_vf(void **unused)
{
        static const struct scenario s = {
                .before = "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n",
                .mdev = DEV VGPU_VF0 "/mdev_supported_types/vgpu-35/create",
                .open = UUID,
                .text = "[sriov accel]\naddress = " VGPU "\nvfs = 3\nvf-driver = host\n",
        };

        (void) unused;
        sweep(&s, FAKE_OPEN_GROUP);
}

/* The driver of a parent goes, and all of its mdevs with it. */
static void mdev_on_a_vf_that_changes_its_driver(void **unused)
{
        static const struct scenario s = {
                .before = "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n",
                .mdev = DEV VGPU_VF0 "/mdev_supported_types/vgpu-35/create",
                .open = UUID,
                .text = "[sriov accel]\naddress = " VGPU "\nvfs = 2\n",
        };

        (void) unused;
        sweep(&s, FAKE_OPEN_GROUP);
}

/* A PF that goes to a guest loses its VFs in its driver's remove(). */
static void pf_with_an_open_vf(void **unused)
{
        static const struct scenario s = {
                .before = "[sriov uplink]\naddress = " NIC "\nvfs = 2\n",
                .open = NIC_VF1,
                .text = "[device nic]\naddress = " NIC "\n",
        };

        (void) unused;
        sweep(&s, FAKE_OPEN_BOTH);
        sweep(&s, FAKE_OPEN_DEVICE);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(device),
                cmocka_unit_test(vf_of_a_number_that_changes),
                cmocka_unit_test(vf_that_changes_its_driver),
                cmocka_unit_test(mdev_on_a_vf),
                cmocka_unit_test(mdev_on_a_vf_that_changes_its_driver),
                cmocka_unit_test(pf_with_an_open_vf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
