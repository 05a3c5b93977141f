# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a guest with a scenario, talks with it over a virtio port, and collects its results."""
import ctypes
import importlib.util
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time

import cache
import debs
import find_root
import image
import initramfs
import project
import qemu
import trees
from machine import Machine
from progress import CommandFailed, colour, tail

SCENARIOS = os.path.join(cache.HERE, "scenarios")
MARK = "\001"  # what follows it on a line from the guest is a message, all else is output
INSIDE = "usr/lib/passthru-tests"
PANIC = re.compile(rb"Kernel panic - not syncing.*|You are in emergency mode.*")


def _die_with_parent() -> None:
    """Asks the kernel to kill this child when the harness is killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _prune_runs() -> None:
    """Removes the directories of old failed runs; the last few stay to be looked at."""
    runs = os.path.join(cache.root(), "runs")
    paths = sorted((os.path.join(runs, name) for name in os.listdir(runs)), key=os.path.getmtime, reverse=True)
    for path in paths[4:]:
        if not os.path.exists(f"/proc/{path.rpartition('-')[2]}"):
            shutil.rmtree(path, ignore_errors=True)


class GuestDied(Exception):
    """The guest ended, hung or restarted without having said so."""


class Results:
    """Counts what the guest reports and prints it as it comes."""

    def __init__(self, prefix: str, verbose: bool, shows: bool = False):
        self.prefix, self.verbose, self.shows = prefix, verbose, shows
        self.passed = self.failed = 0
        self.seconds = self.cpu = self.booting_cpu = 0.0  # in all; of QEMU; of that, until run.sh is started, in all boots
        self.boots = 0
        self.output = []  # what run.sh printed since the last result, shown when it matters
        self.in_show = False

    def say(self, text: str) -> None:
        print(f"{colour('2', self.prefix)} {text}", flush=True)

    def ok(self, text: str) -> None:
        self.passed += 1
        self.output = []
        self.say(f"{colour('32', 'ok')} {self.passed + self.failed} - {text}")

    def fail(self, text: str) -> None:
        self.failed += 1
        self.say(f"{colour('31;1', 'not ok')} {self.passed + self.failed} - {text}")
        if not self.verbose:
            for line in self.output[-30:]:
                self.say(f"#     {line}")
        self.output = []

    def printed(self, text: str) -> None:
        if self.verbose:
            self.say(f"| {text}")
        self.output.append(text)

    def cost(self) -> str:
        """What the scenario took, as far as it came."""
        return (f"{self.seconds:.0f} s; {self.cpu:.0f} s of CPU, {self.booting_cpu:.0f} s of them for "
                f"{self.boots} boot{'s' if self.boots != 1 else ''}")

    def booting(self) -> None:
        """All is built and QEMU about to start."""

    def heading(self, text: str) -> None:
        """Begins what the guest shows to the user."""
        self.verbatim(colour("1;36", f"── {text}"))

    def verbatim(self, text: str) -> None:
        """A line of what the guest shows."""
        if self.shows:
            print(text, flush=True)
        else:
            self.printed(text)


class Scenario:
    """A directory with `machine`, `run.sh`, and perhaps `passthru.conf`, `root/`, `*.c` and `host.py`."""

    def __init__(self, name: str, suite: str, environment: dict):
        self.name, self.environment = name, environment
        self.path = os.path.join(SCENARIOS, name)
        self.machine = Machine(os.path.join(self.path, "machine"), suite)
        hook = os.path.join(self.path, "host.py")
        self.hook = None
        if os.path.exists(hook):
            spec = importlib.util.spec_from_file_location(f"host_{name.replace('-', '_')}", hook)
            self.hook = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(self.hook)

    def overlay(self, target: str) -> None:
        """Writes what the scenario brings for the guest's own directories: root/ and passthru.conf."""
        os.makedirs(os.path.join(target, "etc"), exist_ok=True)
        if os.path.exists(os.path.join(self.path, "root")):
            shutil.copytree(os.path.join(self.path, "root"), target, dirs_exist_ok=True)
        if os.path.exists(os.path.join(self.path, "passthru.conf")):
            shutil.copy(os.path.join(self.path, "passthru.conf"), os.path.join(target, "etc"))

    def payload(self, suite: str, kernel: str, target: str) -> None:
        """Writes the tree of files that the scenario adds to the guest."""
        tools = project.tools(suite, kernel, os.path.join(cache.HERE, "tools"), self.path)
        shutil.copytree(tools, target)
        ours = os.path.join(target, INSIDE)
        shutil.copy(os.path.join(cache.HERE, "guest-lib.sh"), ours)
        shutil.copy(os.path.join(cache.HERE, "guest-files/passthru-tests"), ours)
        os.chmod(os.path.join(ours, "passthru-tests"), 0o755)
        with open(os.path.join(ours, "environment"), "w", encoding="utf-8") as file:
            file.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in self.environment.items())
        shutil.copytree(self.path, os.path.join(ours, "scenario"), ignore=shutil.ignore_patterns("root", "__pycache__"))
        if self.machine.debs:
            debs.install(suite, os.path.join(ours, "debs"))
        units = os.path.join(target, "etc/systemd/system")
        os.makedirs(units)
        shutil.copy(os.path.join(cache.HERE, "guest-files/passthru-tests.service"), units)
        self.overlay(target)
        if self.machine.modules:
            load = os.path.join(target, "etc/modules-load.d")
            os.makedirs(load, exist_ok=True)
            with open(os.path.join(load, "tests.conf"), "w", encoding="ascii") as file:
                file.writelines(f"{module}\n" for module in self.machine.modules)


class Guest:
    """One run of a scenario in a suite's guest; the directory of the run holds its disk, console and QEMU's words."""

    def __init__(self, suite: str, scenario: Scenario, results: Results):
        self.suite, self.scenario, self.results = suite, scenario, results
        self.directory = os.path.join(cache.root(), "runs", f"{suite}-{scenario.name}-{os.getpid()}")
        self.console = self._path("console.log")
        self.process = self.qmp = self.port = self.initrd = None
        self.buffer = b""
        self.expected_reset = False
        self.rebooted_at = 0.0
        self.boots = 0

    def _path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def prepare(self) -> image.Image:
        """Builds or finds all that is needed and makes the run's disk."""
        machine = self.scenario.machine
        qemu.command()
        tree = trees.guest_tree(self.suite, *(machine.initramfs[:1] or ["initramfs-tools"]), machine.packages)
        kernel = trees.kernel_of(tree)
        stage = project.stage(self.suite, kernel) if machine.project else None
        base = image.base(self.suite, tree, stage)
        os.makedirs(self.directory)
        self.scenario.payload(self.suite, kernel, self._path("payload"))
        if machine.initramfs:
            self.initrd = initramfs.make(self.suite, tree, stage, machine, self.scenario.overlay, self._path("payload"))
        else:
            self.initrd = find_root.make(self.suite, tree)
        service = "/etc/systemd/system/passthru-tests.service"
        image.for_run(base, self._path("root.img"), self._path("payload"),
                      [] if machine.unit else base.unit_links(),
                      {"/etc/systemd/system/multi-user.target.wants/passthru-tests.service": service},
                      self._path("prepare.log"))
        return base

    def start(self, base: image.Image) -> None:
        argv, env = qemu.command()
        machine = self.scenario.machine
        argv = [*argv, *qemu.accelerator(base.kernel), *machine.qemu_arguments(self.directory),
                "-drive", f"file={self._path('root.img')},format=raw,if=none,id=root,cache=unsafe",
                *machine.root_arguments(),
                "-device", "virtio-serial-pci,addr=3,id=serial",
                "-chardev", f"socket,id=port,path={self._path('port')},server=on,wait=off",
                "-device", "virtserialport,chardev=port,name=passthru-tests",
                "-serial", f"file:{self.console}", "-qmp", f"unix:{self._path('qmp')},server=on,wait=off",
                "-kernel", base.kernel, "-initrd", self.initrd, "-append", machine.kernel_cmdline()]
        with open(self._path("qemu.log"), "wb") as log:
            log.write((" ".join(argv) + "\n").encode())
            log.flush()
            self.process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=_die_with_parent)
        limit = time.monotonic() + 20
        while not (os.path.exists(self._path("qmp")) and os.path.exists(self._path("port"))):
            if self.process.poll() is not None or time.monotonic() > limit:
                raise GuestDied(f"QEMU does not start:\n{tail(self._path('qemu.log'), 20)}")
            time.sleep(0.05)
        self.qmp = qemu.Qmp(self._path("qmp"))
        self.port = socket.socket(socket.AF_UNIX)
        self.port.connect(self._path("port"))
        self.port.settimeout(1)

    def run(self) -> None:
        """Boots the guest and follows it until it has said that it is done; GuestDied if it never does."""
        _prune_runs()
        base = self.prepare()
        self.results.booting()
        self.start(base)
        timeout = int(os.environ.get("PASSTHRU_VM_TIMEOUT") or self.scenario.machine.timeout)
        limit = time.monotonic() + timeout
        checked = 0.0
        while True:
            line = self._next_line()
            if time.monotonic() > checked + (1 if line is None else 10):
                self._check_alive(limit, timeout)
                checked = time.monotonic()
            if line and self._handle(line):
                return

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.results.cpu = self._cpu()
            self.process.kill()
        if self.process:
            self.process.wait()

    def _cpu(self) -> float:
        """The CPU seconds that QEMU has used until now (proc(5), /proc/PID/stat)."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _next_line(self):
        """The message on the guest's next line ("" for mere output), or None when it has said nothing."""
        if b"\n" not in self.buffer:
            try:
                data = self.port.recv(65536)
            except TimeoutError:
                return None
            if not data:
                raise GuestDied(f"QEMU has ended:\n{tail(self._path('qemu.log'), 20)}")
            self.buffer += data
        if b"\n" not in self.buffer:
            return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        text, _, message = line.decode(errors="replace").partition(MARK)
        if text or not message:
            self._output(text)
        return message

    def _check_alive(self, limit: float, timeout: int) -> None:
        if self.process.poll() is not None:
            raise GuestDied(f"QEMU has ended ({self.process.returncode}):\n{tail(self._path('qemu.log'), 20)}")
        self._check_events()
        with open(self.console, "rb") as file:
            panic = PANIC.search(file.read())
        if panic:
            raise GuestDied(panic.group().decode(errors="replace").strip())
        if time.monotonic() > limit:
            where = f"in boot {self.boots}" if self.boots else "before the end of its first boot"
            raise GuestDied(f"not done within {timeout} s, stuck {where}")

    def _check_events(self) -> None:
        for event in self.qmp.poll_events():
            if event["event"] == "RESET" and event["data"]["guest"]:
                if not self.expected_reset:
                    raise GuestDied("the guest restarted by itself")
            elif event["event"] in ("SHUTDOWN", "STOP"):
                raise GuestDied("the guest stopped by itself")

    def _output(self, text: str) -> None:
        if self.results.in_show:
            self.results.verbatim(text)
        else:
            self.results.printed(text)

    def _handle(self, line: str) -> bool:
        """Acts on a message of the guest's; true when it is done."""
        results = self.results
        word, _, rest = line.partition(" ")
        if word == "ok":
            results.ok(rest)
        elif line.startswith("not ok "):
            results.fail(line[7:])
        elif word == "note":
            results.say(f"# {rest}")
        elif word == "boot":
            self.boots = results.boots = int(rest)
            results.booting_cpu += self._cpu() - self.rebooted_at
            self._check_events()
            self.expected_reset = False
            results.say(f"# boot {rest}")
        elif word == "HOST:":
            self._answer(rest)
        elif word == "show-begin":
            results.in_show = True
            results.heading(rest)
        elif word == "show-end":
            results.in_show = False
        elif word == "reboot":
            self.expected_reset = True
            self.rebooted_at = self._cpu()
        elif word == "fell-through":
            results.fail(f"run.sh ended in boot {self.boots} (exit {rest}) without reboot_guest or done_guest")
            return True
        elif word == "done":
            return True
        return False

    def _answer(self, request: str) -> None:
        words = request.split()
        try:
            text = self._do(words)
            answer = f"ok {text if text is not None else ''}"
        except Exception as error:  # the guest is told whatever went wrong here
            answer = f"failed {type(error).__name__}: {error}"
        self.port.sendall(answer.replace("\n", " ").encode() + b"\n")

    def _do(self, words: list):
        if words[0] == "device_add":
            options = dict(word.split("=", 1) for word in words[2:])
            self.qmp.run("device_add", driver=words[1], **options)
        elif words[0] == "device_del":
            self.qmp.run("device_del", id=words[1])
        elif self.scenario.hook:
            return self.scenario.hook.handle(self, words)
        else:
            raise CommandFailed(f"the scenario has no host.py that knows {words[0]}")
        return None


def run_scenario(suite: str, name: str, results: Results, environment: dict = None, keep: bool = False) -> None:
    """Runs a scenario in a suite's guest, with `environment` for its run.sh; what stops it midway is a failure too."""
    guest = None
    start = time.monotonic()
    try:
        guest = Guest(suite, Scenario(name, suite, environment or {}), results)
        guest.run()
        if not results.passed + results.failed:
            results.fail("the scenario reported no result")
    except GuestDied as error:
        results.fail(f"the guest died: {error}")
        results.say("# the end of its console:")
        for line in tail(guest.console, 50).splitlines():
            results.say(f"#     {line}")
    except Exception as error:
        results.fail(f"the harness failed: {type(error).__name__}: {error}")
    finally:
        if guest:
            guest.stop()
            if keep or results.failed:
                results.say(f"# kept: {guest.directory} (root.img, console.log, qemu.log)")
            else:
                shutil.rmtree(guest.directory, ignore_errors=True)
    results.seconds = time.monotonic() - start
    results.say(f"# {results.passed} passed, {results.failed} failed, {results.cost()}")
