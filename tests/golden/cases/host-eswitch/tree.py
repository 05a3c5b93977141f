# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with NICs whose eswitches are changed in different orders, one that is right, one without and one that nobody has asked."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    groups = iter(range(40, 80))

    def nic(bus, ids, driver, name, mode, vf_ids="", vf_drivers=()):
        bridge = f"0000:{bus - 1:02x}:01.0"
        address = f"0000:{bus:02x}:00.0"
        h.pci(bridge, "8086:347a", "060400", "pcieport", next(groups))
        pf = h.pci(address, ids, "020000", driver, next(groups), [bridge], name,
                   attributes={**h.sriov(8, vf_ids.partition(":")[2]), "sriov_numvfs": str(len(vf_drivers))})
        h.net(pf, f"enp{bus}s0", f"52:54:00:00:{bus:02x}:00")
        for n, vf_driver in enumerate(vf_drivers):
            vf = h.pci(f"0000:{bus:02x}:01.{n}", vf_ids, "020000", vf_driver, next(groups), [bridge])
            h.link(f"{pf}/virtfn{n}", vf)
            h.link(f"{vf}/physfn", pf)
        if mode:
            h.file(f"eswitch/pci/{address}", mode)

    nic(0x11, "15b3:101d", "mlx5_core", "Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]", "legacy", "15b3:101e",
        ["mlx5_core", "mlx5_core"])
    nic(0x21, "8086:1592", "ice", "Intel Corporation: Ethernet Controller E810-C for QSFP", "legacy", "8086:1889", ["iavf", "iavf"])
    nic(0x31, "14e4:1750", "bnxt_en", "Broadcom Inc. and subsidiaries: BCM57508 NetXtreme-E", "legacy", "14e4:1806")
    nic(0x41, "15b3:101d", "mlx5_core", "Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]", "switchdev", "15b3:101e",
        ["mlx5_core", "mlx5_core"])
    nic(0x51, "8086:1521", "igb", "Intel Corporation: I350 Gigabit Network Connection", "none", "8086:1520")
    nic(0x61, "8086:1572", "i40e", "Intel Corporation: Ethernet Controller X710 for 10GbE SFP+", None, "8086:154c")
    nic(0x71, "14e4:1750", "bnxt_en", "Broadcom Inc. and subsidiaries: BCM57508 NetXtreme-E", "legacy", "14e4:1806",
        ["bnxt_en", "bnxt_en"])
    h.file("run/passthru-setup/state", "[device 0000:41:00.0]\nid = 15b3:101d\nsection = |sriov+right|\ndriver = |mlx5_core|\n"
           "override = ||\neswitch = legacy\n")
    h.modules([])
    return h.tree(about)
