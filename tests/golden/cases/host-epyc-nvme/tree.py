# SPDX-License-Identifier: LGPL-2.1-or-later
"""An EPYC with eight equal NVMe drives; the root is on an MD array of the first two. Nothing but serial numbers tells the
others apart for good."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz-6.12.48+deb13-amd64 root=/dev/md0 ro iommu=pt")
    h.cpu("AuthenticAMD", "fpu vme msr svm npt", "AMD EPYC 9354 32-Core Processor")
    h.iommu("IVRS", ["ivhd0", "ivhd1", "ivhd2", "ivhd3"])
    h.pci("0000:00:00.0", "1022:14a4", "060000", group=0)
    for drive in range(8):
        bridge = f"0000:{'40' if drive < 4 else '80'}:0{drive % 4 + 1}.1"
        h.pci(bridge, "1022:14ab", "060400", "pcieport", 40 + drive)
        path = h.pci(f"0000:{'4' if drive < 4 else '8'}{drive % 4 + 1}:00.0", "144d:a824", "010802", "nvme", 60 + drive, [bridge],
                     "Samsung Electronics Co Ltd: NVMe SSD Controller PM173X", "144d:a801", {"reset_method": "flr bus"})
        h.nvme(path, drive, f"S6UXNE0T90000{drive}", (1,) if drive < 2 else (), holders=("md0",) if drive < 2 else ())
    h.block("sys/devices/virtual/block", "md0", "9:0")
    h.mount("9:0", "/", "ext4", "/dev/md0")
    h.pci("0000:c0:01.1", "1022:14ab", "060400", "pcieport", 80)
    nic = h.pci("0000:c1:00.0", "14e4:16d8", "020000", "bnxt_en", 81, ["0000:c0:01.1"],
                "Broadcom Inc. and subsidiaries: BCM57416 NetXtreme-E Dual-Media 10G RDMA Ethernet Controller", "14e4:4163",
                {"reset_method": "bus", **Host.sriov(8, "16dc")})
    h.net(nic, "enp193s0np0", "52:54:00:c1:00:00")
    h.default_route("enp193s0np0")
    bmc = h.pci("0000:c2:00.0", "1a03:2000", "030000", "ast", 82, ["0000:c0:03.5"],
                "ASPEED Technology, Inc.: ASPEED Graphics Family", attributes={"boot_vga": "1"})
    h.framebuffer(bmc)
    usb = h.pci("0000:c3:00.4", "1022:14c9", "0c0330", "xhci_hcd", 83, ["0000:c0:07.1"])
    h.keyboard(usb, "AMI Virtual Keyboard")
    h.module("kvm", ignore_msrs="N")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="N")
    h.modules([("pci:v*d*sv*sd*bc01sc08i02*", "nvme")])
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT="iommu=pt"')
    h.file("boot/grub/grub.cfg", "linux /vmlinuz-6.12.48+deb13-amd64 root=/dev/md0 ro iommu=pt")
    h.programs("update-grub", "grub-mkconfig", "update-initramfs")
    h.file("usr/sbin/update-initramfs", "#!/bin/sh")
    h.file("usr/sbin/update-grub", "#!/bin/sh")
    return h.tree(about)
