# SPDX-License-Identifier: LGPL-2.1-or-later
"""A NIC with four VFs, and one without any yet."""
from host import Host

PF = "0000:5d:00.0"


def host(about):
    h = Host("6.12.0-1-amd64", "root=/dev/sda2 ro intel_iommu=on iommu=pt")
    h.cpu("GenuineIntel", "fpu vmx ept", "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz")
    h.iommu("DMAR", ["dmar0"])
    h.pci(PF, "8086:347a", "060400", "pcieport", 40)
    nic = h.pci("0000:5e:00.0", "8086:1592", "020000", "ice", 41, [PF],
                attributes={**Host.sriov(128, "1889"), "sriov_numvfs": "4"})
    h.net(nic, "enp94s0f0np0", "52:54:00:5e:00:00")
    for vf in range(4):
        path = h.pci(f"0000:5e:01.{vf}", "8086:1889", "020000", "vfio-pci", 50 + vf, [PF], attributes={"driver_override": "vfio-pci"})
        h.link(f"{path}/physfn", nic)
        h.link(f"{nic}/virtfn{vf}", path)
    new = h.pci("0000:5e:00.1", "8086:1592", "020000", "ice", 42, [PF], attributes=Host.sriov(128, "1889"))
    h.net(new, "enp94s0f1np1", "52:54:00:5e:00:01")
    h.file("vf-settings/enp94s0f0np0", "\n".join(
        f"mac=52:54:00:aa:00:{mac} vlan={vlan} qos=0 vlan-protocol=802.1q spoofchk=yes trust={trust} link-state=auto "
        "min-tx-rate=none max-tx-rate=none query-rss=-" for mac, vlan, trust in
        (("fe", "100", "yes"), ("ff", "101", "no"), ("77", "none", "yes"), ("01", "103", "yes"))))
    h.module("vfio_pci")
    return h.tree(about)
