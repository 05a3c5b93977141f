/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host's configuration will use: its files as text, good and bad, and what follows for a function. */
#include "unit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "unit/facts.h"
#include "usage/usage-configured.h"

#define HBA "pci0000:00/0000:00:17.0"
#define NIC "pci0000:00/0000:05:00.0"

typedef void (*parser)(const char *text, const char *file, struct usage *usage);

struct parse_case {
        const char *text, *expected; /* "KIND:LINE WHAT[ > NAME]", one a line */
};

static char *entries_text(const struct usage *u)
{
        static const char *const kinds[] = { "mount",  "swap", "crypt", "array",    "link",
                                             "bridge", "bond", "vlan",  "unmanaged" };
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_add(&b, "");
        for (size_t i = 0; i < u->n_configured; i++) {
                const struct usage_configured *e = &u->configured[i];

                assert_string_equal(e->file, "/etc/x");
                strbuf_addf(&b, "%s:%u %s%s%s\n", kinds[e->kind], e->line, e->what, e->name ? " > " : "",
                            e->name ? e->name : "");
        }
        return strbuf_steal(&b);
}

static void check(parser parse, const struct parse_case *cases, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                CLEANUP(usage_freep) struct usage *u = usage_new();
                CLEANUP_FREE char *text = NULL;

                assert_non_null(u);
                parse(cases[i].text, "/etc/x", u);
                text = entries_text(u);
                assert_text_of(cases[i].text, text, cases[i].expected);
        }
}

static void fstab(void **unused)
{
        static const struct parse_case cases[] = {
                { "", "" },
                { "# /dev/sda1 / ext4\n\nUUID=aa-bb / ext4 defaults 0 1\n", "mount:3 UUID=aa-bb > /\n" },
                { "\t/dev/sda1\t/srv/a\\040b  ext4\r\nLABEL=a\\040b /c xfs\n",
                  "mount:1 /dev/sda1 > /srv/a b\nmount:2 LABEL=a b > /c\n" },
                { "UUID=\"aa\" none swap sw\n/dev/sda3 none swap noauto 0 0\n", "swap:1 UUID=aa\n" },
                { "/dev/a /a ext4 ro,noauto\n/dev/b /b ext4 noauto,x-systemd.automount\n/dev/c /c ext4 noautos",
                  "mount:2 /dev/b > /b\nmount:3 /dev/c > /c\n" },
                { "/dev/a none ext4\n/dev/b /b\nnonsense\n= = =\n", "" },
                { "/dev/a /a ext4 ,,,noauto,\n/dev/b /\\ x \\0", "mount:2 /dev/b > /\\\n" },
        };

        (void) unused;
        check(usage_parse_fstab, cases, ARRAY_SIZE(cases));
}

static void crypttab(void **unused)
{
        static const struct parse_case cases[] = {
                { "# name device\ncryptdata UUID=aa none luks,discard\nswap /dev/sda3\n",
                  "crypt:2 UUID=aa > cryptdata\ncrypt:3 /dev/sda3 > swap\n" },
                { "a /dev/a none noauto\nb /dev/b - luks,noauto,x\nc\n", "" },
        };

        (void) unused;
        check(usage_parse_crypttab, cases, ARRAY_SIZE(cases));
}

static void mdadm(void **unused)
{
        static const struct parse_case cases[] = {
                { "DEVICE partitions\nARRAY /dev/md/0 metadata=1.2 UUID=1:2:3:4 name=h:0\n",
                  "array:2 1:2:3:4 > /dev/md/0\n" },
                { "arr /dev/md1\n  # more\n  uuid=a:b:c:d\nMAILADDR root\n\tuuid=no\n",
                  "array:3 a:b:c:d > /dev/md1\n" },
                { "ARRAY <ignore> UUID=1:2:3:4\nARRAY name=x UUID=1:2:3:4 # UUID=5\n",
                  "array:2 1:2:3:4 > an array\n" },
                { "AR /dev/md0 UUID=1\nARRAYS /dev/md0 UUID=1\n UUID=2\n", "" },
        };

        (void) unused;
        check(usage_parse_mdadm, cases, ARRAY_SIZE(cases));
}

static void paths(void **unused)
{
        static const struct {
                void (*make)(const char *what, char **ret);
                const char *what, *expected;
        } cases[] = {
                { usage_device_path, "/dev/sda1", "/dev/sda1" },
                { usage_device_path, "UUID=aa-bb", "/dev/disk/by-uuid/aa-bb" },
                { usage_device_path, "LABEL=a b/c\xc3\xa4", "/dev/disk/by-label/a\\x20b\\x2fc\xc3\xa4" },
                { usage_device_path, "PARTUUID=1", "/dev/disk/by-partuuid/1" },
                { usage_device_path, "PARTLABEL=EFI", "/dev/disk/by-partlabel/EFI" },
                { usage_device_path, "server:/x", "" },
                { usage_device_path, "tmpfs", "" },
                { usage_volume_group, "/dev/vg0/root", "vg0" },
                { usage_volume_group, "/dev/mapper/my--vg-a--b", "my-vg" },
                { usage_volume_group, "/dev/mapper/crypt", "" },
                { usage_volume_group, "/dev/mapper/a--b", "" },
                { usage_volume_group, "/dev/mapper/../x-y", "" },
                { usage_volume_group, "/dev/../x", "" },
                { usage_volume_group, "/dev/disk/by-uuid/x", "" },
                { usage_volume_group, "/dev/sda", "" },
                { usage_volume_group, "/dev//x", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *path = NULL;

                cases[i].make(cases[i].what, &path);
                assert_text_of(cases[i].what, path ? path : "", cases[i].expected);
        }
}

static void parse_ifupdown(const char *text, const char *file, struct usage *usage)
{
        CLEANUP_IFUPDOWN struct usage_ifupdown u = { 0 };

        usage_add_ifupdown(&u, text, file);
        usage_finish_ifupdown(&u, usage);
}

static void ifupdown(void **unused)
{
        static const struct parse_case cases[] = {
                { "auto lo\niface lo inet loopback\n\nallow-hotplug enp3s0\niface enp3s0 inet dhcp\n",
                  "link:5 enp3s0\n" },
                { "iface enp3s0 inet static\n  address 192.0.2.1\n", "" },
                { "auto enp3s0\niface enp3s0 inet manual\n", "" },
                { "auto enp3s0\niface enp3s0\n  address 192.0.2.1/24\n", "link:3 enp3s0\n" },
                /* Proxmox: ports without an address of their own. */
                { "auto vmbr0\niface enp3s0 inet manual\niface vmbr0 inet manual\n\tbridge-ports enp3s0 "
                  "enp4s0\n\tbridge-stp off\n",
                  "bridge:4 enp3s0 > vmbr0\nbridge:4 enp4s0 > vmbr0\n" },
                { "iface vmbr0 inet manual\n bridge_ports enp3s0\n", "" },
                /* Below a VLAN on a bond on a bridge: all of it is brought up. */
                { "auto br0\niface br0 inet dhcp\n bridge_ports bond0.7\niface bond0 inet manual\n bond_slaves enp3s0 "
                  "\\\n enp4s0\n",
                  "link:2 br0\nbridge:3 bond0.7 > br0\nvlan:3 bond0 > bond0.7\nbond:5 enp3s0 > bond0\nbond:5 enp4s0 > "
                  "bond0\n" },
                { "auto enp3s0.5 lan bond0\niface enp3s0.5 inet manual\niface lan inet manual\n vlan-raw-device "
                  "enp4s0\n"
                  "iface enp5s0 inet manual\n bond-master bond0\n",
                  "vlan:2 enp3s0 > enp3s0.5\nvlan:4 enp4s0 > lan\nbond:6 enp5s0 > bond0\n" },
                { "auto a.\niface a. inet manual\niface .1 inet dhcp\niface\nauto\nmapping x\n script y\nbridge-ports "
                  "z\n",
                  "" },
                { "#auto a\niface a inet dhcp\nallow-other a\nsource\nauto a\\", "" },
        };
        CLEANUP_IFUPDOWN struct usage_ifupdown u = { 0 };

        (void) unused;
        check(parse_ifupdown, cases, ARRAY_SIZE(cases));
        usage_add_ifupdown(&u, "source a/* /b\nsource-directory c\nsource /b\n", "f");
        assert_int_equal(u.n_sources, 3);
        assert_string_equal(u.sources[1].path, "/b");
        assert_true(!u.sources[1].directory && u.sources[2].directory);
}

static void parse_network(const char *text, const char *file, struct usage *usage)
{
        bool unmanaged = false;

        usage_parse_network(text, file, usage, &unmanaged);
        for (size_t i = 0; i < usage->n_configured && unmanaged; i++)
                usage->configured[i].kind = CONFIGURED_UNMANAGED;
}

static void network(void **unused)
{
        static const struct parse_case cases[] = {
                { "[Match]\nName=enp3s0 en* enp4s0\n[Network]\nDHCP=yes\nName=x\n", "link:2 enp3s0\nlink:2 enp4s0\n" },
                { "; c\n[Match]\nMACAddress = "
                  "52:54:00:00:00:01\nPermanentMACAddress=52:54:00:00:00:02\nPath=pci-0000:05:00.0\n",
                  "link:3 52:54:00:00:00:01\nlink:4 52:54:00:00:00:02\nlink:5 pci-0000:05:00.0\n" },
                { "[Match]\nName=enp3s0\n[Link]\nUnmanaged=yes\n", "unmanaged:2 enp3s0\n" },
                { "[Match]\nName=!enp3s0 enp4s0\nDriver=igb\n", "" },
                { "Name=a\n[Match\nName\n=\n[]\nName=b\n", "" },
        };

        (void) unused;
        check(parse_network, cases, ARRAY_SIZE(cases));
}

static void keyfile(void **unused)
{
        static const struct parse_case cases[] = {
                { "[connection]\nid=a\ninterface-name=enp3s0\n[ethernet]\nmac-address=52:54:00:00:00:01\n",
                  "link:3 enp3s0\nlink:5 52:54:00:00:00:01\n" },
                { "[connection]\ninterface-name=enp3s0\nautoconnect=false\n", "" },
                { "[connection]\ntype=vlan\ninterface-name=lan\n[vlan]\nparent=enp3s0\n",
                  "link:3 lan\nlink:5 enp3s0\n" },
                { "[wifi]\ninterface-name=wlan0\n[connection]\ninterface-name=\n", "" },
        };

        (void) unused;
        check(usage_parse_keyfile, cases, ARRAY_SIZE(cases));
}

static void netplan(void **unused)
{
        static const struct parse_case cases[] = {
                { "network:\n  version: 2\n  ethernets:\n    enp3s0:\n      dhcp4: true\n    \"enp4s0\": {}\n",
                  "link:4 enp3s0\nlink:6 enp4s0\n" },
                { "network:\n  ethernets:\n    lan: # the LAN\n      match:\n        macaddress: "
                  "\"52:54:00:00:00:01\"\n"
                  "      set-name: lan0\n    wan:\n      match: {name: enp4s0, driver: igb}\n    any:\n      match:\n "
                  "       name: 'en*'\n",
                  "link:5 52:54:00:00:00:01\nlink:6 lan0\nlink:8 enp4s0\n" },
                { "---\nnetwork:\n  bridges:\n    br0:\n      interfaces: [enp3s0, \"enp4s0\"]\n      addresses:\n    "
                  "  - 192.0.2.1/24\n"
                  "  bonds:\n    bond0:\n      interfaces:\n      - enp5s0\n      - enp6s0 # x\n      parameters: "
                  "{mode: 802.3ad}\n"
                  "  vlans:\n    v7:\n      id: 7\n      link: enp7s0\n",
                  "bridge:5 enp3s0 > br0\nbridge:5 enp4s0 > br0\nbond:11 enp5s0 > bond0\nbond:12 enp6s0 > bond0\n"
                  "vlan:17 enp7s0 > v7\n" },
                { "network: {ethernets: {enp3s0: {match: {macaddress: 52:54:00:00:00:01}}, enp4s0: {dhcp4: yes}}}",
                  "link:1 52:54:00:00:00:01\nlink:1 enp4s0\n" },
                { "ethernets:\n  enp3s0:\n    dhcp4: true\nother:\n  ethernets:\n    enp4s0: {}\n", "" },
                { "network:\n ethernets:\n\tenp3s0:\n#\n: :\n- - -\n  '\n  \"x\n[[[[[[[[[[[[[[\n{{{{{{{{{{{{\n{a: {a: "
                  "{a: {a: {a: {a: {a: {a: {a: [\n",
                  "" },
        };

        (void) unused;
        check(usage_parse_netplan, cases, ARRAY_SIZE(cases));
}

/* ---- what follows ---- */

static struct usage *host(void)
{
        struct usage *u = usage_new();

        assert_non_null(u);
        facts_block(u, "md0", "", 9);
        facts_block(u, "sda", HBA "/block/sda", 0);
        facts_block(u, "sda1", HBA "/block/sda/sda1", 1);
        facts_block(u, "sda2", HBA "/block/sda/sda2", 2);
        facts_block(u, "sdb", "pci0000:00/0000:00:18.0/block/sdb", 16);
        facts_net(u, "enp5s0", NIC "/net/enp5s0")->macs[0][5] = 1;
        facts_net(u, "vmbr0", "");
        return u;
}

static size_t add(struct usage *u, enum usage_configured_kind kind, const char *what, const char *name,
                  const char *block)
{
        const struct usage_configured e = {
                .kind = kind, .what = (char *) what, .name = (char *) name, .file = (char *) "/etc/x", .line = 7
        };

        usage_add_configured(u, &e);
        if (block)
                usage_add_upper(&u->configured[u->n_configured - 1].blocks, usage_find_block(u, block));
        return u->n_configured - 1;
}

static void found(struct usage *u, const char *block, const char *type, const char *uuid)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_addf(&b, "S:disk/by-id/x\nE:ID_FS_UUID=%s\nE:MD_UUID=other\nE:ID_FS_TYPE=%s\n", uuid, type);
        usage_parse_udev(b.text, &u->blocks[usage_find_block(u, block)]);
}

static void assert_reason(const struct usage *u, const char *path, const char *expected)
{
        static const struct usage_words words = { "it", "lead: " };
        const struct pci_function f = { .path = (char *) path };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        bool is = usage_block_reason(u, &f, &words, &text) || usage_net_reason(u, &f, &words, &text);

        assert_int_equal(is, *expected != '\0');
        assert_text_of(path, text.text ? text.text : "", expected);
}

/* What is in use says more than the entry for it. */
static void assert_in_use(const struct usage *u, const char *path)
{
        static const struct usage_words words = { "it", "" };
        const struct pci_function f = { .path = (char *) path };
        CLEANUP_STRBUF struct strbuf text = { 0 };

        assert_true(usage_block_reason(u, &f, &words, &text));
        assert_null(strstr(text.text, "/etc/x"));
}

static void disks(void **unused)
{
        CLEANUP(usage_freep) struct usage *u = host();

        (void) unused;
        add(u, CONFIGURED_MOUNT, "UUID=1", "/srv", "sda1");
        add(u, CONFIGURED_SWAP, "UUID=2", NULL, "sda2");
        add(u, CONFIGURED_CRYPT, "UUID=3", "data", "sdb");
        assert_reason(
                u, HBA,
                "lead: sda1 on it is to be mounted at /srv (/etc/x:7), sda2 on it is configured as swap (/etc/x:7)");
        assert_reason(u, "pci0000:00/0000:00:18.0", "lead: sdb on it is opened as data (/etc/x:7)");
        assert_reason(u, "pci0000:00/0000:00:19.0", "");
        facts_mounts(u, "20 1 8:1 / /srv rw - ext4 /dev/sda1 rw\n");
        assert_in_use(u, HBA);
}

/* Members go by what udev found on them; a guest's own are in no file of the host's. */
static void members(void **unused)
{
        CLEANUP(usage_freep) struct usage *u = host();
        size_t lv;

        (void) unused;
        add(u, CONFIGURED_ARRAY, "00000001:00000002:00000003:0000000A", "/dev/md0", NULL);
        lv = add(u, CONFIGURED_MOUNT, "/dev/vg0/srv", "/srv", NULL);
        found(u, "sda1", "linux_raid_member", "00000001-0000-0002-0000-00030000000a");
        found(u, "sda2", "linux_raid_member", "00000001-0000-0002-0000-00030000000b");
        found(u, "sdb", "LVM2_member", "kQnH3o-x");
        usage_match_members(u);
        assert_reason(u, HBA, "lead: sda1 on it is configured as a member of /dev/md0 (/etc/x:7)");
        usage_match_group(u, lv, "vg0", "vg0 {\n physical_volumes {\n pv0 {\n id = \"kQnH3o-y\"\n");
        assert_reason(u, "pci0000:00/0000:00:18.0", "");
        usage_match_group(u, lv, "vg0", "vg0 {\n physical_volumes {\n pv0 {\n id = \"kQnH3o-x\"\n");
        assert_reason(
                u, "pci0000:00/0000:00:18.0",
                "lead: sdb on it is a physical volume of vg0, and /dev/vg0/srv is to be mounted at /srv (/etc/x:7)");
        facts_made_of(u, "md0", "sda1");
        assert_in_use(u, HBA);
}

/* fstab names one device of it. */
static void btrfs(void **unused)
{
        CLEANUP(usage_freep) struct usage *u = host();

        (void) unused;
        add(u, CONFIGURED_MOUNT, "UUID=1", "/srv", "sdb");
        found(u, "sda1", "btrfs", "1");
        found(u, "sda2", "btrfs", "2");
        found(u, "sdb", "btrfs", "1");
        usage_match_members(u);
        assert_reason(u, HBA, "lead: sda1 on it is to be mounted at /srv (/etc/x:7)");
}

static void nics(void **unused)
{
        static const struct {
                enum usage_configured_kind kind;
                const char *what, *name, *expected;
        } cases[] = {
                { CONFIGURED_LINK, "enp5s0", NULL, "lead: enp5s0 is configured by /etc/x:7" },
                { CONFIGURED_BRIDGE, "enp5s0", "vmbr0", "lead: enp5s0 is a port of bridge vmbr0 (/etc/x:7)" },
                { CONFIGURED_BOND, "enp5s0", "bond0", "lead: enp5s0 is a port of bond bond0 (/etc/x:7)" },
                { CONFIGURED_VLAN, "enp5s0", "enp5s0.7", "lead: enp5s0 carries VLAN enp5s0.7 (/etc/x:7)" },
                { CONFIGURED_LINK, "00:00:00:00:00:01", NULL, "lead: enp5s0 is configured by /etc/x:7" },
                { CONFIGURED_LINK, "pci-0000:05:00.0", NULL, "lead: enp5s0 is configured by /etc/x:7" },
                { CONFIGURED_LINK, "00:00:00:00:00:00", NULL, "" },
                { CONFIGURED_LINK, "pci-0000:05:00.1", NULL, "" },
                { CONFIGURED_LINK, "pci-", NULL, "" },
                { CONFIGURED_LINK, "enp5s", NULL, "" },
                { CONFIGURED_LINK, "vmbr0", NULL, "" },
                { CONFIGURED_SWAP, "enp5s0", NULL, "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(usage_freep) struct usage *u = host(), *unmanaged = host();

                add(u, cases[i].kind, cases[i].what, cases[i].name, NULL);
                assert_reason(u, NIC, cases[i].expected);
                add(unmanaged, CONFIGURED_UNMANAGED, "enp5s0", NULL, NULL);
                add(unmanaged, cases[i].kind, cases[i].what, cases[i].name, NULL);
                assert_reason(unmanaged, NIC, "");
        }
}

static void managers(void **unused)
{
        static const struct {
                void (*parse)(const char *text, const char **ret);
                const char *text, *expected;
        } cases[] = {
                { usage_parse_networkd_link, "# x\nADMIN_STATE=pending\nNETWORK_FILE=/x\n", "is being configured by systemd-networkd" },
                { usage_parse_networkd_link, "ADMIN_STATE=configured\nOPER_STATE=routable\nNETWORK_FILE=/x\n",
                  "is configured by systemd-networkd" },
                { usage_parse_networkd_link, "ADMIN_STATE=configuring\nOPER_STATE=no-carrier\nNETWORK_FILE=/x\n", "" },
                { usage_parse_networkd_link, "ADMIN_STATE=configuring\nCARRIER_STATE=off\nNETWORK_FILE=/x\n", "" },
                { usage_parse_networkd_link, "ADMIN_STATE=unmanaged\nNETWORK_FILE=/x\n", "" },
                { usage_parse_networkd_link, "ADMIN_STATE=pending\n", "" },
                { usage_parse_nm_device, "[device]\nmanaged=true\nconnection-uuid=1\n", "is configured by NetworkManager" },
                { usage_parse_nm_device, "[device]\nmanaged=true\n", "" },
                { usage_parse_nm_device, "[device]\nmanaged=false\nconnection-uuid=1\n", "" },
                { usage_parse_nm_device, "managed=true\nconnection-uuid=1\n[", "" },
        };
        CLEANUP(usage_freep) struct usage *u = host();

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *manager = NULL;

                cases[i].parse(cases[i].text, &manager);
                assert_text_of(cases[i].text, manager ? manager : "", cases[i].expected);
        }
        assert_reason(u, NIC, "");
        u->links[usage_find_link(u, "enp5s0")].manager = "is configured by NetworkManager";
        assert_reason(u, NIC, "lead: enp5s0 is configured by NetworkManager");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(managers), cmocka_unit_test(fstab),   cmocka_unit_test(crypttab), cmocka_unit_test(mdadm),
                cmocka_unit_test(paths),   cmocka_unit_test(ifupdown), cmocka_unit_test(network),
                cmocka_unit_test(keyfile), cmocka_unit_test(netplan),  cmocka_unit_test(disks),
                cmocka_unit_test(members), cmocka_unit_test(btrfs),    cmocka_unit_test(nics),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
