# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host whose VMs run: a NIC with eight VFs, of which VMs of libvirt and of Proxmox VE have some, and two cards."""
from host import Host

PF = "0000:5d:00.0"


def process(h, pid, comm, cmdline, *nodes):
    h.file(f"proc/{pid}/comm", comm)
    h._add(f"proc/{pid}/cmdline", " := " + "\\x00".join([*cmdline, ""]))
    h._add(f"proc/{pid}/fd/0", " -> /dev/null")
    for number, node in enumerate(nodes, 20):
        h._add(f"proc/{pid}/fd/{number}", f" -> {node}")


def host(about):
    h = Host("6.12.0-1-amd64", "root=/dev/sda2 ro intel_iommu=on iommu=pt")
    h.cpu("GenuineIntel", "fpu vmx ept", "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz")
    h.iommu("DMAR", ["dmar0"])
    h.pci(PF, "8086:347a", "060400", "pcieport", 40)
    nic = h.pci("0000:5e:00.0", "8086:1592", "020000", "ice", 41, [PF],
                attributes={**Host.sriov(128, "1889"), "sriov_numvfs": "8"})
    h.net(nic, "enp94s0f0np0", "52:54:00:5e:00:00")
    for vf in range(8):
        driver = "iavf" if vf == 6 else "vfio-pci"
        address = f"0000:5e:01.{vf}"
        path = h.pci(address, "8086:1889", "020000", driver, 50 + vf, [PF],
                     attributes={"driver_override": "vfio-pci" if driver == "vfio-pci" else "(null)",
                                 "enable": "1" if vf in (0, 1, 3, 4) else "0"})
        h.link(f"{path}/physfn", nic)
        h.link(f"{nic}/virtfn{vf}", path)
        if driver == "vfio-pci":
            h.directory(f"{path}/vfio-dev/vfio{vf}")
    for number, card in enumerate(("0000:01:00.0", "0000:02:00.0")):
        h.pci(card, "10de:2204", "030200", "vfio-pci", 10 + number,
              attributes={"driver_override": "vfio-pci", "enable": "1" if number else "0"})
    h.file("vf-settings/enp94s0f0np0", "\n".join(
        f"mac=52:54:00:aa:00:0{vf} vlan=none qos=0 vlan-protocol=802.1q spoofchk=yes trust=no link-state=auto "
        "min-tx-rate=none max-tx-rate=none query-rss=-" for vf in range(8)))
    # libvirt's: groups; one of two VFs and a card
    process(h, 4711, "qemu-system-x86", ["/usr/bin/qemu-system-x86_64", "-name", "guest=win11,debug-threads=on", "-S"],
            "/dev/vfio/vfio", "/dev/vfio/50", "/dev/vfio/51", "/dev/vfio/11")
    # Proxmox VE's, by the device's own node
    process(h, 4800, "kvm", ["/usr/bin/kvm", "-id", "104", "-name", "web1,debug-threads=on"], "/dev/vfio/devices/vfio3")
    process(h, 4900, "cloud-hyperviso", ["cloud-hypervisor", "--device", "path=/sys/bus/pci/devices/0000:5e:01.5"], "/dev/vfio/55")
    h.module("vfio_pci")
    return h.tree(about)
