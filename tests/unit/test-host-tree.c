/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a captured tree (--root): the inventory that comes of its files and links, and that nothing is written. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "scan/scan.h"
#include "state/state-file.h"
#include "unit/tree.h"

#define ROOT_PORT "sys/devices/pci0000:00/0000:00:1c.0"

/* A function's directory, and its link on the bus. uevent as the kernel writes it. */
static void function(const char *root, const char *dir, const char *address, const char *uevent, const char *group)
{
        CLEANUP_FREE char *path = NULL, *target = NULL, *bus = NULL;

        assert_true(asprintf(&path, "%s/%s/uevent", dir, address) > 0);
        tree_file(root, path, uevent);
        if (group) {
                CLEANUP_FREE char *link = NULL, *to = NULL;

                assert_true(asprintf(&link, "%s/%s/iommu_group", dir, address) > 0);
                assert_true(asprintf(&to, "../../../kernel/iommu_groups/%s", group) > 0);
                tree_link(root, link, to);
        }
        assert_true(asprintf(&bus, "sys/bus/pci/devices/%s", address) > 0);
        assert_true(asprintf(&target, "../../../../%s/%s", dir, address) > 0);
        tree_link(root, bus, target);
}

static void attr(const char *root, const char *dir, const char *name, const char *text)
{
        CLEANUP_FREE char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
        tree_file(root, path, text);
}

#define UEVENT(driver, class, id, subsys)                                                                             \
        driver "PCI_CLASS=" class "\nPCI_ID=" id "\nPCI_SUBSYS_ID=" subsys "\nPCI_SLOT_NAME=x\nMODALIAS=pci:v0\n"

/* A bridge, a NIC with two VFs behind it, an NVMe drive, an unreadable function. */
static void build_pci(const char *root)
{
        static const char nic[] = ROOT_PORT "/0000:03:00.0";

        function(root, "sys/devices/pci0000:00", "0000:00:1c.0",
                 UEVENT("DRIVER=pcieport\n", "60400", "8086:7AB8", "0:0"), "4");
        function(root, ROOT_PORT, "0000:03:00.0", UEVENT("DRIVER=igb\n", "20000", "8086:10C9", "8086:A03C"), "7");
        function(root, ROOT_PORT, "0000:03:10.0", UEVENT("DRIVER=vfio-pci\n", "20000", "8086:10CA", "8086:A03C"), "8");
        function(root, ROOT_PORT, "0000:03:10.2", UEVENT("", "20000", "8086:10CA", "8086:A03C"), "9");
        attr(root, nic, "sriov_totalvfs", "7\n");
        attr(root, nic, "sriov_numvfs", "2\n");
        attr(root, nic, "sriov_drivers_autoprobe", "0\n");
        attr(root, nic, "sriov_vf_device", "10ca\n");
        attr(root, nic, "driver_override", "(null)\n");
        tree_link(root, ROOT_PORT "/0000:03:00.0/virtfn0", "../0000:03:10.0");
        tree_link(root, ROOT_PORT "/0000:03:00.0/virtfn1", "../0000:03:10.2");
        attr(root, ROOT_PORT "/0000:03:10.0", "driver_override", "vfio-pci\n");
        function(root, "sys/devices/pci0000:00", "0000:00:1d.0",
                 UEVENT("DRIVER=nvme\n", "10802", "144D:A808", "144D:A801"), NULL);
        attr(root, "sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0", "serial", "S4EWNX0R123456      \n");
        function(root, "sys/devices/pci0000:00", "0000:00:1f.0", "PCI_ID=nonsense\n", NULL);
        tree_dir(root, "sys/bus/pci/drivers/vfio-pci");
        tree_dir(root, "sys/bus/pci/drivers/igb");
        tree_link(root, "sys/class/net/eth0", "../../devices/pci0000:00/0000:00:1c.0/0000:03:00.0/net/eth0");
        attr(root, ROOT_PORT "/0000:03:00.0/net/eth0", "address", "52:54:00:00:00:01\n");
        attr(root, ROOT_PORT "/0000:03:00.0/net/eth0", "addr_assign_type", "0\n");
        tree_link(root, "sys/class/net/lo", "../../devices/virtual/net/lo");
        attr(root, "sys/devices/virtual/net/lo", "address", "00:00:00:00:00:00\n");
}

static struct inventory *read_tree(const char *root, const char *config_text)
{
        CLEANUP(config_freep) struct config *config = parse_good(config_text);
        CLEANUP(sys_freep) struct sys *sys = NULL;
        struct inventory *inv = NULL;

        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(inventory_read(sys, config, &inv), 0);
        return inv;
}

static const struct pci_function *at(const struct inventory *inv, const char *address)
{
        struct pci_address a;
        const struct pci_function *f;

        assert_int_equal(pci_address_parse(address, false, &a, NULL), 0);
        f = inventory_find(inv, &a);
        assert_non_null(f);
        return f;
}

static void pci(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL;
        const struct pci_function *nic, *vf;

        (void) unused;
        build_pci(root);
        inv = read_tree(root, "[device d]\nserial = x\n");
        assert_int_equal(inv->n_functions, 5);
        nic = at(inv, "0000:03:00.0");
        assert_int_equal(nic->vendor, 0x8086);
        assert_int_equal(nic->device, 0x10c9);
        assert_int_equal(nic->subvendor, 0x8086);
        assert_int_equal(nic->subdevice, 0xa03c);
        assert_int_equal(nic->class, 0x020000);
        assert_string_equal(nic->driver, "igb");
        assert_null(nic->driver_override); /* (null) is none */
        assert_int_equal(nic->group, 7);
        assert_string_equal(nic->path, "pci0000:00/0000:00:1c.0/0000:03:00.0");
        assert_true(nic->sriov && !nic->autoprobe);
        assert_int_equal(nic->totalvfs, 7);
        assert_int_equal(nic->numvfs, 2);
        assert_int_equal(nic->vf_device, 0x10ca);
        assert_int_equal(nic->n_netdevs, 1);
        assert_string_equal(nic->netdevs[0].name, "eth0");
        assert_true(nic->netdevs[0].has_mac);
        assert_int_equal(nic->netdevs[0].mac[5], 1);
        vf = &inv->functions[nic->vfs[1]];
        assert_ptr_equal(vf, at(inv, "0000:03:10.2"));
        assert_int_equal(vf->vf_index, 1);
        assert_ptr_equal(&inv->functions[vf->physfn], nic);
        assert_null(vf->driver);
        vf = at(inv, "0000:03:10.0");
        assert_string_equal(vf->driver, "vfio-pci");
        assert_string_equal(vf->driver_override, "vfio-pci");
        assert_false(vf->sriov);
        assert_int_equal(at(inv, "0000:00:1d.0")->group, NO_GROUP);
        assert_int_equal(at(inv, "0000:00:1d.0")->n_serials, 1);
        assert_string_equal(at(inv, "0000:00:1d.0")->serials[0], "S4EWNX0R123456"); /* without its padding */
        assert_int_equal(inv->n_unreadable, 1);
        assert_int_equal(inv->unreadable[0].address.device, 0x1f);
        assert_true(inventory_has_driver(inv, "vfio-pci") && inventory_has_driver(inv, "igb"));
        assert_true(inv->iommu);
}

/* An interface whose function can't be read is nobody's: not the bridge's above it. */
static void interface_of_an_unreadable_function(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL;

        (void) unused;
        build_pci(root);
        attr(root, ROOT_PORT "/0000:03:00.0", "sriov_numvfs", "nonsense\n");
        inv = read_tree(root, "");
        assert_int_equal(inv->n_unreadable, 2);
        for (size_t i = 0; i < inv->n_functions; i++)
                assert_int_equal(inv->functions[i].n_netdevs, 0);
}

/* The device serial number capability, as lspci prints it; behind another capability, and never in a loop. */
static void serial_number(void **unused)
{
        static const struct {
                uint32_t first, next; /* headers at 0x100 and 0x150 */
                size_t size;
                const char *serial; /* NULL: none */
        } cases[] = {
                { 0x15010001, 0x00010003, 4096, "00-11-22-33-44-55-66-77" },
                { 0x15010001, 0x00010003, 64, NULL },    /* what others than root can read */
                { 0x15010001, 0x00010003, 0x158, NULL }, /* cut in the middle */
                { 0x10010001, 0x00010003, 4096, NULL },  /* points to itself */
                { 0x15010001, 0x10010002, 4096, NULL },  /* points back */
                { 0x00010001, 0, 4096, NULL },           /* the end */
                { 0xffffffff, 0, 4096, NULL },           /* a device that does not answer */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP(inventory_freep) struct inventory *inv = NULL;
                uint8_t config[4096] = { 0 };
                const uint8_t serial[8] = { 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x00 };

                memcpy(config + 0x100, &cases[i].first, 4); /* little-endian, as PCs are */
                memcpy(config + 0x150, &cases[i].next, 4);
                memcpy(config + 0x154, serial, sizeof(serial));
                function(root, "sys/devices/pci0000:00", "0000:00:1d.0", UEVENT("", "10802", "144D:A808", "0:0"),
                         NULL);
                tree_bytes(root, "sys/devices/pci0000:00/0000:00:1d.0/config", config, cases[i].size);
                inv = read_tree(root, "[device d]\nserial = x\n");
                assert_int_equal(inv->n_functions, 1);
                assert_int_equal(inv->functions[0].n_serials, cases[i].serial ? 1 : 0);
                if (cases[i].serial)
                        assert_string_equal(inv->functions[0].serials[0], cases[i].serial);
        }
}

static void mdevs(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL;
        const struct mdev_parent *mtty, *igpu;

        (void) unused;
        function(root, "sys/devices/pci0000:00", "0000:00:02.0", UEVENT("DRIVER=i915\n", "30000", "8086:3E92", "0:0"),
                 "0");
        tree_link(root, "sys/class/mdev_bus/0000:00:02.0", "../../devices/pci0000:00/0000:00:02.0");
        attr(root, "sys/devices/pci0000:00/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_4", "available_instances",
             "1\n");
        tree_link(root, "sys/class/mdev_bus/mtty", "../../devices/virtual/mtty/mtty");
        attr(root, "sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2", "name", "Dual port serial\n");
        attr(root, "sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1", "name", "Single port serial\n");
        attr(root, "sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1", "available_instances", "nonsense\n");
        tree_link(root, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01",
                  "../../../devices/virtual/mtty/mtty/4b20d080-1b54-4048-85b3-a6a62d165c01");
        tree_link(root, "sys/devices/virtual/mtty/mtty/4b20d080-1b54-4048-85b3-a6a62d165c01/mdev_type",
                  "../mdev_supported_types/mtty-2");
        inv = read_tree(root, "");
        assert_int_equal(inv->n_parents, 2);
        igpu = inventory_find_parent(inv, "0000:00:02.0");
        mtty = inventory_find_parent(inv, "mtty");
        assert_non_null(igpu);
        assert_non_null(mtty);
        assert_int_equal(igpu->function, 0);
        assert_int_equal(igpu->n_types, 1);
        assert_null(igpu->types[0].name);
        assert_int_equal(igpu->types[0].available, 1);
        assert_true(mtty->function == NO_INDEX);
        assert_int_equal(mtty->n_types, 2);
        assert_string_equal(mtty->types[1].name, "Dual port serial");
        assert_true(mtty->types[0].available > 1000); /* one that can't tell is asked by creating */
        assert_int_equal(inv->n_mdevs, 1);
        assert_string_equal(inv->mdevs[0].type, "mtty-2");
        assert_ptr_equal(&inv->parents[inv->mdevs[0].parent], mtty);
}

static void modules(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL, *without = NULL;
        const struct module_info *kvm;

        (void) unused;
        tree_file(root, "proc/sys/kernel/osrelease", "6.1.0-test\n");
        tree_file(root, "lib/modules/6.1.0-test/modules.alias",
                  "# Aliases\nalias pci:v* x\nalias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\nalias vfio_pci:broken\n"
                  "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n");
        tree_file(root, "lib/modules/6.1.0-test/modules.builtin", "kernel/drivers/vfio/vfio-virqfd.ko\nkernel/x.ko\n");
        attr(root, "sys/module/kvm/parameters", "ignore_msrs", "N\n");
        attr(root, "sys/module/kvm/parameters", "nested", "Y\n");
        tree_mode(root, "sys/module/kvm/parameters/nested", 0444);
        tree_dir(root, "sys/module/vfio");
        inv = read_tree(root,
                        "[passthru]\ndriver = auto\n[module kvm]\n[module vfio]\n[module vfio-virqfd]\n[module gone]\n"
                        "[module off]\nenabled = no\n[device d]\naddress = 01:00.0\n");
        assert_int_equal(inv->n_modules, 4);
        kvm = inventory_find_module(inv, "kvm");
        assert_true(kvm->loaded);
        assert_int_equal(kvm->n_params, 2);
        assert_string_equal(kvm->params[0].value, "N");
        assert_true(kvm->params[0].writable);
        assert_false(kvm->params[1].writable);
        assert_true(inventory_find_module(inv, "vfio")->loaded);
        assert_true(inventory_find_module(inv, "vfio_virqfd")->loaded); /* built in */
        assert_false(inventory_find_module(inv, "gone")->loaded);
        assert_int_equal(inv->n_aliases, 2);
        assert_string_equal(inv->aliases[1].module, "mlx5_vfio_pci");
        without = read_tree(root, "[device d]\naddress = 01:00.0\n"); /* nobody asks for a variant */
        assert_int_equal(without->n_aliases, 0);
}

/* No PCI, no net, no mdev, no modules: an empty inventory, and no error. */
static void empty_tree(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(inventory_freep)
        struct inventory *inv = read_tree(root, "[passthru]\ndriver = auto\n[module kvm]\n[device d]\nserial = x\n");

        (void) unused;
        assert_int_equal(inv->n_functions + inv->n_parents + inv->n_mdevs + inv->n_drivers + inv->n_aliases, 0);
        assert_false(inv->iommu);
}

static void no_way_out_and_no_write(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *outside = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        char buf[64], dots[256];
        uint8_t bytes[16];

        (void) unused;
        tree_file(outside, "secret", "secret\n");
        tree_link(root, "absolute", tree_path(outside, "secret"));
        assert_true(snprintf(dots, sizeof(dots), "../../../../../../..%s", tree_path(outside, "secret")) > 0);
        tree_link(root, "dots", dots);
        tree_file(root, "inside", "here\n");
        tree_link(root, "link", "/inside");
        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(sys_read_attr(sys, "absolute", buf, sizeof(buf)), -ENOENT);
        assert_int_equal(sys_read_attr(sys, "dots", buf, sizeof(buf)), -ENOENT);
        assert_int_equal(sys_read_attr(sys, "link", buf, sizeof(buf)), 0);
        assert_string_equal(buf, "here");
        assert_int_equal(sys->ops->write(sys->userdata, "inside", "x", 1), -EROFS);
        assert_int_equal(sys->ops->write_read(sys->userdata, "inside", "x", 1, buf, sizeof(buf)), -EROFS);
        assert_int_equal(SYS_CALL(sys, module_load, "vfio-pci", NULL), -EOPNOTSUPP);
        assert_int_equal(sys->ops->replace(sys->userdata, "run/passthru-setup/state", "x", 1), -EROFS);
        assert_int_equal(SYS_CALL(sys, derive_uuid, "x", 0, bytes), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, group_open, 1), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, permanent_mac, "lo", bytes), -EOPNOTSUPP);
        assert_int_equal(access(tree_path(root, "run"), F_OK), -1);
        assert_int_equal(sys_open("/nonexistent", &sys), -ENOENT);
}

static void attributes(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        static const struct {
                const char *text;
                size_t len;
                int r;
                uint64_t number;
        } cases[] = { { "7\n", 2, 0, 7 },
                      { "0x1f\n", 5, 0, 31 },
                      { "7", 1, 0, 7 },
                      { "", 0, -EINVAL, 0 },
                      { "7 8\n", 4, -EINVAL, 0 },
                      { "-1\n", 3, -EINVAL, 0 },
                      { "7\0\n", 3, -EINVAL, 0 },
                      { "0123456789012345678901234567890123456789012345678901234567890123456789", 70, -EINVAL, 0 } };
        char buf[4];

        (void) unused;
        assert_int_equal(sys_open(root, &sys), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t n = 0;

                tree_bytes(root, "a", cases[i].text, cases[i].len);
                assert_int_equal(sys_read_number(sys, "a", &n), cases[i].r);
                assert_true(n == cases[i].number);
        }
        tree_file(root, "a", "abc");
        assert_int_equal(sys_read_attr(sys, "a", buf, sizeof(buf)), 0);
        tree_file(root, "a", "abcd");
        assert_int_equal(sys_read_attr(sys, "a", buf, sizeof(buf)), -EFBIG);
        assert_true(sys_exists(sys, "a"));
        assert_false(sys_exists(sys, "b"));
}

static void state(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_STATE struct state s = { 0 };

        (void) unused;
        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(state_load(sys, false, &s), 0); /* none is an empty one */
        assert_int_equal(s.n_devices, 0);
        assert_int_equal(state_save(sys, &s), 0); /* nothing to write */
        tree_file(root, STATE_PATH, "[device 0000:01:00.0]\nid = 10de:2487\nsection = |device+gpu|\n");
        assert_int_equal(state_load(sys, false, &s), 0);
        assert_int_equal(s.n_devices, 1);
        assert_string_equal(s.devices[0].section, "device gpu");
        state_free(&s);
        tree_file(root, STATE_PATH,
                  "\x7f"
                  "ELF");
        assert_int_equal(state_load(sys, false, &s), -EBADMSG);
        assert_int_equal(s.n_devices, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pci),
                cmocka_unit_test(serial_number),
                cmocka_unit_test(mdevs),
                cmocka_unit_test(modules),
                cmocka_unit_test(empty_tree),
                cmocka_unit_test(no_way_out_and_no_write),
                cmocka_unit_test(attributes),
                cmocka_unit_test(state),
                cmocka_unit_test(interface_of_an_unreadable_function),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
