# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two equal GPUs, an iGPU that offers mdevs, a NIC of two ports, an HBA; and what four other programs' files say of them."""
from host import Host


def host(about):
    h = Host("6.12.0-1-amd64", "root=/dev/nvme0n1p2 ro intel_iommu=on vfio-pci.disable_vga=1")
    h.iommu("DMAR", ["dmar0"])
    igpu = h.pci("0000:00:02.0", "8086:3e92", "030000", "i915", 1, name="Intel Corporation: UHD Graphics 630")
    h.mdev_type(igpu, "i915-GVTg_V5_4", 1, "GVTg_V5_4")
    h.mdev_type(igpu, "i915-GVTg_V5_8", 2, "GVTg_V5_8")
    h.mdev_parent(igpu)
    for bus, group in ((1, 14), (2, 15)):
        port = f"0000:00:01.{bus - 1}"
        h.pci(port, "8086:1901", "060400", "pcieport", group - 10)
        h.pci(f"0000:0{bus}:00.0", "10de:2484", "030000", "nouveau", group, [port], "NVIDIA Corporation: GeForce RTX 3070", "1458:404c")
        h.pci(f"0000:0{bus}:00.1", "10de:228b", "040300", "snd_hda_intel", group, [port],
              "NVIDIA Corporation: GA104 High Definition Audio Controller", "1458:404c")
    h.pci("0000:00:1c.0", "8086:7ab8", "060400", "pcieport", 6)
    h.pci("0000:03:00.0", "1000:0097", "010700", "mpt3sas", 16, ["0000:00:1c.0"], "Broadcom / LSI: SAS3008 PCI-Express Fusion-MPT SAS-3")
    h.pci("0000:00:1d.0", "8086:7ab0", "060400", "pcieport", 7)
    for port in (0, 1):
        nic = h.pci(f"0000:5e:00.{port}", "8086:1592", "020000", "ice", 41 + port, ["0000:00:1d.0"],
                    "Intel Corporation: Ethernet Controller E810-C for QSFP", "8086:0002", Host.sriov(128, "1889"))
        h.net(nic, f"ens1f{port}np{port}", f"52:54:00:5e:00:0{port}")
    h.pci("0000:00:1f.6", "8086:15bc", "020000", "e1000e", 11, name="Intel Corporation: Ethernet Connection (7) I219-V")
    h.modules([])
    return h.tree(about)
