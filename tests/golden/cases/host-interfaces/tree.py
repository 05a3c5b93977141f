# SPDX-License-Identifier: LGPL-2.1-or-later
"""A switchdev NIC with its VFs' representors, two cards with both ports in one function, and a NIC on USB."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    groups = iter(range(40, 80))

    def nic(bus, ids, driver, name, vf_id, n_vfs=0):
        bridge = f"0000:{bus - 1:02x}:01.0"
        h.pci(bridge, "8086:347a", "060400", "pcieport", next(groups))
        pf = h.pci(f"0000:{bus:02x}:00.0", ids, "020000", driver, next(groups), [bridge], name,
                   attributes={**h.sriov(8, vf_id), "sriov_numvfs": str(n_vfs)})
        for n in range(n_vfs):
            vf = h.pci(f"0000:{bus:02x}:01.{n}", f"15b3:{vf_id}", "020000", "vfio-pci", next(groups), [bridge])
            h.file(f"{vf}/driver_override", "vfio-pci", writable=True)
            h.link(f"{pf}/virtfn{n}", vf)
            h.link(f"{vf}/physfn", pf)
        return pf

    def interface(pf, name, mac, up, mtu, **more):
        h.net(pf, name, mac)
        for key, value in {"flags": "0x1003" if up else "0x1002", "mtu": str(mtu), **more}.items():
            h.file(f"{pf}/net/{name}/{key}", value)

    pf = nic(0x11, "15b3:101d", "mlx5_core", "Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]", "101e", 2)
    interface(pf, "eth4", "ae:91:f5:91:c3:7c", True, 9000, phys_port_name="pf0vf0", dev_port="0")
    interface(pf, "eth5", "ae:91:f5:91:c3:7d", True, 9000, phys_port_name="pf0vf1", dev_port="0")
    interface(pf, "nic0", "52:54:00:00:11:00", False, 1500, phys_port_name="p0", dev_port="0")
    for bus in (0x21, 0x31):
        pf = nic(bus, "15b3:1003", "mlx4_core", "Mellanox Technologies: MT27500 Family [ConnectX-3]", "1004")
        interface(pf, f"lan{bus:x}", f"52:54:00:00:{bus:02x}:01", False, 1500, dev_port="1")
        interface(pf, f"wan{bus:x}", f"52:54:00:00:{bus:02x}:00", False, 1500, dev_port="0")
    usb = h.pci("0000:00:14.0", "8086:a12f", "0c0330", "xhci_hcd", next(groups), name="Intel Corporation: xHCI Controller")
    h.net(f"{usb}/usb1/1-11/1-11:2.0", "enx525400000014", "52:54:00:00:00:14")
    h.modules([])
    return h.tree(about)
