# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with accelerators that vfio-pci refuses, and a vfio_pci that is loaded."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro")
    h.pci("0000:6a:01.0", "8086:0b25", "088000", "idxd", 1)
    h.pci("0000:3d:00.0", "8086:37c8", "0b4000", "c6xx", 2, attributes=h.sriov(16, "37c9"))
    h.pci("0000:3f:00.0", "8086:4940", "0b4000", "4xxx", 3, attributes=h.sriov(16, "4941"))
    h.module("vfio_pci", disable_denylist="N", disable_idle_d3="N", disable_vga="N", nointxmask="N")
    h.module("kvm", nx_huge_pages="Y", ignore_msrs="N")
    h.module("snd_hda_intel", enable="Y,Y,N")
    return h.tree(about)
