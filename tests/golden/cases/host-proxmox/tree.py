# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mini-PC with Proxmox VE, its root on ZFS, the IOMMU off in the kernel. Guests are on a bridge over the first NIC."""
from host import Host


def host(about):
    h = Host("6.5.13-6-pve", "initrd=\\EFI\\proxmox\\6.5.13-6-pve\\initrd.img-6.5.13-6-pve root=ZFS=rpool/ROOT/pve-1 boot=zfs", groups=False)
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "Intel(R) N100")
    h.iommu("DMAR", [], remapping=False)
    h.pci("0000:00:00.0", "8086:461c", "060000")
    igpu = h.pci("0000:00:02.0", "8086:46d1", "030000", "i915", name="Intel Corporation: Alder Lake-N [UHD Graphics]",
                 attributes={"boot_vga": "1", "reset_method": "flr"})
    h.framebuffer(igpu)
    usb = h.pci("0000:00:14.0", "8086:54ed", "0c0330", "xhci_hcd")
    h.keyboard(usb, "USB Keyboard")
    h.virtual_net("vmbr0")
    for number in range(1, 5):
        bridge = f"0000:00:1c.{number}"
        h.pci(bridge, f"8086:54b{number + 7:x}", "060400", "pcieport")
        nic = h.pci(f"0000:0{number}:00.0", "8086:125c", "020000", "igc", None, [bridge],
                    "Intel Corporation: Ethernet Controller I226-V", attributes={"reset_method": "flr bus"})
        h.net(nic, f"enp{number}s0", f"52:54:00:26:00:0{number}", upper="vmbr0" if number == 1 else None)
    h.default_route("vmbr0")
    h.pci("0000:00:1d.0", "8086:54b0", "060400", "pcieport")
    nvme = h.pci("0000:05:00.0", "1e4b:1202", "010802", "nvme", None, ["0000:00:1d.0"], "MAXIO Technology (Hangzhou) Ltd.: NVMe SSD Controller MAP1202")
    h.nvme(nvme, 0, "AA000000001", (1, 2, 3))
    h.mount("259:2", "/boot/efi", "vfat", "/dev/nvme0n1p2")
    h.module("kvm", ignore_msrs="Y")
    h.modules([("pci:v00008086d0000125Csv*sd*bc*sc*i*", "igc")])
    h.file("etc/kernel/cmdline", "root=ZFS=rpool/ROOT/pve-1 boot=zfs")
    h.file("etc/kernel/proxmox-boot-uuids", "4A2B-1C3D")
    h.file("usr/sbin/proxmox-boot-tool", "#!/bin/bash")
    h.file("sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
           "\x06\x00\x00\x00" + "".join(f"{c}\x00" for c in "systemd-boot 252.22-1~deb12u1"))
    h.file("etc/modules", "vfio\nvfio_iommu_type1\nvfio_pci\nvfio_virqfd")
    h.file("etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:125c disable_vga=1")
    h.file("etc/modprobe.d/blacklist.conf", "blacklist igc\nblacklist nouveau")
    h.file("usr/sbin/update-initramfs", "#!/bin/sh")
    return h.tree(about)
