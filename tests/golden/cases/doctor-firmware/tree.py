# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Ryzen with everything off in its firmware that can be off."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "initrd=\\debian\\initrd root=/dev/nvme0n1p2 ro quiet amd_iommu=off", groups=False)
    h.cpu("AuthenticAMD", "fpu vme msr npt", "AMD Ryzen 7 5700G with Radeon Graphics")
    h.iommu(None, [], remapping=False)
    h.directory("sys/firmware/acpi/tables")
    h.pci("0000:00:01.1", "1022:1633", "060400", "pcieport")
    h.pci("0000:01:00.0", "1002:73ff", "030000", "amdgpu", None, ["0000:00:01.1"])
    h.pci("0000:01:00.1", "1002:ab28", "040300", "snd_hda_intel", None, ["0000:00:01.1"])
    igpu = h.pci("0000:07:00.0", "1002:1638", "030000", "amdgpu", None, ["0000:00:08.1"], attributes={"boot_vga": "1"})
    h.framebuffer(igpu)
    h.modules([("pci:v00001002d*sv*sd*bc03sc*i*", "amdgpu")])
    h.directory("var/lib/passthru-setup")
    h.file("etc/kernel/cmdline", "root=/dev/nvme0n1p2 ro quiet")
    h.file("usr/bin/kernel-install", "")
    h.file("efi/loader/entries/debian-6.12.48+deb13-amd64.conf", "title Debian\nlinux /debian/linux\noptions root=/dev/nvme0n1p2")
    h.file("sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
           "\x06\x00\x00\x00" + "".join(f"{c}\x00" for c in "systemd-boot 257.8-1~deb13u1"))
    h.programs("update-initramfs")
    return h.tree(about)
