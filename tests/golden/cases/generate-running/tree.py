# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two equal GPUs, of one its GPU alone; NICs, an NVMe drive and a vGPU card with VFs; a PF on vfio-pci; mdevs."""
from host import Host


def vf(h, pf, index, address, driver, group, override=None):
    """VF number index of the PF at that path, which has its id but for the device."""
    bridges = pf.split("/")[3:-1]
    ids = {"0000:5e:00.0": "8086:1889", "0000:5f:00.0": "15b3:101e", "0000:60:00.0": "144d:a824", "0000:61:00.0": "10de:2236",
           "0000:62:00.0": "8086:1520"}
    kinds = {"144d": "010802", "10de": "030200"}
    ids = ids[pf.rpartition("/")[2]]
    path = h.pci(address, ids, kinds.get(ids[:4], "020000"), driver, group, bridges)
    h.link(f"{pf}/virtfn{index}", path)
    h.link(f"{path}/physfn", pf)
    return path


def mdev(h, uuid, parent, type_id):
    h.link(f"{parent}/{uuid}/mdev_type", f"{parent}/mdev_supported_types/{type_id}")
    h.link(f"sys/bus/mdev/devices/{uuid}", f"{parent}/{uuid}")


def host(about):
    h = Host("6.12.0-1-amd64", "root=/dev/sda2 ro intel_iommu=on")
    h.iommu("DMAR", ["dmar0"])
    igpu = h.pci("0000:00:02.0", "8086:3e92", "030000", "i915", 1, name="Intel Corporation: UHD Graphics 630")
    h.mdev_type(igpu, "i915-GVTg_V5_4", 0, "GVTg_V5_4")
    h.mdev_parent(igpu)
    mdev(h, "83c32df7-d52e-4ec1-9668-1f3c7e4df107", igpu, "i915-GVTg_V5_4")
    h.pci("0000:00:14.0", "8086:7ae0", "0c0330", "vfio-pci", 8)
    for bus, group, audio in ((1, 14, "vfio-pci"), (2, 15, "snd_hda_intel")):
        port = f"0000:00:01.{bus - 1}"
        h.pci(port, "8086:1901", "060400", "pcieport", group - 10)
        h.pci(f"0000:0{bus}:00.0", "10de:2484", "030000", "vfio-pci", group, [port], "NVIDIA Corporation: GeForce RTX 3070")
        h.pci(f"0000:0{bus}:00.1", "10de:228b", "040300", audio, group, [port], "NVIDIA Corporation: GA104 High Definition Audio")
    h.pci("0000:00:1d.0", "8086:7ab0", "060400", "vfio-pci", 7)
    pfs = {}
    for slot, (address, ids, kind, driver, group, vfs, vf_device) in enumerate((
            ("0000:5e:00.0", "8086:1592", "020000", "ice", 41, 4, "1889"),
            ("0000:5f:00.0", "15b3:101d", "020000", "mlx5_core", 50, 3, "101e"),
            ("0000:60:00.0", "144d:a824", "010802", "nvme", 60, 2, "a824"),
            ("0000:61:00.0", "10de:2235", "030200", "nvidia", 70, 2, "2236"),
            ("0000:62:00.0", "8086:1521", "020000", "vfio-pci", 80, 1, "1520"))):
        port = f"0000:00:1c.{slot}"
        h.pci(port, "8086:7ab8", "060400", "pcieport", 90 + slot)
        pfs[address] = h.pci(address, ids, kind, driver, group, [port],
                             attributes={**Host.sriov(8, vf_device), "sriov_numvfs": str(vfs)})
    h.net(pfs["0000:5e:00.0"], "enp94s0f0", "52:54:00:5e:00:00")
    h.net(pfs["0000:5f:00.0"], "enp95s0", "52:54:00:5f:00:00")
    for index, driver in enumerate(("vfio-pci", "vfio-pci", "vfio-pci", None)):
        vf(h, pfs["0000:5e:00.0"], index, f"0000:5e:01.{index}", driver, 42 + index)
    for index, driver in enumerate(("mlx5_vfio_pci", "vfio-pci", "mlx5_vfio_pci")):
        vf(h, pfs["0000:5f:00.0"], index, f"0000:5f:00.{index + 1}", driver, 51 + index)
    for index in (0, 1):
        vf(h, pfs["0000:60:00.0"], index, f"0000:60:00.{index + 1}", None, 60)
        vgpu = vf(h, pfs["0000:61:00.0"], index, f"0000:61:00.{index + 4}", "nvidia", 71 + index)
        h.mdev_type(vgpu, "nvidia-558", 1 - index, "NVIDIA A40-8Q")
        h.mdev_parent(vgpu)
    mdev(h, "c0a3989f-8138-4d49-b63a-59db28ec8b48", vgpu, "nvidia-558")
    vf(h, pfs["0000:62:00.0"], 0, "0000:62:10.0", "vfio-pci", 81)
    h.module("kvm", ignore_msrs="Y", report_ignored_msrs="N", halt_poll_ns="200000")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="N")
    h.module("vfio_pci", disable_vga="Y", nointxmask="N", ids="10de:2484")
    h.modules([])
    return h.tree(about)
