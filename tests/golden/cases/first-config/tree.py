# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop with a card to spare, a NIC with VFs and vGPUs of the iGPU: README's first configuration."""
from host import Host


def host(about, applied=False):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda2 ro intel_iommu=on")
    igpu = h.pci("0000:00:02.0", "8086:3e92", "030000", "i915", 0, name="Intel Corporation: UHD Graphics 630",
                 attributes={"boot_vga": "1", "reset_method": "flr"})
    h.framebuffer(igpu)
    h.mdev_type(igpu, "i915-GVTg_V5_4", 1, "GVTg_V5_4", "low_gm_size: 128MB\nhigh_gm_size: 512MB\nresolution: 1920x1200")
    h.mdev_parent(igpu)
    h.pci("0000:00:01.0", "8086:1901", "060400", "pcieport", 1)
    vfio = {"driver_override": "vfio-pci"} if applied else {}
    h.pci("0000:01:00.0", "10de:2484", "030000", "vfio-pci" if applied else "nouveau", 14, ["0000:00:01.0"], "NVIDIA Corporation: GA104 [GeForce RTX 3070]",
          attributes={"boot_vga": "0", "reset_method": "bus", **vfio})
    h.pci("0000:01:00.1", "10de:228b", "040300", "vfio-pci" if applied else "snd_hda_intel", 14, ["0000:00:01.0"],
          "NVIDIA Corporation: GA104 High Definition Audio Controller", attributes={"reset_method": "bus", **vfio})
    h.pci("0000:00:1c.0", "8086:a338", "060400", "pcieport", 3)
    hba = h.pci("0000:03:00.0", "1000:0097", "010700", "mpt3sas", 20, ["0000:00:1c.0"],
                "Broadcom / LSI: SAS3008 PCI-Express Fusion-MPT SAS-3")
    h.block(f"{hba}/host0/target0:0:0/0:0:0:0/block/sda", "sda2", "8:2", partition="2")
    h.mount("8:2", "/", "ext4", "/dev/sda2")
    h.pci("0000:00:1d.0", "8086:a330", "060400", "pcieport", 4)
    nic = h.pci("0000:5e:00.0", "8086:1592", "020000", "ice", 41, ["0000:00:1d.0"],
                "Intel Corporation: Ethernet Controller E810-C for QSFP",
                attributes={**h.sriov(128, "1889"), "reset_method": "flr", **({"sriov_numvfs": "8"} if applied else {})})
    h.net(nic, "enp94s0f0", "b4:96:91:00:00:10")
    if applied:
        for vf in range(8):
            path = h.pci(f"0000:5e:01.{vf}", "8086:1889", "020000", "vfio-pci", 50 + vf, ["0000:00:1d.0"],
                         "Intel Corporation: Ethernet Adaptive Virtual Function", attributes={"reset_method": "flr", **vfio})
            h.link(f"{nic}/virtfn{vf}", path)
            h.link(f"{path}/physfn", nic)
        uuid = "4b20d080-1b54-4048-85b3-a6a62d165c01"
        h.link(f"{igpu}/{uuid}/mdev_type", f"{igpu}/mdev_supported_types/i915-GVTg_V5_4")
        h.link(f"sys/bus/mdev/devices/{uuid}", f"{igpu}/{uuid}")
    h.module("vfio_pci")
    h.modules([])
    return h.tree(about)
