"""Figures of sequences of unequal length: padding against Keras, against the plain loop, against pandas; memory and groups.

Each of A and B is a process of its own that makes its data first and then times the work alone: sequences of 20
to 300 rows of 6 float32 features in memory, to X.npy. Keras is measured where it is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

TOOL = [sys.executable, "-m", "lstmprep"]

_DATA = """
import gc, json, os, sys, threading, time
import numpy as np
count, path = int(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(0)
lengths = rng.integers(20, 301, count); stops = np.cumsum(lengths); starts = stops - lengths
values = rng.normal(size=(int(stops[-1]), 6)).astype(np.float32)
"""
_TIMED = """
def anon():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon"))
with open(path, "wb", buffering=0) as file:
    for _ in range(count * 300 * 24 >> 20): file.write(bytes(1 << 20))
os.unlink(path); gc.collect()
base = peak = anon(); done = False
def watch():
    global peak
    while not done: peak = max(peak, anon()); time.sleep(0.001)
watcher = threading.Thread(target=watch) if len(sys.argv) > 3 else None
if watcher: watcher.start()
wall, cpu = time.perf_counter(), time.process_time()
work()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
done = True
if watcher: watcher.join()
os.unlink(path)
print(json.dumps([wall, cpu, peak - base]))
"""
OURS = f"""{_DATA}
from lstmprep.execute import Filler
from lstmprep.panel import Panel
from lstmprep.plan import make_plan
from lstmprep.recipe import from_flat
from lstmprep.sinks.npy import write_npy
panel = Panel(features=values, starts=starts, stops=stops, keys={{}})
plan = make_plan(from_flat({{}}, command="pad"), panel, read=len(values), removed=np.empty(0, np.int64), classes=None, features=6)
def work():
    with open(path, "wb", buffering=0) as file:
        write_npy(file, plan.arrays[0], Filler(plan.parts[0]).blocks(plan.arrays[0]))
{_TIMED}"""
KERAS = f"""{_DATA}
os.environ.setdefault("KERAS_BACKEND", "torch")
from keras.utils import pad_sequences
given = [values[a:b] for a, b in zip(starts, stops)]
def work():
    np.save(path, pad_sequences(given, dtype="float32", padding="post", truncating="pre"))
{_TIMED}"""
LOOP = f"""{_DATA}
given = [values[a:b] for a, b in zip(starts, stops)]
def work():
    out = np.zeros((count, 300, 6), np.float32)
    for i, one in enumerate(given): out[i, : len(one)] = one
    np.save(path, out)
{_TIMED}"""
PANDAS = """
import sys
import numpy as np, pandas as pd
table = pd.read_parquet(sys.argv[1])
names = [f"f{i}" for i in range(6)]
groups = [g[names].to_numpy("float32") for _, g in table.groupby("site")]
steps = max(map(len, groups))
out, mask = np.zeros((len(groups), steps, 6), "float32"), np.zeros((len(groups), steps), bool)
for i, one in enumerate(groups): out[i, : len(one)] = one; mask[i, : len(one)] = True
np.save(sys.argv[2], out)
"""


def measured(code: str, count: int, folder: Path, *, watch: bool = False) -> list[float]:
    """[wall, CPU, peak private memory in KiB above the data] of the timed part of a process."""
    argv = [sys.executable, "-c", code, str(count), str(folder / "X.npy"), *(["watch"] if watch else [])]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def padding(folder: Path, count: int, rounds: int, told: Any) -> list[Any]:
    """A panel in memory to X.npy against Keras and against the loop."""
    out = []
    others = [("np.zeros + loop + np.save", LOOP, "0.8")]
    if importlib.util.find_spec("keras") is not None:
        others.insert(0, ("keras pad_sequences + np.save", KERAS, "0.25"))
    what = f"{count:,} sequences of 20 to 300 rows, 6 features, in memory to X.npy, digest included"
    for name, code, goal in others:
        wall, cpu = [], []
        for i in range(rounds):
            a, b = (measured(c, count, folder) for c in ((OURS, code) if i % 2 else (code, OURS)))
            ours, theirs = (a, b) if i % 2 else (b, a)
            wall.append(ours[0] / theirs[0])
            cpu.append(ours[1] / theirs[1])
        out += [told(f"{what}: wall", name, wall, goal), told(f"{what}: CPU", name, cpu, "")]
        memory = [
            (measured(OURS, count, folder, watch=True)[2] + 1) / (measured(code, count, folder, watch=True)[2] + 1)
            for _ in range(2)
        ]
        out.append(told(f"{what}: private memory above the data", name, memory, "0.50"))
    return out


def make_groups(path: Path, sizes: np.ndarray) -> None:
    """A Parquet table of groups of these sizes: a key and six features."""
    import pyarrow as pa
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    rows = int(sizes.sum())
    columns: dict[str, Any] = {"site": np.repeat(np.arange(len(sizes)), sizes)}
    columns |= {f"f{i}": np.round(rng.normal(size=rows), 4) for i in range(6)}
    parquet.write_table(pa.table(columns), path, row_group_size=1 << 17)


def from_parquet(folder: Path, count: int, rounds: int, bench: Any) -> list[Any]:
    """The command against pandas groupby and a loop, from the same Parquet file."""
    if importlib.util.find_spec("pandas") is None:
        return []
    table, out = folder / "s.parquet", folder / "o"
    make_groups(table, np.random.default_rng(0).integers(20, 301, count))

    def ours() -> Any:
        cost = bench.run([*TOOL, "pad", str(table), "--group-by", "site", "-f", "f0..f5", "-q", "-o", str(out)])
        shutil.rmtree(out)
        return cost

    def pandas() -> Any:
        cost = bench.run([sys.executable, "-c", PANDAS, str(table), str(folder / "p.npy")])
        os.unlink(folder / "p.npy")
        return cost

    wall, cpu = bench.pair(ours, pandas, rounds)
    what = f"{count:,} sequences, Parquet to X, mask, lengths, index, manifest"
    other = "pandas groupby + loop to X and mask"
    return [bench.told(f"{what}: wall", other, wall, "0.10"), bench.told(f"{what}: CPU", other, cpu, "")]


def groups(folder: Path, rows: int, bench: Any) -> list[Any]:
    """Peak private memory of as many rows in few groups, in very many, and in one."""
    table, out, peaks = folder / "g.parquet", folder / "o", {}
    for count in (rows // 500, rows // 5, 1):
        make_groups(table, np.full(count, rows // count))
        argv = [*TOOL, "pad", str(table), "--group-by", "site", "-f", "f0..f5", "-q", "-o", str(out)]
        peaks[count] = bench.run(argv, watch=True).anon
        shutil.rmtree(out)
    few = peaks[rows // 500]
    return [
        bench.Figure(
            f"peak RssAnon of pad, {rows:,} rows in {counted} groups",
            f"in {rows // 500:,} groups ({few / 1024:.0f} MiB)",
            f"{peaks[count] / few:.2f}",
            f"{peaks[count] / 1024:.0f} MiB",
            "1.10",
        )
        for count, counted in ((rows // 5, f"{rows // 5:,}"), (1, "one"))
    ]


def figures(folder: Path, bench: Any, *, small: bool, rounds: int) -> list[Any]:
    """All of them."""
    count = 2_000 if small else 20_000
    return [
        *padding(folder, count, rounds, bench.told),
        *from_parquet(folder, count, rounds if small else max(3, rounds // 2), bench),
        *groups(folder, 100_000 if small else 5_000_000, bench),
    ]


if __name__ == "__main__":
    import harness

    with harness.workplace() as folder:
        print(harness.table(figures(folder, harness, small="--small" in sys.argv, rounds=5)))
