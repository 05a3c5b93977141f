# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes captured trees and configurations of any size: tree.py DIRECTORY FUNCTIONS, for a look at one by hand."""
import os
import sys

VFS_OF_PF = 124  # a PF and its VFs: 125 functions


def _put(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _function(root: str, bus: int, devfn: int, group: int, vf: bool) -> str:
    """A directory below the bridge of its bus, as the kernel has it; returns its path from /sys/devices."""
    address = f"{bus >> 8:04x}:{bus & 0xff:02x}:{devfn >> 3:02x}.{devfn & 7}"
    place = f"pci{bus >> 8:04x}:00/{address}"
    path = os.path.join(root, "sys/devices", place)
    os.makedirs(path)
    _put(f"{path}/uevent", f"PCI_CLASS=20000\nPCI_ID=8086:{'10CA' if vf else '10C9'}\nPCI_SUBSYS_ID=8086:0000\n"
                           f"PCI_SLOT_NAME={address}\nMODALIAS=pci:v00008086d000010C9sv00008086sd00000000bc02sc00i00\n"
                           + ("" if vf else "DRIVER=igb\n"))
    _put(f"{path}/driver_override", "(null)\n")
    _put(f"{path}/enable", "0\n")
    os.symlink(f"../../../kernel/iommu_groups/{group}", f"{path}/iommu_group")
    os.symlink(f"../../../devices/{place}", os.path.join(root, "sys/bus/pci/devices", address))
    os.makedirs(os.path.join(root, f"sys/kernel/iommu_groups/{group}/devices"))
    os.symlink(f"../../../../devices/{place}", os.path.join(root, f"sys/kernel/iommu_groups/{group}/devices", address))
    return path


def write_tree(root: str, functions: int) -> list:
    """PFs with VFs that have no driver. Returns the PFs' addresses."""
    for name in ("devices", "drivers/vfio-pci", "drivers/igb"):
        os.makedirs(os.path.join(root, "sys/bus/pci", name))
    os.makedirs(os.path.join(root, "sys/module/vfio_pci"))
    pfs = []
    for n in range(functions):
        bus, devfn = n // (VFS_OF_PF + 1) + 1, n % (VFS_OF_PF + 1)
        path = _function(root, bus, devfn, n, devfn > 0)
        name = os.path.basename(path)
        if devfn == 0:
            pf = path
            pfs.append(name)
            count = min(VFS_OF_PF, functions - n - 1)
            for attribute, value in (("totalvfs", count), ("numvfs", count), ("drivers_autoprobe", 1),
                                     ("vf_device", "10ca")):
                _put(f"{path}/sriov_{attribute}", f"{value}\n")
        else:
            os.symlink(f"../{name}", f"{pf}/virtfn{devfn - 1}")
            os.symlink(f"../{os.path.basename(pf)}", f"{path}/physfn")
    return pfs


def write_config_for(path: str, pfs: list) -> None:
    """All VFs of all PFs to vfio-pci: a plan with two steps for each function."""
    _put(path, "".join(f"[sriov pf{i}]\naddress = {pf}\nvfs = max\n\n" for i, pf in enumerate(pfs)))


def write_config_for_each(path: str, root: str) -> None:
    """Each VF of the tree by a section of its own, and the group's rule not to stand in the way."""
    addresses = sorted(name for name in os.listdir(os.path.join(root, "sys/bus/pci/devices")) if not name.endswith("00.0"))
    _put(path, "".join(f"[device d{i}]\naddress = {address}\n\n" for i, address in enumerate(addresses)))


def write_long_config(path: str, lines: int) -> None:
    """Sections of four lines; each names a device of its own, of which few trees have many."""
    sections = []
    for i in range(lines // 4):
        bus, devfn = divmod(i, 256)
        sections.append(f"[device d{i}]\naddress = {bus >> 8:04x}:{bus & 0xff:02x}:{devfn >> 3:02x}.{devfn & 7}\n"
                        f"required = no\n; the {i}th\n")
    _put(path, "".join(sections))


if __name__ == "__main__":
    write_config_for(os.path.join(sys.argv[1], "passthru.conf"), write_tree(sys.argv[1], int(sys.argv[2])))
