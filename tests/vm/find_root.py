# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the initramfs of guests whose scenario asks for none: find-root.c and the modules that the root is reached by.

Debian's own takes a quarter of a boot in software emulation; it is tested by the scenarios that name its maker.
"""
import lzma
import os
import shutil
import stat
import subprocess

import cache
import trees

MODULES = ("virtio_pci", "virtio_blk", "ext4")


def _files(tree: str, kernel: str) -> list:
    """The files of the modules and of all that they need, in the order of loading."""
    found = []
    for module in MODULES:
        listing = subprocess.run(trees.command_in(tree, ["modprobe", "--show-depends", "--set-version", kernel, module]),
                                 env=trees.ENVIRONMENT, capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            word, path = line.split()[:2]
            if word == "insmod" and path not in found:
                found.append(path)
    return found


def _content(path: str) -> bytes:
    """A module as the kernel takes it."""
    with lzma.open(path) if path.endswith(".xz") else open(path, "rb") as file:
        return file.read()


def _archive(members: list) -> bytes:
    """A cpio archive (newc, the kernel's early-userspace/buffer-format.rst) of (name, mode, content)."""
    archive = bytearray()
    for inode, (name, mode, content) in enumerate([*members, ("TRAILER!!!", 0, b"")], 1):
        fields = [inode, mode, 1, 0, 0, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        for part in (b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0", content):
            archive += part
            archive += bytes(-len(archive) % 4)
    return bytes(archive)


def make(suite: str, tree: str) -> str:
    """The initrd for the kernel of a guest's tree."""
    kernel = trees.kernel_of(tree)
    place = trees.build_place(suite, kernel)
    name = f"{suite}-find-root"
    key = cache.key_of(tree, place.key, cache.file_bytes("find-root.c", "find_root.py"))

    def build(part: str) -> None:
        log = cache.log_path(name)
        with place.work(f"find-root-{key}") as (work, inside):
            shutil.copy(os.path.join(cache.HERE, "find-root.c"), work)
            place.run(["gcc", "-Os", "-Wall", "-Wextra", "-Werror", "-static", "-s", "-o", f"{inside}/init",
                       f"{inside}/find-root.c"], log)
            members = [("init", stat.S_IFREG | 0o755, _content(f"{work}/init")), ("modules", stat.S_IFDIR | 0o755, b"")]
        members += [(f"modules/{number:02}", stat.S_IFREG | 0o644, _content(tree + module))
                    for number, module in enumerate(_files(tree, kernel))]
        with open(os.path.join(part, "initrd"), "wb") as file:
            file.write(_archive(members))

    return os.path.join(cache.entry(name, key, build), "initrd")
