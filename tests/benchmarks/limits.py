"""What a figure cannot fall below: the steps of the work one by one, each as a share of what it is compared with.

python tests/benchmarks/limits.py        CPU, medians of rounds, a minute or two

X.npy     raw write of a warm buffer = 1      copying windows into it; its digest; all of it
CSV       read_csv of the whole file = 1      parsing blocks of 1 MiB, as float64 and as float32
groups    decode, stack, write = 1            rows of Parquet in interleaved groups: what bringing them together adds
start     import numpy, pyarrow.csv = 1       with click; a run on 300 rows
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import FEATURES, TOOL, condition, make_table, run, workplace

ROUNDS = 7
BLOCK = 1 << 20


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of some work here."""
    began = time.process_time()
    work()
    return time.process_time() - began


def shares(base: Callable[[], float], others: dict[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median over rounds of what each costs, as a share of what the base costs in the same round."""
    found: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(rounds):
        whole = base()
        for name, cost in others.items():
            found[name].append(cost() / whole)
    return {name: statistics.median(ratios) for name, ratios in found.items()}


def writing(folder: Path) -> dict[str, float]:
    """A gigabyte of windows of 64 steps and 8 features."""
    import xxhash
    from numpy.lib.stride_tricks import as_strided

    rows, row = 525_000, 64 * 8 * 4
    values = np.random.default_rng(0).normal(size=(rows, 8)).astype(np.float32)
    every = as_strided(values, (rows - 63, 64 * 8), (32, 4), writeable=False)
    buffer, n = np.zeros((BLOCK // row, 64 * 8), np.float32), BLOCK // row
    order = np.random.default_rng(1).permutation(rows - 63)
    starts = range(0, rows - 63 - n, n)

    def go(*, copy: bool = False, digest: bool = False, write: bool = False) -> float:
        hashed = xxhash.xxh3_128()
        condition(folder, BLOCK * len(starts) * write)
        with (folder / "x").open("wb", buffering=0) as file:
            began = time.process_time()
            for at in starts:
                if copy:
                    np.copyto(buffer, every[at : at + n])
                if digest:
                    hashed.update(buffer)
                if write:
                    file.write(buffer)
            spent = time.process_time() - began
        (folder / "x").unlink()
        return spent

    def gather() -> None:
        for at in starts:
            every[order[at : at + n]]

    others = {
        "a copy into the warm buffer": lambda: go(copy=True),
        "the digest of it": lambda: go(digest=True),
        "copy, digest and write": lambda: go(copy=True, digest=True, write=True),
        "windows in random order, gathered": lambda: cpu(gather),
    }
    return shares(lambda: go(write=True), others)


def padding(folder: Path) -> dict[str, float]:
    """20,000 sequences of 20 to 300 rows and 6 features."""
    from lstmprep.execute import Filler
    from lstmprep.panel import Panel
    from lstmprep.plan import make_plan
    from lstmprep.recipe import from_flat

    lengths = np.random.default_rng(0).integers(20, 301, 20_000)
    stops = np.cumsum(lengths)
    panel = Panel(features=np.ones((int(stops[-1]), 6), np.float32), starts=stops - lengths, stops=stops, keys={})
    none = np.empty(0, np.int64)
    plan = make_plan(from_flat({}, command="pad"), panel, read=panel.rows, removed=none, classes=None, features=6)

    def made() -> None:
        for _ in Filler(plan.parts[0]).blocks(plan.arrays[0]):
            pass

    def raw() -> float:
        condition(folder, plan.bytes)
        return cpu(lambda: condition(folder, plan.bytes))

    given = [panel.features[a:b] for a, b in zip(panel.starts, panel.stops, strict=True)]

    def looped() -> None:
        out = np.zeros((len(given), 300, 6), np.float32)
        for i, one in enumerate(given):
            out[i, : len(one)] = one
        np.save(folder / "x.npy", out)

    def saved(work: Callable[[], object]) -> float:
        condition(folder, plan.bytes)
        spent = cpu(work)
        (folder / "x.npy").unlink()
        return spent

    others = {
        "20,000 padded sequences, made": lambda: cpu(made),
        "np.zeros, a loop and np.save": lambda: saved(looped),
    }
    if importlib.util.find_spec("keras") is not None:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        from keras.utils import pad_sequences

        def keras() -> None:
            np.save(folder / "x.npy", pad_sequences(given, dtype="float32", padding="post", truncating="pre"))

        others["keras pad_sequences and np.save"] = lambda: saved(keras)
    return shares(raw, others)


def parsing(folder: Path) -> dict[str, float]:
    """The text of 500,000 rows."""
    import pyarrow as pa
    from pyarrow import csv

    make_table(folder / "t", 500_000)
    text = (folder / "t.csv").read_bytes()
    at, blocks = text.index(b"\n") + 1, []
    while at < len(text):
        end = text.rfind(b"\n", 0, at + BLOCK) + 1
        blocks.append(text[at:end])
        at = end

    def options(names: list[str], kind: pa.DataType) -> csv.ConvertOptions:
        return csv.ConvertOptions(include_columns=names, column_types=dict.fromkeys(names, kind))

    def piecewise(kind: pa.DataType) -> None:
        for block in blocks:
            names = [str(i) for i in range(10)]
            read = csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False)
            csv.read_csv(pa.BufferReader(block), read_options=read, convert_options=options(names[2:], kind))

    def whole() -> None:
        csv.read_csv(folder / "t.csv", convert_options=options(FEATURES, pa.float64()))

    kinds = {"blocks of 1 MiB as float64": pa.float64(), "blocks of 1 MiB as float32": pa.float32()}
    return shares(
        lambda: cpu(whole), {name: lambda kind=kind: cpu(lambda: piecewise(kind)) for name, kind in kinds.items()}
    )


def grouping(folder: Path) -> dict[str, float]:
    """4 million rows of Parquet in 100,000 interleaved groups, as one would stream them and as they are brought together."""
    from larger import make_units
    from pyarrow import parquet

    from lstmprep.digest import Digest
    from lstmprep.ingest.arrange import _taken
    from lstmprep.ingest.begins import Begins
    from lstmprep.ingest.deal import deal
    from lstmprep.recipe import from_flat
    from lstmprep.sources import open_source
    from lstmprep.stores import RowStore, Shelf, stack

    table, units, ticks, names = folder / "u.parquet", 100_000, 40, [f"f{i}" for i in range(6)]
    make_units(table, units, ticks)
    rows, shelf = units * ticks, Shelf(folder=str(folder))
    rank = np.tile(np.arange(units, dtype=np.int32), ticks)
    order, starts = shelf.room(rows, np.int64), np.arange(units) * ticks

    def chunks() -> Iterator[Any]:
        file = parquet.ParquetFile(table, pre_buffer=False, buffer_size=1 << 16, page_checksum_verification=True)
        return file.iter_batches(1 << 14, columns=["unit", "t", *names], use_threads=False)

    def columns(batch: Any) -> list[Any]:
        return [np.frombuffer(batch[n].buffers()[1], np.float64)[batch[n].offset :][: len(batch)] for n in names]

    one = columns(next(iter(chunks())))

    def decode(*, into: RowStore | None = None) -> None:
        for batch in chunks():
            if into is not None:
                stack(columns(batch), into)

    def stacked() -> None:
        out = np.empty((1 << 13, 6), np.float32)
        for at in range(0, rows, len(out)):
            for j, column in enumerate(one):
                out[:, j] = column[at % (1 << 14) :][: len(out)]

    def keys() -> None:
        source = open_source(str(table), from_flat({"timesteps": 16}).reading)
        begins = Begins(source, ("unit",), shelf)
        for chunk in source.chunks({"unit": "text"}):
            begins.take(chunk)
        begins.finish()

    def dealt() -> None:
        deal(order, ((i, rank[i : i + (1 << 18)]) for i in range(0, rows, 1 << 18)), starts, shelf)

    def raw() -> None:
        block = np.zeros((1 << 16, 6), np.float32)
        with open(folder / "raw", "wb", buffering=0) as file:
            file.writelines(block for _ in range(rows >> 16))
        (folder / "raw").unlink()

    def measured(work: Callable[[], object]) -> float:
        condition(folder, rows * 24)
        return cpu(work)

    dealt()
    store = shelf.store(6, np.float32)
    decode(into=store)
    kept = store.view()
    command = [*TOOL, "window", str(table), "--group-by", "unit", "--time", "t", "-f", "f0..f5", "-t", "16", "--store", "series"]  # fmt: skip

    def whole() -> float:
        condition(folder, rows * 24)
        spent = run([*command, "--memory-limit", "256MiB", "--no-index", "-q", "-o", str(folder / "g")]).cpu
        shutil.rmtree(folder / "g")
        return spent

    others = {
        "decoding": lambda: measured(decode),
        "columns into rows": lambda: cpu(stacked),
        "one write of the rows": lambda: measured(raw),
        "keys decoded, compared and coded": lambda: measured(keys),
        "rows dealt to their groups": lambda: measured(dealt),
        "rows gathered and written": lambda: measured(lambda: _taken(kept, order, shelf)),
        "digest of the rows": lambda: cpu(lambda: Digest().update(kept.data)),
        "the whole command, with its start": whole,
    }
    return shares(lambda: measured(lambda: decode(into=shelf.store(6, np.float32))), others, 5)


def starting(folder: Path) -> dict[str, float]:
    """Whole processes."""
    make_table(folder / "s", 300)
    line = [*TOOL, "window", str(folder / "s.csv"), "-f", "f0..f7", "-t", "10", "-q", "-o", str(folder / "o")]

    def ours() -> float:
        cost = run(line).cpu
        shutil.rmtree(folder / "o")
        return cost

    def of(code: str) -> Callable[[], float]:
        return lambda: run([sys.executable, "-c", code]).cpu

    others = {"import click as well": of("import click, numpy, pyarrow.csv"), "300 rows of CSV, whole run": ours}
    return shares(of("import numpy, pyarrow.csv"), others, 3 * ROUNDS)


def main() -> None:
    """Print all of them."""
    with workplace() as folder:
        for title, found in (
            ("raw write = 1", writing(folder)),
            ("raw write of the padded array, and its end = 1", padding(folder)),
            ("read_csv of the whole file as float64 = 1", parsing(folder)),
            ("streaming the same rows = 1", grouping(folder)),
            ("import numpy, pyarrow.csv = 1", starting(folder)),
        ):
            print(title)
            for what, ratio in found.items():
                print(f"  {what:<36}{ratio:.2f}")


if __name__ == "__main__":
    main()
