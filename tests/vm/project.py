# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the project and the tests' own C programs in a suite's build tree, by content: what is unchanged is reused."""
import glob
import os
import shutil
import subprocess

import cache
from progress import step
from trees import build_place

TOP = os.environ.get("PASSTHRU_VM_SOURCE") or os.path.dirname(os.path.dirname(cache.HERE))
TOOLS_DIR = "usr/lib/passthru-tests/bin"
# The harness itself, and the making of packages, are no part of what is installed.
NOT_BUILT = ("tests/vm/", "tests/package/", "debian/", "conf/rpm/")


def sources(top: str, without: tuple = NOT_BUILT) -> list:
    """The paths of the working tree's files as git knows them: tracked, and new ones that are not ignored."""
    listing = subprocess.run(["git", "-c", "safe.directory=*", "-C", top, "ls-files", "-z", "--cached", "--others",
                              "--exclude-standard"], capture_output=True, check=True).stdout
    names = {os.fsdecode(name) for name in listing.split(b"\0") if name}
    return sorted(name for name in names
                  if not name.startswith(without) and os.path.lexists(os.path.join(top, name)))


def content(top: str, names: list) -> list:
    """The names, modes and contents of files below top, for a key."""
    parts = []
    for name in names:
        path = os.path.join(top, name)
        parts.append(f"{name} {os.lstat(path).st_mode:o}")
        if os.path.islink(path):
            parts.append(os.readlink(path))
        else:
            with open(path, "rb") as file:
                parts.append(file.read())
    return parts


def content_of(directory: str) -> list:
    """All files below a directory, with name, mode and content, for a key."""
    return content(directory, sorted(os.path.relpath(os.path.join(top, name), directory)
                                     for top, _, names in os.walk(directory) for name in names))


def copy(top: str, names: list, target: str) -> None:
    for name in names:
        path = os.path.join(target, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy2(os.path.join(top, name), path, follow_symlinks=False)


def _given_stage(suite: str, directory: str) -> str:
    def build(part: str) -> None:
        shutil.copytree(directory, os.path.join(part, "tree"), symlinks=True)

    return os.path.join(cache.entry(f"{suite}-stage", cache.key_of(content_of(directory)), build, keep=4), "tree")


def stage(suite: str, kernel: str, top: str = TOP) -> str:
    """What `make install` of the project puts into the guest, built for the suite; or what is installed already."""
    if given := os.environ.get("PASSTHRU_VM_STAGE"):
        return _given_stage(suite, given)
    place = build_place(suite, kernel)
    names = sources(top)
    key = cache.key_of(place.key, content(top, names))

    def build(part: str) -> None:
        log = cache.log_path(f"{suite}-stage")
        jobs = f"-j{os.cpu_count() or 1}"
        with place.work(f"build-{key}") as (work, inside), step(f"{suite}: building passthru-setup"):
            copy(top, names, f"{work}/source")
            place.run(["make", "-C", f"{inside}/source", jobs, "prefix=/usr"], log)
            place.run(["make", "-C", f"{inside}/source", "install", f"DESTDIR={inside}/stage", "prefix=/usr"], log)
            shutil.move(f"{work}/stage", os.path.join(part, "tree"))

    return os.path.join(cache.entry(f"{suite}-stage", key, build, keep=4), "tree")


def tools(suite: str, kernel: str, *directories: str) -> str:
    """The C programs of the tests (each file in the directories is one), compiled for the guest."""
    files = sorted(path for directory in directories for path in glob.glob(os.path.join(directory, "*.c")))
    names = [os.path.basename(path) for path in files]
    place = build_place(suite, kernel)
    key = cache.key_of(place.key, content("/", [path.lstrip("/") for path in files]))

    def build(part: str) -> None:
        log = cache.log_path(f"{suite}-tools")
        target = os.path.join(part, "tree", TOOLS_DIR)
        os.makedirs(target)
        with place.work(f"tools-{key}") as (work, inside):
            for path, name in zip(files, names):
                shutil.copy(path, work)
                static = ["-static"] if name.endswith("-static.c") else []
                place.run(["gcc", "-O2", "-Wall", "-Wextra", *static, "-o", f"{inside}/{name[:-2]}", f"{inside}/{name}"], log)
                shutil.copy(os.path.join(work, name[:-2]), target)

    return os.path.join(cache.entry(f"{suite}-tools", key, build, keep=8), "tree")
