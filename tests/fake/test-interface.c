/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A PF's interface: found below the PF whatever it is called by then, and told from its VFs' representors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"

#define HOST_NIC "0000:0a:00.0" /* in no section */
#define FAST_NET "sys/devices/pci0000:09/" FAST "/net/"

/* Between the plan and its steps udev gives the PF's name to the host's own NIC. */
static void swap_names(struct fake_kernel *k, void *unused)
{
        (void) unused;
        fake_rename(k, NIC, "uplink0");
        fake_rename(k, HOST_NIC, "enp5s0");
}

static void another_has_its_name(void **unused)
{
        static const char text[] =
                "[sriov uplink]\naddress = " NIC "\nvfs = 2\nmtu = 9000\npf-up = yes\n[vf uplink/0]\nvlan = 7\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_FREE char *vf = NULL;

        (void) unused;
        fake_pci_add(k, HOST_NIC,
                     &(struct fake_pci){ .id = "8086:10d3",
                                         .class = 0x020000,
                                         .driver = "e1000e",
                                         .native = "e1000e",
                                         .netdev = "host0",
                                         .mac = "52:54:00:00:0a:00",
                                         .totalvfs = 2,
                                         .vf_device = 0x10ca });
        fake_claim(k, NIC);
        fake_after_write(k, "run/passthru-setup/state", NULL, swap_names, NULL);
        assert_applies(k, text);
        assert_text(k, "sys/class/net/uplink0/mtu", "9000");
        assert_text(k, "sys/class/net/uplink0/flags", "0x1003");
        assert_text(k, "sys/class/net/enp5s0/mtu", "1500");
        assert_text(k, "sys/class/net/enp5s0/flags", "0x1002");
        vf = fake_vf_text(k, NIC_VF0);
        assert_non_null(strstr(vf, "vlan=7"));
        assert_settled(k, text);
        fake_after_write(k, "run/passthru-setup/state", NULL, swap_names, NULL);
        assert_int_equal(release(k, NULL), 0);
        assert_text(k, "sys/class/net/uplink0/mtu", "1500");
        assert_no_violation(k);
}

static void add_interface(struct fake_kernel *k, const char *name, const char *port_name, const char *port)
{
        static const struct {
                const char *name, *text;
        } files[] = {
                { "address", "ae:91:f5:91:c3:7c\n" },
                { "addr_assign_type", "0\n" },
                { "flags", "0x1002\n" },
                { "mtu", "1500\n" },
                { "ifindex", "90\n" },
        };
        CLEANUP_FREE char *link = NULL, *dir = NULL;
        char path[160];

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                (void) snprintf(path, sizeof(path), FAST_NET "%s/%s", name, files[i].name);
                fake_file(k, path, files[i].text);
        }
        (void) snprintf(path, sizeof(path), FAST_NET "%s/phys_port_name", name);
        if (port_name)
                fake_file(k, path, port_name);
        (void) snprintf(path, sizeof(path), FAST_NET "%s/dev_port", name);
        fake_file(k, path, port);
        assert_true(asprintf(&link, "sys/class/net/%s", name) > 0 && asprintf(&dir, FAST_NET "%s", name) > 0);
        fake_link(k, link, dir);
}

/* They sort before the PF's own interface, and their MACs are random. */
static void beside_others(void **unused)
{
        static const char text[] = "[sriov f]\naddress = " FAST "\nvfs = 2\nvf-mac = stable\nmtu = 9000\npf-up = yes\n"
                                   "[vf f/1]\nvlan = 5\n";
        static const struct {
                const char *name, *port_name, *port;
        } others[] = {
                { "a0", "pf0vf0\n", "0\n" },   { "a1", "pf0sf88\n", "0\n" }, { "a2", "c1pf0vf1\n", "0\n" },
                { "a3", "p0pf0vf2\n", "0\n" }, { "a4", NULL, "1\n" }, /* its other port */
        };

        (void) unused;
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                machine_add_fast(k);
                fake_claim(k, FAST);
                assert_applies(k, text);
                add_interface(k, others[i].name, others[i].port_name, others[i].port);
                assert_settled(k, text); /* the same MACs, among others */
                assert_int_equal(fake_poke(k, "sys/class/net/enp9s0/mtu", "1400"), 0);
                assert_applies(k, text);
                assert_text(k, "sys/class/net/enp9s0/mtu", "9000");
                assert_int_equal(release(k, NULL), 0);
                assert_text(k, "sys/class/net/enp9s0/mtu", "1500");
                assert_no_violation(k);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(another_has_its_name),
                cmocka_unit_test(beside_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
