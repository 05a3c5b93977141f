# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs read of passthru-setup, checked by what reads it: JSON by its schema, metrics by Prometheus' own parser,
libvirt's XML by libvirt's grammars, QEMU's arguments by QEMU, what other engines read by their schemas, or by one that says what
their manuals say. tests/engines has it judged by engines that are no small package.

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
import yaml
from prometheus_client.parser import text_string_to_metric_families

try:
    import referencing
except ImportError:  # Debian 12's jsonschema is from before it
    referencing = None

SCHEMAS = Path(__file__).resolve().parents[2] / "conf/schema"
GRAMMARS = Path("/usr/share/libvirt/schemas")
TIMEOUT = 60  # seconds
used = set()  # verbs whose schema has judged something
exported = set()  # formats that something was exported in


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
    if isinstance(document, dict) and "diagnostics" in document:  # a configuration with mistakes
        verb = "check"
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

def check_xml(grammar, document):
    """libvirt's grammars let any element be, where they know none; callers look for theirs."""
    rng = GRAMMARS / f"{grammar}.rng"
    if not rng.exists():
        return f"{rng} is missing (tests/deps installs it)"
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(document)
        file.flush()
        r = subprocess.run(["xmllint", "--noout", "--relaxng", rng, file.name], capture_output=True, text=True,
                           timeout=TIMEOUT, check=False)
    return r.stderr if r.returncode else None


def check_domain(out, element):
    """As a part of a domain: the elements alone are no document."""
    if f"<{element} " not in out:
        return f"there is no {element} in it"
    return check_xml("domain", "<domain type='kvm'><name>x</name><memory>1</memory><os><type machine='q35'>hvm</type></os>"
                     f"<devices>{out}</devices></domain>")


def check_documents(out, grammar, element):
    """Each element is a document."""
    documents = re.findall(rf"<{element}>.*?</{element}>", out, re.S)
    if not documents or re.sub(rf"<{element}>.*?</{element}>|<!--.*?-->|\s", "", out, flags=re.S):
        return f"expected {element} elements alone"
    return "\n".join(filter(None, (check_xml(grammar, document) for document in documents))) or None


PCI = r"(?:[0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-9a-f])?"
# PVE::QemuServer::PCI, and PVE::Mapping::PCI
HOSTPCI = rf"(?:{PCI}(?:;{PCI})*|mapping=[A-Za-z][A-Za-z0-9_-]+)(?:,(?:pcie|x-vga)=[01]|,driver=keep|,mdev=[^/.:,]+)*"
MAP = rf"node=\$\(hostname -s\),path=(?:{PCI};)*{PCI},id=[0-9a-f]{{4}}:[0-9a-f]{{4}}(?:,subsystem-id=[0-9a-f]{{4}}:[0-9a-f]{{4}})?(?:,iommugroup=[0-9]+)?"


def check_proxmox(out, forbidden=None):
    n = 0
    mappings = set()
    for line in out.replace("\\\n", "").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[:4] == ["pvesh", "create", "/cluster/mapping/pci", "--id"] and re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]+", words[4]):
            rest = words[7:] if words[5:7] == ["--mdev", "1"] else words[5:]
            if words[4] in mappings or not rest or rest[::2] != ["--map"] * (len(rest) // 2) or \
                    not all(re.fullmatch(MAP, value) for value in rest[1::2]):
                return f"{line}: expected maps, of a new name"
            mappings.add(words[4])
            continue
        if words[:2] != ["qm", "set"] or not re.fullmatch(r"VMID|\d+", words[2]) or len(words) != 5:
            return f"{line}: expected qm set VMID and an option"
        if words[3] != f"-hostpci{n}" or n > 15 or not re.fullmatch(HOSTPCI, words[4]) or (forbidden and forbidden in words[4]):
            return f"{line}: expected -hostpci{n} with a device"
        if words[4].startswith("mapping=") and words[4][len("mapping="):].split(",")[0] not in mappings:
            return f"{line}: there is no such mapping"
        n += 1
    return None if n else "there is no hostpci in it"


QEMU = ["-machine", "q35", "-accel", "tcg", "-nodefaults", "-vga", "none", "-display", "none", "-S"]


def check_qemu(out, before=()):
    """QEMU has to get as far as looking for the device, which is not there: each by itself, as it ends at the first."""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        return "qemu-system-x86_64 is missing (tests/deps installs it)"
    for line in out.splitlines():
        words = shlex.split(line)
        if words[::2] != ["-device"] * (len(words) // 2):
            return f"{line}: expected -device and its value"
        ports = [w for w in words[1::2] if w.startswith("pcie-root-port,")]
        for device in [w for w in words[1::2] if w not in ports]:
            arguments = [w for value in [*ports, device] for w in ("-device", value)]
            r = subprocess.run([qemu, *QEMU, *before, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False)
            # vfio-ap is a device of QEMU's for s390x alone.
            expected = "is not a valid device model name" if device.startswith(("vfio-ap,", "vfio-ccw,")) else "no such host device"
            if expected not in r.stderr:
                return f"{device}: {r.stderr or 'QEMU took it'}"
    return None


def check_qemu_iommufd(out):
    """QEMU before 9.0 has no iommufd, and says so; then all but that is checked."""
    first, _, rest = out.partition("\n")
    if first != "-object iommufd,id=iommufd0":
        return f"{first}: expected the object"
    for device in re.findall(r"-device (vfio\S+)", rest):
        if not device.endswith(",iommufd=iommufd0"):
            return f"{device}: expected iommufd=iommufd0"
    version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, timeout=TIMEOUT, check=False).stdout
    if int(re.search(r"version (\d+)", version)[1]) >= 9:
        return check_qemu(rest, first.split())
    r = subprocess.run(["qemu-system-x86_64", *QEMU, *first.split()], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if "iommufd" not in r.stderr:
        return f"{version}: expected it to know no iommufd: {r.stderr}"
    return check_qemu(rest.replace(",iommufd=iommufd0", ""))


def check_lines(out, pattern):
    """Each line but comments is of the pattern, and there is one."""
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    wrong = [line for line in lines if not re.fullmatch(pattern, line)]
    return "\n".join(wrong) or (None if lines else "there is no line in it")


ADDRESS = r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
CLOUD_HYPERVISOR = rf"--device(?: path=/sys/bus/pci/devices/{ADDRESS}/)+"
INCUS = rf"incus config device add VM [A-Za-z0-9][A-Za-z0-9._-]{{0,62}} pci address={ADDRESS}"


def check_incus(out):
    names = re.findall(r" VM (\S+) ", out)
    return check_lines(out, INCUS) or (None if len(names) == len(set(names)) else "two devices have one name")


def check_schema(schema, document):
    errors = jsonschema.Draft202012Validator(schema).iter_errors(document)
    return "\n".join(f"{'/'.join(map(str, e.absolute_path))}: {e.message}"[:500] for e in errors) or None


def strings(pattern):
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "pattern": pattern}}


def closed(required, **properties):
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def text(pattern):
    return {"type": "string", "pattern": pattern}


NODES = {"type": "array", "minItems": 1, "items": closed(["path"], path=text(r"^/dev/vfio/(vfio|\d+)$"))}
# Its SPEC.md: what is required, and what names are of; loading fails on any other member.
CDI = closed(["cdiVersion", "kind", "devices"], cdiVersion={"const": "0.5.0"}, kind=text(r"^[a-z0-9][a-z0-9.-]*/[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]$"),
             devices={"type": "array", "minItems": 1, "items": closed(
                 ["name", "containerEdits"], name=text(r"^[A-Za-z0-9]([A-Za-z0-9_.:-]*[A-Za-z0-9])?$"),
                 containerEdits=closed(["deviceNodes"], env=strings(r"^[A-Z0-9_]+=\S"), deviceNodes=NODES))},
             containerEdits=closed(["deviceNodes"], deviceNodes=NODES))


def check_cdi(out):
    document = json.loads(out)
    names = [device["name"] for device in document["devices"]]
    return check_schema(CDI, document) or (None if len(names) == len(set(names)) else "two devices have one name")


# The README of sriov-network-device-plugin, Config parameters.
SELECTOR = closed(["drivers"], drivers=strings("^[a-z0-9_-]+$"), pciAddresses=strings(f"^{ADDRESS}$"),
                  rootDevices=strings(rf"^{ADDRESS}#\d+(,\d+)*$"))
RESOURCES = closed(["resourceList"], resourceList={"type": "array", "minItems": 1, "items": closed(
    ["resourceName", "selectors"], resourceName=text("^[A-Za-z0-9_]+$"), deviceType={"enum": ["accelerator", "netDevice"]},
    selectors={"type": "array", "minItems": 1, "items": SELECTOR})})
CONFIG_MAP = closed(["apiVersion", "kind", "metadata", "data"], apiVersion={"const": "v1"}, kind={"const": "ConfigMap"},
                    metadata=closed(["name", "namespace"], name=text("^[a-z0-9-]+$"), namespace=text("^[a-z0-9-]+$")),
                    data=closed(["config.json"], **{"config.json": {"type": "string"}}))


def check_config_map(out):
    document = yaml.safe_load(out)
    return check_schema(CONFIG_MAP, document) or check_schema(RESOURCES, json.loads(document["data"]["config.json"]))


# KubeVirt's user guide; names of resources as Kubernetes has them.
RESOURCE = text(r"^[a-z0-9.-]+/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")
PERMITTED = closed(["permittedHostDevices"], permittedHostDevices={"minProperties": 1, **closed(
    [], pciHostDevices={"type": "array", "minItems": 1, "items": closed(
        ["pciVendorSelector", "resourceName"], pciVendorSelector=text("^[0-9A-F]{4}:[0-9A-F]{4}$"), resourceName=RESOURCE)},
    mediatedDevices={"type": "array", "minItems": 1, "items": closed(
        ["mdevNameSelector", "resourceName"], mdevNameSelector=text("."), resourceName=RESOURCE)})})

# Nova's manual: pci and devices.
DEVICE_SPEC = closed(["address", "managed"], address=text(f"^{ADDRESS}$"), managed={"const": "no"})
ALIAS = closed(["name", "vendor_id", "product_id", "device_type"], name=text("."), vendor_id=text("^[0-9a-f]{4}$"), product_id=text("^[0-9a-f]{4}$"),
               device_type={"enum": ["type-PCI", "type-PF", "type-VF"]})


def check_openstack(out):
    """As oslo.config reads it: an option may be there several times."""
    section, wrong, types = None, [], []
    for line in out.splitlines():
        option, _, value = line.partition(" = ")
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
        elif (section, option) == ("pci", "device_spec"):
            wrong.append(check_schema(DEVICE_SPEC, json.loads(value)))
        elif (section, option) == ("pci", "alias"):
            wrong.append(check_schema(ALIAS, json.loads(value)))
        elif (section, option) == ("devices", "enabled_mdev_types"):
            types = value.split(",")
        elif section not in [f"mdev_{name}" for name in types] or not re.fullmatch(rf"device_addresses = {ADDRESS}(,{ADDRESS})*", line):
            wrong.append(f"{line}: not expected in {section}")
    return "\n".join(filter(None, wrong)) or (None if section else "there is nothing in it")


CHECKS = {
    "libvirt": lambda out: check_domain(out, "hostdev"),
    "libvirt-interface": lambda out: check_domain(out, "interface"),
    "libvirt-network": lambda out: check_documents(out, "network", "network"),
    "libvirt-nodedev": lambda out: check_documents(out, "nodedev", "device"),
    "proxmox": check_proxmox,
    "proxmox-8": lambda out: check_proxmox(out, "driver="),
    "proxmox-mapping": check_proxmox,
    "qemu": check_qemu,
    "qemu-iommufd": check_qemu_iommufd,
    "cloud-hypervisor": lambda out: check_lines(out, CLOUD_HYPERVISOR),
    "incus": check_incus,
    "cdi": check_cdi,
    "sriov-device-plugin": check_config_map,
    "kubevirt": lambda out: check_schema(PERMITTED, yaml.safe_load(out)),
    "openstack": check_openstack,
}


def check(command, out):
    words = [w for w in command.split() if "=" not in w and not w.startswith("-")]
    if "--json" in command.split():
        return check_json(words[0], out)
    if "--prometheus" in command.split():
        return check_metrics(out)
    if words[:1] == ["export"] and len(words) > 1 and "--help" not in command.split():
        exported.add(words[1])
        return CHECKS[words[1]](out)
    return None


def check_exports(formats, whole):
    """What is wrong with the checks themselves: each format has one, and a case."""
    wrong = [f"{name}: a format without a check, or a check without a format" for name in formats ^ set(CHECKS)]
    if whole:
        wrong += [f"{name}: no case exports it" for name in set(CHECKS) - exported]
    return "\n".join(sorted(wrong)) or None
