# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a person sees: commands on a terminal of a given width, and by a pager.

On a terminal no line may be wider than it, and nothing may be lost that a pipe has, the names of columns neither; only what
is cut at a width ends in an ellipsis. No address is broken.
"""
import collections
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

SCREENS = {"list", "plan", "status", "tree", "doctor", "explain", "release", "boot-config"}
WIDTHS = (80, 120)
STYLE = re.compile(r"\x1b\[[0-9;]*m")
TREE = "│├└─"
ADDRESS = re.compile(r"\b[0-9a-f]{4,5}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\b")
HEIGHT = 24


def is_screen(command):
    """Whether a case's command shows one to a person, in the usual way."""
    words = command.split()
    return words[0] in SCREENS and not {"--json", "--prometheus"} & set(words)


def on_terminal(argv, width, env, cwd, stderr=subprocess.PIPE):
    """What the command writes to a terminal as its stdout (stderr: as that too when it is STDOUT), and its exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, width, 0, 0))
    seen = []

    def read():
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # nobody has it open any more
                return
            if not part:
                return
            seen.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs if stderr == subprocess.STDOUT else stderr,
                          env=env, cwd=cwd) as process:
        os.close(theirs)
        if process.stderr:
            process.stderr.read()
    reader.join(timeout=30)
    os.close(ours)
    return b"".join(seen).decode(errors="replace").replace("\r\n", "\n"), process.returncode


def letters(text):
    return collections.Counter(c for c in text if not c.isspace() and c not in TREE)


FACTS = set("ON IT SERIAL OFFERS IN USE".split())


def is_header(line):
    return bool(line) and line == line.upper() and line[0].isalpha()


def split_header(text):
    """The names of the columns, and the rest."""
    lines = text.splitlines()
    at = next((i for i, line in enumerate(lines[:2]) if is_header(line)), None)
    if at is None:
        return set(), text
    return set(re.findall(r"[A-Z]+", lines[at])), "\n".join(lines[:at] + lines[at + 1:])


def check(argv, env, cwd, piped):
    """What is wrong with the command's screens, or None. piped: what it prints into a pipe."""
    env = {**env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    names, rest = split_header(piped)
    for width in WIDTHS:
        text, _ = on_terminal(argv, width, env, cwd)
        plain = STYLE.sub("", text)
        wide = [line for line in plain.splitlines() if len(line) > width]
        if wide:
            return f"wider than {width} columns:\n" + "\n".join(wide)
        shown, body = split_header(plain)
        # Below a device its facts need no heading.
        if shown | FACTS != names | FACTS:
            return f"at {width} columns it has the columns {sorted(shown)}, not {sorted(names)}\n{plain}"
        broken = set(ADDRESS.findall(piped)) - set(ADDRESS.findall(plain))
        if broken:
            return f"at {width} columns these addresses are broken: {sorted(broken)}\n{plain}"
        if "…" not in plain and letters(body) != letters(rest):
            lost, new = letters(rest) - letters(body), letters(body) - letters(rest)
            return f"at {width} columns it says something else (lost {dict(lost)}, new {dict(new)}):\n{plain}"
    return None


# A pager that says what it was told.
PAGER = """#!/bin/sh
echo "pager $0 $*"
echo "LESS=$LESS LESSCHARSET=$LESSCHARSET LESSSECURE=$LESSSECURE"
[ "${1:-}" = --quit ] || cat
"""

# Arguments, environment, and what the output must and must not have.
PAGERS = [
    ([], {}, r"^pager \S+/less \nLESS=FRSXMK LESSCHARSET=utf-8 LESSSECURE=1\n.*ADDRESS", None),
    ([], {"PAGER": "own -x"}, r"^pager \S+/less ", "own"),
    ([], {"PAGER": "own -x", "SYSTEMD_PAGERSECURE": "0"}, r"^pager \S+/own -x\nLESS=FRSXMK .* LESSSECURE=0\n.*ADDRESS", None),
    ([], {"SYSTEMD_PAGER": "own", "PAGER": "other", "SYSTEMD_PAGERSECURE": "1"}, r"^pager \S+/own \n.*LESSSECURE=1\n", None),
    ([], {"SYSTEMD_PAGER": "gone", "SYSTEMD_PAGERSECURE": "1"}, r"^pager \S+/less ", None),
    ([], {"SYSTEMD_PAGERSECURE": "0"}, r"^pager \S+/pager ", None),
    ([], {"SYSTEMD_PAGERSECURE": "nonsense", "PAGER": "own"}, r"^pager \S+/less .*LESSSECURE=1\n", None),
    ([], {"SYSTEMD_LESS": "-R", "SYSTEMD_LESSCHARSET": "latin1"}, "LESS=-R LESSCHARSET=latin1", None),
    ([], {"SUDO_UID": "1000"}, "LESSSECURE=1", None),
    ([], {"SYSTEMD_PAGER": "own --quit", "SYSTEMD_PAGERSECURE": "0"}, r"^pager \S+/own --quit\n", "ADDRESS"),
    (["--no-pager"], {}, "^ADDRESS", "pager"),
    ([], {"SYSTEMD_PAGER": ""}, "^ADDRESS", "pager"),
    ([], {"SYSTEMD_PAGER": "cat", "PAGER": "own"}, "^ADDRESS", "pager"),
    ([], {"PAGER": "cat"}, "^ADDRESS", "pager"),
    ([], {"TERM": "dumb"}, "^ADDRESS", "pager"),
    (["--json"], {}, r"^pager \S+/less ", None),
]


def check_pager(binary, root):
    """What is wrong with the choice of a pager, or None."""
    path = os.path.join(root, "pagers")
    os.mkdir(path)
    for name in ("less", "pager", "own", "other"):
        file = os.path.join(path, name)
        with open(file, "w", encoding="utf-8") as f:
            f.write(PAGER)
        os.chmod(file, 0o755)
    for arguments, more, wanted, unwanted in PAGERS:
        env = {"PATH": f"{path}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TERM": "xterm", "NO_COLOR": "1", **more}
        argv = [str(binary), f"--root={root}", "list", "all", *arguments]
        text, status = on_terminal(argv, 200, env, root, stderr=subprocess.STDOUT)
        if status != 0 or not re.search(wanted, text, re.S) or (unwanted and re.search(unwanted, text)):
            return f"{arguments} {more}: exit status {status}; expected {wanted}, not {unwanted}:\n{text}"
        text, _ = on_terminal(argv, 200, env, root)
        if "pager" in text:
            return f"{arguments} {more}: a pager though stderr is no terminal:\n{text}"
    return None
