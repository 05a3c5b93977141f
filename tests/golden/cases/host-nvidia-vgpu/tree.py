# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with an NVIDIA A16 on the vGPU driver for kernels from 6.8 on: each VF is a vGPU itself, and there is no mdev bus."""
from host import Host

PF = "0000:41:00.0"
TYPES = {591: "NVIDIA A16-2Q", 592: "NVIDIA A16-4Q"}


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    h.pci("0000:40:01.0", "8086:347a", "060400", "pcieport", 40)
    pf = h.pci(PF, "10de:25b6", "030200", "nvidia", 41, behind=["0000:40:01.0"], name="NVIDIA Corporation: GA107GL [A16]",
               subsystem="10de:14a9", attributes={**h.sriov(16, "25b6"), "sriov_numvfs": "5"})
    for n, current in enumerate([592, 0, 0, 593, 592]):
        address = f"0000:41:0{(n + 4) // 8}.{(n + 4) % 8}"
        vf = h.pci(address, "10de:25b6", "030200", "nvidia", 50 + n, behind=["0000:40:01.0"], name="NVIDIA Corporation: GA107GL [A16]",
                   subsystem="10de:14a9")
        h.link(f"{pf}/virtfn{n}", vf)
        h.link(f"{vf}/physfn", pf)
        lines = [] if current else [f"{number:<5} : {name}" for number, name in TYPES.items()]
        h.file(f"{vf}/nvidia/creatable_vgpu_types", "\n".join(["ID    : vGPU Name", *lines]))
        h.file(f"{vf}/nvidia/current_vgpu_type", str(current), writable=True)
        h.file(f"{vf}/nvidia/vgpu_params", "", writable=True)
    h.file("run/passthru-setup/state", "[mdev 4b20d080-1b54-4048-85b3-a6a62d165c01]\nsection = |mdev+desktop|\n"
           "parent = |0000:41:00.0/0|\ntype = |NVIDIA+A16-4Q|\n\n[mdev 4b20d080-1b54-4048-85b3-a6a62d165c02]\n"
           "section = |mdev+old|\nparent = |0000:41:01.0|\ntype = |592|\n")
    h.module("nvidia")
    h.modules([])
    return h.tree(about)
