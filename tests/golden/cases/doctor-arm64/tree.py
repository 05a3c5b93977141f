# SPDX-License-Identifier: LGPL-2.1-or-later
"""A board with a PCIe NIC, described by a device tree."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-arm64", "root=/dev/mmcblk0p2 ro", groups=False)
    h.file("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd aes\nCPU implementer\t: 0x41")
    h.link("sys/class/misc/kvm", "sys/devices/virtual/misc/kvm")
    h.directory("sys/class/iommu")
    h.pci("0000:00:00.0", "14e4:2712", "060400", "pcieport")
    h.pci("0000:01:00.0", "8086:125c", "020000", "igc", None, ["0000:00:00.0"])
    h.modules([])
    h.programs("update-initramfs")
    return h.tree(about)
