# SPDX-License-Identifier: LGPL-2.1-or-later
"""pve1: a GPU on vfio-pci, four VFs of an E810, two of a ConnectX on their variant driver, an HBA that has moved to another slot, and
a Tesla T4 with mdevs."""
from host import Host

DESK = "00000001-0000-0000-0000-000000000104"


def vfs(h, pf, bus, ids, driver, first_group, count, behind, subsystem="0000:0000"):
    for n in range(count):
        vf = h.pci(f"0000:{bus}:01.{n}", ids, "020000", driver, first_group + n, behind, subsystem=subsystem, attributes={"reset_method": "flr"})
        h.file(f"{vf}/driver_override", driver, writable=True)
        h.link(f"{vf}/physfn", pf)
        h.link(f"{pf}/virtfn{n}", vf)


def host(about):
    h = Host("6.14.11-4-pve", "initrd=\\EFI\\proxmox\\6.14.11-4-pve\\initrd.img-6.14.11-4-pve root=ZFS=rpool/ROOT/pve-1 boot=zfs")
    h.cpu("AuthenticAMD", "fpu vme msr svm npt", "AMD EPYC 7313P 16-Core Processor")
    h.iommu("IVRS", ["ivhd0", "ivhd1"])
    h.pci("0000:00:00.0", "1022:1480", "060000")
    bmc = h.pci("0000:02:00.0", "1a03:2000", "030000", "ast", 10, name="ASPEED Technology, Inc.: ASPEED Graphics Family", attributes={"boot_vga": "1"})
    h.framebuffer(bmc)
    usb = h.pci("0000:03:00.3", "1022:148c", "0c0330", "xhci_hcd", 11)
    h.keyboard(usb, "USB Keyboard")
    for function, (ids, kind) in enumerate((("10de:24b0", "030000"), ("10de:228b", "040300"))):
        gpu = h.pci(f"0000:01:00.{function}", ids, kind, "vfio-pci", 14, name="NVIDIA Corporation: GA104GL [RTX A4000]",
                    subsystem="10de:14ad", attributes={"reset_method": "bus"})
        h.file(f"{gpu}/driver_override", "vfio-pci", writable=True)
    nic = h.pci("0000:41:00.0", "8086:1592", "020000", "ice", 20, name="Intel Corporation: Ethernet Controller E810-C for QSFP",
                subsystem="8086:0002", attributes={**h.sriov(64, "1889"), "sriov_numvfs": "4"})
    h.net(nic, "enp65s0f0", "52:54:00:41:00:00")
    vfs(h, nic, "41", "8086:1889", "vfio-pci", 30, 4, ())
    connectx = h.pci("0000:42:00.0", "15b3:101d", "020000", "mlx5_core", 21, name="Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]",
                     attributes={**h.sriov(8, "101e"), "sriov_numvfs": "2"})
    h.net(connectx, "enp66s0np0", "52:54:00:42:00:00")
    vfs(h, connectx, "42", "15b3:101e", "mlx5_vfio_pci", 40, 2, (), "15b3:0058")
    hba = h.pci("0000:46:00.0", "1000:0097", "010700", "vfio-pci", 24, name="Broadcom / LSI: SAS3008 PCI-Express Fusion-MPT SAS-3",
                subsystem="1000:3090")
    h.file(f"{hba}/driver_override", "vfio-pci", writable=True)
    tesla = h.pci("0000:81:00.0", "10de:1eb8", "030200", "nvidia", 50, name="NVIDIA Corporation: TU104GL [Tesla T4]", subsystem="10de:12a2")
    h.mdev_type(tesla, "nvidia-222", 15, "GRID T4-1B")
    h.mdev_type(tesla, "nvidia-230", 14, "GRID T4-1Q")
    h.mdev_parent(tesla)
    h.link(f"{tesla}/{DESK}/mdev_type", f"{tesla}/mdev_supported_types/nvidia-222")
    h.link(f"sys/bus/mdev/devices/{DESK}", f"{tesla}/{DESK}")
    board = h.pci("0000:c1:00.0", "14e4:165f", "020000", "tg3", 60, name="Broadcom Inc.: NetXtreme BCM5720 Gigabit Ethernet PCIe")
    h.virtual_net("vmbr0")
    h.net(board, "eno1", "52:54:00:c1:00:00", upper="vmbr0")
    h.default_route("vmbr0")
    nvme = h.pci("0000:c2:00.0", "144d:a80a", "010802", "nvme", 61, name="Samsung Electronics Co Ltd: NVMe SSD Controller PM9A1")
    h.nvme(nvme, 0, "S5GXNF0R000001", (1, 2, 3))
    h.mount("259:2", "/boot/efi", "vfat", "/dev/nvme0n1p2")
    h.modules([("vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", "mlx5_vfio_pci")])
    h.file("etc/kernel/cmdline", "root=ZFS=rpool/ROOT/pve-1 boot=zfs")
    h.file("etc/kernel/proxmox-boot-uuids", "4A2B-1C3D")
    h.file("usr/sbin/proxmox-boot-tool", "#!/bin/bash")
    h.link("etc/pve/local", "etc/pve/nodes/pve1")
    h.link("etc/pve/qemu-server", "etc/pve/nodes/pve1/qemu-server")
    return h.tree(about)
