/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Setting VFs up through their PF: what is written, when, and that it is written once; what a driver lacks; the way
 * back. */
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

#define UPLINK "[sriov uplink]\naddress = " NIC "\nvfs = 3\n"

static struct fake_kernel *claimed(void)
{
        struct fake_kernel *k = machine_new();

        fake_claim(k, NIC);
        return k;
}

/* The VF has this text among its values. */
static void assert_set(struct fake_kernel *k, const char *address, const char *part)
{
        CLEANUP_FREE char *text = fake_vf_text(k, address);

        assert_non_null(text);
        if (!strstr(text, part))
                fail_msg("%s has %s, expected %s", address, text, part);
}

static size_t count_sets(const struct fake_kernel *k, size_t from)
{
        size_t n = 0;

        for (size_t i = from; i < fake_n_writes(k); i++)
                n += strstr(fake_get_write(k, i)->path, "enp5s0/vf") != NULL;
        return n;
}

static void new_vfs(void **unused)
{
        static const char text[] = UPLINK "vf-mac = stable\n"
                                          "[vf uplink/0]\nvlan = 100\nqos = 3\nspoofchk = no\ntrust = yes\n"
                                          "[vf uplink/1]\nmac = 52:54:00:00:00:01\ndriver = host\n";
        CLEANUP(fake_freep) struct fake_kernel *k = claimed();
        CLEANUP_FREE char *seen = NULL, *mac = NULL, *again = NULL;
        size_t set, bound;

        (void) unused;
        assert_applies(k, text);
        assert_set(k, NIC_VF0, "vlan=100 qos=3 vlan-protocol=802.1q spoofchk=no trust=yes");
        assert_set(k, NIC_VF1, "mac=52:54:00:00:00:01 vlan=none");
        assert_set(k, NIC_VF2, "vlan=none qos=0 vlan-protocol=802.1q spoofchk=yes trust=no");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_driver(k, NIC_VF1, "igbvf");
        assert_driver(k, NIC_VF2, "vfio-pci");
        assert_text(k, DEV NIC "/sriov_drivers_autoprobe", "1");
        seen = fake_vf_seen_mac(k, NIC_VF1);
        assert_string_equal(seen, "52:54:00:00:00:01");
        set = fake_find_write(k, 0, "enp5s0/vf0", NULL);
        bound = fake_find_write(k, 0, "drivers/vfio-pci/bind", NIC_VF0);
        assert_true(set < bound && bound != SIZE_MAX);
        assert_int_equal(count_sets(k, 0), 6); /* three MACs, one VLAN with its priority, spoofchk, trust */
        assert_settled(k, text);
        /* VFs that are made anew have the same MACs. */
        mac = fake_vf_text(k, NIC_VF2);
        assert_int_equal(release(k, NULL), 0);
        assert_null(fake_vf_address(k, NIC, 0));
        assert_applies(k, text);
        again = fake_vf_text(k, NIC_VF2);
        assert_string_equal(again, mac);
        assert_no_violation(k);
}

/* One section for all, and one for what another VF has: MACs and VLANs are counted by the VFs' numbers. */
static void counted(void **unused)
{
        static const char text[] = UPLINK "[vf uplink/2]\nvlan = none\ndriver = host\n"
                                          "[vf uplink/0-2]\nmac = 52:54:00:00:00:fe+N\nvlan = 100+N\n";
        CLEANUP(fake_freep) struct fake_kernel *k = claimed();

        (void) unused;
        assert_applies(k, text);
        assert_set(k, NIC_VF0, "mac=52:54:00:00:00:fe vlan=100");
        assert_set(k, NIC_VF1, "mac=52:54:00:00:00:ff vlan=101");
        assert_set(k, NIC_VF2, "mac=52:54:00:00:01:00 vlan=none");
        assert_driver(k, NIC_VF1, "vfio-pci");
        assert_driver(k, NIC_VF2, "igbvf");
        assert_settled(k, text);
        assert_no_violation(k);
}

static void one_property(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = claimed();
        size_t before;

        (void) unused;
        assert_applies(k, UPLINK "[vf uplink/0-1]\nvlan = 100\nqos = 2\ntrust = yes\nmax-tx-rate = 500\n");
        before = fake_n_writes(k);
        assert_applies(k, UPLINK "[vf uplink/0-1]\nvlan = 200\nqos = 2\ntrust = yes\nmax-tx-rate = 500\n");
        assert_int_equal(count_sets(k, before), 2);
        for (size_t i = before; i < fake_n_writes(k); i++)
                if (!strstr(fake_get_write(k, i)->path, "enp5s0/vf") &&
                    strncmp(fake_get_write(k, i)->path, "run/", 4) != 0)
                        fail_msg("%s was written too", fake_get_write(k, i)->path);
        assert_set(k, NIC_VF1, "vlan=200 qos=2");
        /* What someone else has set is set back, and nothing else. */
        fake_vf_set(k, NIC_VF0, "trust=no");
        before = fake_n_writes(k);
        assert_applies(k, UPLINK "[vf uplink/0-1]\nvlan = 200\nqos = 2\ntrust = yes\nmax-tx-rate = 500\n");
        assert_int_equal(count_sets(k, before), 1);
        assert_set(k, NIC_VF0, "trust=yes");
        /* One rate leaves the other as it is. */
        assert_applies(k, UPLINK "[vf uplink/0-1]\nvlan = 200\nmin-tx-rate = 100\n");
        assert_set(k, NIC_VF0, "min-tx-rate=100 max-tx-rate=500");
}

/* A MAC is not changed under a guest; a VLAN is. The driver of the host's sees a new one. */
static void in_use(void **unused)
{
        static const char before[] = UPLINK "[vf uplink/1]\ndriver = host\n",
                          mac[] = UPLINK "[vf uplink/0]\nmac = 52:54:00:00:00:07\n",
                          vlan[] = UPLINK "[vf uplink/0]\nvlan = 7\n",
                          both[] = UPLINK "[vf uplink/1]\ndriver = host\nmac = 52:54:00:00:00:08\n";
        CLEANUP(fake_freep) struct fake_kernel *k = claimed();
        CLEANUP_RUN struct run run = { 0 };
        CLEANUP_FREE char *seen = NULL;

        (void) unused;
        assert_applies(k, before);
        fake_open(k, NIC_VF0, FAKE_OPEN_BOTH);
        run_apply(k, mac, &run);
        assert_int_equal(run_item(&run, "uplink/0")->verdict, VERDICT_REFUSED);
        assert_non_null(strstr(run_item(&run, "uplink/0")->reason, "is open"));
        assert_applies(k, vlan);
        assert_set(k, NIC_VF0, "vlan=7");
        fake_open(k, NIC_VF0, 0);
        assert_applies(k, mac);
        assert_set(k, NIC_VF0, "mac=52:54:00:00:00:07");
        assert_applies(k, both);
        assert_driver(k, NIC_VF1, "igbvf");
        seen = fake_vf_seen_mac(k, NIC_VF1);
        assert_string_equal(seen, "52:54:00:00:00:08");
        assert_settled(k, both);
}

static struct fake_kernel *limited(unsigned lacking, bool needs_up, unsigned msix)
{
        struct fake_kernel *k = fake_new();

        fake_pci_add(k, NIC,
                     &(struct fake_pci){ .id = "14e4:16d7",
                                         .class = 0x020000,
                                         .driver = "bnxt_en",
                                         .native = "bnxt_en",
                                         .netdev = "enp5s0",
                                         .mac = "52:54:00:00:05:00",
                                         .totalvfs = 7,
                                         .vf_device = 0x16dc,
                                         .vf_native = "bnxt_en",
                                         .vf_offset = 0x80,
                                         .vf_stride = 2,
                                         .vf_lacking = lacking,
                                         .vf_needs_up = needs_up,
                                         .vf_msix = msix });
        fake_claim(k, NIC);
        return k;
}

/* What the driver does not offer is named with it, and the VF is not handed on without. */
static void lacking(void **unused)
{
        static const struct {
                enum property property;
                const char *text;
        } cases[] = { { PROPERTY_QUERY_RSS, "query-rss = yes" },
                      { PROPERTY_TRUST, "trust = yes" },
                      { PROPERTY_LINK_STATE, "link-state = disable" } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = limited(PROPERTY_BIT(cases[i].property), false, 0);
                CLEANUP_FREE char *text = NULL, *expected = NULL;
                CLEANUP_RUN struct run run = { 0 };
                const struct run_event *e;

                assert_true(asprintf(&text, UPLINK "[vf uplink/0]\n%s\n", cases[i].text) > 0);
                assert_true(asprintf(&expected, "VF 0 of " NIC ": driver bnxt_en does not support %s",
                                     property_name(cases[i].property)) > 0);
                run_apply(k, text, &run);
                e = run_find(&run, "uplink/0", OUTCOME_FAILED);
                assert_non_null(e);
                assert_string_equal(e->detail, expected);
                assert_int_equal(e->error, EOPNOTSUPP);
                assert_driver(k, NIC_VF0, "");
                assert_driver(k, NIC_VF1, "vfio-pci");
        }
}

static void interface_of_the_pf(void **unused)
{
        static const char without[] = UPLINK, with[] = UPLINK "pf-up = yes\nmtu = 9000\n",
                          bad[] = UPLINK "mtu = 10000\n";
        CLEANUP(fake_freep) struct fake_kernel *k = limited(0, true, 0);
        CLEANUP_RUN struct run run = { 0 }, third = { 0 };
        const struct run_event *e;

        (void) unused;
        run_apply(k, without, &run);
        e = run_find(&run, "uplink", OUTCOME_FAILED);
        assert_non_null(e);
        assert_string_equal(e->detail, "only 0 of 3 VFs were created although the write succeeded");
        assert_applies(k, with);
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_text(k, "sys/class/net/enp5s0/flags", "0x1003");
        assert_text(k, "sys/class/net/enp5s0/mtu", "9000");
        assert_settled(k, with);
        assert_int_equal(release(k, NULL), 0);
        assert_text(k, "sys/class/net/enp5s0/flags", "0x1002");
        assert_text(k, "sys/class/net/enp5s0/mtu", "1500");
        run_apply(k, bad, &third);
        assert_string_equal(run_find(&third, "uplink", OUTCOME_FAILED)->detail,
                            "failed to set mtu of enp5s0 to 10000");
}

static void vectors(void **unused)
{
        static const char text[] = UPLINK "[vf uplink/0]\nmsix-count = 16\n",
                          more[] = UPLINK "[vf uplink/0]\nmsix-count = 32\n";
        CLEANUP(fake_freep) struct fake_kernel *k = limited(0, false, 8), *none = limited(0, false, 0);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        assert_applies(k, text);
        assert_set(k, NIC_VF0, "msix-count=16");
        assert_set(k, NIC_VF1, "msix-count=8");
        assert_settled(k, text);
        /* The kernel takes another number only while the VF has no driver. */
        assert_applies(k, more);
        assert_set(k, NIC_VF0, "msix-count=32");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_settled(k, more);
        run_apply(none, text, &run);
        assert_string_equal(run_find(&run, "uplink/0", OUTCOME_FAILED)->detail,
                            "VF 0 of " NIC ": driver bnxt_en does not support msix-count");
}

/* One that has its override and no driver is taken by the module of vfio-pci, which then comes too early for it. */
static void vectors_before_the_module(void **unused)
{
        static const char text[] = UPLINK "[vf uplink/0]\nmsix-count = 16\n";
        CLEANUP(fake_freep) struct fake_kernel *k = limited(0, false, 8);

        (void) unused;
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_drivers_autoprobe", "0"), 0);
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "3"), 0);
        assert_int_equal(fake_poke(k, DEV NIC_VF0 "/driver_override", "vfio-pci"), 0);
        assert_false(fake_module_loaded(k, "vfio_pci"));
        assert_applies(k, text);
        assert_set(k, NIC_VF0, "msix-count=16");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_settled(k, text);
}

/* VFs that were there before are as they were, after a release. */
static void back(void **unused)
{
        static const char text[] =
                "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-mac = stable\n[vf uplink/1]\nvlan = 9\ntrust = yes\n"
                "max-tx-rate = 10\n",
                          other[] = "[sriov uplink]\naddress = " NIC
                                    "\nvfs = 2\nvf-mac = stable\n[vf uplink/1]\nvlan = 10\n";
        CLEANUP(fake_freep) struct fake_kernel *k = claimed();
        CLEANUP_FREE char *first = NULL, *second = NULL, *first_after = NULL, *second_after = NULL;

        (void) unused;
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        fake_vf_set(k, NIC_VF1, "vlan=7 qos=1 spoofchk=no");
        first = fake_vf_text(k, NIC_VF0);
        second = fake_vf_text(k, NIC_VF1);
        assert_applies(k, text);
        assert_applies(k, other);
        assert_set(k, NIC_VF1, "vlan=10 qos=1 vlan-protocol=802.1q spoofchk=no trust=yes");
        assert_int_equal(release(k, "uplink"), 0); /* and uplink/1 with it */
        first_after = fake_vf_text(k, NIC_VF0);
        second_after = fake_vf_text(k, NIC_VF1);
        assert_string_equal(first_after, first);
        assert_string_equal(second_after, second);
        assert_no_violation(k);
}

#define IB "0000:0b:00.0"
#define IB_SECTION "[sriov ib]\naddress = 0b:00.0\nvfs = 2\n"

/* A PF of InfiniBand: GUIDs, one given and one derived, and no MAC; of an Ethernet one it is the other way round. */
static void guids(void **unused)
{
        static const char text[] = IB_SECTION "[vf ib/0]\nnode-guid = 02:11:22:33:44:55:66:77\nport-guid = stable\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_FREE char *first = NULL, *again = NULL;
        CLEANUP_RUN struct run run = { 0 }, other = { 0 };
        const char *vf;

        (void) unused;
        fake_pci_add(k, IB,
                     &(struct fake_pci){ .id = "15b3:101d",
                                         .class = 0x020700,
                                         .driver = "mlx5_core",
                                         .native = "mlx5_core",
                                         .netdev = "ib0",
                                         .totalvfs = 4,
                                         .vf_device = 0x101e,
                                         .infiniband = true });
        fake_claim(k, IB);
        fake_claim(k, NIC);
        assert_applies(k, text);
        vf = fake_vf_address(k, IB, 0);
        assert_set(k, vf, "node-guid=02:11:22:33:44:55:66:77 port-guid=");
        first = fake_vf_text(k, vf);
        assert_null(strstr(first, "port-guid=00:00"));
        assert_settled(k, text);
        assert_applies(k, "[sriov ib]\naddress = 0b:00.0\nvfs = 0\n");
        assert_applies(k, text);
        again = fake_vf_text(k, fake_vf_address(k, IB, 0));
        assert_string_equal(first, again);

        run_apply(k, IB_SECTION "[vf ib/0]\nmac = 52:54:00:00:00:01\n", &run);
        assert_string_equal(run_item(&run, "ib/0")->reason,
                            "ib0 of " IB " is InfiniBand, and its VFs have no MAC but GUIDs");
        run_apply(k, UPLINK "[vf uplink/0]\nnode-guid = stable\n", &other);
        assert_string_equal(run_item(&other, "uplink/0")->reason,
                            "enp5s0 of " NIC " is not InfiniBand, and its VFs have no node-guid");
}

/* The PF on pci-pf-stub: bound to it before the VFs are made; a release takes them away and binds it to its own again.
 */
static void pf_driver(void **unused)
{
        static const char text[] = UPLINK "pf-driver = pci-pf-stub\n";
        CLEANUP(fake_freep) struct fake_kernel *k = claimed();
        size_t bound;

        (void) unused;
        fake_driver_add(k, "pci-pf-stub", &(struct fake_driver){ 0 });
        assert_applies(k, text);
        assert_driver(k, NIC, "pci-pf-stub");
        bound = fake_find_write(k, 0, "drivers/pci-pf-stub/bind", NIC);
        assert_true(bound < fake_find_write(k, bound, NIC "/sriov_numvfs", "3"));
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_settled(k, text);
        assert_int_equal(release(k, "uplink"), 0);
        assert_driver(k, NIC, "igb");
        assert_text(k, DEV NIC "/sriov_numvfs", "0");
        assert_no_violation(k);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(guids),
                cmocka_unit_test(pf_driver),
                cmocka_unit_test(new_vfs), cmocka_unit_test(counted),
                cmocka_unit_test(one_property),
                cmocka_unit_test(in_use),
                cmocka_unit_test(lacking),
                cmocka_unit_test(interface_of_the_pf),
                cmocka_unit_test(vectors),
                cmocka_unit_test(back),
                cmocka_unit_test(vectors_before_the_module),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
