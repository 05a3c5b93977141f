/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev] on vfio_ap's matrix: what is assigned is written in order and read back where the kernel shows it, and an
 * mdev that lacks some of it is removed again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/machine.h"
#include "fake/run.h"

#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"
#define MDEV "sys/bus/mdev/devices/" UUID "/"
#define SECTION "[mdev crypto]\nparent = matrix\ntype = VFIO AP Passthrough Device\nuuid = " UUID "\n"

static const struct fake_mdev_type types[] = {
        { .id = "vfio_ap-passthrough", .name = "VFIO AP Passthrough Device", .ap = 192 },
        { 0 },
};

static struct fake_kernel *machine(void)
{
        struct fake_kernel *k = fake_new();

        fake_module_add(
                k, "vfio_ap",
                &(struct fake_module){ .parent_path = "vfio_ap/matrix", .mdev_types = types, .mdev_ports = 4 });
        assert_int_equal(fake_modprobe(k, "vfio_ap"), 0);
        fake_claim(k, "matrix");
        return k;
}

static void numbers_in_order(void **unused)
{
        static const char text[] =
                SECTION "attr = assign_adapter=5\nattr = assign_domain=0xab\nattr = assign_adapter=6\n"
                        "attr = assign_control_domain=0xab\nattr = unassign_adapter=5\n";
        static const char *const order[] = { "assign_adapter", "assign_domain", "assign_adapter",
                                             "assign_control_domain", "unassign_adapter" };
        CLEANUP(fake_freep) struct fake_kernel *k = machine();
        size_t at = 0;

        (void) unused;
        assert_applies(k, text);
        assert_text(k, MDEV "matrix", "06.00ab");
        assert_text(k, MDEV "control_domains", "00ab");
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                at = fake_find_write(k, at, order[i], NULL);
                assert_true(at < fake_n_writes(k));
                at++;
        }
        assert_settled(k, text);
        assert_no_violation(k);
}

static void masks(void **unused)
{
        /* What is left out at the right of a mask is 0. */
        static const char text[] = SECTION "attr = ap_config=0x06,0x0000000000000000000000000000000000000000001,0x8\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine();

        (void) unused;
        assert_applies(k, text);
        assert_text(k, MDEV "matrix", "05.00ab\n06.00ab");
        assert_text(k, MDEV "control_domains", "0000");
        assert_settled(k, text);
}

static void assert_removed(struct fake_kernel *k, const char *text, int error, const char *detail)
{
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *failed;

        run_apply(k, text, &run);
        failed = run_find(&run, "crypto", OUTCOME_FAILED);
        assert_non_null(failed);
        if (failed->error != error || !strstr(failed->detail, detail) || !strstr(failed->detail, "removed again")) {
                run_print(&run);
                fail_msg("expected: %s", detail);
        }
        assert_int_equal(fake_n_mdevs(k), 0);
        assert_no_violation(k);
}

static void what_is_not_taken_removes_it(void **unused)
{
        static const struct {
                const char *text;
                int error;
        } cases[] = {
                { SECTION "attr = assign_adapter=5\nattr = assign_domain=200\nattr = assign_control_domain=1\n",
                  ENODEV },
                { SECTION "attr = assign_adapter=five\n", EINVAL },
                { SECTION "attr = ap_config=0x06\n", EINVAL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine();

                assert_removed(k, cases[i].text, cases[i].error, "was rejected by mdev " UUID);
                assert_int_equal(fake_count_writes(k, "assign_control_domain", NULL), 0);
        }
}

/* The kernel says yes and does nothing: each of these writes in turn. */
static void what_is_lost_is_seen(void **unused)
{
        static const char *const attributes[] = { "assign_adapter=5", "assign_domain=0xab",
                                                  "assign_control_domain=0xab", "ap_config=0x06,0x8,0x8" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
                unsigned n_lost = 0;
                bool hit = true;

                for (unsigned n = 1; hit; n++) {
                        CLEANUP(fake_freep) struct fake_kernel *k = machine();
                        CLEANUP_RUN struct run run = { 0 };
                        CLEANUP_FREE char *text = NULL;
                        const char *what = NULL;
                        unsigned before = fake_operations(k);

                        assert_true(asprintf(&text, SECTION "attr = %s\n", attributes[i]) > 0);
                        fake_fail_at(k, n, FAULT_LOST, 0);
                        run_apply(k, text, &run);
                        hit = fake_operations(k) - before >= n;
                        if (!fake_fault_hit(k, &what) || (!strstr(what, "/assign_") && !strstr(what, "/ap_config")))
                                continue;
                        n_lost++;
                        assert_non_null(run_find(&run, "crypto", OUTCOME_FAILED));
                        assert_int_equal(fake_n_mdevs(k), 0);
                }
                assert_int_equal(n_lost, 1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(numbers_in_order),
                cmocka_unit_test(masks),
                cmocka_unit_test(what_is_not_taken_removes_it),
                cmocka_unit_test(what_is_lost_is_seen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
