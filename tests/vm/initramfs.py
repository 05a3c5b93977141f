# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a scenario's initramfs with Debian's own tools, in the guest's tree with project and configuration in it."""
import os
import shutil
import tempfile

import cache
import image
import project
import trees
from machine import Machine
from progress import step

RECORD = "var/lib/passthru-setup"  # what the project's hooks write; the guest needs it too

# The modules are there, and nothing loads them but the initramfs's udev.
HOOK = """#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules {modules}
"""

MAKE = {
    "initramfs-tools": ["mkinitramfs", "-o", "/initrd"],
    # In full dracut with all drivers takes long to unpack in software emulation.
    "dracut": ["dracut", "--no-hostonly", "--force", "--drivers", "virtio_pci virtio_blk ext4 {modules}", "/initrd"],
}


def _build(tree: str, tool: str, modules: str, log: str) -> None:
    if tool == "initramfs-tools":
        hook = os.path.join(tree, "etc/initramfs-tools/hooks/tests")
        with open(hook, "w", encoding="ascii") as file:
            file.write(HOOK.format(modules=modules))
        os.chmod(hook, 0o755)
    argv = [word.format(modules=modules) for word in MAKE[tool]]
    trees.in_tree(tree, [*argv, trees.kernel_of(tree)], log)


def make(suite: str, guest: str, stage: str, machine: Machine, overlay, payload: str) -> str:
    """The initrd; `overlay` writes the scenario's files to a directory. What the hooks record is added to the payload."""
    name = f"{suite}-initrd"
    tool, *modules = machine.initramfs
    with tempfile.TemporaryDirectory(dir=cache.root()) as files:
        overlay(files)

        def build(part: str) -> None:
            log = cache.log_path(name)
            tree = os.path.join(part, "tree")
            with step(f"{suite}: making the initramfs ({tool})"):
                image.install(guest, stage, tree, log)
                if stage and not machine.unit:
                    trees.in_tree(tree, ["systemctl", "disable", image.UNIT], log)
                image.merge(files, tree)
                _build(tree, tool, " ".join(modules), log)
                shutil.move(os.path.join(tree, "initrd"), os.path.join(part, "initrd"))
                os.makedirs(os.path.join(tree, RECORD), exist_ok=True)
                shutil.copytree(os.path.join(tree, RECORD), os.path.join(part, "record", RECORD), symlinks=True)
                cache.remove(tree)

        key = cache.key_of(guest, stage or "no project", machine.initramfs, machine.unit, project.content_of(files),
                           cache.file_bytes("initramfs.py", "image.py"))
        entry = cache.entry(name, key, build, keep=6)
    shutil.copytree(os.path.join(entry, "record"), payload, symlinks=True, dirs_exist_ok=True)
    return os.path.join(entry, "initrd")
