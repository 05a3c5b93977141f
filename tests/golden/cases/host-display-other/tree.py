# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mini PC whose only display has class 0380 and the firmware's framebuffer, before Linux 6.9 says on which card that is."""
from host import Host


def host(about):
    h = Host("6.8.12-4-pve", "BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/sda1 ro")
    h.pci("0000:00:08.1", "1022:1508", "060400", "pcieport", 1)
    h.pci("0000:c3:00.0", "1002:1586", "038000", "amdgpu", 2, behind=["0000:00:08.1"])
    h.pci("0000:c3:00.1", "1002:1640", "040300", "snd_hda_intel", 3, behind=["0000:00:08.1"])
    h.framebuffer("sys/devices/platform/simple-framebuffer.0")
    return h.tree(about)
