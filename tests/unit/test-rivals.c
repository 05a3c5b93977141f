/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other programs' files about devices: what is read of them, what is noted, and which file of a name counts. */
#include "unit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/uuid.h"
#include "import/foreign-config.h"
#include "import/foreign-read.h"
#include "unit/facts.h"
#include "unit/machine.h"
#include "unit/tree.h"

static void add_rival(struct strbuf *b, const struct rival *rival)
{
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];

        strbuf_addf(b, "%s:%u %s%s", rival->file, rival->line, rival_kind_name(rival->kind),
                    rival->in_force ? "" : " (not in force)");
        if (rival->has_address)
                strbuf_addf(b, " %s", pci_address_format(&rival->address, address));
        if (rival->interface)
                strbuf_addf(b, " %s", rival->interface);
        if (rival->driver)
                strbuf_addf(b, " > %s", rival->driver);
        if (rival->id_text)
                strbuf_addf(b, " [%s] %x %x %x %x %x/%x", rival->id_text, rival->id.vendor, rival->id.device,
                            rival->id.subvendor, rival->id.subdevice, rival->class, rival->class_mask);
        if (rival->attribute)
                strbuf_addf(b, " %s = %u", rival->attribute, rival->value);
        if (rival->parent)
                strbuf_addf(b, " %s %s %s", uuid_format(rival->uuid, uuid), rival->parent, rival->type);
        for (size_t i = 0; i < rival->n_attrs; i++)
                strbuf_addf(b, " %s=%s", rival->attrs[i].name, rival->attrs[i].value);
        strbuf_add(b, "\n");
}

/* The entries and the notes, one a line. */
static char *text_of(const struct rivals *r)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *notes = diags_text(&r->notes);

        for (size_t i = 0; i < r->n; i++)
                add_rival(&b, &r->items[i]);
        strbuf_add(&b, notes);
        return strbuf_steal(&b);
}

struct file_case {
        const char *file, *text, *expected;
        size_t len; /* 0: to its NUL */
};

static void assert_files(void (*add)(struct rivals *, const char *, char *, size_t), const struct file_case *cases,
                         size_t n)
{
        for (size_t i = 0; i < n; i++) {
                CLEANUP_RIVALS struct rivals r = { 0 };
                size_t len = cases[i].len > 0 ? cases[i].len : strlen(cases[i].text);
                CLEANUP_FREE char *text = malloc(len + 1), *found = NULL;

                assert_non_null(text);
                memcpy(text, cases[i].text, len);
                text[len] = '\0';
                add(&r, cases[i].file, text, len);
                found = text_of(&r);
                assert_text_of(cases[i].text, found, cases[i].expected);
        }
}

static void driverctl(void **unused)
{
        static const struct file_case cases[] = {
                { "/d/pci-0000:01:00.0", "vfio-pci\n", "/d/pci-0000:01:00.0:0 driverctl 0000:01:00.0 > vfio-pci\n",
                  0 },
                { "/d/pci-10000:e1:00.0", " none", "/d/pci-10000:e1:00.0:0 driverctl 10000:e1:00.0 > none\n", 0 },
                { "/d/0000:01:00.0", "vfio-pci\n", "/d/0000:01:00.0:0 driverctl 0000:01:00.0 > vfio-pci\n", 0 },
                { "/d/pci-0000:01:00.0", "\n", "/d/pci-0000:01:00.0:0: is empty: driverctl does nothing for it\n", 0 },
                { "/d/pci-0000:01:00.0", "a\nb\n", "/d/pci-0000:01:00.0:0: expected the name of one driver\n", 0 },
                { "/d/pci-0000:01:00.0", "../x", "/d/pci-0000:01:00.0:0: expected the name of one driver\n", 0 },
                { "/d/pci-0000:01:00.0", "v\0i",
                  "/d/pci-0000:01:00.0:0: contains a NUL byte, so it is not a text file\n", 3 },
                { "/d/pci-0000:01", "vfio-pci", "/d/pci-0000:01:0: 0000:01 is not a PCI address\n", 0 },
                { "/d/vmbus-x", "uio_hv_generic", "/d/vmbus-x:0: is for no PCI device\n", 0 },
        };

        (void) unused;
        assert_files(rivals_add_driverctl, cases, ARRAY_SIZE(cases));
}

#define UUID "83c32df7-d52e-4ec1-9668-1f3c7e4df107"

static void mdevctl(void **unused)
{
        static const char file[] = "/m/0000:00:02.0/" UUID, no_uuid[] = "/m/p/x";
        static const struct file_case cases[] = {
                { file, "{\"mdev_type\": \"i915-GVTg_V4_8\", \"start\": \"auto\"}",
                  "/m/0000:00:02.0/" UUID ":0 mdevctl " UUID " 0000:00:02.0 i915-GVTg_V4_8\n", 0 },
                { "/m/matrix/" UUID,
                  "{\n\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\", \"attrs\": [{\"assign_adapter\": "
                  "\"5\"},"
                  " {\"assign_domain\": \"0xab\"}, {\"assign_adapter\": \"6\"}]}\n",
                  "/m/matrix/" UUID ":0 mdevctl (not in force) " UUID " matrix vfio_ap-passthrough assign_adapter=5"
                  " assign_domain=0xab assign_adapter=6\n",
                  0 },
                { file, "{\"mdev_type\": \"t\", \"start\": \"auto\", \"attrs\": []}",
                  "/m/0000:00:02.0/" UUID ":0 mdevctl " UUID " 0000:00:02.0 t\n", 0 },
                { file, "{\"start\": \"auto\"}", "/m/0000:00:02.0/" UUID ":0: has no mdev_type\n", 0 },
                { file, "[1]", "/m/0000:00:02.0/" UUID ":0: has no mdev_type\n", 0 },
                { file, "{\"mdev_type\": \"t\"}",
                  "/m/0000:00:02.0/" UUID ":0: start: expected \"auto\" or \"manual\"\n", 0 },
                { file, "{\"mdev_type\": \"t\", \"start\": \"auto\", \"attrs\": {\"a\": \"1\"}}",
                  "/m/0000:00:02.0/" UUID ":0: attrs: expected a list of {\"NAME\": \"VALUE\"}\n", 0 },
                { file, "{\"mdev_type\": \"t\", \"start\": \"auto\", \"attrs\": [{\"a\": 1}]}",
                  "/m/0000:00:02.0/" UUID ":0: attrs: expected a list of {\"NAME\": \"VALUE\"}\n", 0 },
                { file, "{\"mdev_type\": \"t\", \"start\": \"auto\", \"attrs\": [{\"a\": \"1\", \"b\": \"2\"}]}",
                  "/m/0000:00:02.0/" UUID ":0: attrs: expected a list of {\"NAME\": \"VALUE\"}\n", 0 },
                { file, "{\n\"mdev_type\": }", "/m/0000:00:02.0/" UUID ":2: no JSON: unexpected token near '}'\n", 0 },
                { no_uuid, "{}", "/m/p/x:0: its name is not a UUID\n", 0 },
        };

        (void) unused;
        assert_files(rivals_add_mdevctl, cases, ARRAY_SIZE(cases));
}

static void modprobe(void **unused)
{
        static const struct file_case cases[] = {
                { "f", "options vfio-pci ids=10de:2484,10DE:228b\n",
                  "f:1 vfio-ids [10de:2484] 10de 2484 ffffffff ffffffff 0/0\n"
                  "f:1 vfio-ids [10DE:228b] 10de 228b ffffffff ffffffff 0/0\n",
                  0 },
                { "f", "# options vfio-pci ids=1:2\n\n \toptions\tvfio_pci  disable_vga=1 ids=\"1:2\" x",
                  "f:3 vfio-ids [1:2] 1 2 ffffffff ffffffff 0/0\n", 0 },
                { "f", "options vfio-pci \"ids=1:2\"\n", "f:1 vfio-ids [1:2] 1 2 ffffffff ffffffff 0/0\n", 0 },
                { "f", "a\\\nb\noptions vfio-pci \\\n  ids=\\\n1:2\noptions vfio-pci ids=3:4",
                  "f:3 vfio-ids (not in force) [1:2] 1 2 ffffffff ffffffff 0/0\n"
                  "f:6 vfio-ids [3:4] 3 4 ffffffff ffffffff 0/0\n",
                  0 },
                { "f", "# a comment goes on \\\noptions vfio-pci ids=1:2\n", "", 0 },
                { "f", "options vfio-pci ids=0x1:0x2:3:4:030000:ffff00,8086:ffffffff,,\n",
                  "f:1 vfio-ids [0x1:0x2:3:4:030000:ffff00] 1 2 3 4 30000/ffff00\n"
                  "f:1 vfio-ids [8086:ffffffff] 8086 ffffffff ffffffff ffffffff 0/0\n",
                  0 },
                { "f", "options vfio-pci ids=10de,10de:xyz,1:2:3:4:5:6:7,10000:1,5:6\n",
                  "f:1 vfio-ids [5:6] 5 6 ffffffff ffffffff 0/0\nf:1: ids: 10de is not an ID; expected vendor:device "
                  "in hex\nf:1: ids: 10de:xyz is not an ID; expected vendor:device in hex\nf:1: ids: 1:2:3:4:5:6:7 is "
                  "not an ID; expected vendor:device in hex\nf:1: ids: 10000:1 is not an ID; expected vendor:device "
                  "in hex\n",
                  0 },
                { "f",
                  "options vfio-pci ids\noptions vfio-pci\noptions vfio-pci ids=\noptions\noptions vfio ids=1:2\n"
                  "softdep nvidia pre: vfio-pci\nblacklist nouveau\noptions vfio-pci xids=1:2",
                  "", 0 },
                { "f", "options vfio-pci ids=1:2\n\0", "f:0: contains a NUL byte, so it is not a text file\n", 26 },
        };

        (void) unused;
        assert_files(rivals_add_modprobe, cases, ARRAY_SIZE(cases));
}

static void modules(void **unused)
{
        static const struct file_case early[] = {
                { INITRAMFS_MODULES, "# vfio_pci ids=1:2\nvfio\n vfio-pci\tids=1:2,3:4 x=1\nvfio_pci\nvfio ids=5:6\n",
                  INITRAMFS_MODULES ":3 vfio-ids [1:2] 1 2 ffffffff ffffffff 0/0\n" INITRAMFS_MODULES
                                    ":3 vfio-ids [3:4] 3 4 ffffffff ffffffff 0/0\n",
                  0 },
        };
        static const struct file_case late[] = {
                { "m", "vfio_pci\nvfio-pci ids=1:2",
                  "m:2: vfio-pci ids= has no effect here: systemd loads modules by their names alone; remove the "
                  "line\n",
                  0 },
        };

        (void) unused;
        assert_files(rivals_add_modules, early, ARRAY_SIZE(early));
        assert_files(rivals_add_modules, late, ARRAY_SIZE(late));
}

static void add_running(struct rivals *r, const char *file, char *text, size_t len)
{
        rivals_add_cmdline(r, file, text, len, true);
}

static void cmdline(void **unused)
{
        static const struct file_case cases[] = {
                { "c", "root=/dev/sda1 vfio-pci.ids=1:2 vfio_pci.ids=\"3:4\" -- vfio-pci.ids=5:6\n",
                  "c:0 vfio-ids (not in force) [1:2] 1 2 ffffffff ffffffff 0/0\n"
                  "c:0 vfio-ids [3:4] 3 4 ffffffff ffffffff 0/0\n",
                  0 },
                { "c", "dyndbg=\"a vfio-pci.ids=1:2\" vfio.ids=1:2 vfio-pci.ids ids=1:2 vfio-pci.x=1:2", "", 0 },
                { "c", "", "", 0 },
        };

        (void) unused;
        assert_files(add_running, cases, ARRAY_SIZE(cases));
}

/* "LINE WHAT INTERFACE|MODULE ADDRESSES", one for each, and the scripts. */
static char *lines_text(const struct rivals *r, bool with_file)
{
        static const char *const whats[FOREIGN_WHAT_MAX] = {
                [FOREIGN_VFS] = "vfs",         [FOREIGN_OVERRIDE] = "override",   [FOREIGN_BIND] = "bind",
                [FOREIGN_MDEV] = "mdev",       [FOREIGN_LOAD] = "load",           [FOREIGN_SOFTDEP] = "softdep",
                [FOREIGN_INSTALL] = "install", [FOREIGN_BLACKLIST] = "blacklist", [FOREIGN_VFS_MAX] = "max",
        };
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_add(&b, "");
        for (size_t i = 0; i < r->n_lines; i++) {
                const struct foreign_line *l = &r->lines[i];

                strbuf_addf(&b, "%s%s%u %s%s%s%s%s%s%s\n", with_file ? l->file : "", with_file ? ":" : "", l->line,
                            whats[l->what], l->interface ? " " : "", l->interface ? l->interface : "",
                            l->module ? " " : "", l->module ? l->module : "", l->addresses ? " @" : "",
                            l->addresses ? l->addresses : "");
        }
        for (size_t i = 0; i < r->n_params; i++)
                strbuf_addf(&b, "%u %s.%s=%s\n", r->params[i].line, r->params[i].module, r->params[i].name,
                            r->params[i].value);
        for (size_t i = 0; i < r->n_scripts && !with_file; i++)
                strbuf_addf(&b, "runs %s\n", r->scripts[i]);
        return strbuf_steal(&b);
}

static void lines(void **unused)
{
        static const struct {
                void (*add)(struct rivals *r, const char *file, char *text, size_t len);
                const char *text, *expected;
        } cases[] = {
                { rivals_add_link, "[Match]\nOriginalName=eth0\n\n[Link]\nMTUBytes=9000\n", "" },
                { rivals_add_link, "[Link]\n# SR-IOVVirtualFunctions=3\nSR-IOVVirtualFunctions = 3\n", "3 vfs\n" },
                { rivals_add_link,
                  "[Match]\nOriginalName=eth0 eth1\n[SR-IOV]\nVirtualFunction=0\n[SR-IOV]\nVirtualFunction=1\n",
                  "3 vfs\n" },
                { rivals_add_link, "[Match]\nName=eth0\n[SR-IOV]\nVirtualFunction=0\n", "3 vfs eth0\n" },
                { rivals_add_link, "[Network]\nSR-IOVVirtualFunctions=3\n", "" },
                { rivals_add_keyfile, "[connection]\ninterface-name=eth0\n\n[sriov]\ntotal-vfs=4\n", "5 vfs eth0\n" },
                { rivals_add_keyfile, "[sriov]\ntotal-vfs=4\n[ethernet]\n", "2 vfs\n" },
                { rivals_add_keyfile, "[ethernet]\ntotal-vfs=4\n", "" },
                { rivals_add_netplan, "network:\n  ethernets:\n    e:\n      virtual-function-count: 8\n", "4 vfs\n" },
                { rivals_add_netplan, "network:\n  # virtual-function-count: 8\n  version: 2\n", "" },
                { rivals_add_net_config, "- type: sriov_pf\n  name: e\n  numvfs: 4\n", "3 vfs\n" },
                { rivals_add_script, "ACTION==\"add\", ATTR{device/sriov_numvfs}=\"8\"\n", "1 vfs\n" },
                { rivals_add_script, "ATTR{device/sriov_numvfs}==\"0\", GOTO=\"end\"\n# sriov_numvfs\n", "" },
                { rivals_add_script, "#!/bin/sh\r\n\techo 8 > /sys/class/net/e/device/sriov_numvfs", "2 vfs e\n" },
                { rivals_add_script, "KERNEL==\"0000:01:00.0\", ATTR{driver_override}=\"vfio-pci\"",
                  "1 override @0000:01:00.0\n" },
                { rivals_add_script,
                  "D=0000:01:00.0\nE=0000:02:00.0\necho x >/sys/bus/pci/devices/$D/driver_override\n",
                  "3 override @0000:01:00.0 0000:02:00.0\n" },
                { rivals_add_script, "w /sys/devices/pci0000:00/0000:00:02.0/sriov_numvfs - - - - 7",
                  "1 vfs @0000:00:02.0\n" },
                { rivals_add_script, "[Service]\nExecStart=/bin/sh -c '/root/a.sh >/dev/null; \"/opt/b c\"'",
                  "runs /bin/sh\nruns /root/a.sh\nruns /opt/b\n" },
                { rivals_add_script, "ExecStart=-/usr/local/bin/bind_vfio.sh\nWants=a/bindings",
                  "runs /usr/local/bin/bind_vfio.sh\n" },
                { rivals_add_script, "echo u >/sys/bus/mdev/mdev_supported_types/t/create\nmdevctl start -u x\n",
                  "1 mdev\n2 mdev\n" },
                { rivals_add_script, "ATTR{driver_override}==\"\", ATTR{driver_override}=\"vfio-pci\"",
                  "1 override\n" },
                { rivals_add_script, "", "" },
                { rivals_add_script, "cat a/bind\nPROGRAM=\"mdevctl start-parent-mdevs %k\"\ncp drivers/bind/x y\n",
                  "" },
                { rivals_add_script, "echo $D >$D/driver/unbind\n", "1 bind\n" },
                { rivals_add_initramfs, "add_drivers+=\" vfio vfio_pci \"\nMODULES=(vfio-pci ext4)\nX=vfio_pci\n",
                  "1 load vfio_pci\n2 load vfio_pci\n" },
                { rivals_add_modprobe,
                  "options igb max_vfs=7\nsoftdep nouveau pre: vfio-pci post: x\nsoftdep a post: vfio-pci\n"
                  "blacklist radeon\nblacklist pcspkr\ninstall vfio-pci /sbin/a.sh; true\n"
                  "options vfio-pci ids=1:2 disable_vga=1\noptions kvm ignore_msrs\noptions x y=1\n",
                  "1 vfs igb\n2 softdep nouveau\n4 blacklist radeon\n6 install vfio_pci\n7 vfio_pci.disable_vga=1\n"
                  "8 kvm.ignore_msrs=1\nruns /sbin/a.sh\n" },
                { rivals_add_modules, "# x\nvfio-pci\nkvmgt\n", "2 load vfio_pci\n" },
                { add_running, "ixgbe.max_vfs=8 rd.driver.pre=vfio-pci vfio_pci.disable_vga=1",
                  "0 vfs ixgbe\n0 load vfio_pci\n0 vfio_pci.disable_vga=1\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_RIVALS struct rivals r = { 0 };
                CLEANUP_FREE char *text = xstrdup(cases[i].text), *found = NULL;

                cases[i].add(&r, "/f", text, strlen(text));
                found = lines_text(&r, false);
                assert_text_of(cases[i].text, found, cases[i].expected);
        }
}

static void grub(void **unused)
{
        static const struct file_case cases[] = {
                { "/g",
                  "# GRUB_CMDLINE_LINUX=\"vfio-pci.ids=5:6\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet vfio-pci.ids=1:2\"\n",
                  "/g:2 vfio-ids (not in force) [1:2] 1 2 ffffffff ffffffff 0/0\n", 0 },
                { "/g", "GRUB_CMDLINE_LINUX='pci-stub.ids=1:2'\nGRUB_TIMEOUT=5\n",
                  "/g:1 vfio-ids (not in force) > pci-stub [1:2] 1 2 ffffffff ffffffff 0/0\n", 0 },
        };

        (void) unused;
        assert_files(rivals_add_grub, cases, ARRAY_SIZE(cases));
}

/* Whose file counts of those of one name, which files are looked at, and the scripts that they run. */
static void places(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_RIVALS struct rivals r = { 0 };
        CLEANUP_FREE char *found = NULL;

        (void) unused;
        tree_file(root, "usr/lib/systemd/network/10-a.link", "[Link]\nSR-IOVVirtualFunctions=1\n");
        tree_file(root, "etc/systemd/network/10-a.link", "[Link]\n\nSR-IOVVirtualFunctions=2\n");
        tree_file(root, "usr/lib/systemd/network/20-b.link", "[Link]\nSR-IOVVirtualFunctions=1\n");
        tree_link(root, "run/systemd/network/20-b.link", "/dev/null");
        tree_file(root, "usr/lib/systemd/network/30-c.link", "[SR-IOV]\n");
        tree_file(root, "etc/systemd/network/40-d.network", "[SR-IOV]\n");
        tree_file(root, "etc/NetworkManager/system-connections/lan.nmconnection", "[sriov]\ntotal-vfs=3\n");
        tree_file(root, "etc/netplan/01.yaml", "x:\n  virtual-function-count: 8\n");
        tree_file(root, "etc/udev/rules.d/70-x.rules", "ATTR{device/sriov_numvfs}=\"8\"\n");
        tree_file(root, "etc/rc.local", "echo 8 >/sys/x/sriov_numvfs\n");
        tree_file(root, "etc/network/interfaces", "\tpost-up echo 8 >/sys/x/sriov_numvfs\n");
        tree_file(root, "etc/systemd/network/10-a.link.d/x.conf", "[SR-IOV]\n");
        tree_file(root, "etc/systemd/system/vf.service", "[Service]\nExecStart=/usr/local/bin/vf.sh\n");
        tree_file(root, "etc/systemd/system/y.service.d/o.conf", "ExecStartPost=/opt/first\n");
        tree_file(root, "opt/first", "exec /opt/second\n");
        tree_file(root, "opt/second", "echo x >/sys/bus/pci/drivers/vfio-pci/new_id\n");
        tree_file(root, "usr/local/bin/vf.sh", "#!/bin/sh\necho 7 >/sys/x/sriov_numvfs\n");
        tree_file(root, "etc/tmpfiles.d/v.conf", "w /sys/x/sriov_numvfs - - - - 7\n");
        tree_file(root, "var/spool/cron/crontabs/root", "@reboot echo 7 >/sys/x/sriov_numvfs\n");
        tree_file(root, "etc/initramfs-tools/scripts/init-top/b", "echo x >/sys/x/driver_override\n");
        tree_file(root, "etc/networkd-dispatcher/routable.d/v", "echo 7 >/sys/x/sriov_numvfs\n");
        tree_file(root, "etc/os-net-config/config.yaml", "numvfs: 3\n");
        tree_file(root, "etc/modules", "vfio_pci\n");
        tree_file(root, "etc/modprobe.d/fb.conf", "blacklist nvidiafb\n");
        tree_file(root, "etc/modprobe.d/own.conf", "blacklist nvidiafb\n");
        tree_file(root, "var/lib/dpkg/status",
                  "Package: kmod\nConffiles:\n /etc/modprobe.d/fb.conf 0f00\n /etc/modules 00\nVersion: 1\n");
        tree_link(root, "etc/modules-load.d/modules.conf", "../modules");
        assert_int_equal(sys_open(root, &sys), 0);
        rivals_read(sys, &r);
        found = lines_text(&r, true);
        assert_string_equal(found,
                            "/etc/modprobe.d/own.conf:1 blacklist nvidiafb\n/etc/modules:1 load vfio_pci\n"
                            "/etc/systemd/network/10-a.link:3 vfs\n"
                            "/usr/lib/systemd/network/30-c.link:1 vfs\n"
                            "/etc/systemd/network/10-a.link.d/x.conf:1 vfs\n"
                            "/etc/systemd/network/40-d.network:1 vfs\n"
                            "/etc/NetworkManager/system-connections/lan.nmconnection:2 vfs\n"
                            "/etc/netplan/01.yaml:2 vfs\n/etc/os-net-config/config.yaml:1 vfs\n"
                            "/etc/udev/rules.d/70-x.rules:1 vfs\n/etc/tmpfiles.d/v.conf:1 vfs\n/etc/rc.local:1 vfs\n"
                            "/etc/network/interfaces:1 vfs\n/etc/networkd-dispatcher/routable.d/v:1 vfs\n"
                            "/var/spool/cron/crontabs/root:1 vfs\n/etc/initramfs-tools/scripts/init-top/b:1 override\n"
                            "/usr/local/bin/vf.sh:2 vfs\n/opt/second:1 bind\n");
}

static void sysfs(void **unused)
{
        static const struct file_case cases[] = {
                { "s", "# VFs\nclass/net/eno1/device/sriov_numvfs = 8\n", "s:2 sysfs eno1 sriov_numvfs = 8\n", 0 },
                { "s", "\tbus/pci/devices/0000:5e:00.0/sriov_numvfs=4 # four\r\n",
                  "s:1 sysfs 0000:5e:00.0 sriov_numvfs = 4\n", 0 },
                { "s", "/devices/pci0000:00/0000:00:01.0/0000:5e:00.0/sriov_drivers_autoprobe = 0",
                  "s:1 sysfs 0000:5e:00.0 sriov_drivers_autoprobe = 0\n", 0 },
                { "s", "class/net/eno1/device/sriov_numvfs 8", "s:1 sysfs eno1 sriov_numvfs = 8\n", 0 },
                { "s",
                  "mode power/state = 0660\nowner power/state = root:power\n"
                  "mode class/net/eno1/device/sriov_numvfs = 0600\nkernel/mm/ksm/run = 1\n",
                  "", 0 },
                { "s", "class/net/eno*/device/sriov_numvfs = 8",
                  "s:1: class/net/eno*/device/sriov_numvfs: a pattern, which may mean several devices\n", 0 },
                { "s", "class/net/eno1/device/sriov_numvfs = many",
                  "s:1: class/net/eno1/device/sriov_numvfs = many: no number\n", 0 },
                { "s", "class/net/eno1/sriov_numvfs = 1\ndevices/x/sriov_numvfs = 1",
                  "s:1: class/net/eno1/sriov_numvfs: no PCI device can be told from it\n"
                  "s:2: devices/x/sriov_numvfs: no PCI device can be told from it\n",
                  0 },
                { "s", "sriov_numvfs\na = 1 2\n",
                  "s:1: no line of sysfs.conf(5): sysfsutils stops here\n"
                  "s:2: no line of sysfs.conf(5): sysfsutils stops here\n",
                  0 },
        };

        (void) unused;
        assert_files(rivals_add_sysfs, cases, ARRAY_SIZE(cases));
}

static void matching(void **unused)
{
        static const struct fn fns[] = {
                { "0000:01:00.0", "10de:2484:1458:403b", 0x030000, "nouveau", NULL, 1, NULL },
                { "0000:02:00.0", "8086:1592", 0x020000, "ice", NULL, 2, NULL },
        };
        static const struct {
                const char *line;
                const char *hits; /* of the two, in their order */
        } cases[] = {
                { "options vfio-pci ids=10de:2484", "x-" },
                { "options vfio-pci ids=10de:2484:1458:403b:030000:ff0000", "x-" },
                { "options vfio-pci ids=10de:2484:1458:403b:020000:ff0000", "--" },
                { "options vfio-pci ids=10de:2484:1458:403c", "--" },
                { "options vfio-pci ids=ffffffff:ffffffff", "xx" },
                { "options vfio-pci ids=8086:1592:ffffffff:ffffffff", "-x" },
        };
        CLEANUP(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
        struct rival by_name = { .kind = RIVAL_SYSFS, .interface = (char *) "eno1" };
        struct rival by_address = { .kind = RIVAL_DRIVERCTL, .has_address = true, .address = { .bus = 1 } };

        (void) unused;
        assert_non_null(inv);
        inv_add(inv, fns, ARRAY_SIZE(fns));
        inv_netdev(inv, "0000:02:00.0", "eno1", "02:00:00:00:00:01");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_RIVALS struct rivals r = { 0 };
                CLEANUP_FREE char *text = xstrdup(cases[i].line);

                rivals_add_modprobe(&r, "f", text, strlen(text));
                assert_int_equal(r.n, 1);
                for (size_t k = 0; k < 2; k++)
                        assert_int_equal(rival_is_for(&r.items[0], &inv->functions[k]), cases[i].hits[k] == 'x');
        }
        assert_false(rival_is_for(&by_name, &inv->functions[0]));
        assert_true(rival_is_for(&by_name, &inv->functions[1]));
        assert_true(rival_is_for(&by_address, &inv->functions[0]));
        assert_false(rival_is_for(&by_address, &inv->functions[1]));
}

static char *read_root(const char *root)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_RIVALS struct rivals r = { 0 };

        assert_int_equal(sys_open(root, &sys), 0);
        rivals_read(sys, &r);
        return text_of(&r);
}

/* In each program's own order, and of two files of a name the stronger. */
static void files(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *found = NULL;

        (void) unused;
        tree_file(root, "etc/driverctl.d/pci-0000:02:00.0", "vfio-pci\n");
        tree_file(root, "etc/driverctl.d/pci-0000:01:00.0", "vfio-pci\n");
        tree_file(root, "etc/driverctl.d/.pci-0000:01:00.0.swp", "x");
        tree_file(root, "etc/mdevctl.d/scripts.d/callouts/x", "#!/bin/sh\n");
        tree_file(root, "etc/mdevctl.d/mtty/" UUID, "{\"mdev_type\": \"mtty-1\", \"start\": \"auto\"}");
        tree_file(root, "etc/modprobe.d/b.conf", "options vfio-pci ids=b:1\n");
        tree_file(root, "usr/lib/modprobe.d/b.conf", "options vfio-pci ids=b:2\n");
        tree_file(root, "lib/modprobe.d/a.conf", "options vfio-pci ids=a:1\n");
        tree_file(root, "run/modprobe.d/c.conf", "options vfio-pci ids=c:1\n");
        tree_file(root, "usr/local/lib/modprobe.d/c.conf", "options vfio-pci ids=c:2\n");
        tree_link(root, "etc/modprobe.d/d.conf", "/dev/null");
        tree_file(root, "lib/modprobe.d/d.conf", "options vfio-pci ids=d:1\n");
        tree_link(root, "etc/modprobe.d/e.conf", "nowhere");
        tree_file(root, "etc/modprobe.d/notes.txt", "options vfio-pci ids=e:1\n");
        tree_dir(root, "etc/modprobe.d/f.conf");
        tree_file(root, "proc/cmdline", "quiet vfio-pci.ids=1:1\n");
        tree_file(root, "etc/kernel/cmdline", "quiet vfio-pci.ids=1:1,2:2\n");
        tree_file(root, "etc/sysfs.conf", "class/net/b/device/sriov_numvfs = 1\n");
        tree_file(root, "etc/sysfs.d/a.conf", "class/net/a/device/sriov_numvfs = 2\n");
        found = read_root(root);
        assert_text_of("files", found,
                       "/etc/driverctl.d/pci-0000:01:00.0:0 driverctl 0000:01:00.0 > vfio-pci\n"
                       "/etc/driverctl.d/pci-0000:02:00.0:0 driverctl 0000:02:00.0 > vfio-pci\n"
                       "/etc/mdevctl.d/mtty/" UUID ":0 mdevctl " UUID " mtty mtty-1\n"
                       "/lib/modprobe.d/a.conf:1 vfio-ids (not in force) [a:1] a 1 ffffffff ffffffff 0/0\n"
                       "/etc/modprobe.d/b.conf:1 vfio-ids (not in force) [b:1] b 1 ffffffff ffffffff 0/0\n"
                       "/run/modprobe.d/c.conf:1 vfio-ids (not in force) [c:1] c 1 ffffffff ffffffff 0/0\n"
                       "/proc/cmdline:0 vfio-ids [1:1] 1 1 ffffffff ffffffff 0/0\n"
                       "/etc/kernel/cmdline:0 vfio-ids (not in force) [1:1] 1 1 ffffffff ffffffff 0/0\n"
                       "/etc/kernel/cmdline:0 vfio-ids (not in force) [2:2] 2 2 ffffffff ffffffff 0/0\n"
                       "/etc/sysfs.conf:1 sysfs b sriov_numvfs = 1\n"
                       "/etc/sysfs.d/a.conf:1 sysfs a sriov_numvfs = 2\n"
                       "/etc/modprobe.d/e.conf:0: can't be read: No such file or directory\n");
}

static void no_files(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *found = read_root(root);

        (void) unused;
        assert_string_equal(found, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(driverctl), cmocka_unit_test(mdevctl), cmocka_unit_test(modprobe),
                cmocka_unit_test(cmdline),   cmocka_unit_test(modules), cmocka_unit_test(sysfs),
                cmocka_unit_test(lines),     cmocka_unit_test(grub),    cmocka_unit_test(places),
                cmocka_unit_test(matching),  cmocka_unit_test(files),   cmocka_unit_test(no_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
