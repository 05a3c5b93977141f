# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ports without ACS: a card with two ports and a disk controller share a group, a PF with its VFs and a USB controller another one,
and a PF with its VFs a third."""
from host import Host


def pf(h, bus, group, vfs):
    port = [f"0000:00:1{bus}.0"]
    name = f"0000:{bus:02x}"
    path = h.pci(f"{name}:00.0", "8086:10c9", "020000", "igb", group, port,
                 attributes={**Host.sriov(7, "10ca"), "sriov_numvfs": str(vfs)})
    h.net(path, f"enp{bus}s0", f"52:54:00:00:0{bus}:00")
    for vf in range(vfs):
        at = h.pci(f"{name}:10.{vf * 2}", "8086:10ca", "020000", "igbvf", group, port)
        h.link(f"{path}/virtfn{vf}", at)
        h.link(f"{at}/physfn", path)


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on iommu=pt")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept", "Intel(R) Core(TM) i7-8700")
    h.iommu("DMAR", ["dmar0"])
    for port in (3, 4, 5, 6, 7):
        h.pci(f"0000:00:1{port}.0", "8086:a340", "060400", "pcieport", 3 if port < 5 else 5 if port < 7 else 7)
    for function in range(2):
        h.pci(f"0000:03:00.{function}", "8086:1521", "020000", "igb", 3, ["0000:00:13.0"])
    h.pci("0000:04:00.0", "1b21:1064", "010601", "ahci", 3, ["0000:00:14.0"])
    pf(h, 5, 5, 2)
    h.pci("0000:06:00.0", "1b73:1100", "0c0330", "xhci_hcd", 5, ["0000:00:16.0"])
    pf(h, 7, 7, 2)
    h.modules([("pci:v00008086d000010C9sv*sd*bc*sc*i*", "igb"), ("pci:v00008086d000010CAsv*sd*bc*sc*i*", "igbvf")])
    return h.tree(about)
