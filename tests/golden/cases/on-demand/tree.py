# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop with one GPU, on which its display manager and its console are; a NIC and a USB controller can be spared."""
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/vmlinuz-6.12.48+deb13-amd64 root=UUID=0a ro quiet iommu=pt")
    h.cpu("AuthenticAMD", "fpu vme msr svm", "AMD Ryzen 7 7700X 8-Core Processor")
    h.iommu("IVRS", ["ivhd0"])
    port = h.pci("0000:00:01.1", "1022:14db", "060400", "pcieport", 1, name="Advanced Micro Devices, Inc. [AMD]: Raphael GPP Bridge")
    gpu = h.pci("0000:01:00.0", "10de:2484", "030000", "nouveau", 13, ["0000:00:01.1"],
                "NVIDIA Corporation: GA104 [GeForce RTX 3070]", "1458:404c", {"boot_vga": "1", "reset_method": "bus"})
    h.pci("0000:01:00.1", "10de:228b", "040300", "snd_hda_intel", 13, ["0000:00:01.1"],
          "NVIDIA Corporation: GA104 High Definition Audio Controller", "1458:404c", {"reset_method": "bus"})
    h.framebuffer(gpu)
    assert port
    for console, name, bound in ((0, "(S) dummy device", 0), (1, "(M) frame buffer device", 1)):
        h.file(f"sys/class/vtconsole/vtcon{console}/name", name)
        h.file(f"sys/class/vtconsole/vtcon{console}/bind", str(bound), writable=True)
    h.link("etc/systemd/system/display-manager.service", "usr/lib/systemd/system/gdm.service")
    h.file("sys/fs/cgroup/system.slice/gdm.service/cgroup.events", "populated 1\nfrozen 0\n")
    h.pci("0000:02:00.0", "8086:125c", "020000", "igc", 14, name="Intel Corporation: Ethernet Controller I226-V",
          attributes={"reset_method": "flr"})
    h.pci("0000:03:00.0", "1912:0014", "0c0330", "vfio-pci", 15,
          name="Renesas Technology Corp.: uPD720201 USB 3.0 Host Controller", attributes={"driver_override": "vfio-pci"})
    own = h.pci("0000:04:00.0", "10ec:8125", "020000", "r8169", 16, name="Realtek Semiconductor Co., Ltd.: RTL8125 2.5GbE Controller")
    h.net(own, "enp4s0", "52:54:00:a1:00:01")
    h.default_route("enp4s0")
    usb = h.pci("0000:05:00.0", "1022:15b6", "0c0330", "xhci_hcd", 17,
                name="Advanced Micro Devices, Inc. [AMD]: Raphael/Granite Ridge USB 3.1 xHCI")
    h.keyboard(usb, "Logitech USB Keyboard")
    # The VM media runs.
    h.file("run/passthru-setup/state", "\n".join([
        "[device 0000:03:00.0]", "id = 1912:0014", "section = |device+usb|", "driver = |xhci_hcd|", "override = ||",
        "to = |vfio-pci|", "", "[hold 0]", "section = |device+usb|", "vm = |libvirt+media|", ""]))
    h.module("kvm", ignore_msrs="Y")
    h.module("vfio_pci", disable_vga="N", ids="")
    h.module("vfio_iommu_type1", allow_unsafe_interrupts="N")
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau"), ("pci:v*d*sv*sd*bc04sc03i00*", "snd_hda_intel"),
               ("pci:v00008086d0000125Csv*sd*bc*sc*i*", "igc"), ("pci:v*d*sv*sd*bc0Csc03i30*", "xhci_hcd")])
    return h.tree(about)
