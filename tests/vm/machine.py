# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a scenario's `machine` file, which says what the guest is made of, and makes QEMU's arguments of it."""
import os
import shlex
import subprocess

import cache
import trees

ARCHITECTURE = ["-device", "intel-iommu,intremap=on", "-nodefaults", "-display", "none"]
CMDLINE = ("rw rootfstype=ext4 fsck.mode=skip console=ttyS0 intel_iommu=on iommu=pt panic=1 oops=panic "
           "lsm=capability no_timer_check audit=0 mitigations=off net.ifnames=1 systemd.show_status=1 systemd.log_color=0 "
           "systemd.firstboot=off")


class MachineError(Exception):
    """A mistake in a machine file."""


class Machine:
    """What a machine file says: settings, and the devices as QEMU's arguments."""

    def __init__(self, path: str, suite: str = None):
        self.suite = suite
        self.suites, self.modules, self.cmdline = list(trees.SUITES), [], []
        self.memory, self.cpus, self.timeout, self.project, self.unit = "2G", 1, 600, True, True
        self.debs = False  # the Debian packages are in $DEBS
        self.root = "virtio"  # the controller of the root disk, 0000:00:02.0
        self.initramfs = []  # who makes it and what modules it is given; nobody: the one that came with the tree
        self.packages = []  # of Debian's that the guest has besides
        self.arguments, self.disks, self.ports = [], {}, 0
        self._read(path)

    def _read(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                words = shlex.split(line, comments=True)
                if words and words[0].rstrip(":") in trees.SUITES:  # trixie: what only this suite's guest has
                    words = words[1:] if words[0].rstrip(":") == self.suite else []
                if words:
                    try:
                        self._line(words[0], words[1:])
                    except (ValueError, KeyError, IndexError) as error:
                        raise MachineError(f"{path}:{number}: {line.strip()}: {error!r}") from error

    def _line(self, word: str, rest: list) -> None:
        if word == "include":
            self._read(os.path.join(cache.HERE, "machines", rest[0]))
        elif word in ("suites", "modules", "packages"):
            setattr(self, word, rest)
        elif word == "initramfs":
            if rest[0] not in trees.INITRAMFS_TOOLS:
                raise ValueError(f"expected {' or '.join(trees.INITRAMFS_TOOLS)}")
            self.initramfs = rest
        elif word == "cmdline":
            self.cmdline += rest
        elif word == "qemu":
            self.arguments += rest
        elif word in ("project", "unit", "debs"):
            setattr(self, word, {"yes": True, "no": False}[rest[0]])
        elif word in ("memory", "root"):
            setattr(self, word, rest[0])
        elif word in ("timeout", "cpus"):
            setattr(self, word, int(rest[0]))
        elif word == "slot":
            self._shared_slot(rest)
        else:
            device = {"port": self._port, "nvme": self._nvme}.get(word, self._plain)
            options = dict(item.split("=", 1) for item in rest)
            device(word, options)

    def _next_port(self, name: str = None) -> str:
        """A root port on the root bus at slots 10, 11, …; its secondary bus is 01, 02, … in this order."""
        self.ports += 1
        name = name or f"rp{self.ports}"
        self.arguments += ["-device", f"pcie-root-port,id={name},bus=pcie.0,chassis={self.ports},slot={self.ports},"
                                      f"addr={0xf + self.ports:#x}"]
        return name

    def _device(self, driver: str, options: dict) -> None:
        text = "".join(f",{key}={value}" for key, value in options.items())
        self.arguments += ["-device", driver + text]

    def _mac(self, function: int = 0) -> str:
        return f"52:54:00:00:{self.ports:02x}:{function:02x}"

    def _port(self, _word: str, options: dict) -> None:
        """port [name=NAME]: an empty slot for hotplug."""
        self._next_port(options.get("name"))

    def _plain(self, word: str, options: dict) -> None:
        """Any other word is a device of QEMU's in a root port of its own, with QEMU's options; a NIC gets a MAC."""
        port = self._next_port()
        more = {"mac": self._mac()} if word in ("igb", "e1000e", "e1000") else {}
        self._device(word, {"bus": port, "id": f"dev{self.ports}", **more, **options})

    def _nvme(self, _word: str, options: dict) -> None:
        """nvme [vfs=N] [serial=S] [disk=64M] [ext4=LABEL [from=var]]: a controller with N VFs, and a namespace."""
        vfs = int(options.pop("vfs", "0"))
        disk, label, source = (options.pop(name, None) for name in ("disk", "ext4", "from"))
        port = self._next_port()
        serial = options.pop("serial", f"nvme{self.ports}")
        self.arguments += ["-device", f"nvme-subsys,id=subsys{self.ports}"]
        settings = {"serial": serial, "subsys": f"subsys{self.ports}", "bus": port, "id": f"dev{self.ports}"}
        if vfs:
            settings |= {"sriov_max_vfs": vfs, "sriov_vq_flexible": 2 * vfs, "sriov_vi_flexible": vfs,
                         "max_ioqpairs": 2 * vfs + 3, "msix_qsize": vfs + 2}
        self._device("nvme", settings | options)
        if disk:
            self.disks[f"ns{self.ports}"] = disk, label, source
            self._device("nvme-ns", {"drive": f"ns{self.ports}", "bus": f"dev{self.ports}", "nsid": 1})

    def _shared_slot(self, drivers: list) -> None:
        """slot DRIVER DRIVER…: functions of one slot without ACS, which share an IOMMU group."""
        port = self._next_port()
        for function, driver in enumerate(drivers):
            mac = {"mac": self._mac(function)} if driver in ("igb", "e1000e", "e1000") else {}
            self._device(driver, {"bus": port, "addr": f"0.{function}", "multifunction": "on",
                                  "id": f"dev{self.ports}f{function}", **mac})

    def qemu_arguments(self, directory: str) -> list:
        """The arguments, with the disks of namespaces made in the run's directory."""
        drives = []
        for name, (size, label, source) in self.disks.items():
            path = os.path.join(directory, f"{name}.img")
            number = int(size.rstrip("KMG")) << {"K": 10, "M": 20, "G": 30}.get(size[-1], 0)
            with open(path, "wb") as file:
                file.truncate(number)
            if label:
                content = ["-d", os.path.join(directory, "payload", source)] if source else []
                subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-L", label, *content, path], check=True)
            drives += ["-drive", f"file={path},format=raw,if=none,id={name}"]
        return ["-m", self.memory, "-smp", str(self.cpus), *ARCHITECTURE, *drives, *self.arguments]

    def root_arguments(self) -> list:
        """The root disk's controller: an NVMe one can have further functions in its slot, and its driver is a module."""
        device = {"virtio": "virtio-blk-pci,addr=2", "nvme": "nvme,serial=root,addr=2.0,multifunction=on"}[self.root]
        return ["-device", f"{device},drive=root"]

    def kernel_cmdline(self) -> str:
        root = {"virtio": "/dev/vda", "nvme": "LABEL=root"}[self.root]
        return " ".join([f"root={root}", CMDLINE, *self.cmdline])
