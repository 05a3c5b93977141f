# SPDX-License-Identifier: LGPL-2.1-or-later
"""Accelerators whose PFs have no driver in the kernel: one has none, one is on vfio-pci, one is as pf-driver says."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro iommu=pt")
    h.module("vfio_pci", enable_sriov="Y")
    for bus, driver, override in (("8a", None, None), ("8b", "vfio-pci", None), ("8c", "vfio-pci", "vfio-pci")):
        attributes = h.sriov(16, "0d5d")
        if override:
            attributes["driver_override"] = override
        h.pci(f"0000:{bus}:00.0", "8086:0d5c", "120001", driver, int(bus, 16), attributes=attributes)
    return h.tree(about)
