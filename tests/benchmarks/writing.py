"""A panel in memory to X.npy, against the same bytes from one warm buffer; and to rows that stand once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import Cost, Figure, condition, pair, told


def _plan(rows: int, settings: dict[str, object]) -> Any:
    from lstmprep.panel import Panel
    from lstmprep.plan import make_plan
    from lstmprep.recipe import from_flat

    values = np.random.default_rng(0).normal(size=(rows, 8)).astype(np.float32)
    panel = Panel(features=values, starts=np.array([0]), stops=np.array([rows]), keys={})
    recipe = from_flat({"timesteps": 64, **settings})
    return make_plan(recipe, panel, read=rows, removed=np.empty(0, np.int64), classes=None, features=8)


def _written(plan: Any, folder: Path) -> Callable[[], Cost]:
    from lstmprep.execute import Filler
    from lstmprep.sinks.npy import write_npy

    def work(path: Path, array: Any) -> None:
        with path.open("wb", buffering=0) as file:
            write_npy(file, array, Filler(plan.parts[0]).blocks(array), plan.recipe.arrays.digest)

    return lambda: _timed(
        folder, plan.bytes, lambda path: [work(path.with_suffix(f".{a.name}"), a) for a in plan.arrays if a.stored]
    )


def _timed(folder: Path, size: int, work: Callable[[Path], object]) -> Cost:
    condition(folder, size)
    began, cpu = time.perf_counter(), time.process_time()
    work(folder / "panel")
    cost = Cost(time.perf_counter() - began, time.process_time() - cpu, 0)
    for path in folder.glob("panel*"):
        path.unlink()
    return cost


def panel_to_file(folder: Path, rows: int, rounds: int, goal: str, **settings: object) -> list[Figure]:
    """X.npy from a panel in memory against the same bytes from one warm buffer, in one process."""
    plan, block = _plan(rows, settings), np.zeros(1 << 20, np.uint8)

    def raw(path: Path) -> None:
        with path.open("wb", buffering=0) as file:
            for _ in range(plan.bytes >> 20):
                file.write(block)

    wall, cpu = pair(_written(plan, folder), lambda: _timed(folder, plan.bytes, raw), rounds)
    told_apart = {"digest": "xxh3", **settings}
    kind = "".join(f", {n} {v}" for n, v in told_apart.items())
    what = f"panel in memory to X.npy, T=64, F=8, {plan.bytes / 1e9:.2f} GB{kind}"
    other = "raw write from one warm buffer"
    return [told(f"{what}: CPU", other, cpu, goal), told(f"{what}: wall", other, wall, "")]


def rows_once(folder: Path, rows: int, rounds: int) -> list[Figure]:
    """The rows once and no windows, against the windows: time and bytes."""
    once, windows = _plan(rows, {"store": "series"}), _plan(rows, {})
    _, cpu = pair(_written(once, folder), _written(windows, folder), rounds)
    stored = [sum(a.bytes for a in plan.arrays if a.stored) for plan in (once, windows)]
    what, other = f"panel of {rows:,} rows in memory to --store series, T=64, F=8", "to --store windows"
    return [
        told(f"{what}: CPU", other, cpu, "0.05"),
        told(f"{what}: bytes x T", other, [64 * stored[0] / stored[1]], "1.3"),
    ]


BATCHES = """
import json, sys, time
import numpy as np, lstmprep
data = lstmprep.load(sys.argv[1])
rng = np.random.default_rng(0)
picked = [rng.integers(0, len(data.X), 256) for _ in range(int(sys.argv[2]))]
for one in picked[:20]: np.asarray(data.X[one])
wall, cpu = time.perf_counter(), time.process_time()
for one in picked: np.asarray(data.X[one])
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""


def random_batches(folder: Path, rows: int, rounds: int, batches: int) -> list[Figure]:
    """Random batches of 256 from rows that stand once, against the mapped windows."""
    import json
    import shutil
    import subprocess
    import sys

    from harness import TOOL, make_table, run

    make_table(folder / "b", rows)
    for store in ("series", "windows"):
        argv = [*TOOL, "window", str(folder / "b.parquet"), "-f", "f0..f7", "-t", "64", "-q", "--store", store]
        run([*argv, "-o", str(folder / store)])

    def read(store: str) -> Cost:
        argv = [sys.executable, "-c", BATCHES, str(folder / store), str(batches)]
        wall, cpu = json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)
        return Cost(wall, cpu, 0)

    wall, cpu = pair(lambda: read("series"), lambda: read("windows"), rounds)
    for store in ("series", "windows"):
        shutil.rmtree(folder / store)
    what, other = f"{batches:,} random batches of 256, T=64, F=8, from --store series", "from the mapped X.npy"
    return [told(f"{what}: wall", other, wall, "0.50"), told(f"{what}: CPU", other, cpu, "")]
