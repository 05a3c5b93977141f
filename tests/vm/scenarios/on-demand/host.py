# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the guest's screen shows."""
import os


def handle(guest, words: list) -> str:
    """screen: how many of its pixels are not black."""
    if words != ["screen"]:
        raise ValueError(f"{words}: expected screen")
    path = os.path.join(guest.directory, "screen.ppm")
    guest.qmp.run("screendump", filename=path)
    with open(path, "rb") as file:
        _, _, _, pixels = file.read().split(b"\n", 3)
    return str(sum(any(pixels[i:i + 3]) for i in range(0, len(pixels), 3)))
