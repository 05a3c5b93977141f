/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mode of a PF's eswitch: in each driver's order, with VFs there and without; what is refused; the way back. */
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

#define PF "0000:09:00.0"
#define MODE "devlink/pci/" PF "/eswitch"
#define NUMVFS PF "/sriov_numvfs"
#define SECTION "[sriov fast]\naddress = " PF "\n"
#define SWITCHDEV SECTION "vfs = 2\neswitch = switchdev\n"

static struct fake_kernel *machine(enum fake_eswitch eswitch)
{
        static const char *const drivers[] = {
                [FAKE_ESWITCH_NONE] = "e1000",
                [FAKE_ESWITCH_ICE] = "ice",
                [FAKE_ESWITCH_MLX5] = "mlx5_core",
                [FAKE_ESWITCH_BNXT] = "bnxt_en",
        };
        struct fake_kernel *k = machine_new();

        fake_claim(k, PF);
        fake_pci_add(k, PF,
                     &(struct fake_pci){ .id = "15b3:101d",
                                         .class = 0x020000,
                                         .driver = drivers[eswitch],
                                         .native = drivers[eswitch],
                                         .netdev = "enp9s0",
                                         .mac = "52:54:00:00:09:00",
                                         .totalvfs = 4,
                                         .vf_device = 0x101e,
                                         .vf_native = "ownvf",
                                         .eswitch = eswitch });
        assert_int_equal(fake_modprobe(k, "ownvf"), 0);
        return k;
}

static const char *vf(struct fake_kernel *k, unsigned i)
{
        return fake_vf_address(k, PF, i);
}

static void assert_mode(struct fake_kernel *k, const char *mode)
{
        if (!streq(fake_eswitch(k, PF), mode)) {
                fake_print_writes(k, 0);
                fail_msg("the eswitch is %s, expected %s", fake_eswitch(k, PF), mode);
        }
}

/* These writes have been done, in this order; the first from `from` on. */
static void assert_order(struct fake_kernel *k, size_t from, const char *const *writes, size_t n)
{
        for (size_t i = 0; i < n; i += 2) {
                from = fake_find_write(k, from, writes[i], writes[i + 1]);
                if (from == SIZE_MAX) {
                        fake_print_writes(k, 0);
                        fail_msg("no write of %s to %s, or not then", writes[i + 1], writes[i]);
                }
        }
}

#define ASSERT_ORDER(k, from, ...)                                                                                    \
        do {                                                                                                          \
                const char *const writes[] = { __VA_ARGS__ };                                                         \
                assert_order(k, from, writes, ARRAY_SIZE(writes));                                                    \
        } while (0)

static void new_vfs(void **unused)
{
        (void) unused;
        for (enum fake_eswitch e = FAKE_ESWITCH_ICE; e <= FAKE_ESWITCH_BNXT; e++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine(e);
                CLEANUP_FREE char *before = host_text(k), *after = NULL;

                assert_applies(k, SWITCHDEV);
                assert_mode(k, "switchdev");
                assert_driver(k, vf(k, 0), "vfio-pci");
                if (e == FAKE_ESWITCH_ICE)
                        ASSERT_ORDER(k, 0, MODE, "switchdev", NUMVFS, "2", "drivers/vfio-pci/bind", vf(k, 0));
                else
                        ASSERT_ORDER(k, 0, PF "/sriov_drivers_autoprobe", "0", NUMVFS, "2", MODE, "switchdev",
                                     "drivers/vfio-pci/bind", vf(k, 0));
                assert_int_equal(fake_count_writes(k, MODE, NULL), 1);
                assert_settled(k, SWITCHDEV);
                /* Back: the VFs first. */
                assert_int_equal(release(k, NULL), 0);
                ASSERT_ORDER(k, fake_find_write(k, 0, MODE, NULL) + 1, NUMVFS, "0", MODE, "legacy");
                after = host_text(k);
                assert_string_equal(after, before);
                assert_mode(k, "legacy");
                assert_no_violation(k);
        }
}

/* Their own driver must not have them before the mode is there. */
static void new_vfs_of_the_host(void **unused)
{
        static const char text[] = SWITCHDEV "vf-driver = host\n";

        (void) unused;
        for (enum fake_eswitch e = FAKE_ESWITCH_ICE; e <= FAKE_ESWITCH_BNXT; e++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine(e);

                assert_applies(k, text);
                assert_mode(k, "switchdev");
                assert_driver(k, vf(k, 0), "ownvf");
                assert_driver(k, vf(k, 1), "ownvf");
                assert_text(k, DEV PF "/sriov_drivers_autoprobe", "1");
                assert_settled(k, text);
                assert_no_violation(k);
        }
}

/* mlx5: VFs that stay are let go and come back, each to its driver; a VF of another section too. */
static void vfs_that_are_there(void **unused)
{
        static const char before[] = SECTION "vfs = 3\n[vf fast/1]\ndriver = host\n[device vm]\naddress = fast/2\n",
                          after[] = SECTION
                          "vfs = 3\neswitch = switchdev\n[vf fast/1]\ndriver = host\n[device vm]\naddress = fast/2\n",
                          moved[] = SECTION "vfs = 3\neswitch = legacy\n[vf fast/1]\n[vf fast/2]\ndriver = none\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine(FAKE_ESWITCH_MLX5);
        CLEANUP_FREE char *host = host_text(k), *back = NULL;
        size_t from;

        (void) unused;
        assert_applies(k, before);
        from = fake_n_writes(k);
        assert_applies(k, after);
        assert_mode(k, "switchdev");
        ASSERT_ORDER(k, from, "drivers/ownvf/unbind", vf(k, 1), MODE, "switchdev", "drivers/ownvf/bind", vf(k, 1));
        ASSERT_ORDER(k, from, "drivers/vfio-pci/unbind", vf(k, 2), MODE, "switchdev", "drivers/vfio-pci/bind",
                     vf(k, 2));
        assert_int_equal(fake_count_writes(k, NUMVFS, NULL), 1);
        assert_driver(k, vf(k, 0), "vfio-pci");
        assert_driver(k, vf(k, 1), "ownvf");
        assert_driver(k, vf(k, 2), "vfio-pci");
        assert_settled(k, after);
        /* Some go to another driver by the way. */
        assert_applies(k, moved);
        assert_mode(k, "legacy");
        assert_driver(k, vf(k, 1), "vfio-pci");
        assert_driver(k, vf(k, 2), "");
        assert_settled(k, moved);
        assert_int_equal(release(k, NULL), 0);
        back = host_text(k);
        assert_string_equal(back, host);
        assert_no_violation(k);
}

/* The driver of a VF that passthru-setup has not given is what it comes back to, and the mode goes back around it. */
static void vfs_of_others(void **unused)
{
        (void) unused;
        for (enum fake_eswitch e = FAKE_ESWITCH_ICE; e <= FAKE_ESWITCH_BNXT; e++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine(e);
                CLEANUP_FREE char *before = NULL, *after = NULL;

                assert_int_equal(fake_poke(k, DEV NUMVFS, "2"), 0);
                before = host_text(k);
                assert_applies(k, SWITCHDEV "vf-driver = host\n[vf fast/1]\ndriver = vfio-pci\n");
                assert_mode(k, "switchdev");
                assert_driver(k, vf(k, 0), "ownvf");
                assert_driver(k, vf(k, 1), "vfio-pci");
                /* ice alone has its VFs made anew. */
                assert_int_equal(fake_count_writes(k, NUMVFS, "0"), e == FAKE_ESWITCH_ICE);
                assert_settled(k, SWITCHDEV "vf-driver = host\n[vf fast/1]\ndriver = vfio-pci\n");
                assert_int_equal(release(k, NULL), 0);
                assert_mode(k, "legacy");
                after = host_text(k);
                assert_string_equal(after, before);
                assert_no_violation(k);
        }
}

static void in_use(void **unused)
{
        (void) unused;
        for (enum fake_eswitch e = FAKE_ESWITCH_ICE; e <= FAKE_ESWITCH_BNXT; e++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine(e);
                CLEANUP_RUN struct run run = { 0 };
                size_t writes;

                assert_applies(k, SECTION "vfs = 2\n");
                fake_open(k, vf(k, 1), FAKE_OPEN_BOTH);
                writes = fake_count_writes(k, "sys", NULL);
                run_apply(k, SWITCHDEV, &run);
                assert_int_equal(run_item(&run, "fast")->verdict, VERDICT_REFUSED);
                assert_non_null(strstr(run_item(&run, "fast")->reason, "is open"));
                assert_int_equal(fake_count_writes(k, "sys", NULL), writes);
                assert_mode(k, "legacy");
                assert_driver(k, vf(k, 0), "vfio-pci");
                fake_open(k, vf(k, 1), 0);
                assert_applies(k, SWITCHDEV);
                assert_mode(k, "switchdev");
                assert_no_violation(k);
        }
}

static void open_vf(struct fake_kernel *k, void *arg)
{
        (void) arg;
        fake_open(k, vf(k, 1), FAKE_OPEN_BOTH);
}

/* Between the look and the step: the state is written then. */
static void opened_meanwhile(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine(FAKE_ESWITCH_BNXT);
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *e;

        (void) unused;
        assert_applies(k, SECTION "vfs = 2\n");
        fake_after_write(k, "run/passthru-setup/state", NULL, open_vf, NULL);
        run_apply(k, SWITCHDEV, &run);
        assert_mode(k, "legacy");
        e = run_find(&run, "fast", OUTCOME_FAILED);
        assert_non_null(e);
        assert_int_equal(e->error, EBUSY);
        assert_non_null(strstr(e->detail, "is open"));
        assert_no_violation(k);
}

static void none(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine(FAKE_ESWITCH_NONE);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_apply(k, SWITCHDEV, &run);
        assert_int_equal(run_item(&run, "fast")->verdict, VERDICT_REFUSED);
        assert_string_equal(run_item(&run, "fast")->reason, "driver e1000 of " PF " has no eswitch");
        assert_null(vf(k, 0));
}

/* A driver's no has its words; new VFs are then not handed on. */
static void refused_by_the_driver(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 }, deaf = { 0 };
        const struct run_event *e;

        (void) unused;
        fake_claim(k, PF);
        /* One that is like ice, but which nobody knows to be. */
        fake_pci_add(k, PF,
                     &(struct fake_pci){ .id = "15b3:101d",
                                         .class = 0x020000,
                                         .driver = "bnxt_en",
                                         .native = "bnxt_en",
                                         .netdev = "enp9s0",
                                         .totalvfs = 4,
                                         .vf_device = 0x101e,
                                         .eswitch = FAKE_ESWITCH_ICE });
        run_apply(k, SWITCHDEV, &run);
        e = run_find(&run, "fast", OUTCOME_FAILED);
        assert_non_null(e);
        assert_int_equal(e->kind, STEP_SET);
        assert_int_equal(e->error, EOPNOTSUPP);
        assert_string_equal(e->address, PF);
        assert_string_equal(e->detail, "failed to set its eswitch (driver bnxt_en) to switchdev (\"Changing eswitch "
                                       "mode is allowed only if there is no VFs created\")");
        assert_driver(k, vf(k, 0), "");
        assert_text(k, DEV PF "/sriov_drivers_autoprobe", "1");

        fake_pci_add(k, "0000:0a:00.0",
                     &(struct fake_pci){ .id = "8086:1592",
                                         .class = 0x020000,
                                         .driver = "ice",
                                         .native = "ice",
                                         .netdev = "enp10s0",
                                         .totalvfs = 4,
                                         .vf_device = 0x1889,
                                         .eswitch = FAKE_ESWITCH_ICE,
                                         .eswitch_deaf = true });
        fake_claim(k, "0000:0a:00.0");
        run_apply(k, "[sriov deaf]\naddress = 0a:00.0\nvfs = 1\neswitch = switchdev\n", &deaf);
        e = run_find(&deaf, "deaf", OUTCOME_FAILED);
        assert_non_null(e);
        assert_string_equal(e->detail, "its eswitch (driver ice) is legacy after it was set to switchdev");
        assert_null(fake_vf_address(k, "0000:0a:00.0", 0)); /* none in the wrong mode */
        assert_no_violation(k);
}

/* What someone else has changed is set back; what is right is not touched. */
static void drift(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine(FAKE_ESWITCH_MLX5);

        (void) unused;
        assert_applies(k, SECTION "vfs = 0\neswitch = switchdev\n");
        assert_mode(k, "switchdev");
        assert_applies(k, SWITCHDEV); /* new VFs, and no change of the mode */
        assert_int_equal(fake_count_writes(k, MODE, NULL), 1);
        fake_eswitch_set(k, PF, ESWITCH_LEGACY);
        assert_applies(k, SWITCHDEV);
        assert_mode(k, "switchdev");
        assert_int_equal(fake_count_writes(k, NUMVFS, NULL), 1);
        assert_settled(k, SWITCHDEV);
        assert_applies(k, SECTION "vfs = 2\n"); /* not said any more: as it is */
        assert_mode(k, "switchdev");
        assert_no_violation(k);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(new_vfs),
                cmocka_unit_test(new_vfs_of_the_host),
                cmocka_unit_test(vfs_that_are_there),
                cmocka_unit_test(vfs_of_others),
                cmocka_unit_test(in_use),
                cmocka_unit_test(opened_meanwhile),
                cmocka_unit_test(none),
                cmocka_unit_test(refused_by_the_driver),
                cmocka_unit_test(drift),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
