# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server with hotplug slots: two equal NICs in 1 and 2, a graphics card with a switch of its own in 3, a NIC with two ports in 4,
nothing in 5."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on iommu=pt")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept", "Intel(R) Xeon(R) Gold 6430")
    h.iommu("DMAR", ["dmar0"])
    for number, bus in enumerate((0x5e, 0x86)):
        h.pci(f"0000:{bus:02x}:02.0", "8086:347a", "060400", "pcieport", 40 + number)
        path = h.pci(f"0000:{bus + 1:02x}:00.0", "15b3:1017", "020000", "mlx5_core", 60 + number, [f"0000:{bus:02x}:02.0"],
                     attributes=Host.sriov(8, "1018"))
        h.net(path, f"ens{number + 1}np0", f"52:54:00:5f:00:0{number}")
        h.slot(number + 1, f"0000:{bus + 1:02x}:00")
    h.pci("0000:a0:01.0", "8086:352a", "060400", "pcieport", 42)
    switch = ["0000:a0:01.0", "0000:a1:00.0"]
    h.pci(switch[1], "8086:4fa1", "060400", "pcieport", 43, switch[:1])
    for number, (ids, kind, driver) in enumerate((("8086:56a0", "030000", "i915"), ("8086:4f90", "040300", "snd_hda_intel"))):
        port = f"0000:a2:0{number * 4 + 1}.0"
        h.pci(port, "8086:4fa4", "060400", "pcieport", 44 + number, switch)
        h.pci(f"0000:a{number + 3}:00.0", ids, kind, driver, 62 + number, [*switch, port])
    h.slot(3, "0000:a1:00")
    h.pci("0000:c0:05.0", "8086:347c", "060400", "pcieport", 46)
    for function in range(2):
        path = h.pci(f"0000:c1:00.{function}", "8086:1521", "020000", "igb", 64 + function, ["0000:c0:05.0"],
                     attributes=Host.sriov(7, "1520"))
        h.net(path, f"ens4f{function}", f"52:54:00:c1:00:0{function}")
    h.slot(4, "0000:c1:00")
    h.slot(5, "0000:d1:00")
    h.default_route("eno1")
    h.framebuffer(h.pci("0000:02:00.0", "1a03:2000", "030000", "ast", 66, ["0000:00:1c.4"], attributes={"boot_vga": "1"}))
    h.modules([("pci:v00008086d0000{}sv*sd*bc*sc*i*".format(d), m) for d, m in (("1521", "igb"), ("56A0", "i915"))])
    return h.tree(about)
