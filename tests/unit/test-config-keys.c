/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every key in every kind of section: what values it takes, and the error for those that it does not. */
#include "unit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "config/config-keys.h"

/* What makes a section whole but for the key that is tested. */
static const char *const bodies[SECTION_KIND_MAX] = {
        [SECTION_DEFAULTS] = "[passthru]\n", [SECTION_MODULE] = "[module kvm]\n", [SECTION_DEVICE] = "[device d]\n",
        [SECTION_SRIOV] = "[sriov s]\n",     [SECTION_VF] = "[vf s/0]\n",       [SECTION_MDEV] = "[mdev m]\n",
};

static const char *rest_of(enum section_kind kind, enum config_key key)
{
        if (key == KEY_VM && kind == SECTION_MDEV)
                return "parent = p\ntype = t\nwhen = vm\n";
        if (key == KEY_VM)
                return kind == SECTION_SRIOV ? "address = 09:00.0\nvfs = 1\nwhen = vm\n" : "address = 09:00.0\nwhen = vm\n";
        if (key == KEY_DISPLAY)
                return "address = 09:00.0\nwhen = manual\n";
        switch (kind) {
        case SECTION_DEVICE:
                return config_key_is_selector(key) ? "" : key == KEY_COUNT ? "id = 1:2\n" : "address = 09:00.0\n";
        case SECTION_SRIOV:
                return config_key_is_selector(key) ? "vfs = 1\n"
                       : key == KEY_VF_INTERRUPTS  ? "address = 09:00.0\nvfs = 1\nvf-queues = 2\n"
                       : key == KEY_VFS            ? "address = 09:00.0\n"
                                                   : "address = 09:00.0\nvfs = 1\n";
        case SECTION_VF: /* what the key goes with, and its PF */
                return key == KEY_PROPERTY + PROPERTY_QOS || key == KEY_PROPERTY + PROPERTY_VLAN_PROTOCOL
                               ? "vlan = 1\n[sriov s]\naddress = 09:00.0\nvfs = 1\n"
                               : "[sriov s]\naddress = 09:00.0\nvfs = 1\n";
        case SECTION_MDEV:
                return config_key_is_selector(key) ? "type = t\n"
                       : key == KEY_TYPE           ? "parent = p\n"
                                                   : "parent = p\ntype = t\n";
        default:
                return "";
        }
}

#define ALL_KINDS ((1U << SECTION_KIND_MAX) - 1)
#define DEVICES (1U << SECTION_DEVICE | 1U << SECTION_SRIOV | 1U << SECTION_MDEV)

#define VF(property) KEY_PROPERTY + PROPERTY_##property

struct key_case {
        enum config_key key;
        unsigned kinds;
        const char *value;
        bool good;
};

static const struct key_case cases[] = {
        { KEY_REQUIRED, ALL_KINDS, "yes", true },
        { KEY_REQUIRED, ALL_KINDS, "no", true },
        { KEY_REQUIRED, ALL_KINDS, "False", true },
        { KEY_REQUIRED, ALL_KINDS, "maybe", false },
        { KEY_REQUIRED, ALL_KINDS, "yes no", false },
        { KEY_ENABLED, ALL_KINDS, "off", true },
        { KEY_ENABLED, ALL_KINDS, "1", true },
        { KEY_ENABLED, ALL_KINDS, "2", false },
        { KEY_WHEN, DEVICES, "boot", true },
        { KEY_WHEN, DEVICES, "manual", true },
        { KEY_WHEN, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "vm", true },
        { KEY_WHEN, DEVICES, "start", false },
        { KEY_WHEN, DEVICES, "VM", false },
        { KEY_VM, DEVICES, "win11", true },
        { KEY_VM, DEVICES, "104 win11\tmédia, x", true },
        { KEY_VM, DEVICES, "qemu/win11", false },
        { KEY_DISPLAY, 1U << SECTION_DEVICE, "stop", true },
        { KEY_DISPLAY, 1U << SECTION_DEVICE, "keep", true },
        { KEY_DISPLAY, 1U << SECTION_DEVICE, "off", false },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "vfio-pci", true },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "auto", true },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "mlx5_vfio_pci", true },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "pci-stub", true },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS, "host", false },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS, "none", false },
        { KEY_DRIVER, 1U << SECTION_DEVICE, "host", true },
        { KEY_DRIVER, 1U << SECTION_DEVICE, "none", true },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "../../bind", false },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "..", false },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "a/b", false },
        { KEY_DRIVER, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "vfio\xc3\xa4", false },
        { KEY_GROUP, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "strict", true },
        { KEY_GROUP, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE, "whole", true },
        { KEY_GROUP, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "ignore", true },
        { KEY_GROUP, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "Strict", false },
        { KEY_GROUP, 1U << SECTION_DEFAULTS | 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "14", false },
        { KEY_WRITE_TIMEOUT, 1U << SECTION_DEFAULTS, "1", true },
        { KEY_WRITE_TIMEOUT, 1U << SECTION_DEFAULTS, "2 min", true },
        { KEY_WRITE_TIMEOUT, 1U << SECTION_DEFAULTS, "0", false },
        { KEY_WRITE_TIMEOUT, 1U << SECTION_DEFAULTS, "999ms", false },
        { KEY_WRITE_TIMEOUT, 1U << SECTION_DEFAULTS, "never", false },
        { KEY_FORCE, 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "disk", true },
        { KEY_FORCE, 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "vfs, keyboard display\tnetwork,disk", true },
        { KEY_FORCE, 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "no", true },
        { KEY_FORCE, 1U << SECTION_DEVICE | 1U << SECTION_SRIOV, "yes", false },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "kvm", true },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "libvirt-qemu", true },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "0", true },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "kvm users", false },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "-x", false },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "../kvm", false },
        { KEY_VFIO_GROUP, 1U << SECTION_DEFAULTS, "kvm:x", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "0", true },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "10", true },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "500ms", true },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "3600000ms", true },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "60 min", true },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "3600 s", true },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "61min", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "3601", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "3600001ms", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "1h", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "-1", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "ms", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "1.5", false },
        { KEY_SETTLE_TIMEOUT, 1U << SECTION_DEFAULTS, "99999999999999999999", false },
        { KEY_ADDRESS, DEVICES, "0000:01:00.0", true },
        { KEY_ADDRESS, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "01:00", true },
        { KEY_ADDRESS, DEVICES, "01.00:0", false },
        { KEY_ADDRESS, DEVICES, "gpu", false },
        { KEY_ID, DEVICES, "10de:2487", true },
        { KEY_ID, DEVICES, "10de", false },
        { KEY_PATH, DEVICES, "0000:00:1c.0/00.0", true },
        { KEY_PATH, DEVICES, "/sys/devices/pci0000:00", false },
        { KEY_INTERFACE, DEVICES, "enp94s0f0", true },
        { KEY_INTERFACE, DEVICES, "a name of sixteen", false },
        { KEY_MAC, DEVICES, "52:54:00:12:34:56", true },
        { KEY_MAC, DEVICES, "52:54:00:12:34", false },
        { KEY_SERIAL, DEVICES, "S4EWNX0R123456", true },
        { KEY_SLOT, DEVICES, "5", true },
        { KEY_SLOT, DEVICES, "PCIEX16_1/00.1", true },
        { KEY_SLOT, DEVICES, "/00.1", false },
        { KEY_PARENT, 1U << SECTION_MDEV, "mtty", true },
        { KEY_PARENT, 1U << SECTION_MDEV, "0000:00:02.0", true },
        { KEY_PARENT, 1U << SECTION_MDEV, "a b", false },
        { KEY_PROPERTY + PROPERTY_ESWITCH, 1U << SECTION_SRIOV, "legacy", true },
        { KEY_PROPERTY + PROPERTY_ESWITCH, 1U << SECTION_SRIOV, "switchdev", true },
        { KEY_PROPERTY + PROPERTY_ESWITCH, 1U << SECTION_SRIOV, "none", false },
        { KEY_PROPERTY + PROPERTY_ESWITCH, 1U << SECTION_SRIOV, "Switchdev", true },
        { KEY_BUS, 1U << SECTION_DEVICE, "pci", true },
        { KEY_BUS, 1U << SECTION_DEVICE, "platform", true },
        { KEY_BUS, 1U << SECTION_DEVICE, "fsl-mc", true },
        { KEY_BUS, 1U << SECTION_DEVICE, "usb", false },
        { KEY_BUS, 1U << SECTION_DEVICE, "other", false },
        { KEY_BUS, 1U << SECTION_DEVICE, "../pci", false },
        { KEY_EXPECT, DEVICES, "10de:2487", true },
        { KEY_EXPECT, DEVICES, "10de:*:1458:403b", true },
        { KEY_EXPECT, DEVICES, "RTX 3070", false },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "flr", true },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "bus  flr", true },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "default", true },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "device_specific acpi af_flr pm cxl_bus", true },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "frl", false },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "flr, bus", false },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "default bus", false },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "flr\tx", false },
        { KEY_PROPERTY + PROPERTY_RESET_METHOD, 1U << SECTION_DEVICE, "FLR", false },
        { KEY_PROPERTY + PROPERTY_D3COLD, 1U << SECTION_DEVICE, "yes", true },
        { KEY_PROPERTY + PROPERTY_D3COLD, 1U << SECTION_DEVICE, "0", true },
        { KEY_PROPERTY + PROPERTY_D3COLD, 1U << SECTION_DEVICE, "never", false },
        { KEY_PROPERTY + PROPERTY_POWER_CONTROL, 1U << SECTION_DEVICE, "on", true },
        { KEY_PROPERTY + PROPERTY_POWER_CONTROL, 1U << SECTION_DEVICE, "auto", true },
        { KEY_PROPERTY + PROPERTY_POWER_CONTROL, 1U << SECTION_DEVICE, "off", false },
        { KEY_PROPERTY + PROPERTY_POWER_CONTROL, 1U << SECTION_DEVICE, "yes", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "1M", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "256M", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "8G", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "1T", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "3G", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "512K", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "256", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "256MB", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "G", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "99999999999999999999G", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "16777216T", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "0M", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_0, 1U << SECTION_DEVICE, "-1M", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_1, 1U << SECTION_DEVICE, "16G", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_1, 1U << SECTION_DEVICE, "16g", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_1, 1U << SECTION_DEVICE, "16", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_2, 1U << SECTION_DEVICE, "16G", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_2, 1U << SECTION_DEVICE, "16", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_3, 1U << SECTION_DEVICE, "16G", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_3, 1U << SECTION_DEVICE, "16", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_4, 1U << SECTION_DEVICE, "16G", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_4, 1U << SECTION_DEVICE, "16", false },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_5, 1U << SECTION_DEVICE, "16G", true },
        { KEY_PROPERTY + PROPERTY_BAR_SIZE_5, 1U << SECTION_DEVICE, "16", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "gpu.rom", true },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "/var/lib/passthru-setup/rom/gpu.rom", true },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "/usr/share/kvm/gpu.rom", true },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "roms/gpu.rom", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "/etc/../x", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "..", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "/", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "/roms/", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "//x", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, "/a/./b", false },
        { KEY_ROM_DUMP, 1U << SECTION_DEVICE, ".hidden", false },
        { KEY_VF_QUEUES, 1U << SECTION_SRIOV, "2", true },
        { KEY_VF_QUEUES, 1U << SECTION_SRIOV, "65535", true },
        { KEY_VF_QUEUES, 1U << SECTION_SRIOV, "1", false },
        { KEY_VF_QUEUES, 1U << SECTION_SRIOV, "0", false },
        { KEY_VF_QUEUES, 1U << SECTION_SRIOV, "many", false },
        { KEY_VF_QUEUES, 1U << SECTION_SRIOV, "65536", false },
        { KEY_VF_INTERRUPTS, 1U << SECTION_SRIOV, "1", true },
        { KEY_VF_INTERRUPTS, 1U << SECTION_SRIOV, "0", false },
        { KEY_VF_INTERRUPTS, 1U << SECTION_SRIOV, "max", false },
        { KEY_COUNT, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "1", true },
        { KEY_COUNT, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "65535", true },
        { KEY_COUNT, 1U << SECTION_DEVICE, "all", true },
        { KEY_COUNT, 1U << SECTION_MDEV, "all", false },
        { KEY_COUNT, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "0", false },
        { KEY_COUNT, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "65536", false },
        { KEY_COUNT, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "-1", false },
        { KEY_COUNT, 1U << SECTION_DEVICE | 1U << SECTION_MDEV, "ALL", false },
        { KEY_FUNCTIONS, 1U << SECTION_DEVICE, "all", true },
        { KEY_FUNCTIONS, 1U << SECTION_DEVICE, "named", true },
        { KEY_FUNCTIONS, 1U << SECTION_DEVICE, "audio", false },
        { KEY_VFS, 1U << SECTION_SRIOV, "0", true },
        { KEY_VFS, 1U << SECTION_SRIOV, "65535", true },
        { KEY_VFS, 1U << SECTION_SRIOV, "max", true },
        { KEY_VFS, 1U << SECTION_SRIOV, "65536", false },
        { KEY_VFS, 1U << SECTION_SRIOV, "eight", false },
        { KEY_VFS, 1U << SECTION_SRIOV, "0x8", false },
        { KEY_VF_DRIVER, 1U << SECTION_SRIOV, "vfio-pci", true },
        { KEY_VF_DRIVER, 1U << SECTION_SRIOV, "host", true },
        { KEY_VF_DRIVER, 1U << SECTION_SRIOV, "none", true },
        { KEY_VF_DRIVER, 1U << SECTION_SRIOV, "auto", true },
        { KEY_VF_DRIVER, 1U << SECTION_SRIOV, "a/b", false },
        { KEY_VF_MACS, 1U << SECTION_SRIOV, "stable", true },
        { KEY_VF_MACS, 1U << SECTION_SRIOV, "random", true },
        { KEY_VF_MACS, 1U << SECTION_SRIOV, "52:54:00:12:34:56", false },
        { KEY_PROPERTY + PROPERTY_PF_UP, 1U << SECTION_SRIOV, "yes", true },
        { KEY_PROPERTY + PROPERTY_PF_UP, 1U << SECTION_SRIOV, "up", false },
        { KEY_PROPERTY + PROPERTY_MTU, 1U << SECTION_SRIOV, "9000", true },
        { KEY_PROPERTY + PROPERTY_PF_DRIVER, 1U << SECTION_SRIOV, "pci-pf-stub", true },
        { KEY_PROPERTY + PROPERTY_PF_DRIVER, 1U << SECTION_SRIOV, "vfio-pci", true },
        { KEY_PROPERTY + PROPERTY_PF_DRIVER, 1U << SECTION_SRIOV, "igb", false },
        { KEY_PROPERTY + PROPERTY_MTU, 1U << SECTION_SRIOV, "67", false },
        { KEY_PROPERTY + PROPERTY_MTU, 1U << SECTION_SRIOV, "65536", false },
        { KEY_OWN_DRIVER, 1U << SECTION_VF, "host", true },
        { KEY_OWN_DRIVER, 1U << SECTION_VF, "none", true },
        { KEY_OWN_DRIVER, 1U << SECTION_VF, "a/b", false },
        { KEY_OWN_DRIVER, 1U << SECTION_VF, "igbvf", true },
        { VF(MAC), 1U << SECTION_VF, "52:54:00:12:34:56", true },
        { VF(MAC), 1U << SECTION_VF, "52:54:00:12:34", false },
        { VF(VLAN), 1U << SECTION_VF, "1", true },
        { VF(VLAN), 1U << SECTION_VF, "4094", true },
        { VF(VLAN), 1U << SECTION_VF, "none", true },
        { VF(VLAN), 1U << SECTION_VF, "0", true },
        { VF(VLAN), 1U << SECTION_VF, "4095", false },
        { VF(VLAN), 1U << SECTION_VF, "-1", false },
        { VF(QOS), 1U << SECTION_VF, "7", true },
        { VF(QOS), 1U << SECTION_VF, "8", false },
        { VF(VLAN_PROTOCOL), 1U << SECTION_VF, "802.1ad", true },
        { VF(VLAN_PROTOCOL), 1U << SECTION_VF, "802.1Q", true },
        { VF(VLAN_PROTOCOL), 1U << SECTION_VF, "QinQ", false },
        { VF(SPOOFCHK), 1U << SECTION_VF, "on", true },
        { VF(SPOOFCHK), 1U << SECTION_VF, "auto", false },
        { VF(TRUST), 1U << SECTION_VF, "no", true },
        { VF(TRUST), 1U << SECTION_VF, "2", false },
        { VF(LINK_STATE), 1U << SECTION_VF, "auto", true },
        { VF(LINK_STATE), 1U << SECTION_VF, "enable", true },
        { VF(LINK_STATE), 1U << SECTION_VF, "disable", true },
        { VF(LINK_STATE), 1U << SECTION_VF, "up", false },
        { VF(MIN_TX_RATE), 1U << SECTION_VF, "100", true },
        { VF(MIN_TX_RATE), 1U << SECTION_VF, "100M", false },
        { VF(MAX_TX_RATE), 1U << SECTION_VF, "none", true },
        { VF(MAX_TX_RATE), 1U << SECTION_VF, "4294967296", false },
        { VF(QUERY_RSS), 1U << SECTION_VF, "yes", true },
        { VF(QUERY_RSS), 1U << SECTION_VF, "all", false },
        { VF(NODE_GUID), 1U << SECTION_VF, "02:11:22:33:44:55:66:77", true },
        { VF(PORT_GUID), 1U << SECTION_VF, "stable", true },
        { VF(PORT_GUID), 1U << SECTION_VF, "02:11:22:33:44:55:66", false },
        { VF(PORT_GUID), 1U << SECTION_VF, "00:00:00:00:00:00:00:00", false },
        { VF(MAC), 1U << SECTION_VF, "stable", true },
        { VF(MSIX_COUNT), 1U << SECTION_VF, "16", true },
        { VF(MSIX_COUNT), 1U << SECTION_VF, "0", false },
        { VF(MSIX_COUNT), 1U << SECTION_VF, "2049", false },
        { KEY_TYPE, 1U << SECTION_MDEV, "i915-GVTg_V5_4", true },
        { KEY_TYPE, 1U << SECTION_MDEV, "Dual port serial", true },
        { KEY_TYPE, 1U << SECTION_MDEV, "../x", false },
        { KEY_TYPE, 1U << SECTION_MDEV, ".hidden", false },
        { KEY_UUID, 1U << SECTION_MDEV, "4b20d080-1b54-4048-85b3-a6a62d165c01", true },
        { KEY_UUID, 1U << SECTION_MDEV, "4b20d080", false },
        { KEY_ATTR, 1U << SECTION_MDEV, "assign_adapter=5", true },
        { KEY_ATTR, 1U << SECTION_MDEV, "vgpu_params = frame_rate_limiter=0", true },
        { KEY_ATTR, 1U << SECTION_MDEV, "name=", true },
        { KEY_ATTR, 1U << SECTION_MDEV, "assign_adapter", false },
        { KEY_ATTR, 1U << SECTION_MDEV, "=5", false },
        { KEY_ATTR, 1U << SECTION_MDEV, "../remove=1", false },
        { KEY_ATTR, 1U << SECTION_MDEV, ".=1", false },
        { KEY_ATTR, 1U << SECTION_MDEV, "a b=1", false },
};

/* Runs one case in one kind of section; the line of the key is always the second. */
static void check(const struct key_case *c, enum section_kind kind)
{
        CLEANUP_STRBUF struct strbuf text = { 0 }, prefix = { 0 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_FREE char *found = NULL;
        bool of_property = c->key >= KEY_PROPERTY && c->key <= KEY_PROPERTY_LAST;
        const char *expected = of_property ? properties[c->key - KEY_PROPERTY].expected : config_keys[c->key].expected;

        strbuf_addf(&text, "%s%s = %s\n%s", bodies[kind], config_key_name(c->key), c->value, rest_of(kind, c->key));
        config = parse_text(text.text, &diags);
        found = diags_text(&diags);
        if (c->good) {
                const struct config_section *s = config->sections[0];

                assert_text_of(text.text, found, "");
                assert_int_equal(config->n_sections, kind == SECTION_VF ? 2 : 1);
                assert_int_equal(s->kind, kind);
                assert_true(config_has(s, c->key));
                assert_int_equal(config_loc_of(s, c->key)->line, 2);
                assert_string_equal(config_loc_of(s, c->key)->file, "c");
                return;
        }
        /* The key, the value that is wrong, and what was expected, in words of the key's own. */
        strbuf_addf(&prefix, "c:2: %s = %s: expected %s", config_key_name(c->key), c->value, expected ? expected : "");
        if (diags.n != 1 || strncmp(found, prefix.text, prefix.len) != 0 || (expected && found[prefix.len] != '\n'))
                fail_msg("%s gave\n%s\nexpected\n%s", text.text, found, prefix.text);
        assert_true(strlen(found) > prefix.len + (expected ? 0 : 10));
}

static void values(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (enum section_kind kind = 0; kind < SECTION_KIND_MAX; kind++)
                        if (cases[i].kinds & 1U << kind)
                                check(&cases[i], kind);
}

/* No key without a good and, but for a serial, which is any text, a bad value above. */
static void every_key_is_tested(void **unused)
{
        (void) unused;
        for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                for (enum section_kind kind = 0; kind < SECTION_KIND_MAX; kind++) {
                        bool good = false, bad = key == KEY_SERIAL;

                        if (!(config_keys[key].kinds & 1U << kind))
                                continue;
                        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                                if (cases[i].key == key && cases[i].kinds & 1U << kind) {
                                        good = good || cases[i].good;
                                        bad = bad || !cases[i].good;
                                }
                        if (!good || !bad)
                                fail_msg("%s in [%s]", config_key_name(key), section_kind_name(kind));
                }
}

/* A key where it does not belong, for every key and kind: an error that names the key. */
static void every_key_elsewhere(void **unused)
{
        (void) unused;
        for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                for (enum section_kind kind = 0; kind < SECTION_KIND_MAX; kind++) {
                        CLEANUP_STRBUF struct strbuf text = { 0 }, prefix = { 0 };
                        CLEANUP_DIAGS struct diag_list diags = { 0 };
                        CLEANUP(config_freep) struct config *config = NULL;

                        /* Two kinds may have keys of one name. */
                        if (config_key_find(kind, config_key_name(key)) != CONFIG_KEY_MAX)
                                continue;
                        strbuf_addf(&text, "%s%s = 1\n%s", bodies[kind], config_key_name(key),
                                    rest_of(kind, KEY_REQUIRED));
                        config = parse_text(text.text, &diags);
                        strbuf_addf(&prefix, "%s: ", config_key_name(key));
                        assert_int_equal(diags.n, 1);
                        assert_int_equal(diags.items[0].line, 2);
                        if (strncmp(diags.items[0].text, prefix.text, prefix.len) != 0)
                                fail_msg("%s", diags.items[0].text);
                }
}

/* Without a value, every key says what it wants. */
static void empty_values(void **unused)
{
        (void) unused;
        for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                for (enum section_kind kind = 0; kind < SECTION_KIND_MAX; kind++) {
                        static const char *const forms[] = { " =\n", "=\n", " = # a comment\n", " : \n" };

                        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                                CLEANUP_STRBUF struct strbuf text = { 0 }, prefix = { 0 };
                                CLEANUP_DIAGS struct diag_list diags = { 0 };
                                CLEANUP(config_freep) struct config *config = NULL;

                                if (!(config_keys[key].kinds & 1U << kind) || key == KEY_FORCE) /* an empty list is one */
                                        continue;
                                strbuf_addf(&text, "%s%s%s%s", bodies[kind], config_key_name(key), forms[i],
                                            rest_of(kind, key));
                                config = parse_text(text.text, &diags);
                                strbuf_addf(&prefix, "%s: the value is missing; expected ", config_key_name(key));
                                assert_int_equal(diags.n, 1);
                                assert_int_equal(diags.items[0].line, 2);
                                if (strncmp(diags.items[0].text, prefix.text, prefix.len) != 0 ||
                                    strlen(diags.items[0].text) <= prefix.len)
                                        fail_msg("%s gave: %s", text.text, diags.items[0].text);
                        }
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values),
                cmocka_unit_test(every_key_is_tested),
                cmocka_unit_test(every_key_elsewhere),
                cmocka_unit_test(empty_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
