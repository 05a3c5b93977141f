# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tells on the terminal what the harness is doing and how long it took, and keeps the output of commands in a log."""
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time


class CommandFailed(Exception):
    """A command of the harness failed; the text holds the end of what it said."""


def _fancy() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def colour(code: str, text: str) -> str:
    if not _fancy() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{code}m{text}\033[0m"


_lock = threading.Lock()
_running = {}  # text of a step: when it began. Steps may run side by side.


def _draw() -> None:
    """One line with all steps that run, and their seconds."""
    line = " · ".join(f"{text} ({time.monotonic() - start:.0f} s)" for text, start in _running.items())
    width = shutil.get_terminal_size().columns - 5
    print(f"\r\033[K  {colour('33', '…')} {line[:width]}", end="", flush=True)


def _tick() -> None:
    while True:
        with _lock:
            if not _running:
                return
            _draw()
        time.sleep(0.5)


@contextlib.contextmanager
def step(text: str):
    """Shows `text` while the body runs, with the seconds counting on a terminal, and how it ended."""
    start = time.monotonic()
    with _lock:
        first = not _running
        _running[text] = start
    if not _fancy():
        print(f"  … {text}", flush=True)
    elif first:
        threading.Thread(target=_tick, daemon=True).start()
    try:
        yield
    except BaseException:
        _finish(text, f"  {colour('31', '✗')} {text}: failed after {time.monotonic() - start:.1f} s")
        raise
    _finish(text, f"  {colour('32', '✓')} {text}: {time.monotonic() - start:.1f} s")


def _finish(text: str, line: str) -> None:
    with _lock:
        _running.pop(text, None)
        if _fancy():
            print("\r\033[K", end="")
        print(line, flush=True)


def tail(path: str, lines: int) -> str:
    """failed to read The last `lines` lines of a file, or why it."""
    try:
        with open(path, "rb") as file:
            text = file.read().decode(errors="replace")
    except OSError as error:
        return f"({path}: {error.strerror})"
    return "\n".join(text.replace("\r", "").splitlines()[-lines:])


def run_logged(argv: list, log: str, **kwargs) -> None:
    """Runs a command with its output appended to `log`; CommandFailed with the end of the log when it fails."""
    with open(log, "ab") as out:
        out.write(f"+ {' '.join(map(str, argv))}\n".encode())
        out.flush()
        done = subprocess.run(argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **kwargs)
    if done.returncode:
        raise CommandFailed(f"{argv[0]} failed ({done.returncode}); the end of {log}:\n{tail(log, 30)}")
