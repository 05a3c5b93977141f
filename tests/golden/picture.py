# SPDX-License-Identifier: LGPL-2.1-or-later
"""README's picture: what the program shows at a terminal on the hosts of golden cases, as SVG."""
import collections
import html
import os
import re
import tempfile
from pathlib import Path

import screens

HERE = Path(__file__).resolve().parent
FILE = HERE / "picture.svg"
COLUMNS = 100
# Each screen: the case whose host it is shown on, and the command.
SCREENS = [("first-config", "list"), ("first-config", "plan"), ("first-applied", "status")]

ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "SYSTEMD_PAGER": ""}

# The window is dark whatever the page around it is.
SIZE, WIDTH, HEIGHT, MARGIN = 13, 7.83, 18, 16
BACKGROUND, BORDER, TEXT = "#16191d", "#6e7681", "#d8dee4"
COLOURS = {30: "#6e7681", 31: "#ff7b72", 32: "#56d364", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#56d4dd", 37: TEXT,
           90: "#8b949e", 91: "#ffa198", 92: "#7ee787", 93: "#f2cc60", 94: "#a5d6ff", 95: "#e2c5ff", 96: "#b3f0ff", 97: "#ffffff"}


def runs(line, state):
    """A line as (text, colour, bold, faint, underline); state is kept from line to line."""
    for part in re.split(r"(\x1b\[[0-9;]*[a-zA-Z])", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not code:
            if part and not part.startswith("\x1b"):
                yield part, state.get("colour", TEXT), state.get("bold"), state.get("faint"), state.get("underline")
            continue
        numbers = [int(n or 0) for n in code[1].split(";")]
        while numbers:
            n = numbers.pop(0)
            if n == 0:
                state.clear()
            elif n in (1, 2, 4):
                state[{1: "bold", 2: "faint", 4: "underline"}[n]] = True
            elif n in COLOURS:
                state["colour"] = COLOURS[n]
            elif n == 38 and numbers[:1] == [5]:
                state["colour"] = palette(numbers[1])
                del numbers[:2]
            elif n == 39:
                state.pop("colour", None)
            elif n in (22, 24):
                for name in ("bold", "faint") if n == 22 else ("underline",):
                    state.pop(name, None)
            else:
                raise ValueError(f"SGR {n} has no colour here")


def palette(n):
    """A colour of the 256."""
    if n < 16:
        return COLOURS[30 + n if n < 8 else 82 + n]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    levels = [0, 95, 135, 175, 215, 255]
    n -= 16
    return f"#{levels[n // 36]:02x}{levels[n // 6 % 6]:02x}{levels[n % 6]:02x}"


def drawn(line, y, state):
    """Each word, or words with one blank between them, where its column is, whatever the width of the viewer's font."""
    column = 0
    parts = []
    for text, colour, bold, faint, underline in runs(line, state):
        style = "".join([f' fill="{colour}"' if colour != TEXT else "", ' font-weight="bold"' if bold else "",
                         ' opacity=".65"' if faint else "", ' text-decoration="underline"' if underline else ""])
        for word in re.finditer(r"\S+(?: \S+)*", text):
            parts.append(f'<text x="{MARGIN + (column + word.start()) * WIDTH:.1f}" y="{y}" '
                         f'textLength="{len(word[0]) * WIDTH:.1f}"{style}>{html.escape(word[0], quote=False)}</text>')
        column += len(text)
    return parts


def words(drawn):
    """How often each word is in a picture; without the comma of columns that are one where the terminal is narrow."""
    return collections.Counter(word.rstrip(",") for text in re.findall(r">([^<]+)<", drawn) for word in text.split())


def stale(picture, wide):
    """What the picture has and the same screens, drawn with nothing folded or cut, don't have, and the lines' first words that
    it lacks. Where libsmartcols folds or cuts a cell is its version's own affair."""
    shown, there = words(picture), words(wide)
    for cut in [word for word in shown if word.endswith("…")]:
        if any(word.startswith(cut[:-1]) for word in there):
            del shown[cut]
    first = collections.Counter(re.findall(rf'<text x="{MARGIN:.1f}" [^>]*>(\S+?)(?: [^<]*)?<', wide))
    return "\n".join([f"- {word}" for word in sorted((shown - there).elements())] +
                     [f"+ {word}" for word in sorted((first - shown).elements())])


def drawing(binary, build, columns=COLUMNS):
    """The text of the SVG. build(case, directory) makes the host of a golden case."""
    lines = []
    for case, command in SCREENS:
        with tempfile.TemporaryDirectory(prefix="passthru-picture-") as root:
            build(HERE / "cases" / case, root)
            shown, _ = screens.on_terminal([str(binary), f"--root={root}", *command.split()], columns, ENVIRONMENT, root)
            shown = shown.replace(root, "")
        lines += [f"\x1b[1;32m$\x1b[0m \x1b[1mpassthru-setup {command}\x1b[0m", *shown.rstrip("\n").split("\n"), ""]
    lines.pop()
    columns = max(columns, *(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines))
    width, height = 2 * MARGIN + columns * WIDTH, 2 * MARGIN + len(lines) * HEIGHT
    state, body = {}, []
    for number, line in enumerate(lines):
        body += drawn(line, MARGIN + SIZE + number * HEIGHT, state)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}" role="img">',
        "<!-- made by make picture -->",
        f"<title>{', '.join(f'passthru-setup {command}' for _, command in SCREENS)}</title>",
        f'<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="{BACKGROUND}" stroke="{BORDER}"/>',
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', \'Liberation Mono\', monospace" '
        f'font-size="{SIZE}" fill="{TEXT}">', *body, "</g>", "</svg>", ""])
