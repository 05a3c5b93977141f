# SPDX-License-Identifier: LGPL-2.1-or-later
"""Both ports of a NIC, and what udev's database says they might be called."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    bridge = "0000:40:01.0"
    h.pci(bridge, "8086:347a", "060400", "pcieport", 40)
    for port, vf_id in ((0, "101e"), (1, "101e")):
        name = f"ens7f{port}np{port}"
        pf = h.pci(f"0000:41:00.{port}", "15b3:101d", "020000", "mlx5_core", 41 + port, [bridge],
                   "Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]", attributes=h.sriov(8, vf_id))
        h.net(pf, name, f"52:54:00:00:41:0{port}")
        for key, value in {"flags": "0x1003", "mtu": "1500", "ifindex": str(10 + port), "phys_port_name": f"p{port}"}.items():
            h.file(f"{pf}/net/{name}/{key}", value)
        h.file(f"run/udev/data/n{10 + port}", f"E:ID_NET_NAME_PATH=enp65s0f{port}np{port}\nE:ID_NET_NAME_SLOT={name}")
    h.modules([])
    return h.tree(about)
