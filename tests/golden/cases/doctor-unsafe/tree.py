# SPDX-License-Identifier: LGPL-2.1-or-later
"""An old server without interrupt remapping, two accelerators and a VGA card on which the firmware draws."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz root=/dev/sda2 ro intel_iommu=on iommu=pt")
    h.cpu("GenuineIntel", "fpu vme msr vmx", "Intel(R) Xeon(R) CPU X5650 @ 2.67GHz")
    h.iommu("DMAR", ["dmar0"], remapping=False)
    for number, kind in ((1, "030000"), (2, "030200"), (3, "020000")):
        bridge = f"0000:00:0{number}.0"
        h.pci(bridge, "8086:340a", "060400", "pcieport", number)
        h.pci(f"0000:0{number}:00.0", f"10de:1db{number}", kind, None, 10 + number, [bridge],
              attributes={"boot_vga": "1"} if number == 1 else None)
    regions = h.dirs["sys/kernel/iommu_groups/13"]
    regions[:] = [line for line in regions if not line.startswith("reserved_regions")]
    h.file("sys/kernel/iommu_groups/13/reserved_regions", "0x00000000000e8000 0x00000000000e8fff direct\n0x00000000fee00000 0x00000000feefffff msi")
    frame = "sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/simple-framebuffer.0"
    h.link(f"{frame}/graphics/fb0/device", frame)
    h.link("sys/class/graphics/fb0", f"{frame}/graphics/fb0")
    h.pci("0000:00:1f.0", "8086:3a18", "030000", "ast", 20)
    h.module("kvm", ignore_msrs="N")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="Y")
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau")])
    h.directory("var/lib/passthru-setup")
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX="intel_iommu=on iommu=pt"')
    h.programs("grub2-mkconfig", "grubby")
    return h.tree(about)
