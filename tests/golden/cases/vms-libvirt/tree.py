# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Ryzen with two GPUs, a USB controller, and an I350 whose VFs the guests have."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/nvme0n1p2 ro quiet iommu=pt")
    h.cpu("AuthenticAMD", "fpu vme msr svm npt", "AMD Ryzen 9 5950X 16-Core Processor")
    h.iommu("IVRS", ["ivhd0"])
    h.pci("0000:00:00.0", "1022:1480", "060000")
    nvme = h.pci("0000:01:00.0", "144d:a80a", "010802", "nvme", 14, name="Samsung Electronics Co Ltd: NVMe SSD Controller PM9A1")
    h.nvme(nvme, 0, "S5GXNX0R000007", (1, 2))
    h.mount("259:2", "/", "ext4", "/dev/nvme0n1p2")
    bare = h.pci("0000:02:00.0", "144d:a808", "010802", "vfio-pci", 15, name="Samsung Electronics Co Ltd: NVMe SSD Controller SM981")
    h.file(f"{bare}/driver_override", "vfio-pci", writable=True)
    nic = h.pci("0000:06:00.0", "8086:1521", "020000", "igb", 17, name="Intel Corporation: I350 Gigabit Network Connection",
                attributes={**h.sriov(7, "1520"), "sriov_numvfs": "3"})
    h.net(nic, "enp6s0f0", "52:54:00:06:00:00")
    for n in range(3):
        address = f"0000:06:10.{4 * n}" if n < 2 else "0000:06:11.0"
        vf = h.pci(address, "8086:1520", "020000", "vfio-pci", 30 + n, name="Intel Corporation: I350 Ethernet Controller Virtual Function")
        h.file(f"{vf}/driver_override", "vfio-pci", writable=True)
        h.link(f"{vf}/physfn", nic)
        h.link(f"{nic}/virtfn{n}", vf)
    board = h.pci("0000:07:00.0", "8086:15f3", "020000", "igc", 18, name="Intel Corporation: Ethernet Controller I225-V")
    h.net(board, "enp7s0", "52:54:00:07:00:00")
    h.default_route("enp7s0")
    for function, (ids, kind, driver) in enumerate((("1002:73bf", "030000", "amdgpu"), ("1002:ab28", "040300", "snd_hda_intel"))):
        h.pci(f"0000:0a:00.{function}", ids, kind, driver, 22 + function,
              name="Advanced Micro Devices, Inc. [AMD/ATI]: Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]", attributes={"boot_vga": "1"} if function == 0 else {})
    h.framebuffer("sys/devices/pci0000:00/0000:0a:00.0")
    for function, (ids, kind, driver) in enumerate((("10de:2484", "030000", "vfio-pci"), ("10de:228b", "040300", "vfio-pci"))):
        gpu = h.pci(f"0000:0b:00.{function}", ids, kind, driver, 24, name="NVIDIA Corporation: GA104 [GeForce RTX 3070]", attributes={"boot_vga": "0"})
        h.file(f"{gpu}/driver_override", "vfio-pci", writable=True)
    usb = h.pci("0000:0d:00.3", "1022:149c", "0c0330", "xhci_hcd", 26, name="Advanced Micro Devices, Inc. [AMD]: Matisse USB 3.0 Host Controller")
    h.keyboard(usb, "USB Keyboard")
    h.pci("0000:0d:00.4", "1022:1487", "040300", "snd_hda_intel", 27, name="Advanced Micro Devices, Inc. [AMD]: Starship/Matisse HD Audio Controller")
    h.pci("0000:0e:00.0", "1b21:2142", "0c0330", "xhci_hcd", 28, name="ASMedia Technology Inc.: ASM2142/ASM3142 USB 3.1 Host Controller")
    for domain in ("win11", "build"):
        h.link(f"etc/libvirt/qemu/autostart/{domain}.xml", f"etc/libvirt/qemu/{domain}.xml")
    h.modules([])
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=pt"')
    h.file("boot/grub/grub.cfg", "linux /boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/nvme0n1p2 ro quiet iommu=pt")
    h.programs("update-grub", "grub-mkconfig", "update-initramfs")
    return h.tree(about)
