# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes disk images: one for guest + project, kept in the cache, and quick copies of it with a scenario put in."""
import os
import shutil
import stat
import subprocess

import cache
import kernel
import trees
from progress import CommandFailed, run_logged, step

UNIT = "passthru-setup.service"
# It is fixed, because what is derived from it (the UUIDs of mdevs) is compared between boots and runs.
MACHINE_ID = "5f1d0c0ffee04d6f9ad1b2c3d4e5f607"
ENABLED = "enabled-links"  # the file that lists the links by which the unit is enabled


class Image:
    """A bootable image in the cache: the disk and the kernel."""

    def __init__(self, entry: str):
        self.entry = entry
        self.disk = os.path.join(entry, "root.img")
        self.kernel = os.path.join(entry, "vmlinux")

    def unit_links(self) -> list:
        with open(os.path.join(self.entry, ENABLED), encoding="utf-8") as file:
            return file.read().splitlines()


def merge(source: str, target: str) -> None:
    """Copies a tree over another whose files are links to the cache's: a file that is there is replaced."""
    for directory, names, files in os.walk(source):
        inside = os.path.normpath(os.path.join(target, os.path.relpath(directory, source)))
        if not os.path.isdir(inside):
            os.mkdir(inside, stat.S_IMODE(os.stat(directory).st_mode))
        for name in files + [n for n in names if os.path.islink(os.path.join(directory, n))]:
            path = os.path.join(inside, name)
            if os.path.lexists(path):
                os.unlink(path)
            shutil.copy2(os.path.join(directory, name), path, follow_symlinks=False)


def _links_to(tree: str, unit: str) -> list:
    found = []
    for directory, names, files in os.walk(os.path.join(tree, "etc/systemd/system")):
        for name in names + files:
            path = os.path.join(directory, name)
            if os.path.islink(path) and os.path.basename(os.readlink(path)) == unit:
                found.append(path[len(tree):])
    return sorted(found)


def _pack(tree: str, disk: str, log: str) -> None:
    """A root file system without a journal, since a guest that dies is thrown away; sparse, with room to work in."""
    run_logged(["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-L", "root",
                "-E", "root_owner=0:0", "-d", tree, disk, "2G"], log)


def install(guest: str, stage: str, tree: str, log: str) -> None:
    """Makes `tree` of a guest's tree and, if there is one, the staged project with its unit enabled."""
    run_logged(["cp", "-al", guest, tree], log)
    if stage:
        merge(stage, tree)
        trees.in_tree(tree, ["systemctl", "enable", UNIT], log)


def base(suite: str, guest: str, stage: str = None) -> Image:
    """The image of a suite's guest, made of its tree, with the staged project installed and its unit enabled."""
    name = f"{suite}-image"

    def build(part: str) -> None:
        log = cache.log_path(name)
        tree = os.path.join(part, "tree")
        with step(f"{suite}: packing the guest's disk"):
            install(guest, stage, tree, log)
            trees.in_tree(tree, ["journalctl", "--update-catalog"], log)
            cache.remove(os.path.join(tree, "etc/machine-id"))  # mmdebstrap empties it whatever its hooks write
            with open(os.path.join(tree, "etc/machine-id"), "w", encoding="ascii") as file:
                file.write(MACHINE_ID + "\n")
            with open(os.path.join(part, ENABLED), "w", encoding="utf-8") as file:
                file.writelines(f"{link}\n" for link in _links_to(tree, UNIT))
            kernel.unpack(os.path.join(tree, "boot", f"vmlinuz-{trees.kernel_of(tree)}"), os.path.join(part, "vmlinux"))
            _pack(tree, os.path.join(part, "root.img"), log)
            cache.remove(tree)

    key = cache.key_of(guest, stage or "no project", cache.file_bytes("image.py", "kernel.py"))
    return Image(cache.entry(name, key, build, keep=3))


def _quote(path: str) -> str:
    return '"' + path.replace('"', '""') + '"'


def _put(payload: str) -> list:
    """debugfs commands that write a tree; `write` takes a name in the current directory only."""
    commands = []
    for directory, names, files in os.walk(payload):
        inside = "/" + os.path.relpath(directory, payload)
        inside = os.path.normpath(inside)
        commands.append(f"cd {_quote(inside)}")
        for name in sorted(names):
            commands.append(f"mkdir {_quote(name)}")
        for name in sorted(files):
            commands.append(f"rm {_quote(name)}")
            commands.append(f"write {_quote(os.path.join(directory, name))} {_quote(name)}")
    return commands


def for_run(image: Image, disk: str, payload: str, removed: list, links: dict, log: str) -> None:
    """A copy of the image with the payload's files and the links added and some paths removed."""
    run_logged(["cp", "--sparse=always", "--reflink=auto", image.disk, disk], log)
    commands = _put(payload)
    commands += [f"rm {_quote(path)}" for path in removed]
    for path, target in links.items():
        commands.append(f"symlink {_quote(path)} {_quote(target)}")
    script = disk + ".debugfs"
    with open(script, "w", encoding="utf-8") as file:
        file.write("\n".join(commands) + "\n")
    done = subprocess.run(["debugfs", "-w", "-f", script, disk], capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines()
              if line and not line.startswith("debugfs ") and "already exists" not in line
              and "File not found by ext2_lookup" not in line]
    if done.returncode or errors:
        raise CommandFailed("debugfs could not put the scenario into the disk:\n" + "\n".join(errors[:20]))
