"""Measure the figures of docs/performance.md: pairs within one run, medians of their ratios.

    python tests/benchmarks/bench.py            all figures, some minutes
    python tests/benchmarks/bench.py --small    small sizes and few rounds: does it run?
    python tests/benchmarks/bench.py --write    also put the tables into docs/performance.md
    python tests/benchmarks/bench.py --only scaling,memory      some of them

How a figure comes about. A and B of a pair run one after the other, each in a fresh process, the
order reversed every other round; a ratio is taken within a round, and the median over the rounds
stands in the table, the smallest and largest behind it. Before every timed part as many bytes as it
will write are written and deleted, since pages that the kernel gave back cost several times as
much as warm ones; and pages enough for the largest output are kept from being given back. Absolute times of a shared machine mean nothing and are not reported.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
from collections.abc import Callable
from pathlib import Path

import clocks  # these lie beside this script, which is run from any folder
import commands
import harness
import larger
import numpy as np
import peers
import sequences
import writing
from harness import Figure, table

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def kinds(folder: Path, rounds: int, *, small: bool, clocked: int = 2_000_000) -> dict[str, Callable[[], list[Figure]]]:
    """What can be measured, by name, in the order of the page."""
    rows, few = 20_000 if small else 525_000, max(3, rounds // 2)

    def panel() -> list[Figure]:
        out = writing.panel_to_file(folder, rows, rounds, "1.15")
        out += writing.panel_to_file(folder, rows, rounds, "1.15", digest="none")
        out += writing.panel_to_file(folder, rows, rounds, "1.20", stride=8)
        out += writing.panel_to_file(folder, rows, rounds, "1.50", shuffle=True)
        return out + writing.panel_to_file(folder, rows, rounds, "1.50", dilation=4)

    def tables(*readers: tuple[str, str, str]) -> list[Figure]:
        out = []
        for reader, short, long in readers:
            if short:
                out += commands.whole_command(folder, 20_000 if small else 100_000, 64, rounds, reader, short)
            if not small:
                out += commands.whole_command(folder, 2_000_000, 32, few, reader, long)
        return out

    def series() -> list[Figure]:
        out = writing.rows_once(folder, rows, rounds)
        return out + writing.random_batches(folder, rows, few, 50 if small else 2_000)

    return {
        "panel": panel,
        "csv": lambda: tables(("read_csv as float64", "1.25", "1.00"), ("read_csv as float32", "", "1.00")),
        "parquet": lambda: tables(("ParquetFile.read", "1.10", "1.10")),
        "scaling": lambda: commands.scaling(folder, 20_000 if small else 1_000_000, 32, rounds),
        "afterwards": lambda: commands.afterwards(folder, 20_000 if small else 1_000_000, 32, rounds),
        "start": lambda: commands.start_up(folder, rounds if small else 3 * rounds),
        "memory": lambda: commands.memory(folder, 20_000 if small else 500_000, 1 if small else few),
        "series": series,
        "growth": lambda: larger.growth(folder, 20_000 if small else 250_000, few),
        "together": lambda: larger.together(folder, 20_000 if small else 1_000_000, rounds),
        "larger": lambda: larger.beyond_memory(folder, *((4_000, 40) if small else (400_000, 98)), max(2, few // 2)),
        "groups": lambda: peers.many_groups(folder, *((40_000, 400) if small else (2_000_000, 20_000)), few),
        "peers": lambda: peers.one_series(folder, 5_000 if small else 100_000, few),
        "clocks": lambda: clocks.figures(
            folder, harness, rows=20_000 if small else clocked, rounds=max(2, rounds // 3)
        ),
        "sequences": lambda: sequences.figures(folder, harness, small=small, rounds=rounds),
    }


def main() -> None:
    """Measure, print, and with --write put the tables into the page."""
    parser = argparse.ArgumentParser(description="the figures of docs/performance.md")
    parser.add_argument("--small", action="store_true", help="small sizes, few rounds")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--rounds", type=int, help="rounds of each pair")
    parser.add_argument("--only", help="some figures: " + ", ".join(kinds(Path(), 1, small=True)))
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the figures called clocks")
    parser.add_argument("--folder", help="where to work (default: memory, /dev/shm, where there is one)")
    asked = parser.parse_args()
    if asked.write and asked.only:
        parser.error("--write puts all figures into the page: leave out --only")
    compileall.compile_dir(HERE.parents[1] / "lstmprep", quiet=1)  # a start is measured as an installed tool has it
    rounds = asked.rounds or (2 if asked.small else 7)
    size = {"size": 256 << 20} if asked.small else {}
    with harness.workplace(**size, folder=asked.folder) as folder:
        made = kinds(folder, rounds, small=asked.small, clocked=asked.rows)
        wanted = asked.only.split(",") if asked.only else list(made)
        if unknown := [kind for kind in wanted if kind not in made]:
            parser.error(f"--only {','.join(unknown)}: there is {', '.join(made)}")
        figures = [figure for kind in wanted for figure in made[kind]()]
    text = table(figures)
    print(text)
    if asked.write:
        versions = f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, {rounds} rounds, in memory-backed files."
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n{versions}\n\n{text}\n{END}{rest}", encoding="utf-8")


if __name__ == "__main__":
    main()
