# SPDX-License-Identifier: LGPL-2.1-or-later
"""A laptop with an iGPU alone, root on LUKS, booted by systemd-boot. The IOMMU is on by the kernel's default."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "initrd=\\deb\\initrd root=/dev/mapper/root ro quiet splash")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz")
    h.iommu("DMAR", ["dmar0", "dmar1"])
    h.pci("0000:00:00.0", "8086:5914", "060000", "skl_uncore", 1)
    igpu = h.pci("0000:00:02.0", "8086:5917", "030000", "i915", 0, name="Intel Corporation: UHD Graphics 620",
                 attributes={"boot_vga": "1", "reset_method": "flr"})
    h.framebuffer(igpu)
    usb = h.pci("0000:00:14.0", "8086:9d2f", "0c0330", "xhci_hcd", 2, name="Intel Corporation: Sunrise Point-LP USB 3.0 xHCI Controller")
    h.keyboard(usb, "Integrated Keyboard")
    h.pci("0000:00:1c.0", "8086:9d10", "060400", "pcieport", 3)
    h.pci("0000:00:1d.0", "8086:9d18", "060400", "pcieport", 4)
    wifi = h.pci("0000:02:00.0", "8086:24fd", "028000", "iwlwifi", 9, ["0000:00:1c.0"],
                 "Intel Corporation: Wireless 8265 / 8275", "8086:0010", {"reset_method": "flr pm bus"})
    h.net(wifi, "wlp2s0", "52:54:00:a2:00:01")
    nvme = h.pci("0000:03:00.0", "144d:a808", "010802", "nvme", 10, ["0000:00:1d.0"],
                 "Samsung Electronics Co Ltd: NVMe SSD Controller SM981/PM981/PM983", "144d:a801", {"reset_method": "flr"})
    h.nvme(nvme, 0, "S444NX0M654321", (1, 2), holders=("dm-0",))
    h.block("sys/devices/virtual/block", "dm-0", "254:0", dm_name="root")
    h.mount("254:0", "/", "btrfs", "/dev/mapper/root")
    h.mount("259:1", "/efi", "vfat", "/dev/nvme0n1p1")
    nic = h.pci("0000:00:1f.6", "8086:15d7", "020000", "e1000e", 7, name="Intel Corporation: Ethernet Connection (4) I219-LM")
    h.net(nic, "enp0s31f6", "52:54:00:a2:00:02")
    h.default_route("enp0s31f6")
    h.module("kvm", ignore_msrs="N")
    h.module("i915", enable_gvt="N")
    h.modules([("pci:v00008086d00005917sv*sd*bc03sc*i*", "i915"), ("pci:v00008086d000024FDsv*sd*bc*sc*i*", "iwlwifi")])
    h.file("etc/kernel/cmdline", "root=/dev/mapper/root ro quiet splash")
    h.file("efi/loader/loader.conf", "timeout 3")
    h.file("efi/loader/entries/debian-6.12.48+deb13-amd64.conf",
           "title Debian GNU/Linux 13\nlinux /debian/6.12.48+deb13-amd64/linux\noptions root=/dev/mapper/root ro quiet splash")
    h.file("sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
           "\x06\x00\x00\x00" + "".join(f"{c}\x00" for c in "systemd-boot 257.8-1~deb13u1"))
    h.programs("update-initramfs")
    h.file("usr/sbin/update-initramfs", "#!/bin/sh")
    h.file("usr/bin/kernel-install", "#!/bin/sh")
    h.file("usr/lib/modules/6.12.48+deb13-amd64/vmlinuz", "")
    return h.tree(about)
