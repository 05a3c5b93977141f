# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two equal GPUs and a NIC; what a person had before, from forum posts, is still there beside the configuration."""
from host import Host

RELEASE = "6.12.48+deb13-amd64"
WORDS = "quiet intel_iommu=on pcie_acs_override=downstream,multifunction modprobe.blacklist=snd_hda_intel"


def host(about):
    h = Host(RELEASE, f"BOOT_IMAGE=/vmlinuz-{RELEASE} root=UUID=0a ro {WORDS}")
    h.cpu("GenuineIntel", "fpu vme msr vmx ept vpid", "Intel(R) Xeon(R) E-2288G CPU @ 3.70GHz")
    h.iommu("DMAR", ["dmar0"])
    igpu = h.pci("0000:00:02.0", "8086:3e98", "030000", "i915", 0, attributes={"boot_vga": "1"})
    h.framebuffer(igpu)
    for bus, group in ((1, 14), (2, 15)):
        bridge = f"0000:00:01.{bus - 1}"
        h.pci(bridge, "8086:1901", "060400", "pcieport", 1)
        h.pci(f"0000:0{bus}:00.0", "10de:2484", "030000", "vfio-pci", group, [bridge], "NVIDIA Corporation: GA104 [GeForce RTX 3070]")
        h.pci(f"0000:0{bus}:00.1", "10de:228b", "040300", None, group, [bridge])
    h.pci("0000:00:1c.0", "8086:a338", "060400", "pcieport", 6)
    nic = h.pci("0000:03:00.0", "8086:1592", "020000", "ice", 16, ["0000:00:1c.0"],
                "Intel Corporation: Ethernet Controller E810-C for QSFP", attributes=Host.sriov(64, "1889"))
    h.net(nic, "enp3s0", "52:54:00:a3:00:00")
    h.module("kvm", ignore_msrs="Y")
    h.module("vfio_pci", ids="10de:2484,10de:228b")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="Y")
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau"), ("pci:v*d*sv*sd*bc04sc03i00*", "snd_hda_intel")])
    h.programs("update-grub", "grub-mkconfig", "update-initramfs")
    h.file("etc/default/grub", f'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="{WORDS}"')
    h.file("etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:2484,10de:228b disable_vga=1\nsoftdep nouveau pre: vfio-pci")
    h.file("etc/modprobe.d/blacklist.conf", "blacklist pcspkr\nblacklist nouveau")
    h.file("etc/driverctl.d/pci-0000:02:00.0", "nouveau")
    h.file("etc/sysfs.conf", "# eight for the guests\nclass/net/enp3s0/device/sriov_numvfs = 8")
    h.file("etc/systemd/network/10-enp3s0.link", "[Match]\nOriginalName=enp3s0\n\n[Link]\nSR-IOVVirtualFunctions=8")
    h.file("etc/systemd/network/20-other.link", "[Match]\nOriginalName=enp9s0\n\n[Link]\nSR-IOVVirtualFunctions=2")
    h.file("etc/NetworkManager/system-connections/uplink.nmconnection",
           "[connection]\nid=uplink\ninterface-name=enp3s0\n\n[wifi-security]\npsk=not-for-others\n\n[sriov]\ntotal-vfs=8")
    h.file("etc/netplan/50-uplink.yaml", "network:\n  ethernets:\n    enp3s0:\n      virtual-function-count: 8")
    h.file("etc/udev/rules.d/70-vfs.rules", 'ACTION=="add", SUBSYSTEM=="net", KERNEL=="enp3s0", ATTR{device/sriov_numvfs}="8"')
    h.file("etc/rc.local", "#!/bin/sh\necho 8 >/sys/class/net/enp3s0/device/sriov_numvfs\nexit 0")
    h.file(f"var/lib/passthru-setup/initramfs/{RELEASE}/etc/passthru.conf", "[device gpu]\naddress = 01:00")
    return h.tree(about)
