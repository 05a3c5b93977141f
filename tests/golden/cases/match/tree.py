# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host of a fleet, with the configuration of all of them."""
from host import Host


def host(about):
    h = Host("6.12.43+deb13-amd64", "root=/dev/sda2 ro intel_iommu=on iommu=pt")
    h.cpu("GenuineIntel", "fpu vmx ept", "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz")
    h.iommu("DMAR", ["dmar0"])
    h.file("proc/sys/kernel/hostname", "gpu-17")
    h.file("proc/sys/kernel/arch", "x86_64")
    h.file("sys/class/dmi/id/sys_vendor", "Dell Inc.")
    h.file("sys/class/dmi/id/product_name", "PowerEdge R750xa")
    for number in (1, 2):
        h.pci(f"0000:0{number}:00.0", "10de:20b5", "030200", "vfio-pci", 10 + number,
              subsystem="10de:1533", attributes={"driver_override": "vfio-pci"})
    h.module("vfio_pci")
    return h.tree(about)
