/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of guests waits for the sections that it needs and for no other; and the service is mended once what it
 * failed for has come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/boot.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "state/ready.h"
#include "state/state-file.h"

#define SECOND UINT64_C(1000000)
#define LATE "0000:77:00.0"
#define HBA_TEXT "[device hba]\naddress = " HBA "\n"
#define LATE_TEXT "[device late]\naddress = " LATE "\n"

static bool is_ready(struct fake_kernel *k, const char *name)
{
        char path[128];

        (void) snprintf(path, sizeof(path), READY_DIRECTORY "/%s", name);
        return sys_exists(fake_sys(k), path);
}

static void appear(struct fake_kernel *k, void *arg)
{
        (void) arg;
        fake_pci_add(k, LATE,
                     &(struct fake_pci){ .id = "8086:1572", .class = 0x020000, .driver = "i40e", .native = "i40e" });
}

struct then {
        bool hba, late, called;
};

static void note(struct fake_kernel *k, void *arg)
{
        struct then *then = arg;

        *then = (struct then){ is_ready(k, "device hba"), is_ready(k, "device late"), true };
}

/* One is as configured while another is waited for, whether it was handed over in this run or is as it was. */
static void at_once(void **unused)
{
        static const char *const keys[] = { "device hba" };
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, LATE);
        for (unsigned i = 0; i < 2; i++) {
                CLEANUP_RUN struct run run = { 0 };
                struct then then = { 0 };

                assert_int_equal(ready_drop(fake_sys(k), (char *const *) keys, 1), 0);
                fake_schedule(k, (10 * i + 1) * SECOND, note, &then);
                fake_schedule(k, (10 * i + 2) * SECOND, note, &then);
                run_apply(k, HBA_TEXT LATE_TEXT, &run);
                assert_int_equal(run.error, 0);
                assert_true(then.called && then.hba && !then.late);
                assert_true(is_ready(k, "device hba"));
                assert_false(is_ready(k, "device late"));
        }
        fake_schedule(k, 21 * SECOND, appear, NULL);
        assert_applies(k, HBA_TEXT LATE_TEXT);
        assert_true(is_ready(k, "device late"));
        assert_no_violation(k);
}

/* Of what is refused, disabled or has failed there is no mark, and there is none any more. */
static void none(void **unused)
{
        static const struct {
                const char *name, *text;
                bool guarded, failing;
        } cases[] = {
                { "refused", HBA_TEXT, true, false },
                { "disabled", HBA_TEXT "enabled = no\n", false, false },
                { "failed", HBA_TEXT, false, true },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                CLEANUP_RUN struct run run = { 0 };

                print_message("%s\n", cases[i].name);
                fake_claim(k, HBA);
                if (cases[i].guarded) {
                        fake_block(k, DEV HBA "/host0/block", "sda", "8:0");
                        fake_mount(k, DEV HBA "/host0/block/sda", "sda1", "8:1", "/", "ext4");
                        fake_hold(k, "sda");
                }
                if (cases[i].failing)
                        fake_probe_error(k, HBA, "vfio-pci", EIO);
                fake_file(k, READY_DIRECTORY "/device hba", "");
                run_apply(k, cases[i].text, &run);
                assert_false(is_ready(k, "device hba"));
        }
}

/* [sriov] and its [vf] sections have marks of their own; the name of a file has no slash. */
static void vfs(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, NIC);
        assert_applies(k, "[sriov up]\naddress = " NIC "\nvfs = 2\n[vf up/1]\nmac = 02:00:00:00:00:07\n");
        assert_true(is_ready(k, "sriov up"));
        assert_true(is_ready(k, "vf up:1"));
}

static void release_and_removal(void **unused)
{
        static const char *const keys[] = { "device hba", "device none" };
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP(config_freep)
        struct config *config = run_config("[device twin]\naddress = " HBA_TWIN "\n[vf up/1]\ntrust = on\n"
                                           "[sriov up]\naddress = " NIC "\nvfs = 2\n");

        (void) unused;
        assert_int_equal(ready_prune(fake_sys(k), config), 0); /* there is no directory */
        fake_claim(k, HBA);
        assert_applies(k, HBA_TEXT);
        assert_int_equal(ready_drop(fake_sys(k), (char *const *) keys, ARRAY_SIZE(keys)), 0);
        assert_false(is_ready(k, "device hba"));
        assert_applies(k, HBA_TEXT);
        assert_true(is_ready(k, "device hba"));
        fake_file(k, READY_DIRECTORY "/device twin", "");
        fake_file(k, READY_DIRECTORY "/vf up:1", "");
        assert_int_equal(ready_prune(fake_sys(k), config), 0);
        assert_false(is_ready(k, "device hba"));
        assert_true(is_ready(k, "device twin") && is_ready(k, "vf up:1"));
}

static void mark(struct fake_kernel *k, void *path)
{
        fake_file(k, path, "");
}

/* wait: until all of its sections are there, in whatever order; without any mark too. */
static void waiting(void **unused)
{
        static char hba[] = READY_DIRECTORY "/device hba", late[] = READY_DIRECTORY "/device late",
                    other[] = READY_DIRECTORY "/x";
        CLEANUP(config_freep) struct config *config = run_config(HBA_TEXT LATE_TEXT);
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        struct sys *sys = fake_sys(k);

        (void) unused;
        assert_int_equal(config->n_sections, 2);
        assert_int_equal(ready_wait(sys, config->sections, 0, 0), 0);
        assert_int_equal(ready_wait(sys, config->sections, 1, SECOND), -ETIMEDOUT);
        assert_int_equal(sys->ops->now(sys->userdata), SECOND);
        fake_schedule(k, 2 * SECOND, mark, late);
        fake_schedule(k, 3 * SECOND, mark, other);
        fake_schedule(k, 4 * SECOND, mark, hba);
        fake_schedule(k, 5 * SECOND, mark, other);
        assert_int_equal(ready_wait(sys, config->sections, 2, UINT64_MAX), 0);
        assert_int_equal(sys->ops->now(sys->userdata), 4 * SECOND);
        assert_int_equal(ready_wait(sys, config->sections + 1, 1, 0), 0);
        fake_fail_at(k, 1, FAULT_ERROR, EACCES);
        assert_int_equal(ready_wait(sys, config->sections, 2, UINT64_MAX), -EACCES);
}

/* ---- the unit ---- */

static bool is_mended(struct fake_kernel *k, const char *text, unsigned status)
{
        CLEANUP_RUN struct run run = { 0 };
        const struct last_run last = { .time = 1, .status = status };
        int r;

        assert_int_equal(last_run_save(fake_sys(k), &last), 0);
        run_mode(k, text, CONVERGE_EVENT, &run);
        assert_int_equal(run.error, 0);
        for (size_t i = 0; i < run.config->n_sections; i++)
                run.config->sections[i]->left_out = true; /* of an instance, but for what it is about */
        r = converge_is_mended(fake_sys(k), run.config, &run.state, &run.snapshot);
        assert_true(r >= 0);
        return r > 0;
}

static void mended(void **unused)
{
        static const char text[] = HBA_TEXT LATE_TEXT "[device never]\naddress = 0000:78:00.0\nrequired = no\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, LATE);
        run_apply(k, text, &run);
        assert_int_equal(run_item(&run, "late")->verdict, VERDICT_ABSENT);
        assert_false(is_mended(k, text, 1)); /* it has not come */
        appear(k, NULL);
        assert_false(is_mended(k, text, 0)); /* nothing had failed */
        assert_driver(k, LATE, "vfio-pci");
        assert_true(is_mended(k, text, 1));
        assert_false(is_mended(k, "[device twin]\naddress = " HBA_TWIN "\ndriver = nonesuch\n" LATE_TEXT, 1));
        assert_no_violation(k);
}

/* What a guard refuses is as configured for nobody, though it is there. */
static void refused_is_not_mended(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_block(k, DEV HBA "/host0/block", "sda", "8:0");
        fake_mount(k, DEV HBA "/host0/block/sda", "sda1", "8:1", "/", "ext4");
        fake_hold(k, "sda");
        assert_false(is_mended(k, HBA_TEXT, 1));
        assert_driver(k, HBA, "mpt3sas");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(at_once),
                cmocka_unit_test(none),
                cmocka_unit_test(vfs),
                cmocka_unit_test(release_and_removal),
                cmocka_unit_test(waiting),
                cmocka_unit_test(mended),
                cmocka_unit_test(refused_is_not_mended),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
