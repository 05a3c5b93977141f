# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Radeon that a guide's recipe hands over: modprobe.d, /etc/modules, initramfs-tools and GRUB."""
from host import Host


def host(about):
    h = Host("6.8.12-4-pve", "root=/dev/mapper/pve-root ro quiet amd_iommu=on iommu=pt nofb nomodeset video=efifb:off,vesafb:off pci=assign-busses")
    h.cpu("AuthenticAMD", "svm", "AMD Ryzen 7 5700G")
    h.iommu("IVRS", ["ivhd0"])
    h.pci("0000:00:08.1", "1022:1635", "060400", "pcieport", 5)
    h.pci("0000:00:01.1", "1022:1633", "060400", "pcieport", 6)
    h.pci("0000:09:00.0", "1002:1638", "030000", "amdgpu", 8, ["0000:00:08.1"])
    h.pci("0000:03:00.0", "1002:73ff", "030000", "vfio-pci", 14, ["0000:00:01.1"])
    h.pci("0000:03:00.1", "1002:ab28", "040300", "vfio-pci", 15, ["0000:00:01.1"])
    h.module("vfio_pci", disable_vga="Y", disable_idle_d3="N")
    h.module("kvm", ignore_msrs="N", report_ignored_msrs="Y")
    h.modules([("pci:v00001002d*sv*sd*bc03sc*i*", "amdgpu"), ("pci:v*d*sv*sd*bc04sc03i00*", "snd_hda_intel")])
    h.programs("update-initramfs", "update-grub")
    h.file("etc/modprobe.d/vfio.conf", "options vfio-pci ids=1002:73ff,1002:ab28 disable_vga=1\n"
           "softdep amdgpu pre: vfio-pci\nsoftdep snd_hda_intel pre: vfio-pci\n")
    h.file("etc/modprobe.d/blacklist.conf", "blacklist nouveau\nblacklist radeon\nblacklist snd_hda_intel\n")
    h.file("etc/modprobe.d/pve-blacklist.conf", "blacklist nvidiafb\n")
    h.file("etc/modprobe.d/kvm.conf", "options kvm ignore_msrs=1 report_ignored_msrs=0\n")
    h.file("etc/modules", "vfio\nvfio_iommu_type1\nvfio_pci\nvfio_virqfd\n")
    h.file("etc/initramfs-tools/modules", "vfio_pci ids=1002:73ff,1002:ab28\n")
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on iommu=pt nofb nomodeset video=efifb:off,vesafb:off pci=assign-busses"\n')
    return h.tree(about)
