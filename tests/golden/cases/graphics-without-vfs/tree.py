# SPDX-License-Identifier: LGPL-2.1-or-later
"""Intel's graphics on an i915 that makes no VFs."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro i915.max_vfs=3")
    h.pci("0000:00:02.0", "8086:4692", "030000", "i915", 1, attributes=h.sriov(0, "4692"))
    return h.tree(about)
