# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server with two E810 of two ports and a ConnectX; the default route goes over a bond of the board's two ports."""
from host import Host


def host(about):
    h = Host("6.1.0-39-amd64", "BOOT_IMAGE=/vmlinuz-6.1.0-39-amd64 root=/dev/sda2 ro intel_iommu=on iommu=pt default_hugepagesz=1G hugepages=64")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz")
    h.iommu("DMAR", ["dmar0", "dmar1", "dmar2"])
    h.virtual_net("bond0")
    h.pci("0000:16:02.0", "8086:347a", "060400", "pcieport", 20)
    for function in (0, 1):
        board = h.pci(f"0000:17:00.{function}", "8086:1521", "020000", "igb", 21 + function, ["0000:16:02.0"],
                      "Intel Corporation: I350 Gigabit Network Connection", "8086:00a2", {"reset_method": "flr", **Host.sriov(7, "1520")})
        h.net(board, f"eno{function + 1}", f"52:54:00:17:00:0{function}", upper="bond0")
    h.default_route("bond0")
    h.pci("0000:17:1e.0", "1000:0097", "010700", "mpt3sas", 25, name="Broadcom / LSI: SAS3008 PCI-Express Fusion-MPT SAS-3")
    for card, (bridge, bus, group) in enumerate((("0000:5d:00.0", "5e", 41), ("0000:9c:00.0", "9d", 61))):
        h.pci(bridge, "8086:347a", "060400", "pcieport", group - 1)
        for port in (0, 1):
            nic = h.pci(f"0000:{bus}:00.{port}", "8086:1592", "020000", "ice", group + port, [bridge],
                        "Intel Corporation: Ethernet Controller E810-C for QSFP", "8086:0002", {"reset_method": "bus", **Host.sriov(128, "1889")})
            h.net(nic, f"ens{card + 1}f{port}np{port}", f"52:54:00:5e:0{card}:0{port}")
    h.pci("0000:5d:02.0", "8086:347c", "060400", "pcieport", 50)
    connectx = h.pci("0000:5f:00.0", "15b3:101d", "020000", "mlx5_core", 51, ["0000:5d:02.0"],
                     "Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]", "15b3:0016", {"reset_method": "bus", **Host.sriov(16, "101e")})
    h.net(connectx, "ens3np0", "52:54:00:5f:00:00")
    disk = "sys/devices/pci0000:17/0000:17:1e.0/host0/target0:0:0/0:0:0:0/block"
    h.block(disk, "sda", "8:0")
    h.block(disk, "sda/sda2", "8:2")
    h.mount("8:2", "/", "xfs", "/dev/sda2")
    h.module("kvm", ignore_msrs="N")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="N", dma_entry_limit="65535")
    h.modules([("vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", "mlx5_vfio_pci"), ("pci:v00008086d00001592sv*sd*bc*sc*i*", "ice"),
               ("pci:v000015B3d0000101Dsv*sd*bc*sc*i*", "mlx5_core"), ("pci:v00008086d00001889sv*sd*bc*sc*i*", "iavf")])
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT=""\nGRUB_CMDLINE_LINUX="intel_iommu=on iommu=pt default_hugepagesz=1G hugepages=64"')
    h.file("boot/grub/grub.cfg", "linux /vmlinuz-6.1.0-39-amd64 root=/dev/sda2 ro intel_iommu=on iommu=pt")
    h.programs("update-grub", "grub-mkconfig", "update-initramfs")
    h.file("usr/sbin/update-initramfs", "#!/bin/sh")
    h.file("usr/sbin/update-grub", "#!/bin/sh")
    return h.tree(about)
