/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [vf] and vf-mac: the steps for what is set of VFs, in their order, and what is refused. */
#include "unit/machine.h"

#include <stdlib.h>

static void set_up(struct inventory *inv, const char *address, const char *text)
{
        struct pci_function *f = inv_at(inv, address);

        assert_non_null(function_values(f));
        assert_int_equal(values_text_parse(text, f->values), 0);
        f->vf_read = true;
}

/* A PF without VFs, one with four (igbvf, igbvf, vfio-pci, unbound), a drive, and a PF without an interface. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "8086:159b", 0x020000, "ice", NULL, 1, NULL },
                { "0000:02:00.0", "8086:1521", 0x020000, "igb", NULL, 2, NULL },
                { "0000:02:10.0", "8086:1520", 0x020000, "igbvf", NULL, 10, NULL },
                { "0000:02:10.4", "8086:1520", 0x020000, "igbvf", NULL, 11, NULL },
                { "0000:02:11.0", "8086:1520", 0x020000, "vfio-pci", "vfio-pci", 12, NULL },
                { "0000:02:11.4", "8086:1520", 0x020000, NULL, "none", 13, NULL },
                { "0000:03:00.0", "144d:a824", 0x010802, "nvme", NULL, 3, NULL },
                { "0000:04:00.0", "15b3:101d", 0x020000, "mlx5_core", NULL, 4, NULL },
        };
        static const char *const drivers[] = { "ice", "igb", "igbvf", "mlx5_core", "nvme", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:01:00.0", 256, NULL, 0, 0x1889);
        inv_pf(inv, "0000:02:00.0", 7, "0000:02:10.0", 4, 0x1520);
        inv_pf(inv, "0000:03:00.0", 32, NULL, 0, 0xa824);
        inv_pf(inv, "0000:04:00.0", 8, NULL, 0, 0x101e);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_netdev(inv, "0000:01:00.0", "enp1s0", "52:54:00:00:00:01");
        inv_netdev(inv, "0000:02:00.0", "enp2s0", "52:54:00:00:00:02");
        assert_int_equal(values_text_parse("mtu=1500 pf-up=no", function_values(inv_at(inv, "0000:01:00.0"))), 0);
        for (size_t i = 0; i < 4; i++) {
                static const char *const vfs[] = { "0000:02:10.0", "0000:02:10.4", "0000:02:11.0", "0000:02:11.4" };

                set_up(inv, vfs[i],
                       "mac=02:00:00:00:00:01 vlan=none qos=0 vlan-protocol=802.1q spoofchk=yes trust=no "
                       "link-state=auto "
                       "min-tx-rate=none max-tx-rate=none query-rss=-");
        }
        return inv;
}

/* As it is where nothing can be asked: a captured tree, and udev's helper. */
static struct inventory *machine_untold(void)
{
        struct inventory *inv = machine();

        for (size_t i = 0; i < inv->n_functions; i++) {
                free(inv->functions[i].values);
                inv->functions[i].values = NULL;
                inv->functions[i].vf_read = false;
        }
        return inv;
}

static struct inventory *machine_unreadable(void)
{
        struct inventory *inv = machine_untold();

        inv_at(inv, "0000:02:00.0")->vf_error = 5;
        return inv;
}

#define NEW "[sriov up]\naddress = 01:00.0\nvfs = 2\n"                   /* 3 lines */
#define OLD "[sriov up]\naddress = 02:00.0\nvfs = 4\nvf-driver = host\n" /* 4 lines */
#define PF1 "0000:01:00.0"
#define PF2 "0000:02:00.0"

static void new_vfs(void **unused)
{
        static const struct plan_case cases[] = {
                /* Set up before they are handed on. */
                { NEW "[vf up/1]\nvlan = 100\nqos = 3\ntrust = yes\n",
                  "up change\nup/1 change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "vf-set " PF1 "/1 .vlan, qos > 100, 3\nvf-set " PF1 "/1 .trust > yes\n"
                  "override " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\nautoprobe " PF1 " 0 > 1 (always)\n" },
                /* Those for the host are kept from their driver until then. */
                { NEW "[vf up/1]\nmac = 52:54:00:00:00:09\ndriver = host\n",
                  "up change\nup/1 change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "vf-set " PF1 "/1 .mac > 52:54:00:00:00:09\n"
                  "override " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "autoprobe " PF1 " 0 > 1\nprobe " PF1 "/1 >\n" },
                { NEW "vf-mac = stable\nvf-driver = host\n",
                  "up change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "vf-set " PF1 "/0 .mac > 76:00:00:00:00:00\nvf-set " PF1 "/1 .mac > 76:00:00:00:00:00\n"
                  "autoprobe " PF1 " 0 > 1\nprobe " PF1 "/0 >\nprobe " PF1 "/1 >\n" },
                /* A MAC of its own goes before, and a [device] has one too. */
                { NEW "vf-mac = stable\n[vf up/0]\nmac = 52:54:00:00:00:09\n[device vm]\naddress = up/1\n",
                  "up change\nup/0 change\nvm change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "vf-set " PF1 "/0 .mac > 52:54:00:00:00:09\nvf-set " PF1 "/1 .mac > 76:00:00:00:00:00\n"
                  "override " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\nautoprobe " PF1 " 0 > 1 (always)\n" },
                { NEW "pf-up = yes\nmtu = 9000\n",
                  "up change\npf-set " PF1 " on enp1s0 .mtu 1500 > 9000\npf-set " PF1 " on enp1s0 .pf-up no > yes\n"
                  "autoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "override " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\nautoprobe " PF1 " 0 > 1 (always)\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void vfs_that_are_there(void **unused)
{
        static const struct plan_case cases[] = {
                { OLD "[vf up/2]\ndriver = vfio-pci\nvlan = 5\n[vf up/3]\ndriver = none\ntrust = no\n",
                  "up ok\nup/2 change\nup/3 ok\nvf-set 0000:02:11.0 .vlan none > 5\n" },
                /* A driver sees a MAC when it takes the VF, and no later; a VLAN is no business of its. */
                { OLD "[vf up/2]\ndriver = vfio-pci\n[vf up/3]\ndriver = none\n[vf up/0]\nmac = "
                      "52:54:00:00:00:09\nvlan = 5\n",
                  "up ok\nup/2 ok\nup/3 ok\nup/0 change\nunbind 0000:02:10.0 igbvf >\n"
                  "vf-set 0000:02:10.0 .mac 02:00:00:00:00:01 > 52:54:00:00:00:09\nvf-set 0000:02:10.0 .vlan none > "
                  "5\n"
                  "probe 0000:02:10.0 > (always)\n" },
                { OLD "[vf up/2]\ndriver = vfio-pci\nmac = 52:54:00:00:00:09\n[vf up/3]\ndriver = none\n",
                  "up ok\nup/2 change\nup/3 ok\nvf-set 0000:02:11.0 .mac 02:00:00:00:00:01 > 52:54:00:00:00:09 "
                  "(guarded)\n" },
                /* One that goes elsewhere anyway sees it there. */
                { OLD "[vf up/2]\ndriver = vfio-pci\n[vf up/3]\ndriver = none\n[vf up/0]\nmac = 52:54:00:00:00:09\n"
                      "driver = vfio-pci\n",
                  "up ok\nup/2 ok\nup/3 ok\nup/0 change\noverride 0000:02:10.0 '' > vfio-pci\nunbind 0000:02:10.0 "
                  "igbvf >\n"
                  "vf-set 0000:02:10.0 .mac 02:00:00:00:00:01 > 52:54:00:00:00:09\n"
                  "unbind 0000:02:10.0 igbvf > vfio-pci\nbind 0000:02:10.0 igbvf > vfio-pci\n" },
        };
        static const struct plan_case untold[] = {
                { OLD "[vf up/2-3]\ndriver = none\n[vf up/0]\nvlan = 5\n",
                  "up ok\nup/2-3 change\nup/0 ok\noverride 0000:02:11.0 vfio-pci > none\nunbind 0000:02:11.0 vfio-pci "
                  "> (guarded)\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
        assert_plans(machine_untold, untold, ARRAY_SIZE(untold));
}

static void past_the_last(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine, "[sriov up]\naddress = 02:00.0\nvfs = max\n[vf up/6-7]\nvlan = 5\n");
        assert_string_equal(planned_item(&p, "up/6-7")->reason, "up/6-7: [sriov up] has 7 VFs, 0 to 6");
}

static void refusals(void **unused)
{
        static const struct plan_case cases[] = {
                { OLD "[vf up/0-3]\nvlan = 5\nquery-rss = yes\n",
                  "up ok\nup/0-3 refused: driver igb of " PF2 " does not support query-rss @7\n" },
                { "[sriov d]\naddress = 03:00.0\nvfs = 1\n[vf d/0]\nvlan = 5\n",
                  "d change\nd/0 refused: 0000:03:00.0 is not a network card, so it and its VFs have no MAC, VLAN or "
                  "rate @4\n"
                  "autoprobe 0000:03:00.0 1 > 0\nnumvfs 0000:03:00.0 0 > 1\nautoprobe 0000:03:00.0 0 > 1 (always)\n" },
                { "[sriov d]\naddress = 03:00.0\nvfs = 1\nvf-mac = stable\n",
                  "d refused: 0000:03:00.0 is not a network card, so it and its VFs have no MAC, VLAN or rate @1\n" },
                { "[sriov m]\naddress = 04:00.0\nvfs = 1\npf-up = yes\n[vf m/0]\nvlan = 5\n",
                  "m absent: 0000:04:00.0 has no network interface yet, which configures its VFs @1\n"
                  "m/0 absent: VF m/0 needs [sriov m], which is absent @5\n" },
        };
        static const struct plan_case unreadable[] = {
                { OLD "[vf up/0-3]\nvlan = 5\n",
                  "up ok\nup/0-3 refused: failed to read the VF settings of " PF2 " (Input/output error) @5\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
        assert_plans(machine_unreadable, unreadable, ARRAY_SIZE(unreadable));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(new_vfs),
                cmocka_unit_test(vfs_that_are_there),
                cmocka_unit_test(past_the_last),
                cmocka_unit_test(refusals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
