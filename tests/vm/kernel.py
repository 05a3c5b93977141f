# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unpacks a kernel, so that it need not do so itself at each boot: in software emulation that takes seconds.

A bzImage is a real-mode part and a compressed ELF file (Documentation/arch/x86/boot.rst); QEMU boots the latter by its PVH
entry, which Debian's kernels have.
"""
import lzma
import struct
import subprocess

SETUP_SECTORS, PAYLOAD = 0x1f1, 0x248  # fields of the header; the payload's offset and length, 32 bits each


def _unpack(payload: bytes) -> bytes:
    # The size when unpacked comes after it, as four bytes that are no part of the format.
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dqc"], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout
    raise ValueError(f"a kernel packed in an unknown way ({payload[:6].hex()})")


def unpack(bzimage: str, target: str) -> None:
    """Writes the ELF file that is in a bzImage."""
    with open(bzimage, "rb") as file:
        data = file.read()
    offset, length = struct.unpack_from("<II", data, PAYLOAD)
    begin = ((data[SETUP_SECTORS] or 4) + 1) * 512 + offset
    elf = _unpack(data[begin:begin + length])
    if not elf.startswith(b"\x7fELF"):
        raise ValueError(f"{bzimage} does not hold an ELF file")
    with open(target, "wb") as file:
        file.write(elf)
