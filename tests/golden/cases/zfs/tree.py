# SPDX-License-Identifier: LGPL-2.1-or-later
"""The root is on a ZFS pool. Of four equal drives the first is a member of it, by udev's record of its partition; the second is of
a pool that is not imported; of the third udev has no record, as in an old capture; the fourth is empty."""
from host import Host

CONTENTS = {0: "tank", 1: "archive"}


def host(about):
    h = Host("6.8.12-4-pve", "root=ZFS=tank/ROOT/pve-1 boot=zfs iommu=pt")
    h.cpu("AuthenticAMD", "fpu vme msr svm npt", "AMD EPYC 7302P 16-Core Processor")
    h.iommu("IVRS", ["ivhd0"])
    for drive in range(4):
        bridge = f"0000:40:0{drive + 1}.1"
        h.pci(bridge, "1022:14ab", "060400", "pcieport", 40 + drive)
        path = h.pci(f"0000:4{drive + 1}:00.0", "144d:a824", "010802", "nvme", 60 + drive, [bridge])
        h.nvme(path, drive, f"S6UXNE0T90000{drive}", (1, 9) if drive < 3 else ())
        if pool := CONTENTS.get(drive):
            h.file(f"run/udev/data/b259:{drive * 16}", "E:DEVTYPE=disk")
            h.file(f"run/udev/data/b259:{drive * 16 + 1}", f"E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL={pool}\nE:ID_FS_UUID=12{drive}")
            h.file(f"run/udev/data/b259:{drive * 16 + 9}", "E:DEVTYPE=partition")
    h.mounts.append("30 1 0:30 / / rw,relatime shared:1 - zfs tank/ROOT/pve-1 rw,xattr,posixacl")
    h.file("proc/spl/kstat/zfs/arcstats", "9 1 0x01")
    h.file("proc/spl/kstat/zfs/tank/state", "ONLINE")
    h.modules([("pci:v*d*sv*sd*bc01sc08i02*", "nvme")])
    return h.tree(about)
