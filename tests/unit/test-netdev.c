/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose an interface is, by its path and its port's name; and which of several is the function's own. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>

#include "base/macro.h"
#include "device/netdev.h"
#include "scan/scan.h"

static void by_path(void **unused)
{
        static const struct {
                const char *path, *function; /* NULL: no function's */
        } cases[] = {
                { "../../devices/pci0000:00/0000:00:1c.0/0000:05:00.0/net/eth0", "0000:05:00.0" },
                { "../../devices/pci0000:00/0000:00:03.0/virtio1/net/eth0", "0000:00:03.0" },
                { "../../devices/platform/3f000000.pcie/pci0001:00/0001:00:00.0/net/eth0", "0001:00:00.0" },
                { "../../devices/LNXSYSTM:00/VMBUS:01/9b2d/pci9b2d:00/9b2d:00:02.0/nvme/nvme0", "9b2d:00:02.0" },
                { "../../devices/pci0000:00/0000:00:14.0/usb1/1-11/1-11.3/1-11.3:2.0/net/enx0", NULL },
                { "../../devices/pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001/mmc0:0001:1/net/wlan0", NULL },
                { "../../devices/pci0000:00/0000:00:1d.0/0000:06:00.0/domain0/0-0/0-1/0-1.0/net/thunderbolt0", NULL },
                { "../../devices/pci0000:00/0000:00:1c.0/0000:08:00.0/mlx5_core.sf.4/net/eth1", NULL },
                /* A card in a dock. */
                { "../../devices/pci0000:00/0000:00:1d.0/0000:06:00.0/0000:07:00.0/net/eth2", "0000:07:00.0" },
                { "../../devices/virtual/net/lo", NULL },
                { "", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct pci_address a;
                char text[PCI_ADDRESS_MAX];
                int r = netdev_function_of(cases[i].path, &a);

                assert_int_equal(r, cases[i].function ? 0 : -ENOENT);
                if (r == 0)
                        assert_string_equal(pci_address_format(&a, text), cases[i].function);
        }
}

static void by_port_name(void **unused)
{
        static const char *const own[] = { "", "p0", "p1", "p0s1", "n0", "1", "port0", "pf", "c1", "p0pf" };
        static const char *const others[] = { "pf0",    "pf0vf0", "pf1vf12",  "pf0sf88",
                                              "pf0hpf", "c1pf0",  "c1pf0vf0", "p0pf1vf2" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
                assert_false(netdev_is_representor(own[i]));
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                assert_true(netdev_is_representor(others[i]));
}

static void the_own_one(void **unused)
{
        static const struct {
                const char *selector, *own;
        } cases[] = {
                { "address = 05:00.0", "wan" },
                { "interface = lan", "lan" },
                { "interface = dmz", "dmz" },
                { "interface = wan", "wan" },
                { "mac = 52:54:00:00:00:01", "lan" },
                { "mac = 52:54:00:00:00:00", "wan" }, /* what dmz has is not known */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct netdev netdevs[] = {
                        { .name = (char *) "lan", .mac = { 0x52, 0x54, 0, 0, 0, 1 }, .has_mac = true, .port = 1 },
                        { .name = (char *) "wan", .mac = { 0x52, 0x54 }, .has_mac = true },
                        { .name = (char *) "dmz", .mac = { 0x52, 0x54 }, .port = 2 },
                };
                struct pci_function f = { .netdevs = netdevs, .n_netdevs = ARRAY_SIZE(netdevs) }, none = { 0 };
                CLEANUP(config_freep) struct config *config = NULL;
                char text[128];

                (void) snprintf(text, sizeof(text), "[sriov s]\n%s\nvfs = 1\n[device d]\ninterface = wlan0\n",
                                cases[i].selector);
                config = parse_good(text);
                netdevs_sort(&f, config);
                assert_string_equal(netdev_of(&f)->name, cases[i].own);
                assert_string_equal(netdev_at_port(&f, 2)->name, "dmz");
                assert_int_equal(netdev_find(&f, "lan")->port, 1);
                assert_null(netdev_find(&f, "eth0"));
                assert_null(netdev_at_port(&f, 3));
                netdevs_sort(&none, config);
                assert_null(netdev_of(&none));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(by_path),
                cmocka_unit_test(by_port_name),
                cmocka_unit_test(the_own_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
