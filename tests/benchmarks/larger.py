"""Figures of size: what is larger than memory, eight times the rows, a hundred times the groups, and all that comes with X.

Each is a whole command in a fresh process. The limit of grouping reads the same rows in the same batches, turns
them into the same matrix of float32 and writes it as it comes.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from harness import TOOL, Cost, Figure, condition, make_table, pair, run, told
from pyarrow import parquet

STREAM = """
import sys
import numpy as np, pyarrow as pa
from pyarrow import parquet
names = [f"f{i}" for i in range(6)]
with open(sys.argv[2], "wb", buffering=0) as out:
    for batch in parquet.ParquetFile(sys.argv[1], pre_buffer=False, buffer_size=1 << 20).iter_batches(1 << 16, columns=["unit", "t", *names]):
        block = np.empty((batch.num_rows, 6), np.float32)
        for i, name in enumerate(names):
            block[:, i] = np.frombuffer(batch.column(name).buffers()[1], np.float64)[batch.column(name).offset :][: batch.num_rows]
        out.write(block)
"""


def beyond_memory(folder: Path, units: int, ticks: int, rounds: int) -> list[Figure]:
    """Interleaved groups in order of time, brought together within a limit of memory."""
    table, rows = folder / "units.parquet", units * ticks
    make_units(table, units, ticks)
    made, raw = folder / "out", folder / "raw"
    argv = [*TOOL, "window", str(table), "--group-by", "unit", "--time", "t", "-f", "f0..f5", "-t", "16", "--store", "series"]  # fmt: skip
    argv += ["--memory-limit", "256MiB", "--no-index", "-q", "-o", str(made)]
    peaks = []

    written = rows * 76  # as they come, in order, and their keys, times and places: 24 + 24 + 4 + 8 + 16 bytes a row

    def ours() -> Cost:
        condition(folder, written)
        cost = run(argv, watch=True)
        peaks.append(cost.anon / 1024)
        shutil.rmtree(made)
        return cost

    def stream() -> Cost:
        condition(folder, written)
        cost = run([sys.executable, "-c", STREAM, str(table), str(raw)])
        raw.unlink()
        return cost

    wall, cpu = pair(ours, stream, rounds)
    table.unlink()
    what = f"{rows:,} x 6 Parquet in {units:,} interleaved groups to --store series, --memory-limit 256MiB, peak {statistics.median(peaks):.0f} MiB"
    other = "the same rows streamed through as they come"
    return [told(f"{what}: wall", other, wall, "1.40"), told(f"{what}: CPU", other, cpu, "")]


def make_units(path: Path, units: int, ticks: int) -> None:
    """A table of units that take turns, tick after tick."""
    numbers = np.random.default_rng(0)
    kinds = pa.schema({"unit": pa.int32(), "t": pa.int32(), **{f"f{i}": pa.float64() for i in range(6)}})
    with parquet.ParquetWriter(path, kinds) as out:
        for tick in range(ticks):
            columns = [pa.array(np.arange(units, dtype=np.int32)), pa.array(np.full(units, tick, np.int32))]
            columns += [pa.array(np.round(numbers.normal(size=units), 4)) for _ in range(6)]
            out.write_table(pa.table(columns, kinds))


def growth(folder: Path, rows: int, rounds: int) -> list[Figure]:
    """Eight times the rows, and a hundred times the groups of as many rows."""
    out = []
    for suffix in (".csv", ".parquet"):
        make_table(folder / "few", rows)
        make_table(folder / "many", 8 * rows)
        wall, cpu = pair(
            _windows(folder, "many", suffix, 8 * rows, []), _windows(folder, "few", suffix, rows, []), rounds
        )
        what, other = f"{8 * rows:,} x 8 {suffix[1:]}, T=32, whole run", f"{rows:,} rows"
        out += [told(f"{what}: wall", other, wall, "8.5"), told(f"{what}: CPU", other, cpu, "")]
    make_table(folder / "few", 4 * rows, 4 * rows // 10_000)
    make_table(folder / "many", 4 * rows, 4 * rows // 100)
    keys = ["--group-by", "site", "--time", "t"]
    wall, cpu = pair(*(_windows(folder, name, ".parquet", 4 * rows, keys) for name in ("many", "few")), rounds)
    what, other = f"{4 * rows:,} x 8 Parquet in {4 * rows // 100:,} groups, T=32", f"in {4 * rows // 10_000:,} groups"
    return [*out, told(f"{what}: wall", other, wall, "1.2"), told(f"{what}: CPU", other, cpu, "")]


def _windows(folder: Path, name: str, suffix: str, rows: int, more: list[str], steps: int = 32) -> Callable[[], Cost]:
    made, table = folder / f"{name}.out", folder / f"{name}{suffix}"

    def go() -> Cost:
        condition(folder, rows * steps * 32)
        cost = run([*TOOL, "window", str(table), "-f", "f0..f7", "-t", str(steps), *more, "-q", "-o", str(made)])
        shutil.rmtree(made)
        return cost

    return go


def together(folder: Path, rows: int, rounds: int) -> list[Figure]:
    """Scaling, mask and lengths, and the index together against the run without them; the samples are the same."""
    make_table(folder / "t", rows)
    split = ["--split", "0.8,0.2"]
    full = _windows(folder, "t", ".parquet", rows, [*split, "--scale", "standard", "--leftover", "pad"])
    bare = _windows(folder, "t", ".parquet", rows, [*split, "--no-index"])
    wall, cpu = pair(full, bare, rounds)
    what = f"scaling, mask and lengths, index: {rows:,} x 8 Parquet, T=32"
    other = "the same windows without any of them"
    return [told(f"{what}: wall", other, wall, ""), told(f"{what}: CPU", other, cpu, "1.15")]
