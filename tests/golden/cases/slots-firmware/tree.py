# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop board: its SMBIOS gives the first slot by its port and the second by the card that is in it; the third is empty."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro iommu=pt")
    h.cpu("AuthenticAMD", "fpu vme msr svm npt", "AMD Ryzen 9 7950X 16-Core Processor")
    h.iommu("IVRS", ["ivhd0"])
    h.pci("0000:00:01.1", "1022:14db", "060400", "pcieport", 1)
    h.pci("0000:00:01.2", "1022:14db", "060400", "pcieport", 2)
    h.pci("0000:01:00.0", "10de:2484", "030000", "nouveau", 14, ["0000:00:01.1"])
    h.pci("0000:01:00.1", "10de:228b", "040300", "snd_hda_intel", 14, ["0000:00:01.1"])
    h.pci("0000:02:00.0", "1000:0097", "010700", "mpt3sas", 15, ["0000:00:01.2"])
    h.pci("0000:09:00.0", "1002:164e", "030000", "amdgpu", 16, ["0000:00:08.1"], attributes={"boot_vga": "1"})
    h.smbios(("PCIEX16_1", "0000:00:01.1"), ("PCIEX16(G4)/2  ", "0000:02:00.0"), ("PCIEX1", "0000:00:02.1"))
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau"), ("pci:v00001000d00000097sv*sd*bc*sc*i*", "mpt3sas")])
    return h.tree(about)
