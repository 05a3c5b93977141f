# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two A100, an A2 with vGPUs on the driver for kernels from 6.8 on, two ports of an E810 with VFs, a Habana accelerator."""
from host import Host

PF = "0000:c1:00.0"


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "Intel(R) Xeon(R) Platinum 8480+")
    h.iommu("DMAR", ["dmar0", "dmar1"])
    for n, bus in enumerate(("31", "4b")):
        gpu = h.pci(f"0000:{bus}:00.0", "10de:20b5", "030200", "vfio-pci", 30 + n, name="NVIDIA Corporation: GA100 [A100 PCIe 80GB]", subsystem="10de:1533")
        h.file(f"{gpu}/driver_override", "vfio-pci", writable=True)
    gaudi = h.pci("0000:5a:00.0", "1da3:1000", "120000", "vfio-pci", 33, name="Habana Labs Ltd.: HL-2000 AI Training Accelerator [Gaudi]")
    h.file(f"{gaudi}/driver_override", "vfio-pci", writable=True)
    for port in (0, 1):
        nic = h.pci(f"0000:98:00.{port}", "8086:1593", "020000", "ice", 40 + port, name="Intel Corporation: Ethernet Controller E810-C for SFP",
                    attributes={**h.sriov(64, "1889"), "sriov_numvfs": "2"})
        h.net(nic, f"ens7f{port}np{port}", f"52:54:00:98:00:0{port}")
        for n in range(2):
            vf = h.pci(f"0000:98:0{1 + port}.{n}", "8086:1889", "020000", "vfio-pci", 50 + 2 * port + n, name="Intel Corporation: Ethernet Adaptive Virtual Function")
            h.file(f"{vf}/driver_override", "vfio-pci", writable=True)
            h.link(f"{vf}/physfn", nic)
            h.link(f"{nic}/virtfn{n}", vf)
    pf = h.pci(PF, "10de:25b6", "030200", "nvidia", 60, name="NVIDIA Corporation: GA107GL [A2 / A16]", subsystem="10de:157e",
               attributes={**h.sriov(2, "25b6"), "sriov_numvfs": "2"})
    for n, current in enumerate((0, 745)):
        vf = h.pci(f"0000:c1:00.{4 + n}", "10de:25b6", "030200", "nvidia", 61 + n, name="NVIDIA Corporation: GA107GL [A2 / A16]", subsystem="10de:157e")
        h.link(f"{vf}/physfn", pf)
        h.link(f"{pf}/virtfn{n}", vf)
        h.file(f"{vf}/nvidia/creatable_vgpu_types", "ID    : vGPU Name\n745   : NVIDIA A2-4Q" if not current else "ID    : vGPU Name")
        h.file(f"{vf}/nvidia/current_vgpu_type", str(current), writable=True)
        h.file(f"{vf}/nvidia/vgpu_params", "", writable=True)
    tesla = h.pci("0000:e1:00.0", "10de:1eb8", "030200", "nvidia", 70, name="NVIDIA Corporation: TU104GL [Tesla T4]", subsystem="10de:12a2")
    h.mdev_type(tesla, "nvidia-230", 14, "GRID T4-1Q")
    h.mdev_parent(tesla)
    board = h.pci("0000:02:00.0", "8086:1521", "020000", "igb", 20, name="Intel Corporation: I350 Gigabit Network Connection")
    h.net(board, "eno1", "52:54:00:02:00:00")
    h.default_route("eno1")
    h.modules([])
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX="intel_iommu=on"')
    h.file("boot/grub/grub.cfg", "linux /boot/vmlinuz-6.12.48+deb13-amd64 root=/dev/sda1 ro intel_iommu=on")
    h.programs("update-grub", "grub-mkconfig", "update-initramfs")
    return h.tree(about)
