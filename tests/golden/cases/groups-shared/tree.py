# SPDX-License-Identifier: LGPL-2.1-or-later
"""Groups of several: with two sections that take the whole, with what another section keeps, with a PF and its VFs, with a VMD
and its drives, and with the bridge of the chipset."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro")
    for port in (0, 1):
        h.pci(f"0000:03:00.{port}", "8086:1521", "020000", "igb", 7)
    h.pci("0000:04:00.0", "1b21:1064", "010601", "ahci", 7)
    for index, (driver, ids) in enumerate((("xhci_hcd", "1912:0015"), ("ahci", "1b4b:9235"), ("tg3", "14e4:1657"))):
        h.pci(f"0000:05:0{index}.0", ids, "0c0330", driver, 8)
    pf = h.pci("0000:08:00.0", "8086:10c9", "020000", "igb", 9, attributes=h.sriov(7, "10ca") | {"sriov_numvfs": "1"})
    vf = h.pci("0000:08:10.0", "8086:10ca", "020000", "igbvf", 9)
    h.link(f"{pf}/virtfn0", vf)
    h.link(f"{vf}/physfn", pf)
    h.pci("0000:17:05.5", "8086:201d", "010400", "vmd", 10)
    root = ["0000:17:05.5", "pci10000:00", "10000:00:02.0"]
    h.pci("10000:00:02.0", "8086:2030", "060400", "pcieport", 10, behind=root[:2])
    h.pci("10000:01:00.0", "144d:a824", "010802", "nvme", 10, behind=root)
    h.pci("0000:00:1f.0", "8086:1d41", "060100", "lpc_ich", 11)
    h.pci("0000:00:1f.2", "8086:1d02", "010601", "ahci", 11)
    return h.tree(about)
