"""What every figure is measured with: processes, pairs, conditioned pages, tables of data."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PUNCH = 0x01 | 0x02  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
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


@contextmanager
def workplace(size: int = 7 << 29, folder: str | None = None) -> Iterator[Path]:
    """A folder to work in, in memory where there is such a place, with the pages of so many bytes kept at hand."""
    with tempfile.TemporaryDirectory(dir=folder or ("/dev/shm" if os.path.isdir("/dev/shm") else None)) as name:
        if folder is None:
            keep_pages(Path(name), size)
        yield Path(name)


def keep_pages(folder: Path, size: int) -> None:
    """Keep so many bytes of a memory-backed folder's pages from being given back to the host of a virtual machine.

    The kernel of a guest gives back free blocks of 2 MiB, some of them every other second, and each of their pages
    costs several times as much the next time. Where one page of every MiB stays taken there are no such blocks, and
    what lies between is used first. Where holes cannot be made this does nothing.
    """
    punch = getattr(ctypes.CDLL(None), "fallocate", None)
    if punch is None or shutil.disk_usage(folder).free < 4 * size:
        return
    punch.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
    with (folder / "kept").open("wb", buffering=0) as file:
        block = bytes(1 << 20)
        for _ in range(size >> 20):
            file.write(block)
        for at in range(0, size >> 20 << 20, 1 << 20):
            punch(file.fileno(), PUNCH, at + 4096, (1 << 20) - 4096)


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


_TIMED = """
import gc, json, os, sys, time
import numpy as np
path = sys.argv[1]
{data}
with open(path + ".warm", "wb", buffering=0) as file:
    for _ in range({size} >> 20): file.write(bytes(1 << 20))
os.unlink(path + ".warm"); gc.collect()
wall, cpu = time.perf_counter(), time.process_time()
{work}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""


def timed(data: str, work: str, size: int, path: Path) -> Cost:
    """A process that makes its data and then times the work alone, which writes `size` bytes to ``path``."""
    code = _TIMED.format(data=data, work=work, size=size)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    wall, cpu = json.loads(done.stdout)
    return Cost(wall, cpu, 0)


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| what | against | ratio | rounds | goal |", "|---|---|---|---|---|"]
    lines += [f"| {f.what} | {f.limit} | **{f.ratio}** | {f.spread} | {f.goal or '-'} |" for f in figures]
    return "\n".join(lines)
