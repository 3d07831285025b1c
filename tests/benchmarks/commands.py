"""Whole commands: against what reads and writes as much, against the run without an option, against imports; and their memory."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from harness import TOOL, Cost, Figure, condition, make_table, pair, run, told

_READ = "table = pc.read_csv(path, convert_options=pc.ConvertOptions(include_columns=names, column_types={n: pa.FLOAT() for n in names}))"
READERS = {  # what a table is read with: (ending, modules, how)
    "read_csv as float64": (".csv", "pyarrow as pa, pyarrow.csv as pc", _READ.replace("FLOAT", "float64")),
    "read_csv as float32": (".csv", "pyarrow as pa, pyarrow.csv as pc", _READ.replace("FLOAT", "float32")),
    "ParquetFile.read": (".parquet", "pyarrow.parquet as pq", "table = pq.ParquetFile(path).read(names)"),
}
LIMIT = """
import os, sys
import numpy as np, {modules}
path, steps, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
names = [f"f{{i}}" for i in range(8)]
{read}
left, block = (table.num_rows - steps + 1) * steps * 8 * 4, np.zeros(1 << 20, "u1")
fd = os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
while left > 0:
    left -= os.write(fd, block[: min(left, 1 << 20)])
os.close(fd)
"""


def whole_command(folder: Path, rows: int, steps: int, rounds: int, reader: str, goal: str) -> list[Figure]:
    """The command against a process that reads the same table and writes as many bytes."""
    make_table(folder / "t", rows)
    ending, modules, read = READERS[reader]
    size, table = (rows - steps + 1) * steps * 32, str(folder / f"t{ending}")
    out, raw = folder / "out", folder / "raw"

    def ours() -> Cost:
        condition(folder, size)
        cost = run([*TOOL, "window", table, "-f", "f0..f7", "-t", str(steps), "-q", "-o", str(out)])
        shutil.rmtree(out)
        return cost

    def limit() -> Cost:
        condition(folder, size)
        cost = run([sys.executable, "-c", LIMIT.format(modules=modules, read=read), table, str(steps), str(raw)])
        raw.unlink()
        return cost

    wall, cpu = pair(ours, limit, rounds)
    what = f"{rows:,} x 8 {'CSV' if ending == '.csv' else 'Parquet'}, T={steps}, {size / 1e6:,.0f} MB out"
    other = f"{reader} + raw write of as many bytes"
    return [told(f"{what}: wall", other, wall, goal), told(f"{what}: CPU", other, cpu, "")]


def scaling(folder: Path, rows: int, steps: int, rounds: int) -> list[Figure]:
    """A run that learns from train and scales against the same run that does not."""
    make_table(folder / "t", rows)
    out, size = folder / "out", (rows - steps + 1) * steps * 32
    line = [*TOOL, "window", str(folder / "t.parquet"), "-f", "f0..f7", "-t", str(steps), "-q", "-o", str(out), "--split", "0.7,0.3"]  # fmt: skip

    def go(*more: str) -> Cost:
        condition(folder, size)
        cost = run([*line, *more])
        shutil.rmtree(out)
        return cost

    figures = []
    for method in ("standard", "robust"):
        wall, cpu = pair(lambda method=method: go("--scale", method), go, rounds)
        what, other = f"--scale {method}, {rows:,} x 8 Parquet, T={steps}", "the same run without it"
        figures += [told(f"{what}: CPU", other, cpu, "1.15"), told(f"{what}: wall", other, wall, "")]
    return figures


def afterwards(folder: Path, rows: int, steps: int, rounds: int) -> list[Figure]:
    """The same rows again by the numbers that were learned, and the proof of an output, against the run that made it."""
    make_table(folder / "t", rows)
    made, out, table, size = folder / "made", folder / "out", str(folder / "t.parquet"), (rows - steps + 1) * steps * 32
    line = [*TOOL, "window", table, "-f", "f0..f7", "-t", str(steps), "-q", "--split", "0.7,0.3", "--scale", "standard", "-o"]  # fmt: skip
    run([*line, str(made)])

    def go(argv: list[str]) -> Cost:
        condition(folder, size)
        cost = run(argv)
        shutil.rmtree(out, ignore_errors=True)
        return cost

    figures = []
    for what, argv in {
        "apply": [*TOOL, "apply", str(made), table, "-q", "-o", str(out)],
        "check, with the table at hand": [*TOOL, "check", str(made), "--table", table, "-q"],
    }.items():
        wall, cpu = pair(lambda argv=argv: go(argv), lambda: go([*line, str(out)]), rounds)
        said, other = f"{what}, {rows:,} x 8 Parquet, T={steps}, scaled", "the run that made the output"
        figures += [told(f"{said}: CPU", other, cpu, ""), told(f"{said}: wall", other, wall, "")]
    shutil.rmtree(made)
    return figures


def start_up(folder: Path, rounds: int) -> list[Figure]:
    """Help, version and a small run against what they cannot do without."""
    make_table(folder / "s", 300)
    bare = "import click\n@click.group()\ndef cli(): pass\n@cli.command()\ndef window(): 'Frame.'\ncli(['--help'])"
    imports = "import click, numpy, pyarrow.csv"

    def of(argv: list[str]) -> Callable[[], Cost]:
        return lambda: run(argv)

    def small(suffix: str) -> Callable[[], Cost]:
        def go() -> Cost:
            cost = run(
                [*TOOL, "window", str(folder / f"s{suffix}"), "-f", "f0..f7", "-t", "10", "-q", "-o", str(folder / "o")]
            )
            shutil.rmtree(folder / "o")
            return cost

        return go

    python = [sys.executable, "-c"]
    out = []
    for what, ours, other, limit, goal in (
        ("`--help`", of([*TOOL, "--help"]), of([*python, bare]), "a bare click program's --help", "1.3"),
        ("`--version`", of([*TOOL, "--version"]), of([*python, bare]), "a bare click program's --help", ""),
        ("300 rows of CSV, whole run", small(".csv"), of([*python, imports]), f"`{imports}`", "1.4"),
        ("300 rows of Parquet, whole run", small(".parquet"), of([*python, imports]), f"`{imports}`", "1.4"),
    ):
        _, cpu = pair(ours, other, rounds)
        wall, _ = pair(ours, other, rounds)
        out += [told(f"{what}: wall", limit, wall, goal), told(f"{what}: CPU", limit, cpu, "")]
    return out


def memory(folder: Path, rows: int, rounds: int) -> list[Figure]:
    """Peak private memory of 1x and 10x rows."""
    grouped = ["--group-by", "site", "--time", "t"]
    out = []
    for kind, groups, extra in (("ungrouped", 0, []), ("grouped in order", 100, grouped)):
        for times in (1, 10):
            make_table(folder / f"m{times}", rows * times, groups * times)
        for suffix in (".csv", ".parquet"):

            def peak(times: int, suffix: str = suffix, extra: list[str] = extra) -> int:
                condition(folder, rows * times * 8 * 32)
                table, made = folder / f"m{times}{suffix}", folder / "o"
                argv = [*TOOL, "window", str(table), "-f", "f0..f7", "-t", "8", *extra, "-q", "-o", str(made)]
                cost = run(argv, watch=True)
                shutil.rmtree(made)
                return cost.anon

            peaks = [(peak(1), peak(10)) for _ in range(rounds)]
            what = f"peak RssAnon, {suffix[1:]}, {kind}, {rows:,} and {rows * 10:,} rows"
            one, ten = (statistics.median(p[i] for p in peaks) / 1024 for i in (0, 1))
            figure = told(
                f"{what}: {one:.0f} and {ten:.0f} MiB", "10x rows to 1x", [b / a for a, b in peaks], "1.10, 200 MiB"
            )
            out.append(figure)
    return out
