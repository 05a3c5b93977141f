/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev] on VFs that are NVIDIA's vGPUs themselves: made, changed, refused, given back, and what becomes of it when
 * any operation fails. */
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
#include "release/release.h"

static void assert_refused(struct fake_kernel *k, const char *text, const char *section, const char *reason,
                           unsigned line)
{
        CLEANUP_RUN struct run run = { 0 };
        const struct plan_item *item;

        run_apply(k, text, &run);
        item = run_item(&run, section);
        if (item->verdict != VERDICT_REFUSED || !strstr(item->reason, reason)) {
                run_print(&run);
                fail_msg("[%s] is to be refused: %s", section, reason);
        }
        if (line > 0)
                assert_int_equal(item->loc->line, line);
        assert_no_violation(k);
}

static void by_name_on_new_vfs(void **unused)
{
        static const char text[] =
                SRIOV "[mdev first]\nparent = a16/0\ntype = NVIDIA A16-4Q\nattr = vgpu_params=frl=0\n"
                      "[mdev pool]\nparent = " A16 "\ntype = NVIDIA A16-2Q\ncount = 2\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();
        CLEANUP_FREE char *before = host_text(k), *after = NULL;

        (void) unused;
        assert_applies(k, text);
        assert_driver(k, VF0, "nvidia");
        assert_text(k, TYPE(VF0), "592");
        assert_text(k, PARAMS(VF0), "frl=0");
        assert_text(k, TYPE(VF1), "591");
        assert_text(k, TYPE(VF2), "591");
        assert_text(k, TYPE(VF3), "0");
        assert_settled(k, text);
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
        assert_no_violation(k);
}

static void by_id_on_vfs_that_are_there(void **unused)
{
        static const char text[] = "[mdev one]\nparent = " VF1 "\ntype = 592\n"
                                   "[mdev two]\nparent = " VF3 "\ntype = nvidia-591\n"
                                   "[mdev pool]\nparent = " A16 "\ntype = 591\ncount = 2\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();
        CLEANUP_FREE char *before = host_text(k), *after = NULL;

        (void) unused;
        assert_applies(k, text);
        assert_settled(k, text);
        assert_text(k, TYPE(VF1), "592");
        assert_text(k, TYPE(VF3), "591");
        /* Those that are named are not taken. */
        assert_text(k, TYPE(VF0), "591");
        assert_text(k, TYPE(VF2), "591");
        assert_int_equal(release(k, "pool"), 0);
        assert_text(k, TYPE(VF0), "0");
        assert_text(k, TYPE(VF1), "592");
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
}

/* The names of types that the GPU has no room for any more are nowhere to be read. */
static void full_gpu_is_settled(void **unused)
{
        static const char text[] = SRIOV "[mdev big]\nparent = a16/0\ntype = NVIDIA A16-8Q\n"
                                         "[mdev other]\nparent = a16/1\ntype = NVIDIA A16-8Q\n";
        static const char more[] = "[mdev small]\nparent = a16/2\ntype = 591\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();
        CLEANUP_FREE char *both = NULL;

        (void) unused;
        assert_applies(k, text);
        assert_settled(k, text);
        assert_true(asprintf(&both, "%s%s", text, more) > 0);
        assert_refused(k, both, "small", VF2 " can't be a vGPU of type 591 now; it can be: none", 13);
        assert_int_equal(release(k, NULL), 0);
}

/* Without a state nobody knows what 593 is called. */
static void unknown_name_is_refused(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();

        (void) unused;
        assert_int_equal(fake_poke(k, TYPE(VF0), "593"), 0);
        assert_int_equal(fake_poke(k, TYPE(VF1), "593"), 0);
        assert_refused(k, "[mdev big]\nparent = " VF0 "\ntype = NVIDIA A16-8Q\n", "big", "give the type's number", 3);
        assert_applies(k, "[mdev big]\nparent = " VF0 "\ntype = 593\n");
        assert_settled(k, "[mdev big]\nparent = " VF0 "\ntype = 593\n");
}

static void another_type_goes_first(void **unused)
{
        static const char text[] = "[mdev one]\nparent = " VF0 "\ntype = NVIDIA A16-4Q\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();
        size_t removed;

        (void) unused;
        assert_int_equal(fake_poke(k, TYPE(VF0), "591"), 0);
        fake_open(k, VF0, FAKE_OPEN_GROUP);
        assert_refused(k, text, "one", "VF 0 (" VF0 ") is open", 0);
        assert_text(k, TYPE(VF0), "591");
        fake_open(k, VF0, 0);
        assert_applies(k, text);
        assert_text(k, TYPE(VF0), "592");
        removed = fake_find_write(k, 0, "nvidia/current_vgpu_type", "0");
        assert_true(removed < fake_find_write(k, 0, "nvidia/current_vgpu_type", "592"));
        assert_settled(k, text);
        /* Once it is in use it stays, whatever is configured. */
        fake_open(k, VF0, FAKE_OPEN_GROUP);
        assert_settled(k, text);
        assert_refused(k, "[mdev one]\nparent = " VF0 "\ntype = 591\n", "one", "is open", 0);
        assert_int_equal(release(k, NULL), 1);
        assert_text(k, TYPE(VF0), "592");
        fake_open(k, VF0, 0);
        assert_int_equal(release(k, NULL), 0);
        assert_text(k, TYPE(VF0), "0");
}

static void open_first(struct fake_kernel *k, void *unused)
{
        (void) unused;
        fake_open(k, VF0, FAKE_OPEN_GROUP);
}

/* A VM that starts at any moment of the run has the vGPU that there was, or the new one. */
static void opened_meanwhile(void **unused)
{
        bool kept = false, changed = false;

        (void) unused;
        for (unsigned n = 1;; n++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();
                CLEANUP_RUN struct run run = { 0 };
                CLEANUP_FREE char *type = NULL;
                unsigned before = fake_operations(k);

                assert_int_equal(fake_poke(k, TYPE(VF0), "591"), 0);
                fake_before_operation(k, n, open_first, NULL);
                run_apply(k, "[mdev one]\nparent = " VF0 "\ntype = 592\n", &run);
                type = fake_text(k, TYPE(VF0));
                kept = kept || streq(type, "591");
                changed = changed || streq(type, "592");
                if (streq(type, "591") && run_is_clean(&run))
                        fail_msg("operation %u: the type is as it was, and nothing is said", n);
                if (!streq(type, "591") && !streq(type, "592"))
                        fail_msg("operation %u: the type is %s", n, type);
                assert_no_violation(k);
                if (fake_operations(k) - before < n)
                        break;
        }
        assert_true(kept && changed);
}

/* The same VF at each boot: what others have made of it is no reason to take the next one. */
static void no_section_moves(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();

        (void) unused;
        assert_int_equal(fake_poke(k, TYPE(VF0), "593"), 0);
        fake_open(k, VF0, FAKE_OPEN_GROUP);
        assert_refused(k, "[mdev pool]\nparent = " A16 "\ntype = 591\n", "pool", VF0, 0);
        assert_text(k, TYPE(VF1), "0");
}

static void refusals(void **unused)
{
        static const struct {
                const char *text, *section, *reason;
                unsigned line;
        } cases[] = {
                { "[mdev m]\nparent = " VF0 "\ntype = 592\nuuid = 4b20d080-1b54-4048-85b3-a6a62d165c01\n", "m",
                  "has no uuid", 4 },
                { "[mdev m]\nparent = " VF0 "\ntype = 592\ncount = 2\n", "m", "is one vGPU", 4 },
                { "[mdev m]\nparent = " VF0 "\ntype = 999\n", "m",
                  "it can be: 591 (NVIDIA A16-2Q), 592 (NVIDIA A16-4Q)", 3 },
                { "[mdev m]\nparent = " VF0 "\ntype = NVIDIA A16\n", "m", "can't be a vGPU of type NVIDIA A16 now",
                  3 },
                { "[mdev m]\nparent = " A16 "\ntype = 591\ncount = 5\n", "m", "has 4 VFs for this section, expected 5",
                  4 },
                { "[mdev m]\nparent = " VF0 "\ntype = 592\n[mdev n]\nparent = " VF0 "\ntype = 592\n", "n",
                  "that is the one of [mdev m]", 0 },
                { "[mdev m]\nparent = " VF0 "\ntype = 592\n[device d]\naddress = " VF0 "\n", "m",
                  "is also claimed by [device d]", 0 },
                { "[mdev m]\nparent = " VF0 "\ntype = 592\n[device d]\naddress = " VF0 "\n", "d",
                  "is also claimed by [mdev m]", 0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();

                fake_claim(k, VF0);
                assert_refused(k, cases[i].text, cases[i].section, cases[i].reason, cases[i].line);
                assert_driver(k, VF0, "nvidia");
        }
}

/* A vGPU that is there is not lost with its VF's driver, nor with the VF. */
static void vgpu_is_not_lost(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();

        (void) unused;
        assert_int_equal(fake_poke(k, TYPE(VF2), "591"), 0);
        assert_refused(k, "[device d]\naddress = " VF2 "\n", "d", "is a vGPU of type 591", 0);
        assert_refused(k, "[sriov a16]\naddress = " A16 "\nvfs = 2\nvf-driver = host\n", "a16",
                       "is a vGPU of type 591", 0);
        assert_text(k, TYPE(VF2), "591");
}

static size_t count_held(struct fake_kernel *k, const char *text)
{
        CLEANUP_RUN struct run run = { 0 };
        CLEANUP_RELEASE struct release held = { 0 };
        struct release_input input = { .state = &run.state, .config = NULL };

        run_apply(k, text, &run);
        assert_true(run_is_clean(&run));
        input.config = run.config;
        input.inventory = run.snapshot.inventory;
        input.held = run.snapshot.plan;
        release_build(&input, &held);
        return held.plan ? held.plan->n_items : 0;
}

/* What an apply gives back of sections that have gone is not what another section has now. */
static void renamed_section_keeps_it(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();

        (void) unused;
        assert_int_equal(count_held(k, "[mdev one]\nparent = " VF0 "\ntype = 592\n"), 0);
        assert_int_equal(count_held(k, "[mdev two]\nparent = " VF0 "\ntype = 592\n"), 0);
        assert_int_equal(count_held(k, "[mdev two]\nparent = " A16 "\ntype = 592\n"), 0);
        assert_int_equal(count_held(k, "[mdev two]\nparent = " VF1 "\ntype = 592\n"), 1);
        assert_int_equal(release(k, NULL), 0);
        assert_text(k, TYPE(VF0), "0");
        assert_text(k, TYPE(VF1), "0");
}

static void failed_attribute_takes_it_back(void **unused)
{
        static const char text[] = SRIOV "[mdev one]\nparent = a16/1\ntype = 592\nattr = vgpu_params=nonsense\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *failed;

        (void) unused;
        run_apply(k, text, &run);
        failed = run_find(&run, "one", OUTCOME_FAILED);
        assert_non_null(failed);
        assert_int_equal(failed->error, EINVAL);
        assert_non_null(strstr(failed->detail, "the vGPU was removed again"));
        assert_text(k, TYPE(VF1), "0");
        assert_no_violation(k);
}

/* ---- the sweep ---- */

static const char swept[] = SRIOV "[mdev one]\nparent = a16/0\ntype = NVIDIA A16-4Q\nattr = vgpu_params=frl=0\n"
                                  "[mdev pool]\nparent = " A16 "\ntype = 591\ncount = 2\n";

static const struct {
        const char *section, *path, *value;
} wanted[] = {
        { "a16", DEV A16 "/sriov_numvfs", "4" },
        { "one", TYPE(VF0), "592" },
        { "one", PARAMS(VF0), "frl=0" },
        { "pool", TYPE(VF1), "591" },
        { "pool", TYPE(VF2), "591" },
};

static bool is_said(const struct run *run, const char *section)
{
        const struct plan_item *item = run->error < 0 ? NULL : run_item(run, section);

        return !item || item->verdict == VERDICT_ABSENT || item->verdict == VERDICT_REFUSED ||
               run_find(run, section, OUTCOME_FAILED) || run_find(run, section, OUTCOME_SKIPPED);
}

static void check(struct fake_kernel *k, const struct run *run, const char *what)
{
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
                CLEANUP_FREE char *text = fake_text(k, wanted[i].path);

                /* vgpu_params reads in the driver's words: a write without effect can't be seen. */
                if (streq_ptr(text, wanted[i].value) || is_said(run, wanted[i].section) || strstr(what, "vgpu_params"))
                        continue;
                run_print(run);
                fail_msg("%s: %s is %s, and nothing is said", what, wanted[i].path, text ? text : "not there");
        }
}

static bool attempt(unsigned n, enum fake_fault fault, int error)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();
        CLEANUP_RUN struct run run = { 0 }, second = { 0 };
        CLEANUP_FREE char *before = host_text(k), *after = NULL, *copy = NULL;
        unsigned before_run = fake_operations(k);
        const char *what;

        if (n % 2 == 0)
                fake_let_write_late(k);
        fake_fail_at(k, n, fault, error);
        run_apply(k, swept, &run);
        if (!fake_fault_hit(k, &what))
                return fake_operations(k) - before_run >= n;
        copy = strdup(what);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        if (fault != FAULT_DEATH)
                check(k, &run, copy);
        run_apply(k, swept, &second);
        if (!run_is_clean(&second)) {
                run_print(&second);
                fail_msg("%s (%d): a run without a fault is not clean", copy, error);
        }
        check(k, &second, copy);
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        if (!streq(after, before))
                fail_msg("%s (%d): is not given back as it was:\n%s", copy, error, after);
        assert_no_violation(k);
        return true;
}

static void sweep(enum fake_fault fault, int error)
{
        unsigned n = 1;

        while (attempt(n, fault, error))
                n++;
        assert_true(n > 50);
}

/* As sriov-manage does: not without the lock, which is not given while a program has the GPU open. */
static void unbind_lock(void **unused)
{
        static const char text[] = "[device gpu]\naddress = " A16 "\n";

        (void) unused;
        for (unsigned in_use = 0; in_use < 2; in_use++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();
                CLEANUP_RUN struct run run = { 0 };

                fake_unbind_lock(k, A16, in_use);
                run_apply(k, text, &run);
                assert_driver(k, A16, in_use ? "nvidia" : "vfio-pci");
                assert_false(fake_is_locked(k, A16));
                if (in_use)
                        assert_non_null(
                                strstr(run_find(&run, "gpu", OUTCOME_FAILED)->detail, "a program has the GPU open"));
                assert_no_violation(k);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(by_name_on_new_vfs),
                cmocka_unit_test(by_id_on_vfs_that_are_there),
                cmocka_unit_test(full_gpu_is_settled),
                cmocka_unit_test(unknown_name_is_refused),
                cmocka_unit_test(another_type_goes_first),
                cmocka_unit_test(opened_meanwhile),
                cmocka_unit_test(no_section_moves),
                cmocka_unit_test(refusals),
                cmocka_unit_test(vgpu_is_not_lost),
                cmocka_unit_test(renamed_section_keeps_it),
                cmocka_unit_test(failed_attribute_takes_it_back),
                cmocka_unit_test(unbind_lock),
                SWEEP(EIO),
                SWEEP(EBUSY),
                SWEEP(EINVAL),
                SWEEP(ENOENT),
                SWEEP(EPERM),
                cmocka_unit_test(sweep_lost),
                cmocka_unit_test(sweep_death),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
