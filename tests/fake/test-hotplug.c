/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of devices: what the helper does in a udev worker, and what an apply makes of its notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/machine.h"
#include "fake/run.h"
#include "host/claims-look.h"
#include "host/event.h"
#include "host/hotplug.h"
#include "host/state-file.h"

#define CARD "0000:77:00.0"
#define TWIN "0000:78:00.0"
#define CARD_TEXT "[device card]\naddress = " CARD "\n"
#define RUN_DIR "run/passthru-setup/"

static const struct fake_pci card = { .id = "8086:10d3", .class = 0x020000, .native = "e1000e" };

static int event(struct fake_kernel *k, const char *text, const char *name, struct event_result *ret)
{
        CLEANUP(config_freep) struct config *config = run_config(text);

        return event_work(fake_sys(k), config, name, ret);
}

static void assert_override(struct fake_kernel *k, const char *address, const char *expected)
{
        char path[128];

        (void) snprintf(path, sizeof(path), DEV "%s/driver_override", address);
        assert_text(k, path, expected);
}

/* An event sets overrides, of every function that is claimed, and binds nothing; what came is named. */
static void an_addition(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result e = { 0 }, of_twin = { 0 };
        struct pci_address a;
        CLEANUP_STATE struct state one = { 0 };

        (void) unused;
        fake_claim(k, CARD);
        fake_pci_add(k, TWIN, &card);
        fake_pci_add(k, CARD, &card);
        /* The twin's event comes first. */
        assert_int_equal(event(k, CARD_TEXT, TWIN, &of_twin), 0);
        assert_override(k, CARD, "vfio-pci");
        assert_override(k, TWIN, "(null)");
        assert_null(of_twin.section);
        assert_null(of_twin.wants);
        assert_int_equal(of_twin.claimed.n_set, 1);
        /* Its driver comes with it, and leaves the card alone. */
        fake_modprobe(k, "e1000e");
        assert_driver(k, TWIN, "e1000e");
        assert_driver(k, CARD, "");

        assert_int_equal(event(k, CARD_TEXT, CARD, &e), 0);
        assert_string_equal(e.section, "card");
        assert_string_equal(e.driver, "vfio-pci");
        assert_string_equal(e.wants, CARD);
        assert_int_equal(e.claimed.n_set, 0);
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        assert_int_equal(hotplug_read_claim(fake_sys(k), &a, &one), 0);
        assert_true(one.devices[0].early && !one.devices[0].driver && !one.devices[0].override_);

        assert_applies(k, CARD_TEXT);
        assert_settled(k, CARD_TEXT);
        assert_no_violation(k);
}

static void nothing_is_left_to_do(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result e = { 0 }, gone = { 0 }, refused = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        assert_applies(k, "[device hba]\naddress = " HBA "\n");
        assert_int_equal(event(k, "[device hba]\naddress = " HBA "\n", HBA, &e), 0);
        assert_string_equal(e.section, "hba");
        assert_null(e.wants);
        assert_int_equal(event(k, "[device hba]\naddress = " HBA "\n", CARD, &gone), 0);
        assert_null(gone.section);
        assert_null(gone.wants);
        /* A refusal is to be told, and nothing is written. */
        assert_int_equal(event(k, "[device hba]\naddress = " HBA_TWIN "\nexpect = 1:2\n", HBA_TWIN, &refused), 0);
        assert_null(refused.section);
        assert_string_equal(refused.wants, HBA_TWIN);
        assert_override(k, HBA_TWIN, "(null)");
}

/* The VFs of a PF have one run for all, named by it. */
static void vfs_of_others(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result e = { 0 };

        (void) unused;
        fake_claim(k, NIC);
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        assert_int_equal(event(k, "[sriov up]\naddress = " NIC "\nvfs = 2\n", NIC_VF1, &e), 0);
        assert_string_equal(e.section, "up");
        assert_string_equal(e.wants, NIC);
        assert_override(k, NIC_VF0, "vfio-pci");
        assert_no_violation(k);
}

static void a_parent(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
        CLEANUP_EVENT struct event_result e = { 0 }, other = { 0 };
        static const char text[] = "[mdev serial]\nparent = mtty\ntype = mtty-1\n";

        (void) unused;
        assert_int_equal(event(k, text, "mtty", &e), 0);
        assert_string_equal(e.wants, "mtty");
        assert_int_equal(event(k, text, "no-such", &other), 0);
        assert_null(other.wants);
}

/* What has gone is over: the state forgets it, and what comes to the same place is new. */
static void going_away(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result first = { 0 }, again = { 0 };
        CLEANUP_STATE struct state state = { 0 }, seen = { 0 };
        struct pci_address a;

        (void) unused;
        fake_claim(k, CARD);
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        fake_pci_add(k, CARD, &(struct fake_pci){ .id = "8086:10d3", .class = 0x020000, .native = "e1000e", .driver = "e1000e" });
        assert_int_equal(event(k, CARD_TEXT, CARD, &first), 0);
        assert_applies(k, CARD_TEXT);
        assert_int_equal(state_load(fake_sys(k), false, &seen), 0);
        assert_string_equal(state_find_device(&seen, &a)->driver, "e1000e");

        fake_pci_remove(k, CARD);
        assert_int_equal(hotplug_note_gone(fake_sys(k), &a), 0);
        state_free(&seen);
        assert_int_equal(state_load(fake_sys(k), false, &seen), 0);
        assert_null(state_find_device(&seen, &a));
        /* It is back before anyone has looked, without a driver this time. */
        fake_pci_add(k, CARD, &(struct fake_pci){ .id = "8086:10d3", .class = 0x020000 });
        assert_int_equal(event(k, CARD_TEXT, CARD, &again), 0);
        assert_string_equal(again.wants, CARD);
        assert_int_equal(state_load(fake_sys(k), true, &state), 0);
        assert_null(state_find_device(&state, &a)->driver);
        assert_true(state_find_device(&state, &a)->early);
        assert_true(state.changed);
        assert_applies(k, CARD_TEXT);
        assert_no_violation(k);
}

/* A claim of the initramfs, for a service that is not enabled. */
static void giving_back(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result e = { 0 };
        struct pci_address a;

        (void) unused;
        fake_claim(k, CARD);
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        fake_pci_add(k, CARD, &card);
        assert_int_equal(event(k, CARD_TEXT, NULL, &e), 0);
        assert_override(k, CARD, "vfio-pci");
        assert_int_equal(claim_give_back(fake_sys(k), &a), 0);
        assert_override(k, CARD, "(null)");
        assert_int_equal(claim_give_back(fake_sys(k), &a), 0); /* once */
        assert_driver(k, CARD, "");
        fake_modprobe(k, "e1000e");
        assert_driver(k, CARD, "e1000e");
}

/* The same when its driver was loaded for another, and had to pass it by. */
static void giving_back_to_a_driver(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result e = { 0 };
        struct pci_address a;

        (void) unused;
        fake_claim(k, CARD);
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        fake_pci_add(k, CARD, &card);
        assert_int_equal(event(k, CARD_TEXT, NULL, &e), 0);
        fake_modprobe(k, "e1000e");
        assert_driver(k, CARD, "");
        assert_int_equal(claim_give_back(fake_sys(k), &a), 0);
        assert_driver(k, CARD, "e1000e");
}

/* The initramfs had another configuration: what this one does not claim goes back before coldplug looks at it. */
static void another_initramfs(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result before = { 0 }, e = { 0 };
        struct sys *sys = fake_sys(k);

        (void) unused;
        fake_claim(k, CARD);
        fake_claim(k, TWIN);
        fake_pci_add(k, CARD, &card);
        fake_pci_add(k, TWIN, &card);
        assert_int_equal(event(k, CARD_TEXT, NULL, &before), 0);
        assert_int_equal(sys->ops->replace(sys->userdata, INITRAMFS_FILE, "", 0), 0);
        assert_int_equal(event(k, "[device twin]\naddress = " TWIN "\n", NULL, &e), 0);
        assert_override(k, CARD, "(null)");
        assert_override(k, TWIN, "vfio-pci");
        fake_modprobe(k, "e1000e");
        assert_driver(k, CARD, "e1000e");
        assert_driver(k, TWIN, "");
}

/* A driver that does not take what was claimed early: the function goes to its own, which never had it. */
static void refused_by_the_driver(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_EVENT struct event_result e = { 0 };
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, CARD);
        fake_modprobe(k, "vfio_pci");
        fake_pci_add(k, CARD, &card);
        assert_int_equal(event(k, CARD_TEXT, CARD, &e), 0);
        fake_modprobe(k, "e1000e");
        fake_probe_error(k, CARD, "vfio-pci", ENODEV);
        run_apply(k, CARD_TEXT, &run);
        assert_non_null(run_find(&run, "card", OUTCOME_FAILED));
        assert_driver(k, CARD, "e1000e");
        assert_no_violation(k);
}

/* A device that comes at any moment of the first run of a boot, its event handled at once. */
struct arrival {
        bool came;
        bool is_helpers; /* the run had opened hotplug by then: an instance is started for it */
};

static void arrive(struct fake_kernel *k, void *arg)
{
        struct arrival *a = arg;
        CLEANUP_FREE char *mark = NULL;

        fake_pci_add(k, CARD, &card);
        a->came = true;
        mark = fake_text(k, RUN_DIR "hotplug");
        a->is_helpers = mark != NULL;
}

/* None falls between the two: it is bound by the run, or named as a unit. */
static void handover(void **unused)
{
        unsigned by_run = 0, by_helper = 0;

        (void) unused;
        for (unsigned n = 1;; n++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                CLEANUP_RUN struct run run = { 0 };
                struct arrival a = { 0 };
                bool bound;

                fake_claim(k, CARD);
                fake_claim(k, HBA);
                fake_before_operation(k, n, arrive, &a);
                run_apply(k, "[device card]\naddress = " CARD "\nrequired = no\n[device hba]\naddress = " HBA "\n", &run);
                if (!a.came)
                        break;
                bound = streq_ptr(fake_driver_of(k, CARD), "vfio-pci");
                if (!bound && !a.is_helpers)
                        fail_msg("before operation %u it came, and was neither the run's nor the helper's", n);
                by_run += bound;
                by_helper += !bound;
                assert_no_violation(k);
        }
        assert_true(by_run > 0 && by_helper > 0);
}

/* Every operation of an event fails once, with each errno: nothing else is written, and an apply makes it right. */
static void faults(void **unused)
{
        static const int errors[] = { ENOENT, EACCES, EBUSY, EIO, ENOMEM, ENODEV, EINVAL, ENOSPC, EAGAIN };
        static const char text[] = CARD_TEXT "[sriov up]\naddress = " NIC "\nvfs = 2\n";

        (void) unused;
        for (unsigned error = 0; error < ARRAY_SIZE(errors); error++)
                for (unsigned n = 1;; n++) {
                        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                        CLEANUP_EVENT struct event_result e = { 0 };
                        const char *what;

                        fake_claim(k, CARD);
                        fake_claim(k, NIC);
                        fake_pci_add(k, CARD, &card);
                        fake_fail_at(k, n, FAULT_ERROR, errors[error]);
                        (void) event(k, text, CARD, &e);
                        assert_no_violation(k);
                        if (!fake_fault_hit(k, &what))
                                break;
                        fake_fail_at(k, 0, FAULT_ERROR, 0);
                        assert_applies(k, text);
                        assert_no_violation(k);
                }
}

/* The notes of one event, the mark of the first run, and the claims as a file. */
static void files(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP(config_freep) struct config *config = run_config(CARD_TEXT);
        CLEANUP_CLAIMS struct claims c = { 0 };
        struct sys *sys = fake_sys(k);
        struct pci_address a, hba;
        bool ours = true;

        (void) unused;
        assert_int_equal(hotplug_take_request(sys, CARD), -ENOENT);
        assert_int_equal(hotplug_request(sys, CARD), 0);
        assert_int_equal(hotplug_request(sys, CARD), 0);
        assert_int_equal(hotplug_take_request(sys, CARD), 0);
        assert_int_equal(hotplug_take_request(sys, CARD), -ENOENT);

        assert_int_equal(claims_load(sys, &c), -ENOENT);
        assert_int_equal(claims_save(sys, config), 0);
        assert_int_equal(claims_load(sys, &c), 0);
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        assert_int_equal(pci_address_parse(HBA, false, &hba, NULL), 0);
        assert_true(claims_may_name(sys, &c, &a));
        assert_false(claims_may_name(sys, &c, &hba));
        assert_false(claims_may_lack(sys, &c, &hba)); /* it is not there */
        fake_claim(k, CARD);
        fake_pci_add(k, CARD, &card);
        assert_true(claims_may_lack(sys, &c, &hba));
        assert_false(claims_may_lack(sys, &c, &a)); /* itself is another question */
        assert_int_equal(claims_own_node(sys, &c, "/devices/x/" CARD "/vfio-dev/vfio0", &ours), 0);
        assert_false(ours); /* claimed, and not yet set */

        assert_false(hotplug_is_open(sys));
        assert_applies(k, CARD_TEXT);
        assert_true(hotplug_is_open(sys));
        assert_false(claims_may_lack(sys, &c, &hba));
        assert_int_equal(claims_own_node(sys, &c, "/devices/x/" CARD "/vfio-dev/vfio0", &ours), 0);
        assert_true(ours);
        assert_int_equal(claims_own_node(sys, &c, "/devices/x/" HBA "/vfio-dev/vfio1", &ours), 0);
        assert_false(ours);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_addition),
                cmocka_unit_test(nothing_is_left_to_do),
                cmocka_unit_test(vfs_of_others),
                cmocka_unit_test(a_parent),
                cmocka_unit_test(going_away),
                cmocka_unit_test(giving_back),
                cmocka_unit_test(giving_back_to_a_driver),
                cmocka_unit_test(another_initramfs),
                cmocka_unit_test(refused_by_the_driver),
                cmocka_unit_test(handover),
                cmocka_unit_test(faults),
                cmocka_unit_test(files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
