# SPDX-License-Identifier: LGPL-2.1-or-later
"""The cache of guest trees, build trees and images: entries named NAME-KEY, finished by a rename, the oldest pruned."""
import contextlib
import fcntl
import hashlib
import os
import shutil
import time

DEFAULT = "/var/cache/passthru-setup-tests"
HERE = os.path.dirname(os.path.abspath(__file__))


def root() -> str:
    path = os.environ.get("PASSTHRU_VM_CACHE") or DEFAULT
    for name in ("", "log", "runs"):
        os.makedirs(os.path.join(path, name), exist_ok=True)
    return path


def log_path(name: str) -> str:
    """A fresh log file for the work on `name`."""
    path = os.path.join(root(), "log", f"{name}.log")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return path


def key_of(*parts) -> str:
    """A short hash of strings, bytes and lists of them."""
    digest = hashlib.sha256()
    for part in parts:
        for item in part if isinstance(part, (list, tuple)) else [part]:
            data = item if isinstance(item, bytes) else str(item).encode()
            digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:12]


def file_bytes(*names: str) -> list:
    """The contents of files of the harness, for the key of what is made by them."""
    found = []
    for name in names:
        with open(os.path.join(HERE, name), "rb") as file:
            found.append(file.read())
    return found


@contextlib.contextmanager
def _locked(name: str):
    with open(os.path.join(root(), f".{name}.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def entry(name: str, key: str, build, keep: int = 1) -> str:
    """The directory of the entry; made by build(directory) when it isn't there. Keeps the `keep` last used others."""
    path = os.path.join(root(), f"{name}-{key}")
    if not os.path.isdir(path):
        with _locked(name):
            if not os.path.isdir(path):
                _make(name, path, build)
            _prune(name, keep, path)
    os.utime(path)
    return path


def _make(name: str, path: str, build) -> None:
    part = f"{path}.part"
    for other in os.listdir(root()):  # the lock is ours, so every unfinished one was left by a killed run
        if other.startswith(f"{name}-") and other.endswith(".part"):
            remove(os.path.join(root(), other))
    os.makedirs(part)
    try:
        build(part)
    except BaseException:
        remove(part)
        raise
    os.rename(part, path)


def _prune(name: str, keep: int, ours: str) -> None:
    """Removes entries of this name beyond the last used, but none that another run may be using now."""
    paths = [os.path.join(root(), other) for other in os.listdir(root())
             if other.startswith(f"{name}-") and not other.endswith(".part")]
    paths = sorted((p for p in paths if p != ours), key=os.path.getmtime, reverse=True)
    for path in paths[keep - 1:]:
        if time.time() - os.path.getmtime(path) > 900:
            remove(path)
