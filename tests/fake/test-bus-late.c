/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of devices on other buses than PCI: which are named, and what is left to the unit. */
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
#include "state/notes.h"

#define NET "fff51000.ethernet"
#define NET_EVENT "platform:" NET
#define TWIN "fff52000.ethernet"
#define NET_TEXT "[device net]\nbus = platform\naddress = " NET "\n"

static void add(struct fake_kernel *k, const char *name, int group)
{
        CLEANUP_FREE char *path = NULL;

        assert_true(asprintf(&path, "platform0/%s", name) > 0);
        fake_bus_add(k, &(struct fake_bus_device){
                                .bus = "platform", .name = name, .path = path, .native = "xgmac", .group = group });
}

static struct fake_kernel *prepare(void)
{
        struct fake_kernel *k = machine_new();

        fake_bus_driver_add(k, "platform", "vfio-platform", true, false);
        fake_bus_driver_add(k, "platform", "xgmac", false, true);
        fake_claim(k, NET);
        return k;
}

/* What unit the event of a device names; NULL: none. The event itself sets nothing of such a device. */
static void assert_wanted(struct fake_kernel *k, const char *text, const char *name, const char *expected)
{
        CLEANUP_EVENT struct event_result e = { 0 };
        size_t before;
        int r;

        boot_done(k, text);
        before = fake_count_writes(k, "", NULL);
        r = event_handle(fake_sys(k), "device", name, &e);
        assert_true(r == 0 || r == -EINVAL);
        if (!streq_ptr(e.wants, expected))
                fail_msg("%s: %s is wanted, not %s", name, e.wants ? e.wants : "nothing", expected ? expected : "nothing");
        assert_int_equal(fake_count_writes(k, "", NULL), before);
}

/* It comes after the apply that missed it, and goes and comes back. */
static void comes_later(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_apply(k, NET_TEXT, &run);
        assert_int_equal(run_item(&run, "net")->verdict, VERDICT_ABSENT);
        add(k, NET, 70);
        assert_wanted(k, NET_TEXT, NET_EVENT, NET_EVENT);
        assert_applies(k, NET_TEXT);
        assert_string_equal(fake_bus_driver_of(k, NET), "vfio-platform");
        assert_no_violation(k);
}

/* Another's event, one of another bus with its name, and words that are none. */
static void of_others(void **unused)
{
        static const char *const names[] = { "platform:" TWIN, "amba:" NET, "ap:" NET,  NET,        "platform:",
                                             "platform:../x",  "platform",  "pci:" NET, "usb:" NET, "" };
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        add(k, NET, 70);
        add(k, TWIN, 71);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                assert_wanted(k, NET_TEXT, names[i], NULL);
        assert_wanted(k, "[device twin]\nbus = platform\naddress = " TWIN "\n", NET_EVENT, NULL);
}

/* The rule starts no program for a host's platform devices unless a section names one. */
static void told_to_the_rule(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP(config_freep)
        struct config *with = run_config(NET_TEXT), *without = run_config("[device hba]\naddress = " HBA "\n");

        (void) unused;
        assert_int_equal(claims_save(fake_sys(k), without), 0);
        assert_false(sys_exists(fake_sys(k), "run/passthru-setup/buses"));
        assert_int_equal(claims_save(fake_sys(k), with), 0);
        assert_true(sys_exists(fake_sys(k), "run/passthru-setup/buses"));
        assert_int_equal(claims_save(fake_sys(k), without), 0);
        assert_false(sys_exists(fake_sys(k), "run/passthru-setup/buses"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(comes_later),
                cmocka_unit_test(of_others),
                cmocka_unit_test(told_to_the_rule),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
