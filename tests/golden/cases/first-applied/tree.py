# SPDX-License-Identifier: LGPL-2.1-or-later
"""The desktop of first-config, once its configuration has been applied."""
import runpy
from pathlib import Path

FIRST = runpy.run_path(str(Path(__file__).resolve().parents[1] / "first-config/tree.py"))


def host(about):
    return FIRST["host"](about, applied=True)
