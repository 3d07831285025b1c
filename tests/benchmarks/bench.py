"""Measure the figures of docs/performance.md: pairs within one run, medians of their ratios.

    python tests/benchmarks/bench.py            all figures, some minutes
    python tests/benchmarks/bench.py --small    small sizes and few rounds: does it run?
    python tests/benchmarks/bench.py --write    also put the tables into docs/performance.md

How a figure comes about. A and B of a pair run one after the other, each in a fresh process, the
order reversed every other round; a ratio is taken within a round, and the median over the rounds
stands in the table, the smallest and largest behind it. Before every timed part as many bytes as it
will write are written and deleted, since pages that the kernel gave back cost several times as
much as warm ones. Absolute times of a shared machine mean nothing and are not reported.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FEATURES = [f"f{i}" for i in range(8)]
TOOL = [sys.executable, "-m", "lstmprep"]


@dataclass
class Cost:
    """What one process took."""

    wall: float
    cpu: float
    anon: int  # peak private memory in KiB, where it was watched


@dataclass
class Figure:
    """One line of a table."""

    what: str
    limit: str
    ratio: str
    spread: str
    goal: str


def run(argv: list[str], *, watch: bool = False, stdout: int = subprocess.DEVNULL) -> Cost:
    """Run a process to its end; its wall and CPU time, and with `watch` its peak RssAnon."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    child = subprocess.Popen(argv, stdout=stdout, stderr=subprocess.DEVNULL)
    anon = 0
    while watch and child.poll() is None:
        anon = max(anon, _anon(child.pid))
        time.sleep(0.002)
    if child.wait():
        raise SystemExit(f"failed: {' '.join(argv)}")
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, anon)


def _anon(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("RssAnon")), 0)


def condition(folder: Path, size: int) -> None:
    """Write and delete as many bytes as will be written, so that their pages are warm."""
    path, block = folder / "warm", bytes(1 << 20)
    with path.open("wb", buffering=0) as file:
        for _ in range(size >> 20):
            file.write(block)
    path.unlink()


def pair(ours: Callable[[], Cost], other: Callable[[], Cost], rounds: int) -> tuple[list[float], list[float]]:
    """(wall ratios, CPU ratios) of ours to the other, one per round."""
    wall, cpu = [], []
    for i in range(rounds):
        if i % 2:
            b, a = other(), ours()
        else:
            a, b = ours(), other()
        wall.append(a.wall / b.wall)
        cpu.append(a.cpu / b.cpu)
    return wall, cpu


def told(what: str, limit: str, ratios: list[float], goal: str) -> Figure:
    """The median of some ratios, and how far they spread."""
    return Figure(what, limit, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}", goal)


def make_table(path: Path, rows: int, groups: int = 0) -> None:
    """A table of 8 features with 4 decimals, a time and a key, as CSV and Parquet."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    rng = np.random.default_rng(0)
    each = rows // groups if groups else rows
    columns = {"site": np.repeat(np.arange(rows // each), each), "t": np.tile(np.arange(each), rows // each)}
    columns |= {name: np.round(rng.normal(size=rows), 4) for name in FEATURES}
    table = pa.table(columns)
    csv.write_csv(table, path.with_suffix(".csv"))
    parquet.write_table(table, path.with_suffix(".parquet"))


LIMIT = """
import os, sys
import numpy as np, pyarrow as pa, pyarrow.csv as pc
path, steps, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
names = [f"f{i}" for i in range(8)]
table = pc.read_csv(path, convert_options=pc.ConvertOptions(include_columns=names, column_types={n: pa.float64() for n in names}))
left, block = (table.num_rows - steps + 1) * steps * 8 * 4, np.zeros(1 << 20, "u1")
fd = os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
while left > 0:
    left -= os.write(fd, block[: min(left, 1 << 20)])
os.close(fd)
"""


def whole_command(folder: Path, rows: int, steps: int, rounds: int, goal: str) -> list[Figure]:
    """The command against a process that reads the same CSV and writes as many bytes."""
    make_table(folder / "t", rows)
    size = (rows - steps + 1) * steps * 32
    out, raw = folder / "out", folder / "raw"

    def ours() -> Cost:
        condition(folder, size)
        cost = run([*TOOL, "window", str(folder / "t.csv"), "-f", "f0..f7", "-t", str(steps), "-q", "-o", str(out)])
        shutil.rmtree(out)
        return cost

    def limit() -> Cost:
        condition(folder, size)
        cost = run([sys.executable, "-c", LIMIT, str(folder / "t.csv"), str(steps), str(raw)])
        raw.unlink()
        return cost

    wall, cpu = pair(ours, limit, rounds)
    what = f"{rows:,} x 8 CSV, T={steps}, {size / 1e6:,.0f} MB out"
    other = "read_csv as float64 + raw write of as many bytes"
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


def panel_to_file(folder: Path, rows: int, rounds: int, goal: str, **settings: object) -> list[Figure]:
    """X.npy from a panel in memory against the same bytes from one warm buffer, in one process."""
    from lstmprep.execute import Filler
    from lstmprep.panel import Panel
    from lstmprep.plan import make_plan
    from lstmprep.recipe import from_flat
    from lstmprep.sinks.npy import write_npy

    values = np.random.default_rng(0).normal(size=(rows, 8)).astype(np.float32)
    panel = Panel(features=values, starts=np.array([0]), stops=np.array([rows]), keys={})
    plan = make_plan(
        from_flat({"timesteps": 64, **settings}),
        panel,
        read=rows,
        removed=np.empty(0, np.int64),
        classes=None,
        features=8,
    )
    size, path, block = plan.bytes, folder / "X.npy", np.zeros(1 << 20, np.uint8)

    def timed(work: Callable[[object], object]) -> Cost:
        condition(folder, size)
        began, cpu = time.perf_counter(), time.process_time()
        with path.open("wb", buffering=0) as file:
            work(file)
        cost = Cost(time.perf_counter() - began, time.process_time() - cpu, 0)
        path.unlink()
        return cost

    def ours() -> Cost:
        return timed(lambda file: write_npy(file, plan.arrays[0], Filler(plan.parts[0]).blocks(plan.arrays[0])))

    def raw() -> Cost:
        return timed(lambda file: [file.write(block) for _ in range(size >> 20)])

    wall, cpu = pair(ours, raw, rounds)
    what, other = (
        f"panel in memory to X.npy, T=64, F=8, {''.join(f'{n} {v}, ' for n, v in settings.items())}{size / 1e9:.2f} GB, digest included",
        "raw write from one warm buffer",
    )
    return [told(f"{what}: CPU", other, cpu, goal), told(f"{what}: wall", other, wall, "")]


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


def memory(folder: Path, rows: int) -> list[Figure]:
    """Peak private memory of 1x and 10x rows."""
    out = []
    for kind, groups, extra in (
        ("ungrouped", 0, []),
        ("grouped in order", 100, ["--group-by", "site", "--time", "t"]),
    ):
        for suffix in (".csv", ".parquet"):
            peaks = []
            for times in (1, 10):
                make_table(folder / "m", rows * times, groups * times)
                condition(folder, rows * times * 8 * 32)
                argv = [
                    *TOOL,
                    "window",
                    str(folder / f"m{suffix}"),
                    "-f",
                    "f0..f7",
                    "-t",
                    "8",
                    *extra,
                    "-q",
                    "-o",
                    str(folder / "o"),
                ]
                peaks.append(run(argv, watch=True).anon)
                shutil.rmtree(folder / "o")
            mib = " and ".join(f"{p / 1024:.0f} MiB" for p in peaks)
            out.append(
                Figure(
                    f"peak RssAnon, {suffix[1:]}, {kind}, {rows:,} and {rows * 10:,} rows",
                    "10x rows to 1x",
                    f"{peaks[1] / peaks[0]:.2f}",
                    mib,
                    "1.10, 200 MiB",
                )
            )
    return out


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| what | against | ratio | rounds | goal |", "|---|---|---|---|---|"]
    lines += [f"| {f.what} | {f.limit} | **{f.ratio}** | {f.spread} | {f.goal or '-'} |" for f in figures]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with --write put the tables into the page."""
    parser = argparse.ArgumentParser(description="the figures of docs/performance.md")
    parser.add_argument("--small", action="store_true", help="small sizes, few rounds")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--rounds", type=int, help="rounds of each pair")
    parser.add_argument("--folder", help="where to work (default: memory, /dev/shm, where there is one)")
    asked = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    compileall.compile_dir(HERE.parents[1] / "lstmprep", quiet=1)  # a start is measured as an installed tool has it
    small, rounds = asked.small, asked.rounds or (3 if asked.small else 7)
    base = asked.folder or ("/dev/shm" if os.path.isdir("/dev/shm") else None)
    with tempfile.TemporaryDirectory(dir=base) as name:
        folder = Path(name)
        rows = 20_000 if small else 525_000
        figures = panel_to_file(folder, rows, rounds, "1.15")
        figures += panel_to_file(folder, rows, rounds, "1.20", stride=8)
        figures += panel_to_file(folder, rows, rounds, "1.50", shuffle=True)
        figures += panel_to_file(folder, rows, rounds, "1.50", dilation=4)
        figures += whole_command(folder, 20_000 if small else 100_000, 64, rounds, "1.25")
        if not small:
            figures += whole_command(folder, 2_000_000, 32, max(3, rounds // 2), "1.00")
        figures += scaling(folder, 20_000 if small else 1_000_000, 32, rounds)
        figures += start_up(folder, rounds if small else 3 * rounds)
        figures += memory(folder, 20_000 if small else 200_000)
        import clocks  # beside this script, which is run from any folder
        import sequences

        harness = sys.modules[__name__]
        figures += clocks.figures(folder, harness, rows=20_000 if small else 2_000_000, rounds=max(2, rounds // 3))
        figures += sequences.figures(folder, harness, small=small, rounds=rounds)
    text = table(figures)
    print(text)
    if asked.write:
        versions = f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, {rounds} rounds, in memory-backed files."
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n{versions}\n\n{text}\n{END}{rest}", encoding="utf-8")


if __name__ == "__main__":
    main()
