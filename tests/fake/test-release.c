/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release: the host is as it was before, to the attribute; what is in use stays; what others have changed since stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "apply/apply.h"
#include "base/strbuf.h"
#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "release/release.h"
#include "state/state-file.h"

static void assert_host(struct fake_kernel *k, const char *expected)
{
        CLEANUP_FREE char *text = host_text(k);

        assert_string_equal(text, expected);
}

static bool state_is_empty(struct fake_kernel *k)
{
        CLEANUP_STATE struct state state = { 0 };

        assert_int_equal(state_load(fake_sys(k), false, &state), 0);
        return state.n_devices == 0 && state.n_mdevs == 0;
}

static const char everything[] = "[device gpu]\naddress = " GPU "\nfunctions = all\n"
                                 "[device hba]\naddress = " HBA "\n"
                                 "[sriov up]\naddress = " NIC "\nvfs = 3\n"
                                 "[mdev serial]\nparent = mtty\ntype = mtty-1\ncount = 2\n";

static void claim_everything(struct fake_kernel *k)
{
        fake_claim(k, GPU);
        fake_claim(k, GPU_AUDIO);
        fake_claim(k, HBA);
        fake_claim(k, NIC);
        fake_claim(k, "mtty");
}

static void all_is_as_before(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
        CLEANUP_FREE char *before = host_text(k);

        (void) unused;
        claim_everything(k);
        assert_applies(k, everything);
        assert_driver(k, GPU, "vfio-pci");
        assert_int_equal(fake_n_mdevs(k), 2);
        assert_int_equal(release(k, NULL), 0);
        assert_no_violation(k);
        assert_host(k, before);
        assert_true(state_is_empty(k));
        /* And once more: there is nothing left to do. */
        assert_int_equal(release(k, NULL), 0);
        assert_host(k, before);
        /* And the way there again. */
        assert_applies(k, everything);
        assert_settled(k, everything);
}

static void one_section(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();

        (void) unused;
        claim_everything(k);
        assert_applies(k, everything);
        assert_int_equal(release(k, "hba"), 0);
        assert_driver(k, HBA, "mpt3sas");
        assert_driver(k, GPU, "vfio-pci");
        assert_int_equal(fake_n_mdevs(k), 2);
        assert_int_equal(release(k, "up"), 0);
        assert_text(k, DEV NIC "/sriov_numvfs", "0");
        assert_false(state_is_empty(k));
        assert_no_violation(k);
}

/* What a VM has open stays, all of its section, and the others are given back. */
static void in_use(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();

        (void) unused;
        claim_everything(k);
        assert_applies(k, everything);
        fake_open(k, NIC_VF1, FAKE_OPEN_BOTH);
        fake_open(k, GPU, FAKE_OPEN_GROUP);
        assert_int_equal(release(k, NULL), 2);
        assert_no_violation(k);
        assert_text(k, DEV NIC "/sriov_numvfs", "3");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_driver(k, GPU, "vfio-pci");
        assert_driver(k, HBA, "mpt3sas");
        assert_int_equal(fake_n_mdevs(k), 0);
        fake_open(k, NIC_VF1, 0);
        fake_open(k, GPU, 0);
        assert_int_equal(release(k, NULL), 0);
        assert_driver(k, GPU, "nouveau");
        assert_true(state_is_empty(k));
}

/* VFs that were there before come back on their own driver, as many as there were. */
static void other_vfs(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_FREE char *before = NULL;
        static const char text[] = "[sriov up]\naddress = " NIC "\nvfs = 5\n";

        (void) unused;
        fake_claim(k, NIC);
        fake_modprobe(k, "igbvf");
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        assert_driver(k, NIC_VF0, "igbvf");
        before = host_text(k);
        assert_applies(k, text);
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_int_equal(release(k, NULL), 0);
        assert_host(k, before);
        assert_no_violation(k);
}

static void same_vfs(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_FREE char *before = NULL;
        static const char text[] = "[sriov up]\naddress = " NIC "\nvfs = 2\n";

        (void) unused;
        fake_claim(k, NIC);
        fake_modprobe(k, "igbvf");
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        before = host_text(k);
        assert_applies(k, text);
        assert_int_equal(release(k, NULL), 0);
        assert_host(k, before);
        assert_no_violation(k);
}

/* Another has given it another driver since; and what has gone is only forgotten. */
static void changed_since(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, HBA_TWIN);
        fake_driver_add(k, "uio_pci_generic", &(struct fake_driver){ .loaded = true });
        assert_applies(k, "[device hba]\naddress = " HBA "\n[device twin]\naddress = " HBA_TWIN "\n");
        assert_int_equal(fake_poke(k, DEV HBA "/driver_override", "uio_pci_generic"), 0);
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/vfio-pci/unbind", HBA), 0);
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/uio_pci_generic/bind", HBA), 0);
        fake_pci_remove(k, HBA_TWIN);
        assert_int_equal(release(k, NULL), 0);
        assert_driver(k, HBA, "uio_pci_generic");
        assert_text(k, DEV HBA "/driver_override", "uio_pci_generic");
        assert_true(state_is_empty(k));
        assert_no_violation(k);
}

/* Only what no section is about any more. */
static void held(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
        CLEANUP_RUN struct run run = { 0 };
        CLEANUP_RELEASE struct release r = { 0 };
        struct release_input input = { 0 };

        (void) unused;
        claim_everything(k);
        assert_applies(k, everything);
        run_apply(k, "[device gpu]\naddress = " GPU "\nfunctions = all\n[mdev serial]\nparent = mtty\ntype = mtty-1\n", &run);
        input = (struct release_input){ .state = &run.state, .inventory = run.snapshot.inventory, .held = run.snapshot.plan };
        release_build(&input, &r);
        assert_int_equal(r.plan->n_items, 3); /* hba, up, and one of serial's two mdevs */
        for (size_t i = 0; i < r.plan->n_items; i++)
                assert_string_not_equal(r.plan->items[i].section->name, "gpu");
        assert_int_equal(plan_count(r.plan).steps.n[COUNT_REMOVED_MDEVS], 1);
        assert_int_equal(plan_count(r.plan).steps.n[COUNT_REMOVED_VFS], 3);
}

/* A VM opens the device between the look and the write: the write is given up after its time, the others go on, and later
 * runs leave the device alone until it has come back. */
static void stuck(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run again = { 0 }, later = { 0 };
        static const char text[] = "[device hba]\naddress = " HBA "\n[device twin]\naddress = " HBA_TWIN "\n";
        size_t writes;

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, HBA_TWIN);
        fake_let_hang(k);
        assert_applies(k, text);
        fake_open(k, HBA, FAKE_OPEN_UNSEEN);
        assert_int_equal(release(k, NULL), 1);
        assert_driver(k, HBA_TWIN, "mpt3sas");
        assert_no_violation(k);

        fake_file_add(k, "proc/4711", "comm", BLOCKED_COMM "\n");
        writes = fake_n_writes(k);
        run_apply(k, text, &again);
        assert_int_equal(run_item(&again, "hba")->verdict, VERDICT_REFUSED);
        assert_non_null(strstr(run_item(&again, "hba")->reason, "is still blocked in the kernel (pid 4711)"));
        assert_true(run_item(&again, "hba")->busy);
        assert_true(fake_find_write(k, writes, HBA "/driver_override", NULL) == SIZE_MAX);
        assert_driver(k, HBA_TWIN, "vfio-pci");
        /* The number is another process's by now. */
        fake_file_add(k, "proc/4711", "comm", "bash\n");
        fake_open(k, HBA, 0);
        run_apply(k, text, &later);
        assert_true(run_is_clean(&later));
        assert_no_violation(k);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_is_as_before),
                cmocka_unit_test(one_section),
                cmocka_unit_test(in_use),
                cmocka_unit_test(other_vfs),
                cmocka_unit_test(same_vfs),
                cmocka_unit_test(changed_since),
                cmocka_unit_test(held),
                cmocka_unit_test(stuck),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
