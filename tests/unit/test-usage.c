/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must stay with the host: the decisions, over facts in memory. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "unit/facts.h"
#include "unit/machine.h"
#include "usage/usage-parse.h"
#include "usage/usage.h"

#define HBA "pci0000:00/0000:00:17.0"
#define NIC "pci0000:00/0000:05:00.0"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, "pci0000:00/0000:00:02.0" },
                { "0000:00:14.0", "8086:a36d", 0x0c0330, "xhci_hcd", NULL, 1, "pci0000:00/0000:00:14.0" },
                { "0000:00:17.0", "8086:a352", 0x010601, "ahci", NULL, 2, HBA },
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 3, "pci0000:00/0000:00:01.0/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 3,
                  "pci0000:00/0000:00:01.0/0000:01:00.1" },
                { "0000:01:00.2", "10de:1ada", 0x0c0330, "xhci_hcd", NULL, 3, "pci0000:00/0000:00:01.0/0000:01:00.2" },
                { "0000:02:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 4,
                  "pci0000:00/0000:00:01.1/0000:02:00.0" },
                { "0000:05:00.0", "8086:10c9", 0x020000, "igb", NULL, 5, NIC },
                { "0000:05:00.1", "8086:10c9", 0x020000, "igb", NULL, 6, "pci0000:00/0000:05:00.1" },
                { "0000:05:10.0", "8086:10ca", 0x020000, "igbvf", NULL, 7, "pci0000:00/0000:05:10.0" },
        };
        static const char *const drivers[] = { "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:05:00.1", 7, "0000:05:10.0", 1, 0x10ca);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv->iommu = true;
        return inv;
}

static void mounted_disk(struct usage *u)
{
        facts_block(u, "sda", HBA "/block/sda", 0)->held = true;
        facts_block(u, "sda1", HBA "/block/sda/sda1", 1)->held = true;
        facts_block(u, "sda2", HBA "/block/sda/sda2", 2)->held = true;
        facts_block(u, "sda3", HBA "/block/sda/sda3", 3)->swap = true;
        facts_mounts(u, "20 1 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n21 1 8:2 / /srv rw - ext4 /dev/sda2 rw\n"
                        "22 1 8:2 / / rw shared:1 - ext4 /dev/sda2 rw\n");
}

static void without_root(struct usage *u)
{
        facts_block(u, "sda", HBA "/block/sda", 0);
        facts_mounts(u, "20 1 8:0 / /var rw - xfs /dev/sda rw\n21 1 8:0 / /boots rw - xfs /dev/sda rw\n"
                        "22 1 8:0 / /usr rw - xfs /dev/sda rw\n23 1 8:0 / /boot rw - xfs /dev/sda rw\n");
}

static void one_mount(struct usage *u)
{
        facts_block(u, "sda", HBA "/block/sda", 0);
        facts_mounts(u, "20 1 8:0 / /mnt/a\\040b\\011\\134c rw - xfs /dev/sda rw");
}

/* Mounted, but of another controller; and one whose address merely begins the same. */
static void of_others(struct usage *u)
{
        facts_block(u, "sda", "pci0000:00/0000:00:17.00/sda", 0)->held = true;
        facts_block(u, "sdb", "pci0000:00/0000:00:18.0/sdb", 1)->swap = true;
        facts_mounts(u, "20 1 8:0 / / rw - xfs /dev/sda rw");
}

static void idle(struct usage *u)
{
        facts_block(u, "sda", HBA "/block/sda", 0);
        facts_mounts(u, "20 1 0:22 / / rw - tmpfs none rw\n21 1 9:0 / /x rw - ext4 /dev/md0 rw");
}

static void swap_disk(struct usage *u)
{
        facts_block(u, "nvme0n1p2", HBA "/nvme/nvme0/nvme0n1/nvme0n1p2", 2)->swap = true;
}

static void md(struct usage *u)
{
        facts_block(u, "md0", "", 9);
        facts_block(u, "sdb", HBA "/block/sdb", 1)->held = true;
        facts_made_of(u, "md0", "sdb");
        facts_mounts(u, "20 1 8:9 / /srv rw - xfs /dev/md0 rw");
}

static void lvm_on_md(struct usage *u)
{
        facts_block(u, "dm-0", "", 10)->label = xstrdup("vg0-root");
        facts_block(u, "dm-1", "", 11);
        facts_block(u, "md0", "", 9);
        facts_block(u, "sdb", HBA "/block/sdb", 1);
        facts_made_of(u, "md0", "sdb");
        facts_made_of(u, "dm-1", "md0");
        facts_made_of(u, "dm-0", "dm-1");
        facts_mounts(u, "20 1 8:10 / / rw - ext4 /dev/mapper/vg0-root rw");
}

static void swap_on_md(struct usage *u)
{
        facts_block(u, "dm-1", "", 11)->swap = true;
        facts_block(u, "md0", "", 9);
        facts_block(u, "sdb", HBA "/block/sdb", 1);
        facts_made_of(u, "md0", "sdb");
        facts_made_of(u, "dm-1", "md0");
}

static void unmounted_array(struct usage *u)
{
        facts_block(u, "md0", "", 9);
        facts_block(u, "sdb", HBA "/block/sdb", 1)->held = true;
        facts_made_of(u, "md0", "sdb");
}

/* Each made of the other, and of itself. */
static void circle(struct usage *u)
{
        facts_block(u, "dm-0", "", 10);
        facts_block(u, "dm-1", "", 11);
        facts_block(u, "sdb", HBA "/block/sdb", 1);
        facts_made_of(u, "dm-0", "sdb");
        facts_made_of(u, "dm-1", "dm-0");
        facts_made_of(u, "dm-0", "dm-1");
        facts_made_of(u, "dm-0", "dm-0");
        facts_made_of(u, "sdb", "dm-1");
}

static void btrfs(struct usage *u)
{
        struct usage_btrfs *fs = ARRAY_APPEND(u->btrfs, u->n_btrfs, u->alloc_btrfs);

        assert_non_null(fs);
        fs->n_members = 2;
        facts_block(u, "sdc", HBA "/block/sdc", 1)->btrfs = 0;
        facts_block(u, "sdd", "virtual/x", 2)->btrfs = 0;
        facts_mounts(u, "20 1 0:40 /@ /data rw - btrfs /dev/sdd rw");
        u->mounts[0].node = xstrdup("sdd");
        usage_link_mounts(u);
}

static void single_btrfs(struct usage *u)
{
        btrfs(u);
        u->btrfs[0].n_members = 1;
}

static void hidden_btrfs(struct usage *u)
{
        btrfs(u);
        u->mounts[0].btrfs = NO_INDEX;
}

static void zfs(struct usage *u)
{
        facts_block(u, "sdd", HBA "/block/sdd", 0)->held = true;
}

static void multipath(struct usage *u)
{
        struct usage_block *b = facts_block(u, "nvme0n1", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1", 0);
        char **slot = ARRAY_APPEND(b->places, b->n_places, b->alloc_places);

        assert_non_null(slot);
        *slot = xstrdup(HBA "/nvme/nvme0");
        b->swap = true;
}

static void unreadable(struct usage *u)
{
        u->block_error = EIO;
}

static void unreadable_disk(struct usage *u)
{
        facts_block(u, "sda", HBA "/block/sda", 0)->error = EIO;
}

static void odd_names(struct usage *u)
{
        facts_block(u, "sda\n", HBA "/block/sda", 0);
        facts_mounts(u, "20 1 8:0 / /\\033[2J\\012\\303\\244%s rw - ext4 /dev/x rw");
}

static void direct_route(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->default_route = true;
}

/* NIC → bond → VLAN → bridge, in a circle. */
static void stacked(struct usage *u)
{
        facts_net(u, "bond0", "virtual/net/bond0");
        facts_net(u, "bond0.7", "virtual/net/bond0.7");
        facts_net(u, "enp5s0", NIC "/net/enp5s0");
        facts_net(u, "vmbr0", "virtual/net/vmbr0")->addressed = true;
        facts_over(u, "enp5s0", "bond0");
        facts_over(u, "bond0", "bond0.7");
        facts_over(u, "bond0.7", "vmbr0");
        facts_over(u, "vmbr0", "enp5s0");
}

static void stacked_route(struct usage *u)
{
        stacked(u);
        u->links[3].default_route = true;
        u->links[3].ssh_peer = xstrdup("192.0.2.7"); /* less than the route */
}

static void stacked_ssh(struct usage *u)
{
        stacked(u);
        u->links[3].ssh_peer = xstrdup("2001:db8::7");
}

static void ssh(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->ssh_peer = xstrdup("192.0.2.7");
}

static void route_of_others(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->addressed = true;
        facts_net(u, "enp6s0", "pci0000:00/0000:06:00.0/net/enp6s0")->default_route = true;
        facts_net(u, "wg0", "")->default_route = true;
}

static void nfs_root(struct usage *u)
{
        direct_route(u);
        u->links[0].addressed = true;
        facts_mounts(u, "20 1 8:0 / / rw - ext4 /dev/sda rw\n21 20 0:33 / / rw - nfs4 192.0.2.1:/root rw\n");
}

static void nfs_root_elsewhere(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0"); /* without an address */
        facts_mounts(u, "21 20 0:33 / / rw - nfs 192.0.2.1:/root rw\n");
}

static void nfs_home(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->addressed = true;
        facts_mounts(u, "21 20 0:33 / /home rw - nfs 192.0.2.1:/root rw\n");
}

static void boot_root(struct usage *u)
{
        stacked(u);
        u->boot_root = xstrdup("iscsi");
}

static void iscsi_root(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->addressed = true;
        facts_block(u, "dm-0", "", 9);
        facts_block(u, "sda1", "platform/host3/session1/target3:0:0/3:0:0:0/block/sda/sda1", 1);
        facts_made_of(u, "dm-0", "sda1");
        facts_mounts(u, "20 1 8:9 / / rw - ext4 /dev/mapper/root rw");
}

static void nbd_root(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->addressed = true;
        facts_block(u, "nbd0", "virtual/block/nbd0", 1);
        facts_mounts(u, "20 1 8:1 / / rw - ext4 /dev/nbd0 rw");
}

static void fabrics_root(struct usage *u)
{
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->addressed = true;
        facts_block(u, "nvme1n1", "virtual/nvme-fabrics/ctl/nvme1/nvme1n1", 1);
        facts_mounts(u, "20 1 8:1 / / rw - ext4 /dev/nvme1n1 rw");
}

static void iscsi_data(struct usage *u)
{
        iscsi_root(u);
        free(u->mounts[0].point);
        u->mounts[0].point = xstrdup("/data");
}

static const struct reason_case {
        const char *address;
        void (*facts)(struct usage *u);
        const char *reason; /* NULL: none */
} cases[] = {
        { "00:17.0", without_root, "sda on it is mounted at /usr" },
        { "00:17.0", mounted_disk, "sda2 on it is mounted at /, and 2 more of its block devices are in use" },
        { "00:17.0", one_mount, "sda on it is mounted at /mnt/a b?\\c" },
        { "00:17.0", of_others, NULL },
        { "00:17.0", idle, NULL },
        { "00:17.0", swap_disk, "nvme0n1p2 on it is swap" },
        { "00:17.0", md, "sdb on it is a member of md0, which is mounted at /srv" },
        { "00:17.0", lvm_on_md,
          "sdb on it is a member of md0, and through it and 1 more of vg0-root, which is mounted at /" },
        { "00:17.0", swap_on_md, "sdb on it is a member of md0, and through it of dm-1, which is swap" },
        { "00:17.0", unmounted_array, "sdb on it is a member of md0, which is active" },
        { "00:17.0", circle, "sdb on it is a member of dm-0, which is active" },
        { "00:17.0", btrfs, "sdc on it is a member of the btrfs mounted at /data" },
        { "00:17.0", single_btrfs, "sdc on it is mounted at /data" },
        { "00:17.0", hidden_btrfs, "sdc on it is a member of a mounted btrfs" },
        { "00:17.0", zfs, "sdd on it is held exclusively by another program or file system (ZFS, MD, LVM)" },
        { "00:17.0", multipath, "nvme0n1 on it is swap" },
        { "00:17.0", unreadable,
          "can't tell whether a file system is on it: failed to read /sys/class/block (Input/output error)" },
        { "00:17.0", unreadable_disk, "sda on it can't be read (Input/output error)" },
        { "00:17.0", odd_names, "sda? on it is mounted at /?[2J?\303\244%s" },
        { "05:00.0", direct_route, "enp5s0 carries the default route" },
        { "00:17.0", direct_route, NULL },
        { "05:00.0", stacked, NULL },
        { "05:00.0", stacked_route, "enp5s0 carries the default route (through vmbr0)" },
        { "05:00.0", stacked_ssh, "enp5s0 carries the SSH session from 2001:db8::7 (through vmbr0)" },
        { "05:00.0", ssh, "enp5s0 carries the SSH session from 192.0.2.7" },
        { "05:00.0", route_of_others, NULL },
        { "05:00.0", nfs_root, "enp5s0 carries the root file system (nfs4)" },
        { "05:00.0", nfs_root_elsewhere, NULL },
        { "05:00.0", nfs_home, NULL },
        { "05:00.0", boot_root, "enp5s0 carries the root file system (iscsi, through vmbr0)" },
        { "05:00.0", iscsi_root, "enp5s0 carries the root file system (iSCSI)" },
        { "05:00.0", nbd_root, "enp5s0 carries the root file system (nbd)" },
        { "05:00.0", fabrics_root, "enp5s0 carries the root file system (NVMe over fabrics)" },
        { "05:00.0", iscsi_data, NULL },
};

static void reasons(void **unused)
{
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        static const struct usage_words it = { "it", "" }, other = { "0000:09:09.0", "0000:09:09.0: " };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (size_t k = 0; k < 2; k++) {
                        CLEANUP(usage_freep) struct usage *u = usage_new();
                        CLEANUP_STRBUF struct strbuf text = { 0 }, expected = { 0 };
                        const struct pci_function *f = inv_at(inv, cases[i].address);
                        const struct usage_words *words = k == 0 ? &it : &other;
                        bool found;

                        assert_non_null(u);
                        cases[i].facts(u);
                        found = usage_block_reason(u, f, words, &text) || usage_net_reason(u, f, words, &text);
                        strbuf_addf(&expected, "%s%s", cases[i].reason ? words->lead : "",
                                    cases[i].reason ? cases[i].reason : "");
                        assert_text_of(cases[i].reason ? cases[i].reason : "none", text.text ? text.text : "",
                                       expected.text);
                        assert_int_equal(found, cases[i].reason != NULL);
                }
}

/* A chain as long as no one has it: neither the stack nor the time is used up. */
static void long_chain(void **unused)
{
        enum { N = 3000 };
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        CLEANUP(usage_freep) struct usage *u = usage_new();
        CLEANUP_STRBUF struct strbuf text = { 0 };
        static const struct usage_words it = { "it", "" };

        (void) unused;
        assert_non_null(u);
        for (unsigned i = 0; i < N; i++) {
                char name[32];

                (void) snprintf(name, sizeof(name), "dm-%04u", i);
                facts_block(u, name, i == 0 ? HBA "/dm-0" : "", i);
                if (i > 0)
                        usage_add_upper(&u->blocks[i - 1].uppers, i);
        }
        u->blocks[N - 1].swap = true;
        assert_true(usage_block_reason(u, inv_at(inv, "00:17.0"), &it, &text));
        assert_string_equal(text.text,
                            "dm-0000 on it is a member of dm-0001, and through it and 2997 more of dm-2999, "
                            "which is swap");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(reasons),
                cmocka_unit_test(long_chain),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
