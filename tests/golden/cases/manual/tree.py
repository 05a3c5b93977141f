# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host that has everything which the examples of passthru.conf(5) hand over, and a desktop, a disk and a NIC of its own."""
from host import Host

GPU = "NVIDIA Corporation: GA104 [GeForce RTX 3070]"
AUDIO = "NVIDIA Corporation: GA104 High Definition Audio Controller"
E810 = "Intel Corporation: Ethernet Controller E810-C for QSFP"


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/nvme0n1p2 ro intel_iommu=on")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "Intel(R) Xeon(R) E-2288G CPU @ 3.70GHz")
    h.iommu("DMAR", ["dmar0"])
    groups = iter(range(10, 60))

    def card(bus, port, ids, kind, driver, name, *functions, subsystem="0000:0000", **attributes):
        """A card behind a port of its own; more functions are (ids, kind, driver, name)."""
        h.pci(port, "8086:a33c", "060400", "pcieport", next(groups), name="Intel Corporation: Cannon Lake PCH PCI Express Root Port")
        group = next(groups)
        path = h.pci(f"0000:{bus}:00.0", ids, kind, driver, group, [port], name, subsystem, {"reset_method": "flr", **attributes})
        for number, (more, kind_of, driver_of, name_of) in enumerate(functions, 1):
            h.pci(f"0000:{bus}:00.{number}", more, kind_of, driver_of, group, [port], name_of)
        return path

    def drive(bus, port, index, serial, *partitions, **attributes):
        h.nvme(card(bus, port, "144d:a824", "010802", "nvme", "Samsung Electronics Co Ltd: NVMe SSD Controller PM173X",
                    **attributes), index, serial, partitions)

    def nic(bus, port, ids, driver, name, interface, mac, total, vf):
        h.net(card(bus, port, ids, "020000", driver, name, **Host.sriov(total, vf)), interface, mac)

    igpu = h.pci("0000:00:02.0", "8086:3e98", "030000", "i915", 1, name="Intel Corporation: CoffeeLake-S GT2 [UHD Graphics 630]",
                 attributes={"boot_vga": "1", "reset_method": "flr"})
    h.framebuffer(igpu)
    h.mdev_type(igpu, "i915-GVTg_V5_4", 2, "GVTg_V5_4", "low_gm_size: 128MB\nhigh_gm_size: 512MB\nresolution: 1920x1200")
    h.mdev_parent(igpu)
    h.keyboard(h.pci("0000:00:14.0", "8086:a36d", "0c0330", "xhci_hcd", 2, name="Intel Corporation: Cannon Lake PCH USB 3.1 xHCI"),
               "Logitech USB Keyboard")
    own = h.pci("0000:00:1f.6", "8086:15bb", "020000", "e1000e", 3, name="Intel Corporation: Ethernet Connection (7) I219-LM")
    h.net(own, "eno1", "52:54:00:a1:00:01")
    h.default_route("eno1")

    for bus, port in (("01", "0000:00:01.0"), ("02", "0000:00:01.1")):
        card(bus, port, "10de:2484", "030000", "nouveau", GPU, ("10de:228b", "040300", "snd_hda_intel", AUDIO),
             subsystem="1458:404c", boot_vga="0")
    card("03", "0000:00:1b.0", "1000:0097", "010700", "mpt3sas", "Broadcom / LSI: SAS3008 PCI-Express Fusion-MPT SAS-3")
    drive("04", "0000:00:1b.4", 0, "S5GXNX0T000001", 1, 2)
    h.mount("259:2", "/", "ext4", "/dev/nvme0n1p2")
    h.mount("259:1", "/boot/efi", "vfat", "/dev/nvme0n1p1")
    drive("05", "0000:00:1b.5", 1, "S4EWNX0R123456")
    drive("06", "0000:00:1b.6", 2, "S5GXNX0T654321", **Host.sriov(32, "a824"))
    card("07", "0000:00:1c.4", "1912:0014", "0c0330", "xhci_hcd", "Renesas Technology Corp.: uPD720201 USB 3.0 Host Controller")
    nic("21", "0000:00:1d.0", "8086:1592", "ice", E810, "enp33s0f0", "b4:96:91:21:00:00", 128, "1889")
    nic("31", "0000:00:1d.1", "8086:1521", "igb", "Intel Corporation: I350 Gigabit Network Connection", "enp49s0",
        "52:54:00:12:34:56", 7, "1520")
    card("41", "0000:00:1d.2", "10de:25b6", "030200", "nvidia", "NVIDIA Corporation: GA107GL [A16]", subsystem="10de:14a9",
         **Host.sriov(16, "25b6"))
    nic("5e", "0000:00:1d.4", "8086:1592", "ice", E810, "enp94s0f0", "b4:96:91:5e:00:00", 128, "1889")
    nic("5f", "0000:00:1d.5", "8086:1592", "ice", E810, "enp95s0f0", "b4:96:91:5f:00:00", 128, "1889")
    nic("b1", "0000:00:1d.6", "15b3:101d", "mlx5_core", "Mellanox Technologies: MT2892 Family [ConnectX-6 Dx]", "enp177s0f0np0",
        "b8:3f:d2:b1:00:00", 16, "101e")
    h.file("eswitch/pci/0000:b1:00.0", "legacy")

    h.module("kvm", ignore_msrs="N")
    h.module("nvidia")
    h.module("vfio_pci", disable_vga="N", ids="")
    h.modules([("pci:v00008086d00001889sv*sd*bc*sc*i*", "iavf"), ("pci:v*d*sv*sd*bc01sc08i02*", "nvme")])
    h.file("etc/machine-id", "5f1d0c0ffee04d6f9ad1b2c3d4e5f607")
    return h.tree(about)
