# SPDX-License-Identifier: LGPL-2.1-or-later
"""A workstation with two equal GPUs. The desktop is on the iGPU; the second card and its audio are for a guest."""
from host import Host

GPU = "NVIDIA Corporation: GA104 [GeForce RTX 3070]"
AUDIO = "NVIDIA Corporation: GA104 High Definition Audio Controller"


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz-6.12.48+deb13-amd64 root=UUID=0a ro quiet intel_iommu=on")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "13th Gen Intel(R) Core(TM) i9-13900K")
    h.iommu("DMAR", ["dmar0", "dmar1"])
    h.pci("0000:00:00.0", "8086:a700", "060000", group=1, name="Intel Corporation: Raptor Lake-S 8+16 - Host Bridge")
    igpu = h.pci("0000:00:02.0", "8086:a780", "030000", "i915", 0, name="Intel Corporation: Raptor Lake-S GT1 [UHD Graphics 770]",
                 attributes={"boot_vga": "1", "reset_method": "flr"})
    h.framebuffer(igpu)
    for slot, port, group in ((1, "0000:00:01.0", 2), (2, "0000:00:01.1", 3)):
        h.pci(port, "8086:a70d", "060400", "pcieport", group, name="Intel Corporation: Raptor Lake PCI Express Root Port")
        h.pci(f"0000:0{slot}:00.0", "10de:2484", "030000", "nouveau", group + 12, [port], GPU, "1458:404c",
              {"boot_vga": "0", "reset_method": "bus"})
        h.pci(f"0000:0{slot}:00.1", "10de:228b", "040300", "snd_hda_intel", group + 12, [port], AUDIO, "1458:404c",
              {"reset_method": "bus"})
    usb = h.pci("0000:00:14.0", "8086:7ae0", "0c0330", "xhci_hcd", 5, name="Intel Corporation: Raptor Lake USB 3.2 Gen 2x2 XHCI Host Controller")
    h.keyboard(usb, "Logitech USB Keyboard")
    h.pci("0000:00:1c.0", "8086:7ab8", "060400", "pcieport", 6, name="Intel Corporation: Raptor Lake PCI Express Root Port")
    nvme = h.pci("0000:03:00.0", "144d:a80a", "010802", "nvme", 16, ["0000:00:1c.0"],
                 "Samsung Electronics Co Ltd: NVMe SSD Controller PM9A1/PM9A3/980PRO", "144d:a801", {"reset_method": "flr bus"})
    h.nvme(nvme, 0, "S5GXNX0R123456", (1, 2, 3))
    h.mount("259:2", "/", "ext4", "/dev/nvme0n1p2")
    h.mount("259:1", "/boot/efi", "vfat", "/dev/nvme0n1p1")
    h.swaps.append("/dev/nvme0n1p3\tpartition\t999420\t0\t-2")
    h.pci("0000:00:1f.0", "8086:7a04", "060100", group=7)
    h.pci("0000:00:1f.4", "8086:7a23", "0c0500", "i801_smbus", 7)
    nic = h.pci("0000:00:1f.6", "8086:1a1d", "020000", "e1000e", 7, name="Intel Corporation: Ethernet Connection (17) I219-V",
                attributes={"reset_method": "flr"})
    h.net(nic, "eno1", "52:54:00:a1:00:01")
    h.default_route("eno1")
    h.module("kvm", ignore_msrs="N")
    h.module("vfio_pci", disable_vga="N", ids="")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="N")
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau"), ("pci:v*d*sv*sd*bc04sc03i00*", "snd_hda_intel"),
               ("pci:v00008086d00001A1Dsv*sd*bc*sc*i*", "e1000e"), ("pci:v*d*sv*sd*bc01sc08i02*", "nvme")])
    h.file("etc/default/grub", 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="intel_iommu=on"')
    h.file("boot/grub/grub.cfg", "menuentry 'Debian' {\n\tlinux /vmlinuz-6.12.48+deb13-amd64 root=UUID=0a ro quiet intel_iommu=on\n}")
    h.programs("update-grub", "grub-mkconfig", "update-initramfs")
    h.file("usr/sbin/update-initramfs", "#!/bin/sh")
    h.file("usr/sbin/update-grub", "#!/bin/sh")
    return h.tree(about)
