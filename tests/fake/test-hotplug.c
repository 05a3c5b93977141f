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

#include "apply/claim.h"
#include "fake/boot.h"
#include "fake/machine.h"
#include "helper/claims-look.h"
#include "state/notes.h"
#include "state/state-file.h"

#define CARD "0000:77:00.0"
#define TWIN "0000:78:00.0"
#define CARD_TEXT "[device card]\naddress = " CARD "\n"
#define RUN_DIR "run/passthru-setup/"

static const struct fake_pci card = { .id = "8086:10d3", .class = 0x020000, .native = "e1000e" };

static void assert_override(struct fake_kernel *k, const char *address, const char *expected)
{
        char path[128];

        (void) snprintf(path, sizeof(path), DEV "%s/driver_override", address);
        assert_text(k, path, expected);
}

static void assert_wants(struct fake_kernel *k, const char *word, const char *arg, const char *expected)
{
        CLEANUP_FREE char *wants = boot_wants(k, word, arg);

        if (!streq_ptr(wants, expected))
                fail_msg("%s %s: %s is wanted, not %s", word, arg, wants ? wants : "nothing", expected ? expected : "nothing");
}

/* A machine on which the card has been handed over once, is cleared, and has gone. */
static struct fake_kernel *cleared(void)
{
        struct fake_kernel *k = machine_new();

        fake_claim(k, CARD);
        fake_pci_add(k, CARD, &card);
        assert_applies(k, CARD_TEXT);
        assert_true(boot_is_cleared(k, CARD));
        boot_done(k, CARD_TEXT);
        boot_event(k, "remove", CARD, &(struct event_result){ 0 });
        fake_pci_remove(k, CARD);
        return k;
}

/* What is cleared and comes back has its override before its driver comes, and a unit; its twin is another card. */
static void an_addition(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = cleared();
        CLEANUP_EVENT struct event_result e = { 0 }, of_twin = { 0 };
        struct pci_address a;
        CLEANUP_STATE struct state one = { 0 };

        (void) unused;
        fake_pci_add(k, TWIN, &card);
        fake_pci_add(k, CARD, &card);
        boot_event(k, "add", TWIN, &of_twin);
        assert_null(of_twin.section);
        assert_null(of_twin.wants);
        assert_override(k, TWIN, "(null)");
        boot_event(k, "add", CARD, &e);
        assert_override(k, CARD, "vfio-pci");
        assert_string_equal(e.section, "card");
        assert_string_equal(e.driver, "vfio-pci");
        assert_string_equal(e.wants, CARD);
        fake_modprobe(k, "e1000e");
        assert_driver(k, TWIN, "e1000e");
        assert_driver(k, CARD, "");
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        assert_int_equal(hotplug_read_claim(fake_sys(k), &a, &one), 0);
        assert_true(one.devices[0].early && one.devices[0].provisional && !one.devices[0].driver && !one.devices[0].override_);

        assert_applies(k, CARD_TEXT);
        assert_settled(k, CARD_TEXT);
        assert_no_violation(k);
}

/* What comes and was not cleared is left to its driver, and to the unit that knows the configuration. */
static void not_cleared(void **unused)
{
        static const struct fake_pci other = { .id = "8086:1533", .class = 0x020000, .native = "igb" };
        CLEANUP(fake_freep) struct fake_kernel *k = cleared();

        (void) unused;
        fake_pci_add(k, CARD, &other);
        assert_wants(k, "add", CARD, CARD); /* the section names the address */
        assert_override(k, CARD, "(null)");
        assert_no_violation(k);
}

/* Names the unit by whatever sections go by, and no other; and only once the boot's own run is over. */
static void what_sections_go_by(void **unused)
{
        static const struct {
                const char *text, *word, *arg;
                bool wanted;
        } cases[] = {
                { "[device a]\naddress = " CARD "\n", "add", CARD, true },
                { "[device a]\naddress = 77:00\n", "add", CARD, true },
                { "[device a]\naddress = " TWIN "\n", "add", CARD, false },
                { "[device a]\nid = 8086:10d3\n", "add", CARD, true },
                { "[device a]\nid = 8086:*\ncount = all\n", "add", CARD, true },
                { "[device a]\nid = 8086:10d4\n", "add", CARD, false },
                { "[device a]\nserial = 00-11\n", "add", CARD, false },
                { "[device a]\naddress = " TWIN "\ngroup = whole\n", "add", CARD, true },
                { "[sriov a]\naddress = " NIC "\nvfs = 2\n", "bind", NIC, true },
                { "[sriov a]\naddress = " NIC "\nvfs = 2\n", "bind", CARD, false },
                { "[device a]\ninterface = enp5s0\n", "interface", "/devices/pci0000:00/" NIC "/net/enp5s0", true },
                { "[device a]\ninterface = enp5s1\n", "interface", "/devices/pci0000:00/" NIC "/net/enp5s0", false },
                { "[device a]\ninterface = lo\n", "interface", "/devices/virtual/net/lo", false },
                { "[mdev a]\nparent = mtty\ntype = mtty-1\n", "parent", "mtty", true },
                { "[mdev a]\nparent = mtty\ntype = mtty-1\n", "parent", "other", false },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                const char *where = strstr(cases[i].arg, NIC) ? NIC : cases[i].arg;
                size_t before;

                fake_pci_add(k, CARD, &card);
                assert_wants(k, cases[i].word, cases[i].arg, NULL);
                boot_done(k, cases[i].text);
                before = fake_count_writes(k, "driver_override", NULL);
                assert_wants(k, cases[i].word, cases[i].arg, cases[i].wanted ? where : NULL);
                assert_int_equal(fake_count_writes(k, "driver_override", NULL), before);
        }
}

/* The VFs of a PF have one run for all, named by it. */
static void vfs_of_others(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, NIC);
        boot_done(k, "[sriov up]\naddress = " NIC "\nvfs = 2\n");
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        assert_wants(k, "add", NIC_VF1, NIC);
        assert_no_violation(k);
}

/* An NVMe controller's serial number has come with it. */
static void a_serial(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        boot_done(k, "[device disk]\nserial = S4EVNX0\n");
        assert_wants(k, "controller", "/devices/pci0000:00/" NVME "/nvme/nvme0", NULL);
        fake_file(k, "sys/devices/pci0000:00/" NVME "/nvme/nvme0/serial", "S4EVNX0             \n");
        assert_wants(k, "controller", "/devices/pci0000:00/" NVME "/nvme/nvme0", NVME);
}

/* What has gone is over: the state forgets it, and what comes to the same place is new. */
static void going_away(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_STATE struct state state = { 0 }, seen = { 0 };
        struct pci_address a;

        (void) unused;
        fake_claim(k, CARD);
        assert_int_equal(pci_address_parse(CARD, false, &a, NULL), 0);
        fake_pci_add(k, CARD, &(struct fake_pci){ .id = "8086:10d3", .class = 0x020000, .native = "e1000e", .driver = "e1000e" });
        assert_applies(k, CARD_TEXT);
        boot_done(k, CARD_TEXT);
        assert_int_equal(state_load(fake_sys(k), false, &seen), 0);
        assert_string_equal(state_find_device(&seen, &a)->driver, "e1000e");

        fake_pci_remove(k, CARD);
        boot_event(k, "remove", CARD, &(struct event_result){ 0 });
        state_free(&seen);
        assert_int_equal(state_load(fake_sys(k), false, &seen), 0);
        assert_null(state_find_device(&seen, &a));
        /* It is back before anyone has looked, without a driver this time. */
        fake_pci_add(k, CARD, &(struct fake_pci){ .id = "8086:10d3", .class = 0x020000 });
        assert_wants(k, "add", CARD, CARD);
        assert_int_equal(state_load(fake_sys(k), true, &state), 0);
        assert_null(state_find_device(&state, &a)->driver);
        assert_true(state_find_device(&state, &a)->early);
        assert_true(state.changed);
        assert_applies(k, CARD_TEXT);
        assert_no_violation(k);
}

/* A driver that does not take what was claimed early: the function goes to its own, which never had it. */
static void refused_by_the_driver(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = cleared();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_pci_add(k, CARD, &card);
        assert_wants(k, "add", CARD, CARD);
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

        (void) unused;
        for (unsigned error = 0; error < ARRAY_SIZE(errors); error++)
                for (unsigned n = 1;; n++) {
                        CLEANUP(fake_freep) struct fake_kernel *k = cleared();
                        CLEANUP_EVENT struct event_result e = { 0 };
                        const char *what;

                        fake_pci_add(k, CARD, &card);
                        fake_fail_at(k, n, FAULT_ERROR, errors[error]);
                        (void) event_handle(fake_sys(k), "add", CARD, &e);
                        assert_no_violation(k);
                        if (!fake_fault_hit(k, &what))
                                break;
                        fake_fail_at(k, 0, FAULT_ERROR, 0);
                        assert_applies(k, CARD_TEXT);
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
        fake_claim(k, CARD);
        fake_pci_add(k, CARD, &card);
        assert_int_equal(claims_own_node(sys, &c, "/devices/x/" CARD "/vfio-dev/vfio0", &ours), 0);
        assert_false(ours); /* claimed, and not yet set */

        assert_false(hotplug_is_open(sys));
        assert_applies(k, CARD_TEXT);
        assert_true(hotplug_is_open(sys));
        assert_int_equal(claims_own_node(sys, &c, "/devices/x/" CARD "/vfio-dev/vfio0", &ours), 0);
        assert_true(ours);
        assert_int_equal(claims_own_node(sys, &c, "/devices/x/" HBA "/vfio-dev/vfio1", &ours), 0);
        assert_false(ours);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_addition),
                cmocka_unit_test(not_cleared),
                cmocka_unit_test(what_sections_go_by),
                cmocka_unit_test(vfs_of_others),
                cmocka_unit_test(a_serial),
                cmocka_unit_test(going_away),
                cmocka_unit_test(refused_by_the_driver),
                cmocka_unit_test(handover),
                cmocka_unit_test(faults),
                cmocka_unit_test(files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
