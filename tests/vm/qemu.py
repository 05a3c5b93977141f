# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds a QEMU with the devices that the guests need, tries whether KVM runs a kernel, and speaks QMP with it."""
import functools
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

import cache
import trees

LIBRARIES = "usr/lib/x86_64-linux-gnu"


@functools.cache
def command() -> tuple:
    """The command line's beginning and the environment: the host's QEMU if it has igb, else one out of a tree."""
    host = shutil.which("qemu-system-x86_64")
    if host:
        devices = subprocess.run([host, "-device", "help"], capture_output=True, text=True, check=False).stdout
        if 'name "igb"' in devices and 'name "nvme"' in devices:
            return [host], dict(os.environ)
    tree = trees.qemu_tree()
    libraries = os.path.join(tree, LIBRARIES)
    argv = [os.path.join(libraries, "ld-linux-x86-64.so.2"), "--library-path", libraries,
            os.path.join(tree, "usr/bin/qemu-system-x86_64"),
            "-L", os.path.join(tree, "usr/share/qemu"), "-L", os.path.join(tree, "usr/share/seabios")]
    return argv, dict(os.environ, QEMU_MODULE_DIR=os.path.join(libraries, "qemu"))


def accelerator(kernel: str) -> list:
    """The options for KVM if it runs this kernel (it may exist and not do so), else for software emulation.

    One thread emulates all CPUs: with a thread for each, QEMU 10 loses timers and trips over an assertion
    (iotlb_to_section) when the host is busy, and is hardly faster. A small CPU model makes the guest a quarter faster
    than `max`, because udev loads fewer modules for it; with ARAT the kernel needs no HPET to wake an idle CPU.
    """
    chosen = os.environ.get("PASSTHRU_VM_ACCEL") or _remembered(kernel)
    if chosen == "kvm":
        return ["-accel", "kvm", "-machine", "q35,kernel-irqchip=split", "-cpu", "host"]
    return ["-accel", "tcg,thread=single", "-machine", "q35", "-cpu", "Nehalem,+arat,+rdrand"]


def _remembered(kernel: str) -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        key = cache.key_of(file.read(), os.path.realpath(kernel))
    path = os.path.join(cache.root(), f"accel-{key}")
    if not os.path.exists(path):
        answer = "kvm" if _kvm_runs(kernel) else "tcg"
        with open(path, "w", encoding="ascii") as file:
            file.write(answer)
    with open(path, encoding="ascii") as file:
        return file.read()


def _kvm_runs(kernel: str) -> bool:
    """Boots the kernel without a root until it has spoken; a KVM that can't run it stops the guest or says nothing."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    argv, env = command()
    with tempfile.TemporaryDirectory(dir=cache.root()) as scratch:
        console, path = os.path.join(scratch, "console"), os.path.join(scratch, "qmp")
        process = subprocess.Popen(
            [*argv, "-nodefaults", "-display", "none", "-m", "1G", "-accel", "kvm", "-machine",
             "q35,kernel-irqchip=split", "-cpu", "host", "-device", "intel-iommu,intremap=on", "-no-reboot",
             "-kernel", kernel, "-append", "console=ttyS0 panic=-1", "-serial", f"file:{console}",
             "-qmp", f"unix:{path},server=on,wait=off"],
            env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return _has_spoken(process, console, path)
        finally:
            process.kill()
            process.wait()


def _has_spoken(process: subprocess.Popen, console: str, path: str) -> bool:
    limit = time.monotonic() + 20
    qmp = None
    while time.monotonic() < limit:
        time.sleep(0.1)
        if os.path.exists(console):
            with open(console, "rb") as file:
                if b"Run /init" in (text := file.read()) or b"Unable to mount root" in text:
                    return True
        if process.poll() is not None:
            return False
        try:
            if qmp is None and os.path.exists(path):
                qmp = Qmp(path)
            if qmp and qmp.run("query-status")["status"] == "internal-error":
                return False
        except (OSError, QmpError):  # it has ended, or is about to
            continue
    return False


class QmpError(Exception):
    """QEMU refused a command."""


class Qmp:
    """A connection to QEMU's monitor; events are kept until they are asked for."""

    def __init__(self, path: str):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.buffer = b""
        self.events = []
        self._message()
        self.run("qmp_capabilities")

    def _message(self) -> dict:
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise QmpError("QEMU has closed its monitor")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def run(self, name: str, **arguments) -> dict:
        """A command's answer; QmpError with QEMU's words if it refuses."""
        request = {"execute": name, "arguments": arguments}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            message = self._message()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            else:
                return message["return"]

    def poll_events(self) -> list:
        """The events that have come since the last call, without waiting."""
        self.run("query-status")
        events, self.events = self.events, []
        return events
