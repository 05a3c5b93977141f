/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading what the host uses from a tree on disk: what a kernel shows, and what none would. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "survey/survey.h"
#include "unit/tree.h"

#define HBA "pci0000:00/0000:00:17.0"

static struct sys *open_tree(const char *root)
{
        struct sys *sys = NULL;

        assert_int_equal(sys_open(root, &sys), 0);
        return sys;
}

static struct usage *read_tree(const char *root)
{
        CLEANUP(sys_freep) struct sys *sys = open_tree(root);
        static const struct inventory none;
        struct usage *u = NULL;

        usage_read(sys, &none, NULL, 0, &u);
        return u;
}

/* A block device at its place, with its link and its number. */
static void disk(const char *root, const char *name, const char *place, const char *number)
{
        char path[512], target[512];

        assert_true(snprintf(path, sizeof(path), "sys/devices/%s/%s/dev", place, name) > 0);
        tree_file(root, path, number);
        assert_true(snprintf(path, sizeof(path), "sys/class/block/%s", name) > 0);
        assert_true(snprintf(target, sizeof(target), "../../devices/%s/%s", place, name) > 0);
        tree_link(root, path, target);
}

static void holder(const char *root, const char *place, const char *name)
{
        char path[512];

        assert_true(snprintf(path, sizeof(path), "sys/devices/%s/holders/%s", place, name) > 0);
        tree_link(root, path, "../../somewhere");
}

/* "NAME LABEL MAJOR:MINOR (place)… > upper…" and marks, one a line. */
static char *blocks_text(const struct usage *u)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_add(&b, "");
        for (size_t i = 0; i < u->n_blocks; i++) {
                const struct usage_block *d = &u->blocks[i];

                strbuf_add(&b, d->name);
                if (d->label)
                        strbuf_addf(&b, " \"%s\"", d->label);
                if (d->has_number)
                        strbuf_addf(&b, " %u:%u", d->major, d->minor);
                for (size_t k = 0; k < d->n_places; k++)
                        strbuf_addf(&b, " (%s)", d->places[k]);
                for (size_t k = 0; k < d->uppers.n; k++)
                        strbuf_addf(&b, " > %s", u->blocks[d->uppers.items[k]].name);
                if (d->btrfs != NO_INDEX)
                        strbuf_addf(&b, " btrfs %zu", d->btrfs);
                strbuf_addf(&b, "%s%s%s\n", d->swap ? " swap" : "", d->held ? " held" : "", d->error ? " error" : "");
        }
        return strbuf_steal(&b);
}

static void blocks(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        disk(root, "sda", HBA "/block", "8:0\n");
        disk(root, "sda1", HBA "/block/sda", "8:1\n");
        disk(root, "sdb", HBA "/block", "8:16"); /* no newline */
        disk(root, "sdc", HBA "/block", "nonsense\n");
        disk(root, "sdd", HBA "/block", "8:48\n");
        disk(root, "md0", "virtual/block", "9:0\n");
        disk(root, "dm-0", "virtual/block", "253:0\n");
        disk(root, "loop0", "virtual/block", "7:0\n");
        disk(root, "loop1", "virtual/block", "7:1\n");
        tree_file(root, "sys/devices/virtual/block/dm-0/dm/name", "vg0-ro ot\n");
        tree_file(root, "sys/devices/virtual/block/loop0/loop/backing_file", "/dev/sdd\n");
        tree_file(root, "sys/devices/virtual/block/loop1/loop/backing_file", "/srv/x.img\n");
        holder(root, HBA "/block/sda/sda1", "md0");
        holder(root, HBA "/block/sdb", "md0");
        holder(root, HBA "/block/sdb", "gone");
        holder(root, "virtual/block/md0", "dm-0");
        holder(root, "virtual/block/dm-0", "md0"); /* a circle */
        tree_file(root, "proc/swaps", "Filename Type\n/dev/dm-0 partition 1\n/dev/disk/by-label/s\\040w partition 1\n");
        tree_link(root, "dev/disk/by-label/s w", "../../sdb");
        tree_dir(root, "sys/fs/btrfs/features");
        tree_link(root, "sys/fs/btrfs/0b1c/devices/sda", "../../../../devices/x");
        tree_link(root, "sys/fs/btrfs/0b1c/devices/missing", "../../../../devices/x");
        u = read_tree(root);
        text = blocks_text(u);
        assert_text_of("blocks", text,
                       "dm-0 \"vg0-ro ot\" 253:0 (virtual/block/dm-0) > md0 swap\nloop0 7:0 (virtual/block/loop0)\n"
                       "loop1 7:1 (virtual/block/loop1)\nmd0 9:0 (virtual/block/md0) > dm-0\n"
                       "sda 8:0 (" HBA "/block/sda) btrfs 0\nsda1 8:1 (" HBA "/block/sda/sda1) > md0\n"
                       "sdb 8:16 (" HBA "/block/sdb) > md0 swap\nsdc (" HBA "/block/sdc) error\n"
                       "sdd 8:48 (" HBA "/block/sdd) > loop0\n");
        assert_int_equal(u->n_btrfs, 1);
        assert_int_equal(u->btrfs[0].n_members, 2);
        assert_int_equal(u->block_error, 0);
}

/* A drive with two paths: its namespace is the subsystem's, its hidden devices have no number. */
static void multipath(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        disk(root, "nvme0n1", "virtual/nvme-subsystem/nvme-subsys0", "259:0\n");
        disk(root, "nvme0n1p1", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "259:1\n");
        disk(root, "nvme2n1", "virtual/nvme-subsystem/nvme-subsys00", "259:2\n"); /* another's, which begins the same */
        tree_link(root, "sys/class/block/nvme0c0n1", "../../devices/" HBA "/nvme/nvme0/nvme0c0n1");
        tree_link(root, "sys/class/nvme-subsystem/nvme-subsys0", "../../devices/virtual/nvme-subsystem/nvme-subsys0");
        tree_link(root, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0", "../../../" HBA "/nvme/nvme0");
        tree_link(root, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1", "../../nvme-fabrics/ctl/nvme1");
        tree_link(root, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/subsystem", "../../../../class/nvme-subsystem");
        tree_link(root, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme3", "../../../../../etc");
        tree_file(root, "sys/class/nvme-subsystem/file", "x");
        u = read_tree(root);
        text = blocks_text(u);
        assert_text_of("multipath", text,
                       "nvme0c0n1 (" HBA "/nvme/nvme0/nvme0c0n1)\n"
                       "nvme0n1 259:0 (virtual/nvme-subsystem/nvme-subsys0/nvme0n1) (" HBA "/nvme/nvme0) "
                       "(virtual/nvme-fabrics/ctl/nvme1)\n"
                       "nvme0n1p1 259:1 (virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1) (" HBA "/nvme/nvme0) "
                       "(virtual/nvme-fabrics/ctl/nvme1)\n"
                       "nvme2n1 259:2 (virtual/nvme-subsystem/nvme-subsys00/nvme2n1)\n");
}

/* Links that lead nowhere or out, files where directories should be, texts without an end. */
static void hostile(void **unused)
{
        enum { N = 1 << 20 };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;
        CLEANUP_FREE char *huge = malloc(N + 1), *text = NULL;

        (void) unused;
        assert_non_null(huge);
        memset(huge, '1', N);
        huge[N] = '\0';
        disk(root, "s a!b\n", HBA "/block", "8:0\n");
        disk(root, "sdx", HBA "/block", huge);
        tree_link(root, "sys/class/block/out", "../../../../../../../etc/passwd");
        tree_link(root, "sys/class/block/up", "..");
        tree_link(root, "sys/class/block/self", "self");
        tree_link(root, "sys/class/block/root", "/");
        tree_file(root, "sys/class/block/file", "x");
        tree_file(root, "sys/devices/" HBA "/block/sdx/holders", "no directory");
        tree_bytes(root, "proc/1/mountinfo", "1 1 8:0 / / rw - ext4 /dev/x rw\n\0\n", 35);
        tree_file(root, "proc/self/mountinfo", "1 1 8:0 / /self rw - ext4 /dev/x rw");
        tree_file(root, "proc/swaps", huge);
        tree_file(root, "proc/net/route", huge);
        tree_bytes(root, "proc/cmdline", "root=\0", 6);
        tree_file(root, "proc/42/comm", huge);
        tree_file(root, "sys/class/tty/console/active", huge);
        tree_file(root, "sys/class/input/input0/capabilities/ev", huge);
        tree_file(root, "sys/class/input/input0/capabilities/key", huge);
        tree_file(root, "sys/class/net/enp3s0", "a file");
        u = read_tree(root);
        text = blocks_text(u);
        assert_text_of("hostile", text, "s a!b\n 8:0 (" HBA "/block/s a!b\n)\nsdx (" HBA "/block/sdx) error\n");
        assert_int_equal(u->n_mounts, 1);
        assert_string_equal(u->mounts[0].point, "/self");
        assert_false(u->console_on_vt);
        assert_int_equal(u->n_keyboards, 0);
        assert_int_equal(u->n_links, 1);
}

/* The list of block devices is what must be known; that there is none is known. */
static void class_unreadable(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *empty = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL, *none = NULL;

        (void) unused;
        tree_file(root, "sys/class/block", "no directory");
        u = read_tree(root);
        assert_int_equal(u->block_error, ENOTDIR);
        none = read_tree(empty);
        assert_int_equal(none->block_error, 0);
        assert_int_equal(none->n_blocks + none->n_mounts + none->n_links + none->n_keyboards + none->n_sessions, 0);
        assert_true(none->boot_vga == NO_INDEX);
}

static void mounts(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;

        (void) unused;
        disk(root, "dm-0", "virtual/block", "253:0\n");
        disk(root, "sdb", HBA "/block", "8:16\n");
        tree_link(root, "sys/fs/btrfs/0b1c/devices/dm-0", "x");
        tree_link(root, "sys/fs/btrfs/0b1c/devices/sdb", "x");
        tree_link(root, "dev/mapper/vg0-da ta", "../dm-0");
        tree_file(root, "proc/1/mountinfo", "1 1 0:40 / / rw - btrfs /dev/mapper/vg0-da\\040ta rw\n"
                                            "2 1 0:41 / /b rw - btrfs /dev/sdz rw\n3 1 0:42 / /c rw - tmpfs none rw\n");
        tree_file(root, "proc/self/mountinfo", "1 1 8:0 / /sandbox rw - ext4 /dev/x rw");
        tree_file(root, "proc/cmdline", "quiet netroot=nbd:192.0.2.1\n");
        u = read_tree(root);
        assert_int_equal(u->n_mounts, 3);
        assert_int_equal(u->mounts[0].btrfs, 0);
        assert_true(u->mounts[1].btrfs == NO_INDEX && u->mounts[2].btrfs == NO_INDEX);
        assert_int_equal(u->blocks[usage_find_block(u, "sdb")].btrfs, 0);
        assert_string_equal(u->boot_root, "nbd");
}

static void link_dir(const char *root, const char *name, const char *place)
{
        char path[256], target[256];

        assert_true(snprintf(path, sizeof(path), "sys/devices/%s/net/%s/mtu", place, name) > 0);
        tree_file(root, path, "1500\n");
        assert_true(snprintf(path, sizeof(path), "sys/class/net/%s", name) > 0);
        assert_true(snprintf(target, sizeof(target), "../../devices/%s/net/%s", place, name) > 0);
        tree_link(root, path, target);
}

/* A bond under a bridge by links, a port of a bridge by its master alone, Open vSwitch, a default route. */
static void net(void **unused)
{
        static const char *const virtuals[] = { "bond0", "br0", "br0.7", "ovs-system", "ovsbr0" };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };

        (void) unused;
        link_dir(root, "enp3s0", HBA);
        link_dir(root, "enp4s0", HBA);
        for (size_t i = 0; i < ARRAY_SIZE(virtuals); i++)
                link_dir(root, virtuals[i], "virtual");
        tree_file(root, "sys/class/net/bonding_masters", "bond0\n");
        tree_link(root, "sys/devices/" HBA "/net/enp3s0/upper_bond0", "../../../virtual/net/bond0");
        tree_link(root, "sys/devices/" HBA "/net/enp3s0/upper_gone", "../../../virtual/net/gone");
        tree_link(root, "sys/devices/virtual/net/bond0/master", "../br0");
        tree_link(root, "sys/devices/virtual/net/bond0/upper_br0", "../br0");
        tree_link(root, "sys/devices/virtual/net/br0/upper_br0.7", "../br0.7");
        tree_link(root, "sys/devices/virtual/net/br0.7/upper_bond0", "../bond0"); /* a circle */
        tree_link(root, "sys/devices/" HBA "/net/enp4s0/master", "../../../../virtual/net/ovs-system");
        tree_link(root, "sys/devices/virtual/net/ovsbr0/master", "../ovs-system");
        tree_file(root, "proc/net/route", "Iface\tDestination\nbr0.7\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        tree_file(root, "proc/net/ipv6_route",
                  "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe80 00000400 00000001 00000000 "
                  "00000003   ovsbr0\n");
        u = read_tree(root);
        for (size_t i = 0; i < u->n_links; i++) {
                strbuf_addf(&b, "%s%s", u->links[i].name, u->links[i].default_route ? " default" : "");
                for (size_t k = 0; k < u->links[i].uppers.n; k++)
                        strbuf_addf(&b, " > %s", u->links[u->links[i].uppers.items[k]].name);
                strbuf_add(&b, "\n");
        }
        assert_text_of("net", b.text,
                       "bond0 > br0\nbonding_masters\nbr0 > br0.7\nbr0.7 default > bond0\nenp3s0 > bond0\n"
                       "enp4s0 > ovs-system\novs-system > ovsbr0\novsbr0 default > ovs-system\n");
        assert_string_equal(u->links[usage_find_link(u, "enp3s0")].place, HBA "/net/enp3s0");
        assert_null(u->links[usage_find_link(u, "bonding_masters")].place);
}

static void udev(const char *root, const char *number, const char *text)
{
        char path[64];

        assert_true(snprintf(path, sizeof(path), "run/udev/data/b%s", number) > 0);
        tree_file(root, path, text);
}

/* "KIND FILE:LINE block…", one a line. */
static char *configured_text(const struct usage *u)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_add(&b, "");
        for (size_t i = 0; i < u->n_configured; i++) {
                const struct usage_configured *e = &u->configured[i];

                strbuf_addf(&b, "%u %s:%u", (unsigned) e->kind, e->file, e->line);
                for (size_t k = 0; k < e->blocks.n; k++)
                        strbuf_addf(&b, " %s", u->blocks[e->blocks.items[k]].name);
                strbuf_add(&b, "\n");
        }
        return strbuf_steal(&b);
}

static void configured_disks(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        disk(root, "dm-0", "virtual/block", "253:0\n");
        disk(root, "sda", HBA "/block", "8:0\n");
        disk(root, "sdb", HBA "/block", "8:16\n");
        disk(root, "sdc", HBA "/block", "8:32\n");
        tree_link(root, "dev/disk/by-uuid/aa", "../../sda");
        tree_link(root, "dev/mapper/vg0-root", "../dm-0");
        tree_file(root, "etc/fstab", "UUID=aa /a ext4\n/dev/mapper/vg0-root / ext4\n/dev/vg1/lv /b ext4\n/dev/vg2/lv /c ext4\n"
                                     "UUID=gone /d ext4\nserver:/x /e nfs\n/dev/../../x /f ext4");
        tree_file(root, "etc/crypttab", "c /dev/sdb\n");
        tree_file(root, "etc/mdadm.conf", "ARRAY /dev/md0 UUID=1:2:3:4\n");
        udev(root, "8:32", "E:ID_FS_TYPE=linux_raid_member\nE:ID_FS_UUID=1-2-3-4\n");
        udev(root, "8:16", "E:ID_FS_TYPE=LVM2_member\nE:ID_FS_UUID=PV\n");
        tree_file(root, "etc/lvm/backup/vg1", "id = \"PV\"\n");
        tree_file(root, "etc/lvm/backup/vg2/file", "x");
        u = read_tree(root);
        text = configured_text(u);
        assert_text_of("disks", text,
                       "0 /etc/fstab:1 sda\n0 /etc/fstab:2 dm-0\n0 /etc/fstab:3 sdb\n0 /etc/fstab:4\n0 /etc/fstab:5\n"
                       "0 /etc/fstab:6\n0 /etc/fstab:7\n2 /etc/crypttab:1 sdb\n3 /etc/mdadm.conf:1 sdc\n");
}

/* Which file counts, in which order, and what the interfaces have for MACs. */
static void configured_links(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        link_dir(root, "enp3s0", HBA);
        link_dir(root, "br0", "virtual");
        tree_file(root, "sys/devices/" HBA "/net/enp3s0/address", "52:54:00:00:00:01\n");
        tree_file(root, "sys/devices/virtual/net/br0/address", "52:54:00:00:00:01\n");
        tree_file(root, "etc/network/interfaces", "source interfaces.d/* /etc/network/interfaces\nsource-directory more\n"
                                                  "source /etc/one* /x / //\nauto a b c d e\niface a inet dhcp\n");
        tree_file(root, "etc/network/interfaces.d/b", "iface b inet dhcp\nsource interfaces.d/*\n");
        tree_file(root, "etc/network/interfaces.d/.hidden", "iface x inet dhcp\nauto x\n");
        tree_file(root, "etc/network/more/c", "iface c inet dhcp\n");
        tree_file(root, "etc/one-d", "iface d inet dhcp\n");
        tree_file(root, "etc/netplan/2.yaml", "network:\n ethernets:\n  e2: {}\n");
        tree_file(root, "etc/netplan/1.yaml", "network:\n ethernets:\n  e1: {}\n");
        tree_file(root, "usr/lib/netplan/2.yaml", "network:\n ethernets:\n  e3: {}\n");
        tree_file(root, "etc/NetworkManager/system-connections/old~", "[connection]\ninterface-name=x\n");
        tree_file(root, "run/NetworkManager/system-connections/k", "[connection]\ninterface-name=k\n");
        tree_file(root, "etc/systemd/network/2.network", "[Match]\nMACAddress=52:54:00:00:00:01\n");
        tree_file(root, "usr/lib/systemd/network/2.network.d/x.conf", "[Match]\nName=n\n");
        tree_file(root, "usr/lib/systemd/network/1.network", "[Match]\nName=n\n");
        tree_file(root, "run/systemd/network/1.network.d/x.conf", "[Link]\nUnmanaged=yes\n");
        tree_link(root, "etc/systemd/network/3.network", "/dev/null");
        tree_file(root, "run/systemd/network/3.network", "[Match]\nName=masked\n");
        u = read_tree(root);
        text = configured_text(u);
        assert_text_of("links", text,
                       "4 /etc/network/interfaces:5\n4 /etc/network/interfaces.d/b:1\n4 /etc/network/interfaces:5\n"
                       "4 /etc/network/more/c:1\n4 /etc/one-d:1\n4 /etc/netplan/1.yaml:3\n4 /etc/netplan/2.yaml:3\n"
                       "4 /run/NetworkManager/system-connections/k:2\n8 /usr/lib/systemd/network/1.network:2\n"
                       "4 /etc/systemd/network/2.network:2\n4 /usr/lib/systemd/network/2.network.d/x.conf:2\n");
        assert_int_equal(u->links[usage_find_link(u, "enp3s0")].macs[0][5], 1);
        assert_int_equal(u->links[usage_find_link(u, "br0")].macs[0][5], 0); /* it has a port's */
}

static void managers(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;

        (void) unused;
        link_dir(root, "enp3s0", HBA);
        link_dir(root, "enp4s0", HBA);
        link_dir(root, "br0", "virtual");
        tree_file(root, "sys/devices/" HBA "/net/enp3s0/ifindex", "2\n");
        tree_file(root, "sys/devices/" HBA "/net/enp4s0/ifindex", "3\n");
        tree_file(root, "sys/devices/virtual/net/br0/ifindex", "4\n");
        tree_file(root, "run/systemd/netif/links/2", "ADMIN_STATE=configuring\nCARRIER_STATE=carrier\nNETWORK_FILE=/x\n");
        tree_file(root, "run/systemd/netif/links/4", "ADMIN_STATE=configured\nNETWORK_FILE=/x\n");
        tree_file(root, "run/NetworkManager/devices/3", "[device]\nmanaged=true\nconnection-uuid=1\n");
        u = read_tree(root);
        assert_string_equal(u->links[usage_find_link(u, "enp3s0")].manager, "is being configured by systemd-networkd");
        assert_string_equal(u->links[usage_find_link(u, "enp4s0")].manager, "is configured by NetworkManager");
        assert_null(u->links[usage_find_link(u, "br0")].manager);
}

#define SOCKET "   0: 0F02000A:0016 070200C0:D431 01 0:0 02:0 0 0 0 "

static void ssh(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;

        (void) unused;
        tree_file(root, "proc/7/comm", "sshd-session\n");
        tree_link(root, "proc/7/fd/0", "/dev/null");
        tree_link(root, "proc/7/fd/3", "socket:[100]");
        tree_link(root, "proc/7/fd/4", "socket:[x]");
        tree_link(root, "proc/7/fd/5", "socket:[101");
        tree_file(root, "proc/8/comm", "nc\n");
        tree_link(root, "proc/8/fd/3", "socket:[200]");
        tree_file(root, "proc/9/comm", "sshd"); /* its descriptors are not for us to see */
        tree_file(root, "proc/x/comm", "sshd\n");
        tree_link(root, "proc/x/fd/3", "socket:[300]");
        tree_file(root, "proc/net/tcp", SOCKET "100 1 x\n" SOCKET "200 1 x\n" SOCKET "300 1 x\n" SOCKET "101 1 x\n");
        u = read_tree(root);
        assert_int_equal(u->n_sessions, 1);
        assert_string_equal(u->sessions[0].peer, "192.0.2.7");
}

static int count(void *arg, const char *interface, const uint8_t *address, size_t size)
{
        static const uint8_t localhost[] = { 127, 0, 0, 1 };
        unsigned *found = arg;

        assert_true(*interface && (size == 4 || size == 16));
        *found += size == 4 && memcmp(address, localhost, 4) == 0;
        return 0;
}

/* The doors themselves: closed on a captured tree, and on the running system what it says. */
static void doors(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *tree = open_tree(root), *live = open_tree("/");
        unsigned n = 0;

        (void) unused;
        assert_int_equal(SYS_CALL(tree, block_open, "null"), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(tree, addresses, count, &n), -EOPNOTSUPP);
        assert_int_equal(live->ops->block_open(live->userdata, "no-such!device"), -ENOENT);
        assert_int_equal(live->ops->block_open(live->userdata, "x!..!null"), -EINVAL);
        assert_int_equal(live->ops->addresses(live->userdata, count, &n), 0);
        assert_true(n <= 1);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(blocks), cmocka_unit_test(multipath), cmocka_unit_test(hostile),
                cmocka_unit_test(class_unreadable), cmocka_unit_test(mounts), cmocka_unit_test(net),
                cmocka_unit_test(managers), cmocka_unit_test(ssh), cmocka_unit_test(doors),
                cmocka_unit_test(configured_disks), cmocka_unit_test(configured_links),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
