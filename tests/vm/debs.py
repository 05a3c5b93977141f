# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the project's Debian packages in a suite's tree, by content: what is unchanged is reused."""
import glob
import os
import shutil

import cache
import project
import trees
from progress import step

SCRIPT = os.path.join(os.path.dirname(cache.HERE), "package", "build.sh")


def build(suite: str) -> str:
    """The directory with what tests/package/build.sh makes: packages, and what it found out."""
    tree = trees.packaging_tree(suite)
    names = project.sources(project.TOP, ())
    with open(SCRIPT, "rb") as file:
        key = cache.key_of(tree, file.read(), project.content(project.TOP, names))

    def make(part: str) -> None:
        work = f"/package-{key}"
        inside = tree + work
        cache.remove(inside)
        project.copy(project.TOP, names, f"{inside}/source")
        shutil.copy(SCRIPT, inside)
        try:
            with step(f"{suite}: building the package"):
                trees.in_tree(tree, ["bash", f"{work}/build.sh", f"{work}/source"], cache.log_path(f"{suite}-deb"))
            shutil.move(f"{inside}/out", os.path.join(part, "out"))
        finally:
            cache.remove(inside)

    return os.path.join(cache.entry(f"{suite}-deb", key, make, keep=3), "out")


def of(directory: str) -> str:
    """The package in a directory, beside the one with its symbols."""
    (deb,) = [path for path in glob.glob(f"{directory}/*.deb") if "-dbgsym_" not in path]
    return deb


def install(suite: str, target: str) -> None:
    """Writes this.deb and next.deb, of a higher version, to a directory."""
    out = build(suite)
    os.makedirs(target)
    shutil.copy(of(out), os.path.join(target, "this.deb"))
    shutil.copy(of(os.path.join(out, "next")), os.path.join(target, "next.deb"))
