/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections that are not for boot: left alone until they are held, handed over with the display taken off first, and
 * given back with all that was taken, whatever fails on the way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "fake/sweep.h"
#include "state/state-file.h"

#define VM "libvirt win11"

static const char text[] = "[device gpu]\naddress = " GPU "\nfunctions = all\nwhen = vm\nvm = win11\ndisplay = stop\n"
                           "[device hba]\naddress = " HBA "\nwhen = vm\nvm = win11\n"
                           "[sriov up]\naddress = " NIC "\nvfs = 2\nwhen = manual\n";

static struct fake_kernel *prepare(void)
{
        struct fake_kernel *k = machine_new();

        fake_claim(k, GPU);
        fake_claim(k, GPU_AUDIO);
        fake_claim(k, HBA);
        fake_claim(k, NIC);
        fake_display_add(k, GPU);
        return k;
}

static size_t n_holds(struct fake_kernel *k)
{
        CLEANUP_STATE struct state state = { 0 };

        assert_int_equal(state_load(fake_sys(k), false, &state), 0);
        return state.n_holds;
}

/* What runs for all has nothing to do with them. */
static void asleep(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_FREE char *before = host_text(k), *after = NULL;
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_apply(k, text, &run);
        assert_true(run_is_clean(&run));
        assert_int_equal(run.n_steps, 0);
        for (size_t i = 0; i < run.snapshot.plan->n_items; i++) {
                assert_int_equal(run.snapshot.plan->items[i].verdict, VERDICT_DISABLED);
                assert_true(run.snapshot.plan->items[i].section->dormant);
        }
        after = host_text(k);
        assert_string_equal(after, before);
        assert_no_violation(k);
}

static void taken_and_given_back(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_FREE char *before = host_text(k), *after = NULL;
        CLEANUP_RUN struct run run = { 0 }, again = { 0 };

        (void) unused;
        run_held(k, text, VM, &run);
        assert_true(run_is_clean(&run));
        assert_int_equal(run.events[0].kind, STEP_UNIT);
        assert_int_equal(run.events[1].kind, STEP_CONSOLE);
        assert_driver(k, GPU, "vfio-pci");
        assert_driver(k, GPU_AUDIO, "vfio-pci");
        assert_driver(k, HBA, "vfio-pci");
        assert_false(fake_display_is_shown(k));
        assert_int_equal(n_holds(k), 3);
        /* In force: it is as configured, and drift of it is mended. */
        assert_int_equal(fake_poke(k, DEV HBA "/driver/unbind", HBA), 0);
        run_apply(k, text, &again);
        assert_true(run_is_clean(&again));
        assert_driver(k, HBA, "vfio-pci");
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
        assert_true(fake_display_is_shown(k));
        assert_int_equal(n_holds(k), 0);
        assert_no_violation(k);
}

/* The record of what is cleared is for boots, at which nothing of it is taken. */
static void not_cleared(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };
        CLEANUP_FREE char *record = NULL;

        (void) unused;
        run_held(k, text, VM, &run);
        record = fake_text(k, "var/lib/passthru-setup/cleared");
        assert_non_null(record);
        assert_null(strstr(record, GPU));
        assert_null(strstr(record, HBA));
}

/* What a VM still has open stays, and so does what was taken for it. */
static void still_open(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_held(k, text, VM, &run);
        fake_open(k, GPU, FAKE_OPEN_BOTH);
        assert_int_equal(release(k, "gpu"), 1);
        assert_driver(k, GPU, "vfio-pci");
        assert_false(fake_display_is_shown(k));
        assert_int_equal(n_holds(k), 3);
        fake_open(k, GPU, 0);
        assert_int_equal(release(k, "gpu"), 0);
        assert_driver(k, GPU, "nouveau");
        assert_true(fake_display_is_shown(k));
        assert_driver(k, HBA, "vfio-pci");
        assert_int_equal(n_holds(k), 2);
        assert_no_violation(k);
}

/* Nobody's display goes for a section that is refused anyhow. */
static void refused(void **unused)
{
        static const char wrong[] = "[device gpu]\naddress = " GPU "\nfunctions = all\nexpect = 1234:5678\n"
                                    "when = manual\ndisplay = stop\n";
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_held(k, wrong, VM, &run);
        assert_int_equal(run_item(&run, "gpu")->verdict, VERDICT_REFUSED);
        assert_int_equal(run.n_events, 0);
        assert_true(fake_display_is_shown(k));
        assert_driver(k, GPU, "nouveau");
}

/* The same by the guards' look at the host. */
static void refused_by_use(void **unused)
{
        static const char disk[] = "[device gpu]\naddress = " GPU "\nfunctions = all\nwhen = manual\ndisplay = stop\n";
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_mount(k, DEV GPU, "sda", "8:0", "/srv", "ext4");
        run_held(k, disk, VM, &run);
        assert_int_equal(run_item(&run, "gpu")->verdict, VERDICT_REFUSED);
        assert_true(fake_display_is_shown(k));
        assert_driver(k, GPU, "nouveau");
}

/* A display manager that does not stop keeps its card; the rest goes back. */
static void manager_hangs(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *failed;

        (void) unused;
        fake_display_hang(k);
        run_held(k, text, VM, &run);
        failed = run_find(&run, "gpu", OUTCOME_FAILED);
        assert_non_null(failed);
        assert_int_equal(failed->error, ETIMEDOUT);
        assert_non_null(strstr(failed->detail, "did not stop within 30 s"));
        assert_driver(k, GPU, "nouveau");
        assert_no_violation(k);
}

/* One of the VM's devices can't be had: what was taken goes back, the display with it. */
static void half_way(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_FREE char *before = host_text(k), *after = NULL;
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_probe_error(k, HBA, "vfio-pci", EIO);
        run_held(k, text, VM, &run);
        assert_non_null(run_find(&run, "hba", OUTCOME_FAILED));
        assert_driver(k, GPU, "vfio-pci");
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
        assert_int_equal(n_holds(k), 0);
        assert_no_violation(k);
}

/* Of two sections of one name, what a VM has is given back alone, with its VFs' sections. */
static void by_kind(void **unused)
{
        static const char both[] = "[device x]\naddress = " HBA "\nwhen = vm\nvm = win11\n"
                                   "[sriov x]\naddress = " NIC "\nvfs = 2\n[vf x/0]\nvlan = 5\n";
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_held(k, both, VM, &run);
        assert_true(run_is_clean(&run));
        assert_int_equal(release(k, "device x"), 0);
        assert_driver(k, HBA, "mpt3sas");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_int_equal(release(k, "sriov x"), 0);
        assert_text(k, DEV NIC "/sriov_numvfs", "0");
        assert_no_violation(k);
}

/* ---- whatever operation fails ---- */

/* Returns whether the way there and back had an Nth operation. */
static bool attempt(unsigned n, enum fake_fault fault, int error)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_FREE char *before = host_text(k), *after = NULL, *what = NULL;
        unsigned done = fake_operations(k);
        const char *place = NULL;

        fake_fail_at(k, n, fault, error);
        {
                CLEANUP_RUN struct run run = { 0 };

                run_held(k, text, VM, &run);
        }
        (void) try_release(k, NULL);
        if (!fake_fault_hit(k, &place))
                return fake_operations(k) - done >= n;
        what = strdup(place);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        if (!streq(after, before) || fake_violations(k) || n_holds(k) > 0)
                fail_msg("operation %u, %s, %s: %s", n, what,
                         fault == FAULT_LOST    ? "without effect"
                         : fault == FAULT_DEATH ? "the end"
                                                : strerrorname_np(error),
                         fake_violations(k) ? fake_violations(k) : "the host is not as before");
        return true;
}

static void sweep(enum fake_fault fault, int error)
{
        unsigned n = 1;

        while (attempt(n, fault, error))
                n++;
        assert_true(n > 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(asleep),
                cmocka_unit_test(taken_and_given_back),
                cmocka_unit_test(not_cleared),
                cmocka_unit_test(still_open),
                cmocka_unit_test(refused),
                cmocka_unit_test(refused_by_use),
                cmocka_unit_test(manager_hangs),
                cmocka_unit_test(half_way),
                cmocka_unit_test(by_kind),
                SWEEP(EIO),
                SWEEP(EBUSY),
                cmocka_unit_test(sweep_lost),
                cmocka_unit_test(sweep_death),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
