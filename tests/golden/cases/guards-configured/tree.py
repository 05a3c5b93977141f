# SPDX-License-Identifier: LGPL-2.1-or-later
from host import Host


def host(about):
    h = Host("6.12.48+deb13-amd64", "BOOT_IMAGE=/boot/vmlinuz root=UUID=0b1c2d3e-0000-4000-8000-000000000001 intel_iommu=on iommu=pt")
    root = h.pci("0000:00:17.0", "8086:a352", "010601", "ahci", 1)
    h.block(f"{root}/ata1/host0/block", "sdz", "65:144")
    h.mount("65:144", "/", "ext4", "/dev/sdz")
    disks = h.pci("0000:03:00.0", "1000:0097", "010700", "mpt3sas", 3)
    for name, number in (("sda", 0), ("sda/sda1", 1), ("sda/sda2", 2), ("sda/sda3", 3)):
        h.block(f"{disks}/host1/block", name, f"8:{number}")
    crypt = h.pci("0000:04:00.0", "1000:0097", "010700", "mpt3sas", 4)
    for name, number in (("sdb", 16), ("sdb/sdb1", 17)):
        h.block(f"{crypt}/host2/block", name, f"8:{number}")
    array = h.pci("0000:05:00.0", "1000:0097", "010700", "mpt3sas", 5)
    h.block(f"{array}/host3/block", "sdc", "8:32")
    h.nvme(h.pci("0000:06:00.0", "144d:a80a", "010802", "nvme", 6), 0, "S4EWNX0R100001")
    h.nvme(h.pci("0000:07:00.0", "144d:a80a", "010802", "nvme", 7), 1, "S4EWNX0R100002")
    for link, node in (("by-uuid/0b1c2d3e-0000-4000-8000-000000000001", "sdz"),
                       ("by-uuid/0b1c2d3e-0000-4000-8000-000000000002", "sda2"), ("by-label/spare", "sda1"),
                       ("by-partuuid/5f3a0001-01", "sdb"), ("by-partlabel/crypt\\x20data", "sdb1")):
        h.link(f"dev/disk/{link}", f"dev/{node}")
    found = (("8:32", "linux_raid_member", "4a5b6c7d-0000-0001-0000-000200000003"),
             ("259:0", "LVM2_member", "bbbbbb-0000-0000-0000-0000-0000-000001"),
             ("259:16", "LVM2_member", "cccccc-0000-0000-0000-0000-0000-000001"))
    for number, kind, uuid in found:
        h.file(f"run/udev/data/b{number}", f"E:ID_FS_UUID={uuid}\nE:ID_FS_TYPE={kind}")
    for slot in range(8, 13):
        nic = h.pci(f"0000:{slot:02x}:00.0", "8086:1521", "020000", "igb", 10 + slot)
        h.net(nic, f"enp{slot}s0", f"52:54:00:00:{slot:02x}:00")
        h.file(f"{nic}/net/enp{slot}s0/ifindex", str(slot))
        h.file(f"run/udev/data/n{slot}", "")
    return h.tree(about)
