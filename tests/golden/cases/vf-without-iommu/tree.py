# SPDX-License-Identifier: LGPL-2.1-or-later
"""A NIC on a host whose IOMMU is off in the kernel."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro", groups=False)
    h.cpu("GenuineIntel", "vmx", "A CPU")
    h.iommu("DMAR", [])
    nic = h.pci("0000:20:00.0", "8086:1572", "020000", "i40e", attributes=h.sriov(8, "154c"))
    h.net(nic, "ens1", "02:00:00:00:20:00")
    return h.tree(about)
