# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures on this host, without privilege, how the time of plan and check grows with the tree and the config."""
import os
import subprocess
import time

import figures
import tree

FUNCTIONS = (1_000, 10_000)
LINES = (1_000, 100_000)


def _run(argv: list, expected: tuple) -> float:
    """Microseconds that the command takes; CalledProcessError when it exits otherwise than expected."""
    start = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, check=False)
    end = time.perf_counter()
    if done.returncode not in expected:
        raise subprocess.CalledProcessError(done.returncode, argv, done.stdout[-2000:], done.stderr[-2000:])
    return (end - start) * 1e6


def measure(program: str, directory: str, rounds: int) -> figures.Measured:
    """Makes the trees and configurations in the directory; the sizes take turns."""
    commands = {}
    for n in FUNCTIONS:
        root, config = os.path.join(directory, f"tree-{n}"), os.path.join(directory, f"tree-{n}.conf")
        tree.write_config_for(config, tree.write_tree(root, n))
        # 2: there is something to do, for every function but the PFs
        commands[f"plan over functions.{n}"] = ([program, "plan", "--detailed-exitcode", f"--root={root}",
                                                 f"--config={config}"], (2,))
        each = os.path.join(directory, f"each-{n}.conf")
        tree.write_config_for_each(each, root)
        commands[f"plan, a section for each function.{n}"] = ([program, "plan", "--detailed-exitcode",
                                                               f"--root={root}", f"--config={each}"], (2,))
    root = os.path.join(directory, "tree")  # so small that the lines are what takes time
    tree.write_tree(root, tree.VFS_OF_PF + 1)
    for n in LINES:
        config = os.path.join(directory, f"lines-{n}.conf")
        tree.write_long_config(config, n)
        commands[f"plan by lines of config.{n}"] = ([program, "plan", f"--root={root}", f"--config={config}"], (0,))
        commands[f"check of lines of config.{n}"] = ([program, "check", config], (0,))
    measured = figures.Measured()
    for _ in range(rounds):
        for name, (argv, expected) in commands.items():
            measured.add(name, _run(argv, expected))
    return measured
