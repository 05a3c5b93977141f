# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cards with switches: Intel's GPUs have their audio on a bus of its own, and there are cards of two GPUs and of four drives; and
boards have switches too, with anything behind them."""
from host import Host


def arc(h, group, at, ports, behind, audio="snd_hda_intel"):
    """A GPU and its audio, each behind a port of the card's switch; at: the switch, the GPU and the audio."""
    switch, gpu, sound = at
    h.pci(switch, "8086:e2ff", "060400", "pcieport", group, behind=behind)
    for port, address, ids, kind, driver in ((ports[0], gpu, "8086:e20b", "030000", "xe"), (ports[1], sound, "8086:e2f7", "040300", audio)):
        h.pci(port, "8086:e2f0", "060400", "pcieport", group + 1, behind=[*behind, switch])
        h.pci(address, ids, kind, driver, group + 2, behind=[*behind, switch, port], subsystem="1849:6020")
        group += 2


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro")
    h.pci("0000:00:02.0", "8086:4680", "030000", "i915", 1)
    h.pci("0000:00:01.0", "8086:460d", "060400", "pcieport", 2)
    arc(h, 10, ("0000:01:00.0", "0000:03:00.0", "0000:04:00.0"), ("0000:02:01.0", "0000:02:02.0"), ["0000:00:01.0"])
    # The same in a box at a Thunderbolt port, whose own USB controller is Intel's too.
    box = ["0000:00:07.0", "0000:20:00.0", "0000:21:01.0"]
    h.pci("0000:00:07.0", "8086:466e", "060400", "pcieport", 3)
    h.pci("0000:20:00.0", "8086:1136", "060400", "pcieport", 4, behind=box[:1])
    h.pci("0000:21:01.0", "8086:1136", "060400", "pcieport", 5, behind=box[:2])
    h.pci("0000:21:02.0", "8086:1136", "060400", "pcieport", 6, behind=box[:2])
    h.pci("0000:30:00.0", "8086:1138", "0c0330", "xhci_hcd", 7, behind=["0000:00:07.0", "0000:20:00.0", "0000:21:02.0"])
    arc(h, 20, ("0000:22:00.0", "0000:24:00.0", "0000:25:00.0"), ("0000:23:01.0", "0000:23:02.0"), box)
    h.pci("0000:00:1d.0", "8086:7ab0", "060400", "pcieport", 50)
    arc(h, 51, ("0000:60:00.0", "0000:62:00.0", "0000:63:00.0"), ("0000:61:01.0", "0000:61:02.0"), ["0000:00:1d.0"])
    # Two GPUs on one card: each may be for a VM of its own.
    h.pci("0000:00:1b.0", "8086:7ac4", "060400", "pcieport", 8)
    h.pci("0000:40:00.0", "10b5:8747", "060400", "pcieport", 30, behind=["0000:00:1b.0"])
    for n in (0, 1):
        port = f"0000:41:{8 * (n + 1):02x}.0"
        h.pci(port, "10b5:8747", "060400", "pcieport", 31 + n, behind=["0000:00:1b.0", "0000:40:00.0"])
        h.pci(f"0000:4{n + 2}:00.0", "10de:102d", "030200", None, 33 + n, behind=["0000:00:1b.0", "0000:40:00.0", port])
    # A chipset's switch: its USB and SATA controllers are no card of a NIC's.
    h.pci("0000:00:1c.0", "1022:1483", "060400", "pcieport", 9)
    h.pci("0000:50:00.0", "1022:57ad", "060400", "pcieport", 40, behind=["0000:00:1c.0"])
    for n, (ids, kind, driver) in enumerate((("1022:149c", "0c0330", "xhci_hcd"), ("1022:7901", "010601", "ahci"))):
        port = f"0000:51:0{n}.0"
        h.pci(port, "1022:57a4", "060400", "pcieport", 41 + n, behind=["0000:00:1c.0", "0000:50:00.0"])
        h.pci(f"0000:5{n + 2}:00.0", ids, kind, driver, 43 + n, behind=["0000:00:1c.0", "0000:50:00.0", port])
    return h.tree(about)
