# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop with a card to spare, a NIC with VFs and vGPUs of the iGPU: README's first configuration."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda2 ro intel_iommu=on")
    igpu = h.pci("0000:00:02.0", "8086:3e92", "030000", "i915", 0, name="Intel Corporation: UHD Graphics 630",
                 attributes={"boot_vga": "1", "reset_method": "flr"})
    h.framebuffer(igpu)
    h.mdev_type(igpu, "i915-GVTg_V5_4", 1, "GVTg_V5_4", "low_gm_size: 128MB\nhigh_gm_size: 512MB\nresolution: 1920x1200")
    h.mdev_parent(igpu)
    h.pci("0000:00:01.0", "8086:1901", "060400", "pcieport", 1)
    h.pci("0000:01:00.0", "10de:2484", "030000", "nouveau", 14, ["0000:00:01.0"], "NVIDIA Corporation: GA104 [GeForce RTX 3070]",
          attributes={"boot_vga": "0", "reset_method": "bus"})
    h.pci("0000:01:00.1", "10de:228b", "040300", "snd_hda_intel", 14, ["0000:00:01.0"],
          "NVIDIA Corporation: GA104 High Definition Audio Controller", attributes={"reset_method": "bus"})
    h.pci("0000:00:1c.0", "8086:a338", "060400", "pcieport", 3)
    hba = h.pci("0000:03:00.0", "1000:0097", "010700", "mpt3sas", 20, ["0000:00:1c.0"],
                "Broadcom / LSI: SAS3008 PCI-Express Fusion-MPT SAS-3")
    h.block(f"{hba}/host0/target0:0:0/0:0:0:0/block/sda", "sda2", "8:2", partition="2")
    h.mount("8:2", "/", "ext4", "/dev/sda2")
    h.pci("0000:00:1d.0", "8086:a330", "060400", "pcieport", 4)
    nic = h.pci("0000:5e:00.0", "8086:1592", "020000", "ice", 41, ["0000:00:1d.0"],
                "Intel Corporation: Ethernet Controller E810-C for QSFP",
                attributes={**h.sriov(128, "1889"), "reset_method": "flr"})
    h.net(nic, "enp94s0f0", "b4:96:91:00:00:10")
    h.module("vfio_pci")
    h.modules([])
    return h.tree(about)
