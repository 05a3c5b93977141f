/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sweep of release: its Nth operation fails, for every N and every errno that sysfs has for us, or is its last. What was
 * not given back is known as long as it is there, and a release without a fault gives back the rest. */
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
#include "fake/machine-a16.h"
#include "fake/run.h"
#include "fake/sweep.h"

#define SIDE "0000:08:00.0" /* a NIC that has its VFs already */
#define PROBLEMS_MAX 25 /* told before the sweep gives up */

static const char text[] = "[device gpu]\naddress = " GPU "\nfunctions = all\n"
                           "[device hba]\naddress = " HBA "\n"
                           "[sriov up]\naddress = " NIC "\nvfs = 3\n"
                           "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n"
                           "[mdev desktop]\nparent = accel/0\ntype = GRID A\n"
                           "[mdev serial]\nparent = mtty\ntype = mtty-1\ncount = 2\n"
                           SRIOV "[mdev office]\nparent = " A16 "\ntype = 591\ncount = 2\n"
                           "[sriov side]\naddress = " SIDE "\nvfs = 2\nmtu = 9000\npf-up = yes\n"
                           "[vf side/0]\nvlan = 9\ntrust = yes\nmac = 52:54:00:00:00:09\nmsix-count = 8\n"
                           "[sriov fast]\naddress = " FAST "\nvfs = 2\neswitch = switchdev\nvf-driver = host\n"
                           "[vf fast/1]\ndriver = vfio-pci\n";

static struct fake_kernel *prepare(char **ret_before)
{
        static const char *const claims[] = { GPU, GPU_AUDIO, HBA, NIC, VGPU, VGPU_VF0, "mtty", SIDE, FAST };
        struct fake_kernel *k = machine_new_mtty();

        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                fake_claim(k, claims[i]);
        fake_pci_add(k, SIDE, &(struct fake_pci){ .id = "8086:1521", .class = 0x020000, .driver = "side", .native = "side",
                                                  .netdev = "enp8s0", .mac = "52:54:00:00:08:00", .totalvfs = 4,
                                                  .vf_device = 0x1520, .vf_native = "sidevf", .vf_msix = 4 });
        assert_int_equal(fake_poke(k, DEV SIDE "/sriov_numvfs", "2"), 0);
        fake_vf_set(k, fake_vf_address(k, SIDE, 0), "vlan=5 qos=2");
        machine_add_a16(k);
        machine_add_fast(k);
        assert_int_equal(fake_poke(k, DEV FAST "/sriov_numvfs", "2"), 0);
        *ret_before = host_text(k);
        assert_applies(k, text);
        return k;
}

/* Returns whether the release had an Nth operation. */
static bool attempt(unsigned n, enum fake_fault fault, int error, unsigned *problems)
{
        CLEANUP_FREE char *before = NULL, *after = NULL, *what = NULL;
        CLEANUP(fake_freep) struct fake_kernel *k = prepare(&before);
        const char *place = NULL, *wrong = NULL;
        unsigned done = fake_operations(k);

        fake_fail_at(k, n, fault, error);
        (void) try_release(k, NULL);
        if (!fake_fault_hit(k, &place))
                return fake_operations(k) - done >= n;
        what = strdup(place);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        if (release(k, NULL) > 0)
                wrong = "the second release refuses";
        after = host_text(k);
        if (!wrong && !streq(after, before))
                wrong = "the host is not as before";
        if (!wrong && fake_violations(k))
                wrong = fake_violations(k);
        if (wrong) {
                fprintf(stderr, "operation %u, %s, %s: %s\n", n, what,
                        fault == FAULT_LOST ? "without effect" : fault == FAULT_DEATH ? "the end" : strerrorname_np(error), wrong);
                if (getenv("FAKE_VERBOSE"))
                        fprintf(stderr, "before:\n%safter:\n%s", before, after);
                if (++*problems >= PROBLEMS_MAX)
                        fail_msg("%u problems, and the sweep ends here", *problems);
        }
        return true;
}

static void sweep(enum fake_fault fault, int error)
{
        unsigned n = 1, problems = 0;

        while (attempt(n, fault, error, &problems))
                n++;
        assert_true(n > 100);
        if (problems > 0)
                fail_msg("%u problems in %u runs", problems, n - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SWEEP(ENODEV), SWEEP(EBUSY), SWEEP(EINVAL), SWEEP(EACCES), SWEEP(EROFS),
                SWEEP(EIO), SWEEP(ENOMEM), SWEEP(ENOSPC), SWEEP(EINTR),
                cmocka_unit_test(sweep_lost),
                cmocka_unit_test(sweep_death),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
