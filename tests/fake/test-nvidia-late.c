/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVIDIA's vGPUs whose VFs or types come later than the first look: what is waited for, what is said, what a later run
 * or an event makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/boot.h"
#include "fake/machine-a16.h"
#include "fake/run.h"

#define SECOND 1000000
#define ONE "[mdev one]\nparent = " VF1 "\ntype = NVIDIA A16-4Q\n"
#define POOL "[mdev pool]\nparent = " A16 "\ntype = 591\ncount = 2\n"

static void start_vgpud(struct fake_kernel *k, void *unused)
{
        (void) unused;
        fake_stop_vgpud(k, false);
}

static void make_vfs(struct fake_kernel *k, void *unused)
{
        (void) unused;
        assert_int_equal(fake_poke(k, DEV A16 "/sriov_numvfs", "4"), 0);
}

/* No event tells of it: the last look finds it. */
static void types_that_come_are_waited_for(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();

        (void) unused;
        fake_stop_vgpud(k, true);
        fake_schedule(k, 4 * SECOND, start_vgpud, NULL);
        assert_applies(k, ONE POOL);
        assert_text(k, TYPE(VF1), "592");
        assert_text(k, TYPE(VF0), "591");
        assert_text(k, TYPE(VF2), "591");
        assert_settled(k, ONE POOL);
}

/* A GPU that offers nothing and has nothing is not full. */
static void types_that_do_not_come_are_absent(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_stop_vgpud(k, true);
        run_apply(k, ONE POOL, &run);
        assert_int_equal(run_item(&run, "one")->verdict, VERDICT_ABSENT);
        assert_string_equal(run_item(&run, "one")->reason,
                            VF1 " offers no vGPU types yet: nvidia-vgpud announces them to the driver");
        assert_int_equal(run_item(&run, "pool")->verdict, VERDICT_ABSENT);
        assert_text(k, TYPE(VF1), "0");
        fake_stop_vgpud(k, false);
        assert_applies(k, ONE POOL);
        assert_no_violation(k);
}

/* The VFs are made in the run, and nobody has told the driver of the types: a later run makes it good. */
static void new_vfs_without_types(void **unused)
{
        static const char text[] = SRIOV "[mdev first]\nparent = a16/0\ntype = NVIDIA A16-4Q\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *failed;

        (void) unused;
        fake_stop_vgpud(k, true);
        run_apply(k, text, &run);
        failed = run_find(&run, "first", OUTCOME_FAILED);
        assert_non_null(failed);
        assert_int_equal(failed->error, ENOENT);
        assert_non_null(strstr(failed->detail, "nvidia-vgpud has not announced the types yet"));
        assert_null(run_find(&run, "a16", OUTCOME_FAILED));
        fake_stop_vgpud(k, false);
        assert_applies(k, text);
        assert_text(k, TYPE(VF0), "592");
        assert_settled(k, text);
        assert_no_violation(k);
}

static void vfs_that_come_are_waited_for(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16();

        (void) unused;
        fake_schedule(k, 2 * SECOND, make_vfs, NULL);
        assert_applies(k, ONE);
        assert_text(k, TYPE(VF1), "592");
}

/* A VF that comes to its driver has the run of a section that may be about it, which knows what is to be done. */
static void events_of_vfs(void **unused)
{
        static const struct {
                const char *text, *vf, *wants;
        } cases[] = {
                { POOL, VF0, VF0 },
                { ONE, VF1, VF1 },
                { ONE, VF0, NULL },
                { SRIOV "[mdev first]\nparent = a16/0\ntype = 592\n", VF0, VF0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_a16_vfs();
                CLEANUP_FREE char *wants = NULL;

                boot_done(k, cases[i].text);
                wants = boot_wants(k, "parent", cases[i].vf);
                if (!streq_ptr(wants, cases[i].wants))
                        fail_msg("case %zu: %s is wanted", i, wants ? wants : "nothing");
                assert_applies(k, cases[i].text);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(types_that_come_are_waited_for),
                cmocka_unit_test(types_that_do_not_come_are_absent),
                cmocka_unit_test(new_vfs_without_types),
                cmocka_unit_test(vfs_that_come_are_waited_for),
                cmocka_unit_test(events_of_vfs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
