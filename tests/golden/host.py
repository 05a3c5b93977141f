# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host in few words, made into the text of a tree (see "run"): what a case's tree.py describes it with."""
import itertools


def text_of(value):
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


class Host:
    """Collects directories with their files; each call adds a thing as the kernel shows it in sysfs and proc."""

    def __init__(self, release, cmdline, groups=True):
        self.dirs = {}  # directory: lines of the tree
        self.names = []  # of the hwdb
        self.groups = groups  # False: no IOMMU
        self.mounts, self.routes, self.swaps = [], [], []
        self.drivers = set()
        self.inputs = itertools.count(3)
        self.numbers = itertools.count(30)
        self.release = release
        self.passthrough = "iommu=pt" in cmdline.split()
        self.file("proc/cmdline", cmdline)
        self.file("proc/sys/kernel/osrelease", release)
        self.file("sys/class/tty/console/active", "tty0")

    # ---- what everything is made of ----

    def _add(self, path, line):
        directory, _, name = path.rpartition("/")
        self.dirs.setdefault(directory, []).append(f"{name}{line}")

    def file(self, path, text, writable=False):
        self._add(path, f" {'=w' if writable else '='} {text_of(text)}")

    def link(self, path, target):
        """target: a path from the root; written as sysfs does, from the link's place."""
        self._add(path, f" -> {'../' * path.count('/')}{target}")

    def directory(self, path):
        self._add(path, "/")

    # ---- PCI ----

    def pci(self, address, ids, kind, driver=None, group=None, behind=(), name=None, subsystem="0000:0000", attributes=None):
        """A function and the path of its device directory. kind: the class, six hex digits. behind: the bridges' addresses.
        name: what the hwdb calls it, "Vendor: Device"."""
        root = (behind[0] if behind else address).rpartition(":")[0]
        path = "/".join(["sys/devices", f"pci{root}", *behind, address])
        vendor, device = ids.upper().split(":")
        sub = subsystem.upper().split(":")
        kind = kind.upper()
        alias = f"pci:v0000{vendor}d0000{device}sv0000{sub[0]}sd0000{sub[1]}bc{kind[:2]}sc{kind[2:4]}i{kind[4:]}"
        lines = [f"DRIVER={driver}"] * bool(driver) + [
            f"PCI_CLASS={kind.lstrip('0')}", f"PCI_ID={vendor}:{device}", f"PCI_SUBSYS_ID={sub[0]}:{sub[1]}",
            f"PCI_SLOT_NAME={address}", f"MODALIAS={alias}"]
        self.file(f"{path}/uevent", "\n".join(lines))
        self.file(f"{path}/modalias", alias)
        attributes = {"driver_override": "(null)", **(attributes or {})}
        if group is not None and self.groups:
            self.link(f"{path}/iommu_group", f"sys/kernel/iommu_groups/{group}")
            if f"sys/kernel/iommu_groups/{group}" not in self.dirs:
                self.file(f"sys/kernel/iommu_groups/{group}/type", "identity" if self.passthrough else "DMA-FQ")
                self.file(f"sys/kernel/iommu_groups/{group}/reserved_regions", "0x00000000fee00000 0x00000000feefffff msi")
        for attribute, value in attributes.items():
            self.file(f"{path}/{attribute}", value,
                      writable=attribute in ("driver_override", "sriov_numvfs", "sriov_drivers_autoprobe"))
        self.link(f"sys/bus/pci/devices/{address}", path)
        if driver:
            self.drivers.add(driver)
            self.link(f"{path}/driver", f"sys/bus/pci/drivers/{driver}")
        if name:
            self.names.append((f"v0000{vendor}d0000{device}", *name.split(": ", 1)))
        return path

    @staticmethod
    def sriov(total, vf_device):
        """The attributes of a PF that has no VFs."""
        return {"sriov_totalvfs": str(total), "sriov_numvfs": "0", "sriov_drivers_autoprobe": "1", "sriov_vf_device": vf_device}

    def slot(self, name, address):
        """A slot as the kernel has it: address is domain:bus:device."""
        self.file(f"sys/bus/pci/slots/{name}/address", address)

    def smbios(self, *slots):
        """The firmware's table: (what is printed on the board, address of the port or card)."""
        table = bytes([0, 4, 0, 0, 0, 0])
        for handle, (name, address) in enumerate(slots):
            domain, bus, device, function = (int(part, 16) for part in address.replace(".", ":").split(":"))
            fields = bytes([1, 0xb6, 0x0d, 4, 3, handle, 0, 4, 1]) + domain.to_bytes(2, "little") + bytes([bus, device << 3 | function])
            table += bytes([9, 4 + len(fields)]) + handle.to_bytes(2, "little") + fields + name.encode() + bytes(2)
        table += bytes([127, 4, 0xff, 0xfe, 0, 0])
        self._add("sys/firmware/dmi/tables/DMI", " := " + "".join(f"\\x{byte:02x}" for byte in table))

    # ---- what is on it ----

    def net(self, path, name, mac, upper=None):
        self.file(f"{path}/net/{name}/address", mac)
        self.file(f"{path}/net/{name}/addr_assign_type", "0")
        if upper:
            self.link(f"{path}/net/{name}/master", f"sys/devices/virtual/net/{upper}")
            self.link(f"{path}/net/{name}/upper_{upper}", f"sys/devices/virtual/net/{upper}")
        self.link(f"sys/class/net/{name}", f"{path}/net/{name}")

    def virtual_net(self, name):
        self.directory(f"sys/devices/virtual/net/{name}/.")
        self.link(f"sys/class/net/{name}", f"sys/devices/virtual/net/{name}")

    def default_route(self, interface):
        self.routes.append(f"{interface}\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0")

    def block(self, path, name, number, holders=(), **files):
        """A disk or partition in its device directory, as sda or sda/sda1."""
        short = name.rpartition("/")[2]
        self.file(f"{path}/{name}/dev", number)
        self.directory(f"{path}/{name}/holders")
        for holder in holders:
            self.link(f"{path}/{name}/holders/{holder}", f"sys/devices/virtual/block/{holder}")
        for file, value in files.items():
            self.file(f"{path}/{name}/{file.replace('_', '/')}", value)
        self.link(f"sys/class/block/{short}", f"{path}/{name}")

    def mount(self, number, point, kind, source):
        self.mounts.append(f"{next(self.numbers)} 1 {number} / {point} rw,relatime shared:1 - {kind} {source} rw")

    def nvme(self, path, index, serial, partitions=(), holders=()):
        """A drive with one namespace: partitions are numbers, holders those of the last of them."""
        self.file(f"{path}/nvme/nvme{index}/serial", serial)
        minor = index * 16
        self.block(f"{path}/nvme/nvme{index}", f"nvme{index}n1", f"259:{minor}", () if partitions else holders)
        for number in partitions:
            self.block(f"{path}/nvme/nvme{index}", f"nvme{index}n1/nvme{index}n1p{number}", f"259:{minor + number}",
                       holders if number == partitions[-1] else ())

    def keyboard(self, path, name):
        number = next(self.inputs)
        at = f"{path}/usb1/1-1/1-1:1.0/0003:046D:C31C.{number:04}/input/input{number}"
        self.file(f"{at}/name", name)
        self.file(f"{at}/capabilities/ev", "120013")
        self.file(f"{at}/capabilities/key", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe")
        self.link(f"sys/class/input/input{number}", at)

    def framebuffer(self, path):
        self.link(f"{path}/graphics/fb0/device", path)
        self.link("sys/class/graphics/fb0", f"{path}/graphics/fb0")

    def mdev_type(self, path, type_id, available, name=None, description=None, api="vfio-pci"):
        at = f"{path}/mdev_supported_types/{type_id}"
        for file, value in (("name", name), ("description", description), ("device_api", api), ("available_instances", available)):
            if value is not None:
                self.file(f"{at}/{file}", str(value))

    def mdev_parent(self, path):
        self.link(f"sys/class/mdev_bus/{path.rpartition('/')[2]}", path)

    # ---- the machine itself ----

    def cpu(self, vendor, flags, model):
        self.file("proc/cpuinfo", f"processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: {model}\nflags\t\t: {flags}\n")
        self.directory("sys/class/misc")
        if {"vmx", "svm"} & set(flags.split()):
            self.link("sys/class/misc/kvm", "sys/devices/virtual/misc/kvm")

    def iommu(self, table, units, remapping=True):
        """table: DMAR or IVRS, as ACPI has it (its signature is all that is looked at); units: dmar0, ivhd0, …"""
        if table:
            self.file(f"sys/firmware/acpi/tables/{table}", f"{table}\\x00")
        self.directory("sys/class/iommu")
        for unit in units:
            self.link(f"sys/class/iommu/{unit}", f"sys/devices/virtual/iommu/{unit}")
        self.file("sys/kernel/irq/24/chip_name", "IR-PCI-MSI" if remapping else "PCI-MSI")

    def module(self, name, **parameters):
        self.directory(f"sys/module/{name}/.")
        for parameter, value in parameters.items():
            self.file(f"sys/module/{name}/parameters/{parameter}", value, writable=True)

    def modules(self, aliases, builtin=()):
        """What modules.alias of the running kernel has: (pattern, module)."""
        self.file(f"lib/modules/{self.release}/modules.alias", "".join(f"alias {a} {m}\n" for a, m in aliases))
        self.file(f"lib/modules/{self.release}/modules.builtin", "".join(f"kernel/{b}\n" for b in builtin))
        there = sorted({m for _, m in aliases} | {"vfio-pci", "vfio_iommu_type1", "kvm", "kvmgt", "i915"})
        self.file(f"lib/modules/{self.release}/modules.dep", "".join(f"kernel/{m}.ko.xz:\n" for m in there))

    def programs(self, *names):
        """Those that tell which boot loader and which initramfs there are."""
        for name in names:
            self.file(f"usr/sbin/{name}", "/default/grub.d/" if name.endswith("mkconfig") else "")

    def tree(self, about):
        self.file("proc/1/mountinfo", "\n".join(self.mounts))
        self.file("proc/swaps", "\n".join(["Filename\tType\tSize\tUsed\tPriority", *self.swaps]))
        heading = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"
        self.file("proc/net/route", "\n".join([heading, *self.routes]))
        if not self.drivers:
            self.directory("sys/bus/pci/devices")
        for driver in sorted(self.drivers | {"vfio-pci"}):
            self.directory(f"sys/bus/pci/drivers/{driver}")
        if self.names:
            self.file("etc/udev/hwdb.d/names.hwdb", "".join(
                f"pci:{match}*\n ID_VENDOR_FROM_DATABASE={vendor}\n ID_MODEL_FROM_DATABASE={model}\n\n"
                for match, vendor, model in dict.fromkeys(self.names)))
        parts = [f"# {about}\n"]
        for directory in sorted(self.dirs):
            parts.append("\n".join(["", f"@ {directory}", *self.dirs[directory], ""]))
        return "".join(parts)
