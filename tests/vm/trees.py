# SPDX-License-Identifier: LGPL-2.1-or-later
"""The recipes of the Debian trees: a suite's guest, the place to build in for it, and a QEMU that is new enough."""
import contextlib
import os
import shutil
import subprocess

import cache
from progress import run_logged, step

SUITES = ("bookworm", "trixie")

GUEST = """systemd systemd-sysv udev kmod linux-image-amd64 pciutils strace jq iproute2 procps ethtool bash less
    libinih1 libjansson4 libkmod2 libudev1 libsystemd0 libmnl0 libsmartcols1 libexpat1 driverctl mdevctl zstd
    e2fsprogs fdisk dmsetup mdadm btrfs-progs openssh-server openssh-client grub2-common""".split()

# What builds the project, and what makes and judges a package.
BUILD = """build-essential pkg-config libsystemd-dev libudev-dev libkmod-dev libinih-dev libjansson-dev systemd udev
    libmnl-dev libsmartcols-dev libexpat1-dev debhelper git lintian""".split()

# What a suite's build tree has besides: rpm's tools, and what builds mtty; the headers are of exactly the guest's kernel.
BUILD_MORE = {"bookworm": [], "trixie": ["systemd-dev", "rpm", "rpmlint", "linux-headers-{kernel}", "linux-source-6.12",
                                         "xz-utils"]}

# A host to install the package on: no more than the package's Depends and what its triggers speak to.
HOST = "systemd udev libkmod2 libmnl0 libsmartcols1 libexpat1 libinih1 libjansson4 initramfs-tools".split()

# Only what finds the root: the drivers of the devices under test are loaded by udev of the real root, as on a host
# whose root is elsewhere.
INITRAMFS = r"""mkdir -p "$1/etc/initramfs-tools/conf.d"
echo MODULES=list >"$1/etc/initramfs-tools/conf.d/tests.conf"
printf 'virtio_pci\nvirtio_blk\next4\n' >"$1/etc/initramfs-tools/modules" """

# What makes a guest's initramfs; each needs a tree of its own, because on Debian they exclude each other.
INITRAMFS_TOOLS = {"initramfs-tools": [], "dracut": ["dracut"]}

# mtty, a parent of mediated devices without hardware, is a sample in the kernel's source that Debian doesn't build.
MTTY = """set -e
cd /usr/src
tar -xJf linux-source-6.12.tar.xz --occurrence=1 linux-source-6.12/samples/vfio-mdev/mtty.c
rm linux-source-6.12.tar.xz
mkdir /mtty
mv linux-source-6.12/samples/vfio-mdev/mtty.c /mtty
echo obj-m = mtty.o >/mtty/Makefile
make -C "/usr/src/linux-headers-$1" M=/mtty modules
"""

# The same with the headers unpacked in the current directory, since installing them may bring the host a kernel. The name of one
# file is all in them that says where they are. Type information takes pahole.
MTTY_HERE = """set -e
for package in ./*.deb; do dpkg-deb -x "$package" .; done
echo "include $PWD/usr/src/linux-headers-$2-common/Makefile" >"usr/src/linux-headers-$1/Makefile"
echo obj-m = mtty.o >Makefile
make -C "usr/src/linux-headers-$1" M="$PWD" CONFIG_DEBUG_INFO_BTF_MODULES= modules
rm -r usr ./*.deb
"""

# The demo builds on this host if it is the guest's suite: a tree to build in takes three minutes to make.
build_here = False


def _archives() -> tuple:
    """Where this host's apt gets Debian and its security updates from, as far as any other suite can be had there."""
    found = {}
    if shutil.which("apt-get"):
        listing = subprocess.run(["apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)"],
                                 capture_output=True, text=True, check=False).stdout
        for line in listing.splitlines():
            label, _, uri = line.partition("|")
            if uri.startswith(("http://", "https://")):
                found.setdefault(label, uri)
    return found.get("Debian"), found.get("Debian-Security")


def _sources(suite: str) -> list:
    """The deb lines for mmdebstrap; none (it has its own default) when the host's apt names no archive of Debian."""
    main, security = _archives()
    if not main:
        return []
    lines = [f"deb {main} {suite} main", f"deb {main} {suite}-updates main"]
    if security:
        lines.append(f"deb {security} {suite}-security main")
    return lines


def _apt_options() -> list:
    """The host's way to the network: proxies and the like."""
    if not shutil.which("apt-config"):
        return []
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    return [f"--aptopt={line.rstrip(';')}" for line in dump.splitlines()
            if line.startswith(("Acquire::http::", "Acquire::https::", "Acquire::Retries", "Acquire::Force"))]


def _mmdebstrap(suite: str, packages: list, tree: str, log: str, *options: str) -> None:
    thin = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")]
    run_logged(["mmdebstrap", "--dpkgopt=force-unsafe-io", *thin, *_apt_options(), *options,
                f"--include={','.join(packages)}", suite, tree, *_sources(suite)], log)


# The environment of what runs in a tree.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}


def command_in(tree: str, argv: list) -> list:
    """A command in a tree, with /dev and /proc in a mount namespace of its own, so that no mount stays behind."""
    mount = ('mount -t proc proc "$0/proc" 2>/dev/null; mount --rbind /dev "$0/dev" 2>/dev/null; '
             '[ -c "$0/dev/null" ] || { echo "no /dev/null can be had in $0"; exit 1; }; exec chroot "$0" "$@"')
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0:
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, tree, *argv]
    return ["chroot", tree, *argv]


def in_tree(tree: str, argv: list, log: str) -> None:
    run_logged(command_in(tree, argv), log, env=ENVIRONMENT)


def kernel_of(tree: str) -> str:
    (version,) = os.listdir(os.path.join(tree, "usr/lib/modules"))
    return version


def this_suite() -> str:
    with open("/etc/os-release", encoding="utf-8") as file:
        fields = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    return fields.get("VERSION_CODENAME", "")


class Place:
    """Where things are built for a suite's guest: a tree of the suite, or this host, which then has the packages."""

    def __init__(self, tree: str = ""):
        self.tree = tree
        versions = [] if tree else subprocess.run(["dpkg-query", "-W", "gcc", "libc6-dev", *(p for p in BUILD if p.startswith("lib"))],
                                                  capture_output=True, text=True, check=True).stdout
        self.key = [tree, versions]

    @contextlib.contextmanager
    def work(self, name: str):
        """A fresh directory to work in: its path from here, and as commands that are run in the place see it."""
        inside = f"/{name}" if self.tree else os.path.join(cache.root(), "runs", name)
        cache.remove(self.tree + inside)
        os.makedirs(self.tree + inside)
        try:
            yield self.tree + inside, inside
        finally:
            cache.remove(self.tree + inside)

    def run(self, argv: list, log: str) -> None:
        run_logged(command_in(self.tree, argv) if self.tree else argv, log, env=ENVIRONMENT)


def build_place(suite: str, kernel: str) -> Place:
    return Place() if build_here and suite == this_suite() else Place(build_tree(suite, kernel))


def mtty_source() -> str:
    """The directory with mtty.c, out of the package of the kernel's source; for a host that is the guest's suite."""
    def build(part: str) -> None:
        with step("fetching the kernel's source, for a module that makes mediated devices"):
            log = cache.log_path("sample")
            run_logged(["apt-get", "download", "-q", "linux-source-6.12"], log, cwd=part)
            run_logged(["sh", "-c", "dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/linux-source-6.12.tar.xz | "
                        "tar -xJ --occurrence=1 --strip-components=3 linux-source-6.12/samples/vfio-mdev/mtty.c; "
                        "rm ./*.deb; test -s mtty.c"], log, cwd=part)

    return cache.entry("sample", cache.key_of("mtty.c of linux-source-6.12"), build)


def _mtty(suite: str, kernel: str) -> str:
    """The mtty module for a kernel of the suite."""
    place = build_place(suite, kernel)
    if place.tree:
        return os.path.join(place.tree, "mtty/mtty.ko")

    def build(part: str) -> None:
        log = cache.log_path("mtty")
        shutil.copy(os.path.join(mtty_source(), "mtty.c"), part)
        release = kernel.removesuffix("-amd64")
        with step(f"building the mtty module for {kernel}"):
            run_logged(["apt-get", "download", "-q", f"linux-headers-{kernel}", f"linux-headers-{release}-common",
                        f"linux-kbuild-{release}"], log, cwd=part)
            run_logged(["sh", "-c", MTTY_HERE, "sh", kernel, release], log, cwd=part)

    return os.path.join(cache.entry("mtty-module", cache.key_of(MTTY_HERE, kernel), build), "mtty.ko")


def build_tree(suite: str, kernel: str) -> str:
    """The tree to build in for a suite's guest with this kernel; with /mtty/mtty.ko where the suite has it."""
    name = f"{suite}-build"
    packages = BUILD + [package.format(kernel=kernel) for package in BUILD_MORE[suite]]

    def build(part: str) -> None:
        log = cache.log_path(name)
        tree = os.path.join(part, "tree")
        with step(f"{suite}: making the tree to build in (mmdebstrap)"):
            _mmdebstrap(suite, packages, tree, log, "--variant=minbase")
        if BUILD_MORE[suite]:
            with step(f"{suite}: building the mtty module for {kernel}"):
                in_tree(tree, ["sh", "-c", MTTY, "sh", kernel], log)

    return os.path.join(cache.entry(name, cache.key_of(packages, MTTY), build), "tree")


def guest_tree(suite: str, tool: str = "initramfs-tools", more: tuple = ()) -> str:
    """The tree of a suite's guest with this maker of its initramfs, and more packages, with mtty where the suite has it."""
    packages = GUEST + INITRAMFS_TOOLS[tool] + list(more)
    name = f"{suite}-{tool if INITRAMFS_TOOLS[tool] else 'guest'}{'-more' if more else ''}"

    def build(part: str) -> None:
        log = cache.log_path(name)
        tree = os.path.join(part, "tree")
        hook = os.path.join(cache.HERE, "guest-configure")
        with step(f"{suite}: making the guest's tree with {tool} (mmdebstrap)"):
            _mmdebstrap(suite, packages, tree, log, "--variant=minbase", f"--essential-hook={INITRAMFS}",
                        f"--customize-hook='{hook}' \"$1\"")
        if BUILD_MORE[suite]:
            kernel = kernel_of(tree)
            module = _mtty(suite, kernel)
            extra = os.path.join(tree, "usr/lib/modules", kernel, "extra")
            os.makedirs(extra)
            shutil.copy(module, extra)
            in_tree(tree, ["depmod", kernel], log)

    key = cache.key_of(packages, BUILD_MORE[suite], INITRAMFS, MTTY, cache.file_bytes("guest-configure"))
    return os.path.join(cache.entry(name, key, build), "tree")


def packaging_tree(suite: str) -> str:
    """The tree to make packages in, which is that for the suite's guest."""
    return build_tree(suite, kernel_of(guest_tree(suite)))


def plain_tree(name: str, suite: str, packages: list) -> str:
    """A tree of a suite with these packages, and nothing done to it."""
    def build(part: str) -> None:
        with step(f"{name}: making the tree (mmdebstrap)"):
            _mmdebstrap(suite, packages, os.path.join(part, "tree"), cache.log_path(name), "--variant=minbase")

    return os.path.join(cache.entry(name, cache.key_of(packages), build), "tree")


def host_tree(suite: str) -> str:
    """The tree of a clean host, for a copy of it to install the package on."""
    name = f"{suite}-host"

    def build(part: str) -> None:
        with step(f"{suite}: making the tree of a clean host (mmdebstrap)"):
            _mmdebstrap(suite, HOST, os.path.join(part, "tree"), cache.log_path(name), "--variant=minbase")

    return os.path.join(cache.entry(name, cache.key_of(HOST), build), "tree")


def qemu_tree() -> str:
    """Debian 13's QEMU, unpacked only: it is run by its own loader, without a chroot."""
    def build(part: str) -> None:
        with step("unpacking a newer QEMU, because this host's has no igb device"):
            _mmdebstrap("trixie", ["qemu-system-x86"], os.path.join(part, "tree"), cache.log_path("qemu"),
                        "--variant=extract")

    return os.path.join(cache.entry("qemu", cache.key_of("qemu-system-x86 of trixie"), build), "tree")
