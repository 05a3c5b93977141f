/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [match]: which conditions hold of a host, and what is said of those that are none. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config-match.h"

static const struct {
        const char *path, *text;
} facts[] = {
        { "proc/sys/kernel/hostname", "gpu-17\n" },
        { "proc/sys/kernel/arch", "x86_64\n" },
        { "proc/sys/kernel/osrelease", "6.12.43+deb13-amd64\n" },
        { "sys/class/dmi/id/product_name", "PowerEdge R750 xa\n" },
        { "sys/bus/pci/devices/0000:00:00.0/uevent", "PCI_CLASS=60000\nPCI_ID=8086:09A2\n" },
        { "sys/bus/pci/devices/0000:01:00.0/uevent", "DRIVER=x\nPCI_ID=10DE:20B5\nPCI_SUBSYS_ID=10DE:1533\n" },
};

static int read_fact(void *userdata, const char *path, char *buf, size_t size)
{
        (void) userdata;
        for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
                if (streq(facts[i].path, path)) {
                        (void) snprintf(buf, size, "%s", facts[i].text);
                        return 0;
                }
        return -ENOENT;
}

static int list_facts(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        static const char *const names[] = { "0000:00:00.0", "0000:01:00.0", "0000:02:00.0" };
        int r = 0;

        (void) userdata;
        assert_string_equal(path, "sys/bus/pci/devices");
        for (size_t i = 0; i < ARRAY_SIZE(names) && r >= 0; i++)
                r = each(arg, names[i]);
        return r;
}

static void conditions(void **unused)
{
        static const struct config_host host = { read_fact, list_facts, NULL };
        static const struct {
                const char *key, *value;
                enum match_mistake mistake;
                bool holds;
        } cases[] = {
                { "host", "gpu-17", MATCH_GOOD, true },
                { "host", "gpu-*", MATCH_GOOD, true },
                { "host", "web-* gpu-1?", MATCH_GOOD, true },
                { "host", "gpu", MATCH_GOOD, false },
                { "host", "!gpu-*", MATCH_GOOD, false },
                { "host", "! web-* db-*", MATCH_GOOD, true },
                { "host", "", MATCH_BAD_VALUE, true },
                { "host", "!", MATCH_BAD_VALUE, true },
                { "architecture", "x86_64", MATCH_GOOD, true },
                { "architecture", "arm64 x86-64", MATCH_GOOD, true },
                { "architecture", "arm64", MATCH_GOOD, false },
                { "kernel", ">=6.8", MATCH_GOOD, true },
                { "kernel", ">=6.8.1 ", MATCH_GOOD, true },
                { "kernel", "<6.2", MATCH_GOOD, false },
                { "kernel", ">6.12 ", MATCH_GOOD, true },
                { "kernel", "!=6.12.43+deb13-amd64", MATCH_GOOD, false },
                { "kernel", "=6.12.43+deb13-amd64", MATCH_GOOD, true },
                { "kernel", "<=6.13", MATCH_GOOD, true },
                { "kernel", "6.1.* *+deb13-*", MATCH_GOOD, true },
                { "kernel", "=>6.8", MATCH_BAD_VALUE, true },
                { "kernel", ">=", MATCH_BAD_VALUE, true },
                { "device", "10de:20b5", MATCH_GOOD, true },
                { "device", "10de:2204 8086:*", MATCH_GOOD, true },
                { "device", "10de:20b5:10de:1533", MATCH_GOOD, true },
                { "device", "10de:20b5:1028:*", MATCH_GOOD, false },
                { "device", "!1002:*", MATCH_GOOD, true },
                { "device", "10de", MATCH_BAD_VALUE, true },
                { "dmi.product_name", "PowerEdge R750 *", MATCH_GOOD, true }, /* with its blanks */
                { "dmi.product_name", "@(Pro|Power)*", MATCH_GOOD, true },
                { "dmi.product_name", "!PowerEdge*", MATCH_GOOD, false },
                { "dmi.board_name", "*", MATCH_GOOD, false }, /* that there is none can be told */
                { "dmi.product_serial", "*", MATCH_UNKNOWN_KEY, true },
                { "hostname", "x", MATCH_UNKNOWN_KEY, true },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct config_match m = { 0 }, nowhere = { 0 };
                const char *expected = NULL;

                assert_int_equal(config_match_key(&m, &host, cases[i].key, cases[i].value, &expected),
                                 cases[i].mistake);
                if (!m.failed != cases[i].holds)
                        fail_msg("%s = %s: %s", cases[i].key, cases[i].value, m.failed ? m.failed : "holds");
                assert_true((cases[i].mistake == MATCH_BAD_VALUE) == (expected != NULL));
                /* Where no host is asked for, all that is right holds. */
                assert_int_equal(config_match_key(&nowhere, NULL, cases[i].key, cases[i].value, &expected),
                                 cases[i].mistake);
                assert_null(nowhere.failed);
                config_match_clear(&m);
        }
}

/* All must hold, the first that does not is told, and none is given twice. */
static void several(void **unused)
{
        static const struct config_host host = { read_fact, list_facts, NULL };
        struct config_match m = { 0 };
        const char *expected = NULL;

        (void) unused;
        assert_int_equal(config_match_key(&m, &host, "host", "gpu-*", &expected), MATCH_GOOD);
        assert_int_equal(config_match_key(&m, &host, "kernel", "<6.8", &expected), MATCH_GOOD);
        assert_int_equal(config_match_key(&m, &host, "architecture", "arm64", &expected), MATCH_GOOD);
        assert_int_equal(config_match_key(&m, &host, "host", "*", &expected), MATCH_TWICE);
        assert_string_equal(m.failed, "kernel = <6.8");
        config_match_clear(&m);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(conditions),
                cmocka_unit_test(several),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
