/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An apply never takes the host down: what it uses is refused and not written to, the rest goes on, and force takes
 * it. Whatever can't be read, a mounted disk stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/macro.h"
#include "fake/boot.h"
#include "fake/machine.h"
#include "fake/run.h"

#define HBA_TEXT "[device hba]\naddress = " HBA "\n"
#define TWIN_TEXT "[device twin]\naddress = " HBA_TWIN "\n"

/* A root disk with swap beside it, below one of two equal controllers. */
static struct fake_kernel *machine_with_root(void)
{
        struct fake_kernel *k = machine_new();

        fake_claim(k, HBA_TWIN);
        fake_block(k, DEV HBA "/host0/block", "sda", "8:0");
        fake_mount(k, DEV HBA "/host0/block/sda", "sda1", "8:1", "/", "ext4");
        fake_block(k, DEV HBA "/host0/block/sda", "sda2", "8:2");
        fake_file(k, "proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n");
        fake_hold(k, "sda");
        fake_hold(k, "sda2");
        fake_block(k, DEV HBA_TWIN "/host1/block", "sdb", "8:16");
        return k;
}

static void assert_refused(const struct run *run, const char *section, unsigned guards, const char *reason)
{
        const struct plan_item *item = run_item(run, section);

        assert_int_equal(item->verdict, VERDICT_REFUSED);
        assert_string_equal(item->reason, reason);
        assert_int_equal(plan_item_refusing(item), guards);
        assert_true(item->guarded);
}

/* HBA is not among what may be written to. */
static void mounted_disk(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_apply(k, HBA_TEXT TWIN_TEXT, &run);
        assert_refused(&run, "hba", GUARD_BIT(GUARD_DISK),
                       "sda1 on it is mounted at /, and 1 more of its block devices is in use");
        assert_int_equal(run_item(&run, "hba")->loc->line, 1);
        assert_driver(k, HBA, "mpt3sas");
        assert_string_equal(fake_override_of(k, HBA), "");
        assert_driver(k, HBA_TWIN, "vfio-pci");
        assert_no_violation(k);
}

/* Early in the next boot nothing is mounted yet: what was refused is neither claimed nor taken then, and what was
 * taken is. */
static void the_next_boot(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root(), *booted = machine_new();
        CLEANUP_RUN struct run run = { 0 }, first = { 0 };
        CLEANUP_FREE char *record = NULL;

        (void) unused;
        run_apply(k, HBA_TEXT TWIN_TEXT, &run);
        assert_false(boot_is_cleared(k, HBA));
        assert_true(boot_is_cleared(k, HBA_TWIN));
        record = boot_record(k);

        fake_claim(booted, HBA_TWIN);
        boot_set_record(booted, record);
        boot_claim(booted);
        assert_string_equal(fake_override_of(booted, HBA), "");
        assert_string_equal(fake_override_of(booted, HBA_TWIN), "vfio-pci");
        boot_early(booted, HBA_TEXT TWIN_TEXT, &first);
        assert_int_equal(first.n_deferred, 1);
        assert_driver(booted, HBA, "mpt3sas");
        assert_driver(booted, HBA_TWIN, "vfio-pci");
        assert_no_violation(booted);
}

static void by_force(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root();

        (void) unused;
        fake_claim(k, HBA);
        assert_applies(k, HBA_TEXT "force = disk\n" TWIN_TEXT);
        assert_driver(k, HBA, "vfio-pci");
        assert_driver(k, HBA_TWIN, "vfio-pci");
        assert_settled(k, HBA_TEXT "force = disk\n" TWIN_TEXT);
}

/* What is held and not mounted, as a ZFS member is. */
static void held_disk(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_hold(k, "sdb");
        run_apply(k, TWIN_TEXT, &run);
        assert_refused(&run, "twin", GUARD_BIT(GUARD_DISK),
                       "sdb on it is held exclusively by another program or file system (ZFS, MD, LVM)");
        assert_true(fake_was_opened(k, "sdb"));
        assert_false(fake_was_opened(k, "sda")); /* nobody wants that one: it is left alone */
        assert_no_violation(k);
}

/* To ask takes it from a mount or an fsck beside it: only what no file tells is asked, and nothing that is locked. */
static void left_alone(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root();
        CLEANUP_RUN struct run run = { 0 }, second = { 0 };

        (void) unused;
        run_apply(k, HBA_TEXT, &run);
        assert_refused(&run, "hba", GUARD_BIT(GUARD_DISK),
                       "sda1 on it is mounted at /, and 1 more of its block devices is in use");
        assert_false(fake_was_opened(k, "sda") || fake_was_opened(k, "sda1") || fake_was_opened(k, "sda2"));
        fake_lock_disk(k, "sdb");
        run_apply(k, TWIN_TEXT, &second);
        assert_refused(&second, "twin", GUARD_BIT(GUARD_DISK),
                       "sdb on it is locked: another program is working on it");
        assert_false(fake_was_opened(k, "sdb"));
        assert_no_violation(k);
}

static void default_route(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_file(k, "sys/devices/virtual/net/vmbr0/mtu", "1500\n");
        fake_link(k, "sys/class/net/vmbr0", "sys/devices/virtual/net/vmbr0");
        fake_link(k, "sys/class/net/enp5s0/upper_vmbr0", "sys/devices/virtual/net/vmbr0");
        fake_file(k, "proc/net/route", "Iface\nvmbr0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        run_apply(k, "[device nic]\ninterface = enp5s0\n", &run);
        assert_refused(&run, "nic", GUARD_BIT(GUARD_NETWORK), "enp5s0 carries the default route (through vmbr0)");
        assert_driver(k, NIC, "igb");
        assert_no_violation(k);
}

static void ssh_session(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_file(k, "proc/7/comm", "sshd\n");
        fake_file(k, "proc/7/fd/socket:[100]", "");
        fake_link(k, "proc/7/fd/3", "proc/7/fd/socket:[100]");
        fake_file(k, "proc/net/tcp", "   0: 0F02000A:0016 070200C0:D431 01 0:0 02:0 0 0 0 100 2 x\n");
        fake_address(k, "enp5s0", "10.0.2.15");
        run_apply(k, "[device nic]\ninterface = enp5s0\n", &run);
        assert_refused(&run, "nic", GUARD_BIT(GUARD_NETWORK), "enp5s0 carries the SSH session from 192.0.2.7");
        assert_no_violation(k);
}

static void network_root(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_file(k, "proc/cmdline", "root=/dev/nfs ip=dhcp\n");
        fake_address(k, "enp5s0", "2001:db8::1");
        run_apply(k, "[device nic]\ninterface = enp5s0\n", &run);
        assert_refused(&run, "nic", GUARD_BIT(GUARD_NETWORK), "enp5s0 carries the root file system (nfs)");
        assert_no_violation(k);
}

/* A VF that has the default route is removed by no other number of VFs. */
static void vf_with_the_default_route(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        assert_int_equal(fake_modprobe(k, "igbvf"), 0);
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        fake_file(k, "proc/net/route", "enp5s0v1\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        run_apply(k, "[sriov uplink]\naddress = " NIC "\nvfs = 3\n", &run);
        assert_refused(&run, "uplink", GUARD_BIT(GUARD_NETWORK), NIC_VF1 ": enp5s0v1 carries the default route");
        assert_text(k, DEV NIC "/sriov_numvfs", "2");
        assert_no_violation(k);
}

/* The only display that is left, once the other one is with a guest. */
static void only_display(void **unused)
{
        static const char vgpu[] = "[device vgpu]\naddress = " VGPU "\n";
        static const char both[] =
                "[device vgpu]\naddress = " VGPU "\n[device gpu]\naddress = 01:00.0\nfunctions = all\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_claim(k, VGPU);
        assert_applies(k, vgpu);
        run_apply(k, both, &run);
        assert_refused(&run, "gpu", GUARD_BIT(GUARD_DISPLAY), "it is the only display");
        assert_driver(k, GPU, "nouveau");
        assert_driver(k, VGPU, "vfio-pci");
        assert_no_violation(k);
}

/* By force a PF loses its VFs, but none that a VM has open. */
static void pf_with_vfs(void **unused)
{
        static const char text[] = "[device nic]\naddress = " NIC "\n";
        static const char forced[] = "[device nic]\naddress = " NIC "\nforce = vfs\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run plain = { 0 }, open = { 0 };

        (void) unused;
        fake_claim(k, NIC);
        assert_applies(k, "[sriov uplink]\naddress = " NIC "\nvfs = 2\n");
        run_apply(k, text, &plain);
        assert_string_equal(run_item(&plain, "nic")->reason, NIC " has 2 VFs, which are lost with its driver");
        assert_false(run_item(&plain, "nic")->guarded); /* at the next boot there are none */
        assert_false(run_item(&plain, "nic")->busy);
        fake_open(k, NIC_VF1, FAKE_OPEN_BOTH);
        run_apply(k, forced, &open);
        assert_string_equal(run_item(&open, "nic")->reason,
                            "VF 1 (" NIC_VF1 ") is open: a VM or another program uses it");
        assert_true(run_item(&open, "nic")->busy);
        assert_driver(k, NIC, "igb");
        assert_text(k, DEV NIC "/sriov_numvfs", "2");
        fake_open(k, NIC_VF1, 0);
        assert_applies(k, forced);
        assert_driver(k, NIC, "vfio-pci");
}

/* In an emergency shell nothing of it is mounted or up. */
static void configured(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 }, forced = { 0 };

        (void) unused;
        fake_claim(k, HBA_TWIN);
        fake_block(k, DEV HBA "/host0/block", "sda", "8:0");
        fake_block(k, DEV HBA_TWIN "/host1/block", "sdb", "8:16");
        fake_file(k, "dev/sda", "");
        fake_link(k, "dev/disk/by-uuid/0b1c", "dev/sda");
        fake_file(k, "etc/fstab", "UUID=0b1c /srv ext4 defaults\n");
        fake_file(k, "etc/network/interfaces", "auto vmbr0\niface vmbr0 inet manual\n bridge-ports enp5s0\n");
        run_apply(k, HBA_TEXT TWIN_TEXT "[device nic]\ninterface = enp5s0\n", &run);
        assert_refused(&run, "hba", GUARD_BIT(GUARD_DISK), "sda on it is to be mounted at /srv (/etc/fstab:1)");
        assert_refused(&run, "nic", GUARD_BIT(GUARD_NETWORK),
                       "enp5s0 is a port of bridge vmbr0 (/etc/network/interfaces:3)");
        assert_driver(k, HBA, "mpt3sas");
        assert_driver(k, NIC, "igb");
        assert_driver(k, HBA_TWIN, "vfio-pci");
        assert_no_violation(k);
        fake_claim(k, HBA);
        run_apply(k, HBA_TEXT "force = disk\n", &forced);
        assert_driver(k, HBA, "vfio-pci");
        assert_no_violation(k);
}

/* Once a bond or a bridge has it, an interface has another MAC than its own. */
static void configured_by_hardware_mac(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_file(k, "sys/class/net/enp5s0/address", "is another\n");
        fake_file(k, "etc/systemd/network/lan.network", "[Match]\nPermanentMACAddress=52:54:00:00:05:00\n");
        run_apply(k, "[device nic]\ninterface = enp5s0\n", &run);
        assert_refused(&run, "nic", GUARD_BIT(GUARD_NETWORK),
                       "enp5s0 is configured by /etc/systemd/network/lan.network:2");
        assert_driver(k, NIC, "igb");
        assert_no_violation(k);
}

/* A run that has nothing to take from the host's drivers does not look: not a single operation more for the host's
 * use. */
static void rerun_reads_nothing(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root(), *bare = machine_new();
        unsigned with, without;

        (void) unused;
        fake_claim(bare, HBA_TWIN);
        assert_applies(k, TWIN_TEXT);
        assert_applies(bare, TWIN_TEXT);
        with = fake_operations(k);
        without = fake_operations(bare);
        assert_true(with > without); /* the first run did look */
        assert_settled(k, TWIN_TEXT);
        assert_settled(bare, TWIN_TEXT);
        assert_int_equal(fake_operations(k) - with, fake_operations(bare) - without);
}

/* Each operation fails in turn: the disk stays all the same. ENOENT is left out, as it means that there is no disk. */
static void faults(void **unused)
{
        static const int errors[] = { EIO, EACCES, EINTR, ENOMEM, EPERM, EMFILE };
        unsigned reached = 0;

        (void) unused;
        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
                for (unsigned n = 1;; n++) {
                        CLEANUP(fake_freep) struct fake_kernel *k = machine_with_root();
                        CLEANUP_RUN struct run run = { 0 };
                        const char *what;

                        fake_fail_at(k, n, FAULT_ERROR, errors[i]);
                        run_apply(k, HBA_TEXT, &run);
                        if (!fake_fault_hit(k, &what))
                                break;
                        reached++;
                        if (fake_violations(k) || strcmp(fake_driver_of(k, HBA), "mpt3sas") != 0)
                                fail_msg("%s, %s: %s", what, strerrorname_np(errors[i]),
                                         fake_violations(k) ? fake_violations(k) : "the disk was taken");
                }
        assert_true(reached > 100);
}

/* A card below a root port, of a machine that has two equal ones. */
static void add_card(struct fake_kernel *k, const char *address, const char *port, const char *serial)
{
        char chain[64];

        (void) snprintf(chain, sizeof(chain), "pci0000:00/%s", port);
        fake_pci_add(k, address,
                     &(struct fake_pci){ .id = "8086:1521",
                                         .class = 0x020000,
                                         .driver = "igb",
                                         .native = "igb",
                                         .serial = serial,
                                         .parent_chain = chain });
        fake_claim(k, address);
}

#define PORT_A "0000:00:1c.0"
#define PORT_B "0000:00:1d.0"
#define AT_2 "0000:22:00.0"
#define AT_3 "0000:23:00.0"
#define CARD_TEXT "[device card]\naddress = " AT_2 "\nexpect = 8086:1521\n"
#define OTHER "0000:22:00.0 is not the card that was handed over before but an identical one"

/* A drive that was added has the buses numbered otherwise: the address is the other card's, and expect is met. */
static void equal_cards(void **unused)
{
        static const struct {
                const char *before, *at_2,
                        *at_3; /* the root ports: of the card, and of what is there in the next boot */
                const char *serial, *serial_at_2;
                const char *reason; /* NULL: it is taken */
        } cases[] = {
                { PORT_B, PORT_A, PORT_B, NULL, NULL,
                  OTHER ": set path = " PORT_B "/00.0 for that one, or path = " PORT_A "/00.0 for this one" },
                { PORT_B, PORT_B, PORT_A, NULL, NULL, NULL },
                { PORT_B, PORT_A, NULL, NULL, NULL, NULL }, /* there is but one */
                { PORT_B, PORT_A, PORT_B, "90-e2-ba-ff-ff-01-02-03", "90-e2-ba-ff-ff-01-02-03", NULL },
                /* A new card in the slot is the one that the address means. */
                { PORT_B, PORT_B, PORT_A, "90-e2-ba-ff-ff-01-02-03", "90-e2-ba-ff-ff-01-02-04", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new(), *booted = machine_new();
                CLEANUP_FREE char *record = NULL;

                add_card(k, AT_2, cases[i].before, cases[i].serial);
                assert_applies(k, CARD_TEXT);
                record = boot_record(k);

                add_card(booted, AT_2, cases[i].at_2, cases[i].serial_at_2);
                if (cases[i].at_3)
                        add_card(booted, AT_3, cases[i].at_3, NULL);
                boot_set_record(booted, record);
                /* Nor does a second run take it. */
                for (unsigned n = 0; n < 2; n++) {
                        CLEANUP_RUN struct run run = { 0 };

                        run_apply(booted, CARD_TEXT, &run);
                        if (cases[i].reason)
                                assert_string_equal(run_item(&run, "card")->reason, cases[i].reason);
                        assert_driver(booted, AT_2, cases[i].reason ? "igb" : "vfio-pci");
                }
                if (cases[i].reason)
                        assert_applies(booted, "[device card]\npath = " PORT_B "/00.0\n");
                assert_no_violation(booted);
        }
}

/* A card that is not in its place any more: by its serial number it is told where it is, among equal ones. */
static void moved_card(void **unused)
{
        static const char *const selectors[] = { "address = " AT_2, "path = " PORT_A "/00.0" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new(), *booted = machine_new();
                CLEANUP_FREE char *record = NULL, *config = NULL;
                CLEANUP_RUN struct run run = { 0 };

                assert_true(asprintf(&config, "[device card]\n%s\n", selectors[i]) > 0);
                add_card(k, AT_2, PORT_A, "90-e2-ba-ff-ff-01-02-03");
                assert_applies(k, config);
                record = boot_record(k);

                add_card(booted, AT_3, PORT_B, "90-e2-ba-ff-ff-01-02-04");
                add_card(booted, "0000:24:00.0", PORT_B, "90-e2-ba-ff-ff-01-02-03");
                boot_set_record(booted, record);
                run_apply(booted, config, &run);
                assert_non_null(strstr(run_item(&run, "card")->reason,
                                       "; the card that was handed over before is at 0000:24:00.0 now (path = " PORT_B
                                       "/00.0)"));
                assert_driver(booted, "0000:24:00.0", "igb");
                assert_no_violation(booted);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(mounted_disk), cmocka_unit_test(the_next_boot),
                cmocka_unit_test(equal_cards),  cmocka_unit_test(moved_card),
                cmocka_unit_test(by_force),     cmocka_unit_test(held_disk),
                cmocka_unit_test(left_alone),   cmocka_unit_test(default_route),
                cmocka_unit_test(ssh_session),  cmocka_unit_test(network_root),
                cmocka_unit_test(only_display), cmocka_unit_test(vf_with_the_default_route),
                cmocka_unit_test(pf_with_vfs),  cmocka_unit_test(rerun_reads_nothing),
                cmocka_unit_test(configured),   cmocka_unit_test(configured_by_hardware_mac),
                cmocka_unit_test(faults),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
