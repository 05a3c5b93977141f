/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps side by side: which wait for each other, that writes overlap, and that they are told in the plan's order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "apply/parallel.h"
#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"

#define FIRST "0000:41:00.0" /* two PFs of 40 VFs each, in slots of their own */
#define SECOND "0000:42:00.0"

static const char taken[] = "[sriov a]\naddress = " FIRST "\nvfs = 40\n[sriov b]\naddress = " SECOND "\nvfs = 40\n";
static const char fewer[] = "[sriov a]\naddress = " FIRST "\nvfs = 30\n[sriov b]\naddress = " SECOND "\nvfs = 0\n";

static struct fake_kernel *machine_of_pfs(bool late)
{
        static const char *const pfs[] = { FIRST, SECOND };
        struct fake_kernel *k = machine_new();

        for (size_t i = 0; i < 2; i++) {
                fake_pci_add(k, pfs[i],
                             &(struct fake_pci){ .id = "8086:1592",
                                                 .class = 0x020000,
                                                 .driver = "ice",
                                                 .native = "ice",
                                                 .totalvfs = 40,
                                                 .vf_device = 0x1889 });
                fake_claim(k, pfs[i]);
        }
        if (late)
                fake_let_write_late(k);
        return k;
}

/* The place among the writes of the nth one to that path; the test fails where there is none. */
static size_t nth_write(const struct fake_kernel *k, size_t from, const char *path, const char *value)
{
        size_t i = fake_find_write(k, from, path, value);

        if (i == SIZE_MAX)
                fail_msg("nobody wrote %s = %s", path, value ? value : "anything");
        return i;
}

static void assert_plan_order(const struct run *run)
{
        const struct plan *plan = run->snapshot.plan;

        assert_true(run->n_events >= plan->n_steps);
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct run_event *e = &run->events[run->n_events - plan->n_steps + i];

                assert_int_equal(e->kind, plan->steps[i].kind);
                assert_string_equal(e->section, plan->items[plan->steps[i].item].section->name);
        }
}

/* VFs are bound and let go side by side, and a PF's number waits for all of its VFs. */
static void vfs_of_two_pfs(void **unused)
{
        (void) unused;
        for (int late = 0; late < 2; late++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_of_pfs(late);
                CLEANUP_RUN struct run make = { 0 }, remove = { 0 };
                size_t from, zero_a, zero_b;

                run_apply(k, taken, &make);
                assert_true(run_is_clean(&make));
                assert_plan_order(&make);
                assert_int_equal(fake_most_begun(k), 8);
                assert_driver(k, fake_vf_address(k, FIRST, 39), "vfio-pci");
                assert_driver(k, fake_vf_address(k, SECOND, 39), "vfio-pci");

                from = fake_n_writes(k);
                run_apply(k, fewer, &remove);
                assert_true(run_is_clean(&remove));
                assert_plan_order(&remove);
                assert_true(fake_all_ended(k));
                zero_a = nth_write(k, from, FIRST "/sriov_numvfs", "0");
                zero_b = nth_write(k, from, SECOND "/sriov_numvfs", "0");
                for (size_t i = from, n = 0; n < 80; i++, n++) {
                        i = nth_write(k, i, "drivers/vfio-pci/unbind", NULL);
                        assert_true(i < (strncmp(fake_get_write(k, i)->value, "0000:41", 7) == 0 ? zero_a : zero_b));
                }
                assert_driver(k, fake_vf_address(k, FIRST, 29), "vfio-pci");
                assert_null(fake_vf_address(k, FIRST, 30));
                assert_null(fake_vf_address(k, SECOND, 0));
                assert_no_violation(k);
                assert_settled(k, fewer);
        }
}

static void note_operation(struct fake_kernel *k, void *arg)
{
        *(unsigned *) arg = fake_operations(k);
}

/* Which operation of the run that takes VFs away is the first write of an unbind. */
static unsigned operation_of_an_unbind(bool late)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_of_pfs(late);
        unsigned before, found = 0;

        assert_applies(k, taken);
        before = fake_operations(k);
        fake_after_write(k, "drivers/vfio-pci/unbind", NULL, note_operation, &found);
        assert_applies(k, fewer);
        assert_true(found > before);
        return found - before;
}

/* One VF that does not let go keeps its PF's number, whatever went on beside it, and no other PF's. */
static void one_that_fails(void **unused)
{
        (void) unused;
        for (int late = 0; late < 2; late++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_of_pfs(late);
                CLEANUP_RUN struct run remove = { 0 };
                unsigned n = operation_of_an_unbind(late);
                const struct run_event *failed;

                assert_applies(k, taken);
                fake_fail_at(k, n, FAULT_ERROR, EIO);
                run_apply(k, fewer, &remove);
                failed = run_find(&remove, "a", OUTCOME_FAILED);
                assert_non_null(failed);
                assert_int_equal(failed->error, EIO);
                assert_int_equal(failed->kind, STEP_UNBIND);
                assert_non_null(run_find(&remove, "a", OUTCOME_SKIPPED));
                assert_null(run_find(&remove, "b", OUTCOME_FAILED));
                assert_text(k, DEV FIRST "/sriov_numvfs", "40");
                assert_text(k, DEV SECOND "/sriov_numvfs", "0");
                assert_true(fake_all_ended(k));
                assert_applies(k, fewer);
                assert_text(k, DEV FIRST "/sriov_numvfs", "30");
        }
}

/* The functions of a card go one after the other, and in the order of the plan. */
static void functions_of_a_card(void **unused)
{
        static const char text[] = "[device gpu]\naddress = 01:00.0\nfunctions = all\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, GPU);
        fake_claim(k, GPU_AUDIO);
        fake_let_write_late(k);
        assert_applies(k, text);
        assert_int_equal(fake_most_begun(k), 1);
        assert_true(nth_write(k, 0, "drivers/vfio-pci/bind", GPU) < nth_write(k, 0, "drivers/snd_hda_intel/unbind", GPU_AUDIO));
}

static void places(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_of_pfs(false);
        CLEANUP_RUN struct run run = { 0 };
        struct plan_step pf = { .kind = STEP_NUMVFS, .has_address = true }, vf = pf, other = pf, new_vf = pf, mdev = { 0 };
        struct plan_place of_pf, of_vf, of_other, of_new, of_mdev;

        (void) unused;
        run_apply(k, taken, &run);
        assert_int_equal(pci_address_parse(FIRST, false, &pf.address, NULL), 0);
        assert_int_equal(pci_address_parse(SECOND, false, &other.address, NULL), 0);
        assert_int_equal(pci_address_parse(fake_vf_address(k, FIRST, 3), false, &vf.address, NULL), 0);
        new_vf.address = pf.address;
        new_vf.new_vf = true;
        new_vf.vf_index = 4;
        mdev.kind = STEP_MDEV_CREATE;
        snapshot_clear(&run.snapshot);
        assert_int_equal(snapshot_take(fake_sys(k), run.config, &run.state, &run.snapshot), 0);
        of_pf = plan_place_of(run.snapshot.inventory, &pf);
        of_vf = plan_place_of(run.snapshot.inventory, &vf);
        of_other = plan_place_of(run.snapshot.inventory, &other);
        of_new = plan_place_of(run.snapshot.inventory, &new_vf);
        of_mdev = plan_place_of(run.snapshot.inventory, &mdev);
        assert_true(plan_places_meet(&of_pf, &of_vf));
        assert_true(plan_places_meet(&of_new, &of_pf));
        assert_true(plan_places_meet(&of_vf, &of_vf));
        assert_false(plan_places_meet(&of_vf, &of_new));
        assert_false(plan_places_meet(&of_pf, &of_other));
        assert_false(plan_places_meet(&of_vf, &of_other));
        assert_true(plan_places_meet(&of_mdev, &of_vf));
        assert_true(plan_places_meet(&of_other, &of_mdev));
        /* VF 3 that is there is the VF 3 that is to come. */
        new_vf.vf_index = 3;
        of_new = plan_place_of(run.snapshot.inventory, &new_vf);
        assert_true(plan_places_meet(&of_vf, &of_new));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(vfs_of_two_pfs),
                cmocka_unit_test(one_that_fails),
                cmocka_unit_test(functions_of_a_card),
                cmocka_unit_test(places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
