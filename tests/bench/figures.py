# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns what was measured into figures, each beside its goal."""
import collections
import statistics

VFS, MORE_VFS = 60, 120


class Measured:
    """Values by name, one for each round."""

    def __init__(self):
        self.values = collections.defaultdict(list)

    def add(self, name: str, value: float) -> None:
        self.values[name].append(value)

    def has(self, *names: str) -> bool:
        return all(self.values.get(name) for name in names)

    def median(self, name: str) -> float:
        return statistics.median(self.values[name])

    def dump(self) -> None:
        for name, values in self.values.items():
            print(f"{name}: {' '.join(f'{value:g}' for value in values)}")


class Row:
    """A figure: what it is, what was measured, the goal ("" for none) and whether it is met (None without a goal)."""

    def __init__(self, what: str, value: str, goal: str = "", met: bool = None):
        self.what, self.value, self.goal, self.met = what, value, goal, met

    def cells(self) -> list:
        return [self.what, self.value, self.goal, {None: "", True: "met", False: "NOT MET"}[self.met]]


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.1f} ms" if microseconds < 100_000 else f"{microseconds / 1e6:.2f} s"


def _ratio(rows: list, m: Measured, what: str, over: str, under: str, at_most: float = None,
           at_least: float = None) -> None:
    """over's median by under's, both times, and what the shortest times would say: a busy host only adds to them."""
    over, under = f"time.{over}", f"time.{under}"
    if not m.has(over, under):
        return
    ratio = m.median(over) / m.median(under)
    best = min(m.values[over]) / min(m.values[under])
    value = f"{ratio:.2f} × ({_ms(m.median(over))} : {_ms(m.median(under))}; best {best:.2f} ×)"
    if at_most is not None:
        rows.append(Row(what, value, f"≤ {at_most:g} ×", ratio <= at_most))
    elif at_least is not None:
        rows.append(Row(what, value, f"≥ {at_least:g} ×", ratio >= at_least))
    else:
        rows.append(Row(what, value))


def _per_vf(rows: list, m: Measured, what: str, many: tuple, few: tuple, at_most: float) -> None:
    """User CPU time for each of many things by that for each of few."""
    if m.has(f"user.{many[0]}", f"user.{few[0]}"):
        each = [m.median(f"user.{name}") / n for name, n in (many, few)]
        ratio = each[0] / each[1]
        rows.append(Row(what, f"{ratio:.2f} × ({each[0]:.0f} µs : {each[1]:.0f} µs)", f"≤ {at_most:g} ×", ratio <= at_most))


def _calls(rows: list, m: Measured, what: str, name: str, goal: int = None, few: int = VFS, many: int = MORE_VFS) -> None:
    """System calls for one more of a thing: the difference of two runs by the difference in number."""
    names = [f"calls.{name}.{n}" for n in (few, many)]
    if m.has(*names):
        each = (m.median(names[1]) - m.median(names[0])) / (many - few)
        rows.append(Row(what, f"{each:.1f} (of {m.median(names[1]):.0f} by {many})", f"≤ {goal}" if goal else "",
                        each <= goal if goal else None))


def _early(rows: list, m: Measured) -> None:
    """What both early units take longer than the writes that they come down to."""
    names = [f"time.early.{name}" for name in ("claim", "apply", "bare")]
    if m.has(*names):
        claim, apply, bare = (m.median(name) for name in names)
        beyond = claim + apply - bare
        rows.append(Row("early units that make and bind 120 VFs, beyond the bare writes",
                        f"{_ms(beyond)} ({_ms(claim)} + {_ms(apply)} - {_ms(bare)})", "≤ 20 ms", beyond <= 20_000))


def guest_rows(m: Measured) -> list:
    rows = []
    _ratio(rows, m, "make and bind 120 VFs: apply to C loop of the writes", "make.apply", "make.bare", at_most=1.05)
    _ratio(rows, m, "make and bind 120 VFs: apply to C loop of its steps", "make.apply", "make.steps", at_most=1.05)
    _ratio(rows, m, "bind 120 VFs: apply to C loop of its steps", "bind.apply", "bind.steps", at_most=1.05)
    _ratio(rows, m, "bind 120 VFs: apply to C loop of the writes", "bind.apply", "bind.bare")
    _ratio(rows, m, "bind 120 VFs: bash loop to apply", "bind.bash", "bind.apply")
    _ratio(rows, m, "bind 120 VFs: driverctl set-override to apply", "driverctl.set", "driverctl.apply", at_least=10)
    _ratio(rows, m, "bind 120 VFs: driverctl's saved overrides to apply", "driverctl.load", "driverctl.apply", at_least=10)
    _ratio(rows, m, "120 VFs bound already: driverctl's rerun to apply", "driverctl.reload", "driverctl.rerun", at_least=10)
    _ratio(rows, m, "120 VFs bound already: apply to bare C reads", "rerun.apply", "rerun.read", at_most=1.5)
    _ratio(rows, m, "120 VFs bound already: apply to plan", "rerun.apply", "rerun.plan")
    _ratio(rows, m, "120 VFs bound already: apply to status", "rerun.apply", "rerun.status")
    _ratio(rows, m, "of that, merely starting: --version to bare C reads", "rerun.version", "rerun.read")
    _ratio(rows, m, "508 VFs of 4 PFs made and bound: apply to 8 threads of bare writes", "many.apply", "many.bare", at_most=1.1)
    _ratio(rows, m, "508 VFs taken away: one by one to apply", "many-remove.single", "many-remove.apply", at_least=3)
    _ratio(rows, m, "508 VFs taken away: apply to 8 threads of bare writes", "many-remove.apply", "many-remove.bare")
    _per_vf(rows, m, "user CPU time for a VF made and bound: of 508 to of 120", ("many.apply", 508), ("some.apply", 120), 1.2)
    _ratio(rows, m, "20 mdevs: mdevctl define and start to apply", "mdev.define", "mdev.apply", at_least=4)
    _ratio(rows, m, "20 mdevs: mdevctl start (defined before) to apply", "mdev.start", "mdev.apply", at_least=4)
    _ratio(rows, m, "20 mdevs: mdevctl start-parent-mdevs to apply", "mdev.parent", "mdev.apply")
    _ratio(rows, m, "20 mdevs: apply to bare C loop", "mdev.apply", "mdev.bare")
    for selector in ("address", "id", "path", "interface", "mac", "serial"):
        _ratio(rows, m, f"event of a device of others, 1,000 sections by {selector}: helper to a static program that does nothing",
               f"helper.{selector}", "helper.nothing", at_most=1.5)
        if m.has(f"calls.helper.{selector}"):
            calls = m.median(f"calls.helper.{selector}")
            rows.append(Row(f"system calls for it, beyond those of its start, by {selector}", f"{calls:.0f}", "≤ 12", calls <= 12))
    _early(rows, m)
    if m.has("helper.processes"):
        forks = m.median("helper.processes")
        rows.append(Row("processes for 120 events of VFs with their overrides", f"{forks:.0f}", "< 120", forks < 120))
    _calls(rows, m, "system calls for a VF made and bound", "made", 20)
    _calls(rows, m, "system calls for a VF that was there and is bound", "bound", 20)
    _calls(rows, m, "system calls for a VF that is right already", "rerun", 12)
    _calls(rows, m, "system calls for an mdev made", "mdev", few=10, many=20)
    _calls(rows, m, "system calls for an mdev that is right already", "mdev-rerun", few=10, many=20)
    peaks = [max(values) for name, values in m.values.items() if name.startswith("memory.") and name.endswith(".apply")]
    if peaks:
        rows.append(Row("peak memory of apply", f"{max(peaks) / 1024:.1f} MiB", "≤ 8 MiB", max(peaks) <= 8 * 1024))
    return rows


def native_rows(m: Measured) -> list:
    """Linear growth: ten times the work in at most ten times the time, and a fifth for caches and allocation."""
    rows = []
    for name in dict.fromkeys(key.rsplit(".", 1)[0] for key in m.values):
        sizes = sorted(int(key.rsplit(".", 1)[1]) for key in m.values if key.rsplit(".", 1)[0] == name)
        few, many = sizes[0], sizes[-1]
        ratio = m.median(f"{name}.{many}") / m.median(f"{name}.{few}")
        limit = many / few * 1.2
        rows.append(Row(f"{name}: {many:,} to {few:,}",
                        f"{ratio:.1f} × ({_ms(m.median(f'{name}.{many}'))} : {_ms(m.median(f'{name}.{few}'))})",
                        f"≤ {limit:g} ×", ratio <= limit))
    return rows


def table(rows: list) -> str:
    cells = [["FIGURE", "MEASURED", "GOAL", ""]] + [row.cells() for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(3)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, [*widths, 0])).rstrip() for line in cells)
