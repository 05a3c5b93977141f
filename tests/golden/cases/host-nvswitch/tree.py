# SPDX-License-Identifier: LGPL-2.1-or-later
"""NVSwitches, which have a bridge's class and an endpoint's header, and GPUs that drive no screen."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro")
    h.pci("0000:10:01.0", "1022:1483", "060400", "pcieport", 1)
    switch = h.pci("0000:11:00.0", "10de:1af1", "068000", "nvidia-nvswitch", 2, behind=["0000:10:01.0"])
    h._add(f"{switch}/config", " := " + "\\x00" * 14 + "\\x80")
    h.pci("0000:10:02.0", "1022:1483", "060400", "pcieport", 3)
    h.pci("0000:12:00.0", "10de:20b2", "030200", "nvidia", 4, behind=["0000:10:02.0"])
    # Group 5: an NVLink bridge whose header can't be read, and one that has a bridge's.
    h.pci("0000:20:00.0", "1014:04ea", "068000", None, 5)
    real = h.pci("0000:20:00.1", "1014:04eb", "068001", None, 5)
    h._add(f"{real}/config", " := " + "\\x00" * 14 + "\\x01")
    h.pci("0000:21:00.0", "10de:15f9", "030200", None, 5)
    h.pci("0000:22:00.0", "1a03:2000", "030000", "ast", 6)
    return h.tree(about)
