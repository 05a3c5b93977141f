# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with an NVIDIA A16 on the vGPU driver for kernels from 6.8 on, whose VFs are still to be made."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    h.pci("0000:40:01.0", "8086:347a", "060400", "pcieport", 40)
    h.pci("0000:41:00.0", "10de:25b6", "030200", "nvidia", 41, behind=["0000:40:01.0"], name="NVIDIA Corporation: GA107GL [A16]",
          subsystem="10de:14a9", attributes=h.sriov(16, "25b6"))
    h.module("nvidia")
    h.modules([])
    return h.tree(about)
