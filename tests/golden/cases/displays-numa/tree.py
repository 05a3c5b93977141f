# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two GPUs on two NUMA nodes, of which the firmware used the one that the kernel marks; the other has class 0380."""
from host import Host


def host(about):
    h = Host("6.8.0-60-generic", "BOOT_IMAGE=/boot/vmlinuz-6.8.0-60-generic root=/dev/sda1 ro")
    h.pci("0000:05:00.0", "1a03:2000", "030000", "ast", 1, attributes={"boot_vga": "1", "numa_node": "0"})
    h.pci("0000:83:00.0", "1002:1586", "038000", "amdgpu", 2, attributes={"numa_node": "1"})
    h.pci("0000:84:00.0", "8086:1592", "020000", "ice", 3, attributes={"numa_node": "1"})
    h.pci("0000:85:00.0", "8086:1592", "020000", "ice", 4, attributes={"numa_node": "-1"})
    return h.tree(about)
