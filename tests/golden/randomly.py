# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random configurations and states on the hosts of the golden cases, and what must hold of them all: no crash, JSON as its schema
says, the same plan twice, no step for a device that no section names, none for a section that is refused, status and plan of one
mind, nothing left to do once a plan's drivers are there, and nothing that generate loses. The oracle looks at the tree by itself.

A host, its configuration and its state are made of a seed, the case's name and a round, so that each can be had again alone.
"""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import formats

SEED = 14
SECONDS = 20  # of all rounds; a slow machine sees fewer hosts
ROUNDS = 8
TIMEOUT = 30  # seconds, of one command
VFIO = "vfio-pci"
DRIVER_ACTIONS = {"override", "unbind", "bind"}
FITTING = {"ok": {"ok"}, "change": {"drift", "failed", "released", "stuck"}, "absent": {"absent", "waiting", "stuck"},
           "refused": {"refused", "stuck"}, "disabled": {"disabled"}}


class Wrong(Exception):
    """What does not hold."""


class Device:
    """A PCI function of a tree, read without the program."""

    def __init__(self, root, address):
        self.address = address
        self.root = Path(root)
        self.path = (self.root / "sys/bus/pci/devices" / address).resolve()
        uevent = dict(re.findall(r"^(\w+)=(.*)$", self.read("uevent"), re.M))
        self.id = uevent.get("PCI_ID", "").lower()
        self.kind = f"{uevent.get('PCI_CLASS', ''):0>6}"
        self.vfs = [self.target(p.name) for p in self.path.glob("virtfn*")]
        self.pf = self.target("physfn")
        self.group = self.target("iommu_group")

    def read(self, name):
        try:
            return (self.path / name).read_text(errors="replace").strip()
        except OSError:
            return ""

    def target(self, name):
        try:
            return os.readlink(self.path / name).rpartition("/")[2]
        except OSError:
            return None

    @property
    def driver(self):
        return self.target("driver")

    def put_on(self, driver):
        link = self.path / "driver"
        link.unlink(missing_ok=True)
        if driver:
            link.symlink_to(os.path.relpath(self.root / "sys/bus/pci/drivers" / driver, self.path))
        file = self.path / "uevent"
        lines = [line for line in file.read_text().splitlines() if not line.startswith("DRIVER=")]
        file.chmod(0o644)
        file.write_text("\n".join([*([f"DRIVER={driver}"] if driver else []), *lines, ""]))

    def put_override(self, driver):
        file = self.path / "driver_override"
        if file.exists():
            file.chmod(0o644)
            file.write_text(f"{driver or '(null)'}\n")

    @property
    def slot(self):
        return self.address.rpartition(".")[0]


def devices_of(root):
    directory = Path(root, "sys/bus/pci/devices")
    names = sorted(p.name for p in directory.glob("*")) if directory.is_dir() else []
    devices = (Device(root, name) for name in names if re.fullmatch(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", name))
    return {d.address: d for d in devices if d.id}


# ---- what is random ----

def random_section(rng, name, d):
    """The lines of a section for that device, and the keys as a dictionary."""
    sriov = (d.path / "sriov_totalvfs").exists() and rng.random() < 0.7
    keys = {}
    if rng.random() < 0.7:
        keys["address"] = d.address if d.address.startswith("10") or rng.random() < 0.5 else d.address.partition(":")[2]
    else:
        keys["id"] = d.id
        if not sriov:
            keys["count"] = rng.choice(["all", "1"])
    if rng.random() < 0.2:
        keys["expect"] = rng.choice([d.id, "1234:5678"])
    if rng.random() < 0.3:
        keys["group"] = rng.choice(["strict", "ignore"] if sriov else ["strict", "whole", "ignore"])
    if rng.random() < 0.15:
        keys["required"] = "no"
    if rng.random() < 0.1:
        keys["enabled"] = "no"
    if rng.random() < 0.1:
        keys["force"] = rng.choice(["display", "disk network", "keyboard", "vfs"])
    if sriov:
        keys["vfs"] = rng.choice(["max", "1", "2", str(max(len(d.vfs), 1))])
        keys["vf-driver"] = rng.choice([VFIO, "host", "none"])
    else:
        if rng.random() < 0.3:
            keys["functions"] = "all"
        if rng.random() < 0.2:
            keys["driver"] = rng.choice(["host", "none", "pci-stub"])
    kind = "sriov" if sriov else "device"
    return kind, keys, "\n".join([f"[{kind} {name}]", *(f"{k} = {v}" for k, v in keys.items()), ""])


def random_config(rng, devices):
    sections = {}
    lines = [rng.choice(["", "[passthru]\ngroup = whole\n", "[passthru]\nrequired = no\n"])]
    for i, address in enumerate(rng.sample(sorted(devices), min(len(devices), rng.randint(1, 6)))):
        kind, keys, text = random_section(rng, f"r{i}", devices[address])
        sections[f"r{i}"] = (kind, keys)
        lines.append(text)
    return sections, "\n".join(lines)


def random_host(rng, devices):
    """Drivers come and go, by us, by driverctl, by a VM."""
    for address in rng.sample(sorted(devices), min(len(devices), rng.randint(0, 8))):
        d = devices[address]
        if d.kind.startswith("06"):
            continue
        what = rng.random()
        if what < 0.4 and d.group:
            d.put_on(VFIO)
            d.put_override(rng.choice([VFIO, None]))
        elif what < 0.7:
            d.put_on(None)
        else:
            d.put_override(rng.choice([VFIO, "pci-stub", None]))


def random_state(rng, devices, sections):
    """As apply leaves it, of this configuration or one before; at times of a device that has gone."""
    keys = [f"{kind}+{name}" for name, (kind, _) in sections.items()] + ["device+gone", "mdev+gone", "sriov+gone"]
    lines = []
    for address in sorted(rng.sample(sorted(devices), min(len(devices), rng.randint(0, 5)))):
        d = devices[address]
        lines += [f"[device {address}]", f"id = {rng.choice([d.id, d.id, '1af4:1041'])}", f"section = |{rng.choice(keys)}|",
                  f"driver = |{rng.choice([d.driver or '', 'e1000e', ''])}|", "override = ||", f"to = |{VFIO}|"]
        if (d.path / "sriov_totalvfs").exists() and rng.random() < 0.5:
            lines.append(f"numvfs = {rng.randint(0, 4)}")
        if rng.random() < 0.3:
            lines.append(rng.choice(["early = 1", "provisional = 1"]))
    for i, key in enumerate(rng.sample(keys, rng.randint(0, 3))):
        lines += [f"[failure {i}]", f"error = {rng.choice([0, 5, 16, 19, 110])}", f"section = |{key}|", "text = |it+failed|"]
    for i, key in enumerate(rng.sample(keys, rng.randint(0, 2))):
        lines += [f"[released {i}]", f"section = |{key}|"]
    return "\n".join([*lines, ""])


# ---- what must hold ----

def run(binary, root, command, statuses=(0, 1)):
    done = subprocess.run([binary, f"--root={root}", *command.split()], capture_output=True, text=True, timeout=TIMEOUT,
                          errors="replace", stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    if done.returncode not in statuses:
        raise Wrong(f"{command}: exit {done.returncode}\n{done.stderr}{done.stdout}"[:4000])
    if command.endswith("--json"):
        problem = formats.check_json(command.split()[0], done.stdout)
        if problem:
            raise Wrong(f"{command}: {problem}")
    return done.stdout


def matches(d, keys):
    """Whether the section's selector means it: an address without its domain is of domain 0000."""
    address = keys.get("address")
    if address is None:
        return d.id == keys["id"]
    return d.address == address if address.count(":") == 2 else d.address == f"0000:{address}"


def named(devices, kind, keys, whole, card):
    """The addresses that a section may be about. card: those that list counts to one card with a device."""
    own = {d.address for d in devices.values() if matches(d, keys)}
    if kind == "sriov":
        return own | {vf for address in own for vf in devices[address].vfs if vf}
    more = set()
    for address in own:
        if keys.get("functions") == "all":
            more |= {d.address for d in devices.values() if d.slot == devices[address].slot} | card(address)
    own |= more
    if keys.get("group", whole) == "whole":
        groups = {devices[address].group for address in own} - {None}
        own |= {d.address for d in devices.values() if d.group in groups}
    return own


def behind_one_port(devices, address):
    """What hangs below the same root port, of which a card with a switch of its own has its functions."""
    parts = devices[address].path.parts
    port = next((i for i, part in enumerate(parts) if part in devices), None)
    if port is None or port == len(parts) - 1:
        return set()
    return {d.address for d in devices.values() if d.path.parts[:port + 1] == parts[:port + 1]}


def check_plan(plan, devices, sections, whole):
    verdicts = {s["section"]: s["verdict"] for s in plan["sections"]}
    if set(verdicts) != set(sections):
        raise Wrong(f"plan has the sections {sorted(verdicts)}, the configuration {sorted(sections)}")
    for step in plan["steps"]:
        name, address = step["section"], step.get("address")
        if verdicts[name] != "change":
            raise Wrong(f"{name} is {verdicts[name]}, and there is a step: {step}")
        if address is None:
            continue
        kind, keys = sections[name]
        if address not in named(devices, kind, keys, whole, lambda a: behind_one_port(devices, a)):
            raise Wrong(f"{name} does not name {address}: {step}")
        if devices[address].kind.startswith("0604") and step["action"] in DRIVER_ACTIONS:
            raise Wrong(f"{address} is a bridge: {step}")
    for verdict in ("ok", "absent", "refused", "disabled"):
        if plan["summary"][verdict] != sum(v == verdict for v in verdicts.values()):
            raise Wrong(f"the summary's {verdict} is not that of the sections")
    return verdicts


def check_uses(plan, listed, devices, sections):
    """What the host uses is taken from its driver only where that is forced."""
    uses = {d["address"]: d["use"] for d in listed if "address" in d}
    for step in plan["steps"]:
        address = step.get("address")
        if step["action"] == "unbind" and uses.get(address) and not devices[address].pf and \
                "force" not in sections[step["section"]][1] and devices[address].driver != VFIO:
            raise Wrong(f"{address} is in use ({uses[address]}), and there is a step: {step}")


def check_status(status, verdicts):
    for s in status["sections"]:
        if s["status"] not in FITTING[verdicts[s["section"]]]:
            raise Wrong(f"{s['section']} is {s['status']} by status, and by plan {verdicts[s['section']]}")


def carry_out(plan, devices, sections):
    """Does what a plan's steps on drivers say. Returns the sections for which that was all."""
    others = {s["section"] for s in plan["steps"] if s["action"] not in DRIVER_ACTIONS | {"load"}}
    done = set()
    for step in plan["steps"]:
        if step["section"] in others or step.get("address") not in devices or sections[step["section"]][0] != "device":
            continue
        d = devices[step["address"]]
        if step["action"] == "override":
            d.put_override(step["value"])
        elif step["action"] in ("unbind", "bind"):
            d.put_on(step["value"] if step["action"] == "bind" else None)
        done.add(step["section"])
    return done


def check_round(binary, root, rng, generated):
    devices = devices_of(root)
    if not devices:
        return
    random_host(rng, devices)
    lost = generated(binary, root) if rng.random() < 0.3 else None
    if lost:
        raise Wrong(f"generate has lost something: {lost}")
    sections, text = random_config(rng, devices)
    whole = "whole" if "[passthru]\ngroup = whole" in text else "strict"
    for directory in ("etc/passthru.conf.d", "run/passthru.conf.d", "usr/lib/passthru.conf.d", "run/passthru-setup"):
        shutil.rmtree(Path(root, directory), ignore_errors=True)
    Path(root, "run/passthru-setup").mkdir(parents=True)
    Path(root, "etc").mkdir(exist_ok=True)
    Path(root, "etc/passthru.conf").unlink(missing_ok=True)
    Path(root, "etc/passthru.conf").write_text(text, encoding="utf-8")
    Path(root, "run/passthru-setup/state").write_text(random_state(rng, devices, sections), encoding="utf-8")
    out = run(binary, root, "plan --json", (0, 78))
    if "sections" not in json.loads(out):
        return  # two sections for one device: a mistake
    if run(binary, root, "plan --json") != out:
        raise Wrong("another plan --json says something else")
    plan = json.loads(out)
    verdicts = check_plan(plan, devices, sections, whole)
    if any(step["action"] == "unbind" for step in plan["steps"]):
        check_uses(plan, json.loads(run(binary, root, "list all --json"))["devices"], devices, sections)
    check_status(json.loads(run(binary, root, "status --json")), verdicts)
    run(binary, root, "doctor --json")
    done = carry_out(plan, devices, sections)
    again = json.loads(run(binary, root, "plan --json"))
    left = [s for s in again["steps"] if s["section"] in done and s["action"] in DRIVER_ACTIONS]
    if left:
        raise Wrong(f"once it is done there is more to do: {left}")


def check(binary, build, generated, cases, seed=SEED, rounds=ROUNDS, seconds=SECONDS):
    """What does not hold, with what makes it again; None. build(case, root) makes a case's host, generated(binary, root) says
    what the configuration that generate makes of it does not keep."""
    end = time.monotonic() + seconds
    for number in range(rounds):
        for case in random.Random(seed).sample(cases, len(cases)):
            if time.monotonic() > end:
                return None
            with tempfile.TemporaryDirectory(prefix="passthru-golden-") as root:
                build(case, root)
                try:
                    check_round(binary, root, random.Random(f"{seed} {case.name} {number}"), generated)
                except (Wrong, subprocess.TimeoutExpired) as e:
                    return "\n".join([f"seed {seed}, case {case.name}, round {number}: {e}",
                                      *(Path(root, p).read_text(encoding="utf-8") for p in
                                        ("etc/passthru.conf", "run/passthru-setup/state") if Path(root, p).exists())])
    return None
