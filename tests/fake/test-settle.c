/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting: for what the configuration names and is not there yet, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake/machine.h"
#include "fake/run.h"

#define SECOND UINT64_C(1000000)
#define LATE "0000:77:00.0"

static uint64_t now(struct fake_kernel *k)
{
        const struct sys *sys = fake_sys(k);

        return sys->ops->now(sys->userdata);
}

static void appear(struct fake_kernel *k, void *arg)
{
        (void) arg;
        fake_pci_add(k, LATE,
                     &(struct fake_pci){ .id = "8086:1572",
                                         .class = 0x020000,
                                         .driver = "i40e",
                                         .native = "i40e",
                                         .totalvfs = 8,
                                         .vf_device = 0x154c });
}

static void load(struct fake_kernel *k, void *module)
{
        fake_modprobe(k, module);
}

static void nothing(struct fake_kernel *k, void *arg)
{
        (void) k;
        (void) arg;
}

static void all_is_there(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, HBA);
        assert_applies(k, "[device hba]\naddress = " HBA "\n");
        assert_int_equal(now(k), 0);
}

/* While udev is at work, the names and groups that a guard goes by may be missing; once done, it is not looked at
 * again. */
static void all_is_there_and_not_cleared(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, HBA);
        fake_udev_busy_until(k, 5 * SECOND);
        fake_schedule(k, 5 * SECOND, nothing, NULL);
        assert_applies(k, "[device hba]\naddress = " HBA "\n");
        assert_int_equal(now(k), 5 * SECOND);
        fake_udev_busy_until(k, 9 * SECOND);
        assert_applies(k, "[device hba]\naddress = " HBA "\n");
        assert_int_equal(now(k), 5 * SECOND);
}

static void a_device_that_comes(void **unused)
{
        static const char *const texts[] = { "[device late]\naddress = " LATE "\n",
                                             "[sriov late]\naddress = " LATE "\nvfs = 2\nvf-driver = none\n" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                fake_claim(k, LATE);
                fake_schedule(k, 1 * SECOND, nothing, NULL);
                fake_schedule(k, 3 * SECOND, appear, NULL);
                assert_applies(k, texts[i]);
                assert_int_equal(now(k), 3 * SECOND);
                assert_settled(k, texts[i]);
        }
}

static void a_device_that_does_not_come(void **unused)
{
        static const struct {
                const char *text;
                uint64_t expected;
        } cases[] = {
                { "[device late]\naddress = " LATE "\n", 10 * SECOND },
                { "[passthru]\nsettle-timeout = 1500ms\n[device late]\naddress = " LATE "\n", SECOND * 3 / 2 },
                { "[device late]\naddress = " LATE "\nrequired = no\n", 2 * SECOND }, /* udev is done then */
                { "[device late]\naddress = " LATE "\nenabled = no\n", 0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                CLEANUP_RUN struct run run = { 0 };

                fake_udev_busy_until(k, 2 * SECOND);
                fake_schedule(k, 1 * SECOND, nothing, NULL);
                fake_schedule(k, 2 * SECOND, nothing, NULL);
                run_apply(k, cases[i].text, &run);
                assert_int_equal(run.error, 0);
                assert_int_equal(run_item(&run, "late")->verdict, i == 3 ? VERDICT_DISABLED : VERDICT_ABSENT);
                assert_int_equal(now(k), cases[i].expected);
        }
}

/* One that comes while udev is still busy is worth the wait, also when it is optional. */
static void an_optional_device_that_comes(void **unused)
{
        static const char text[] = "[device late]\naddress = " LATE "\nrequired = no\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, LATE);
        fake_udev_busy_until(k, 2 * SECOND);
        fake_schedule(k, 1 * SECOND, appear, NULL);
        fake_schedule(k, 2 * SECOND, nothing, NULL);
        assert_applies(k, text);
        assert_int_equal(now(k), 2 * SECOND);
        assert_driver(k, LATE, "vfio-pci");
}

static void a_driver_that_comes(void **unused)
{
        static const char text[] = "[sriov late]\naddress = " LATE "\nvfs = 2\n";
        static char module[] = "i40e";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, LATE);
        fake_pci_add(
                k, LATE,
                &(struct fake_pci){
                        .id = "8086:1572", .class = 0x020000, .native = "i40e", .totalvfs = 8, .vf_device = 0x154c });
        fake_schedule(k, 2 * SECOND, load, module);
        assert_applies(k, text);
        assert_int_equal(now(k), 2 * SECOND);
        assert_settled(k, text);
}

static void a_parent_that_comes(void **unused)
{
        static const char text[] = "[mdev serial]\nparent = mtty\ntype = mtty-2\n";
        static char module[] = "mtty";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, "mtty");
        fake_schedule(k, 4 * SECOND, load, module);
        assert_applies(k, text);
        assert_int_equal(now(k), 4 * SECOND);
        assert_int_equal(fake_n_mdevs(k), 1);
}

static void a_module_that_brings_the_parent(void **unused)
{
        static const char text[] = "[mdev serial]\nparent = mtty\ntype = mtty-2\n[module mtty]\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, "mtty");
        assert_applies(k, text);
        assert_int_equal(now(k), 0);
        assert_int_equal(fake_n_mdevs(k), 1);
        assert_settled(k, text);
}

/* A VF that is made in the run: its driver is probed in a thread, and registers the parent later still. */
static void a_parent_among_new_vfs(void **unused)
{
        static const struct fake_mdev_type types[] = { { .id = "q-1", .name = "GRID Q" }, { 0 } };
        static const char text[] = "[sriov q]\naddress = " LATE "\nvfs = 2\nvf-driver = host\n"
                                   "[mdev desktop]\nparent = q/1\ntype = GRID Q\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_driver_add(k, "qvf", &(struct fake_driver){ .loaded = true, .async = SECOND / 2 });
        fake_pci_add(k, LATE,
                     &(struct fake_pci){ .id = "10de:2236",
                                         .class = 0x030200,
                                         .driver = "q",
                                         .native = "q",
                                         .totalvfs = 4,
                                         .vf_device = 0x2237,
                                         .vf_native = "qvf",
                                         .vf_mdev_types = types,
                                         .mdev_ports = 1,
                                         .mdev_delay = SECOND });
        fake_claim(k, LATE);
        fake_claim(k, "0000:77:02.0");
        fake_claim(k, "0000:77:02.1");
        assert_applies(k, text);
        assert_int_equal(fake_n_mdevs(k), 1);
        assert_true(now(k) >= SECOND && now(k) <= 2 * SECOND);
        assert_settled(k, text);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_is_there),
                cmocka_unit_test(all_is_there_and_not_cleared),
                cmocka_unit_test(a_device_that_comes),
                cmocka_unit_test(a_device_that_does_not_come),
                cmocka_unit_test(an_optional_device_that_comes),
                cmocka_unit_test(a_driver_that_comes),
                cmocka_unit_test(a_parent_that_comes),
                cmocka_unit_test(a_module_that_brings_the_parent),
                cmocka_unit_test(a_parent_among_new_vfs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
