# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs read of passthru-setup, checked by what reads it: JSON by its schema, metrics by Prometheus' own parser,
libvirt's XML by libvirt's grammar, QEMU's arguments by QEMU.

check(command, out) says what is wrong, or None.
"""
import functools
import json
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import jsonschema
from prometheus_client.parser import text_string_to_metric_families

try:
    import referencing
except ImportError:  # Debian 12's jsonschema is from before it
    referencing = None

SCHEMAS = Path(__file__).resolve().parents[2] / "conf/schema"
GRAMMAR = Path("/usr/share/libvirt/schemas/domain.rng")
TIMEOUT = 60  # seconds
used = set()  # verbs whose schema has judged something


# ---- JSON ----

@functools.cache
def schemas():
    """By where they are, which is what they call each other by."""
    return {path.as_uri(): {"$id": path.as_uri(), **json.loads(path.read_text(encoding="utf-8"))}
            for path in sorted(SCHEMAS.glob("*.json"))}


@functools.cache
def validator(verb):
    schema = schemas()[(SCHEMAS / f"{verb}.json").as_uri()]
    if referencing:
        known = [(uri, referencing.Resource.from_contents(other)) for uri, other in schemas().items()]
        return jsonschema.Draft202012Validator(schema, registry=referencing.Registry().with_resources(known))
    return jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver.from_schema(schema, store=schemas()))


def check_json(verb, out):
    if not (SCHEMAS / f"{verb}.json").exists():
        return f"conf/schema/{verb}.json is missing: it says what the JSON of {verb} is"
    try:
        document = json.loads(out)
    except ValueError as e:
        return f"no JSON: {e}"
    used.add(verb)
    errors = sorted(validator(verb).iter_errors(document), key=str)
    wrong = [f"{error.json_path}: {error.message}"[:500] for error in errors]
    if verb == "status" and not wrong:
        wrong = unexplained(document)
    return "\n".join(wrong) or None


def unexplained(document):
    """Sections that status says have drifted without a reason, or without what is to be changed."""
    return [f"{s['section']}: drift, and no {key}" for s in document["sections"] if s.get("status") == "drift"
            for key in ("reason", "changes") if not s[key]]


def walk(schema, where):
    """What is wrong with a part of a schema: what it names must be explained, and nothing else be allowed."""
    if not isinstance(schema, dict):
        return
    for name, sub in schema.get("properties", {}).items():
        if "description" not in sub and "$ref" not in sub:
            yield f"{where}/{name}: it has no description"
    for name, sub in schema.get("$defs", {}).items():
        if "description" not in sub:
            yield f"{where}/$defs/{name}: it has no description"
    closed = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
    # What is composed of it closes it: sectionDetails.
    if "properties" in schema and closed is not False and not where.endswith("/sectionDetails"):
        yield f"{where}: it allows any other member"
    for key in ("properties", "$defs"):
        for name, sub in schema.get(key, {}).items():
            yield from walk(sub, f"{where}/{name}")
    yield from walk(schema.get("items"), f"{where}/items")
    for sub in schema.get("oneOf", []):
        yield from walk(sub, f"{where}/oneOf")


def check_schemas(whole):
    """What is wrong with the schemas themselves. whole: all cases have run, so that each must have judged something."""
    wrong = []
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as e:
            wrong.append(f"{path.name}: {e.message}")
        wrong += walk(schema, path.name)
        if whole and path.stem != "common" and path.stem not in used:
            wrong.append(f"{path.name}: no case has {path.stem} --json")
    return "\n".join(wrong) or None


# ---- metrics ----

def check_metrics(out):
    """A family is its HELP and TYPE and then its series, each once; of the states of a section one is."""
    if not out.endswith("\n") or "\r" in out:
        return "the last line has no end, or not that of a line"
    try:
        families = list(text_string_to_metric_families(out))
    except ValueError as e:
        return f"no metrics: {e}"
    wrong, states, seen = [], {}, set()
    for family in families:
        if not family.name.startswith("passthru_") or family.type != "gauge" or not family.documentation or not family.samples:
            wrong.append(f"{family.name}: expected a gauge of ours with its HELP and a series")
        if out.count(f"# TYPE {family.name} ") != 1 or out.count(f"# HELP {family.name} ") != 1:
            wrong.append(f"{family.name}: HELP and TYPE are not there once")
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            if key in seen or sample.name != family.name:
                wrong.append(f"{key}: there twice, or in another family")
            seen.add(key)
            if family.name == "passthru_section_status":
                section = (sample.labels["section"], sample.labels["kind"])
                states[section] = states.get(section, 0) + sample.value
    wrong += [f"{section}: it is in {n} states" for section, n in states.items() if n != 1]
    return "\n".join(wrong) or None


# ---- exports ----

def check_libvirt(out):
    """As a part of a domain: the elements alone are no document."""
    if not GRAMMAR.exists():
        return f"{GRAMMAR} is missing (tests/deps installs it)"
    domain = (f"<domain type='kvm'><name>x</name><memory>1</memory><os><type machine='q35'>hvm</type></os><devices>{out}"
              "</devices></domain>")
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(domain)
        file.flush()
        r = subprocess.run(["xmllint", "--noout", "--relaxng", GRAMMAR, file.name], capture_output=True, text=True,
                           timeout=TIMEOUT, check=False)
    if r.returncode:
        return r.stderr
    # libvirt's grammar lets any element be, where it knows none.
    return None if "<hostdev " in out else "there is no hostdev in it"


PCI = r"(?:[0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-9a-f])?"
HOSTPCI = re.compile(rf"{PCI}(?:;{PCI})*(?:,(?:pcie|x-vga)=[01]|,driver=keep)*")  # PVE::QemuServer::PCI


def check_proxmox(out):
    n = 0
    for line in out.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[:2] != ["qm", "set"] or not re.fullmatch(r"VMID|\d+", words[2]) or len(words) != 5:
            return f"{line}: expected qm set VMID and an option"
        if words[3] == "-args":
            problem = check_qemu(words[4])
            if problem:
                return problem
        elif words[3] != f"-hostpci{n}" or n > 15 or not HOSTPCI.fullmatch(words[4]):
            return f"{line}: expected -hostpci{n} with a device"
        else:
            n += 1
    return None


def check_qemu(out):
    """QEMU has to get as far as looking for the device, which is not there: each by itself, as it ends at the first."""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        return "qemu-system-x86_64 is missing (tests/deps installs it)"
    start = [qemu, "-machine", "q35", "-accel", "tcg", "-nodefaults", "-vga", "none", "-display", "none", "-S"]
    for line in out.splitlines():
        words = shlex.split(line)
        if words[::2] != ["-device"] * (len(words) // 2):
            return f"{line}: expected -device and its value"
        ports = [w for w in words[1::2] if w.startswith("pcie-root-port,")]
        for device in [w for w in words[1::2] if w not in ports]:
            arguments = [w for value in [*ports, device] for w in ("-device", value)]
            r = subprocess.run([*start, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False)
            # vfio-ap is a device of QEMU's for s390x alone.
            expected = "is not a valid device model name" if device.startswith(("vfio-ap,", "vfio-ccw,")) else "no such host device"
            if expected not in r.stderr:
                return f"{device}: {r.stderr or 'QEMU took it'}"
    return None


CHECKS = {"libvirt": check_libvirt, "proxmox": check_proxmox, "qemu": check_qemu}


def check(command, out):
    words = [w for w in command.split() if "=" not in w and not w.startswith("-")]
    if "--json" in command.split():
        return check_json(words[0], out)
    if "--prometheus" in command.split():
        return check_metrics(out)
    if words[0] == "export":
        return CHECKS[words[1]](out)
    return None
