"""Memory does not grow when an output is converted, each way: private memory on 100,000 windows and on 1,000,000.

Measured as in test_memory, on what the process holds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.test_memory import GROWTH, HELD, LOOKS, peak_of

pytestmark = [pytest.mark.slow, pytest.mark.by_hand]

SMALL, LARGE = 100_000, 1_000_000
MADE = {
    "windows": "", "series": "--store series", "shards": "--shard-size 8MiB", "shuffled": "--shuffle --seed 1 --split 0.7,0.3",
}  # fmt: skip
FORMATS = ("npz", "parquet", "zarr", "safetensors", "hdf5")
WAYS = [("windows", "--store series"), ("series", "--store windows"), ("shuffled", "--store series"), ("windows", "--shard-size 8MiB"),
        ("shards", ""), *(("windows", f"--to {f}") for f in FORMATS), *((f, "--to npy") for f in FORMATS)]  # fmt: skip


def carried_out(*line: str) -> int:
    """The most private memory that a command held."""
    child = subprocess.Popen([sys.executable, "-m", "lstmprep", *line, "-q"], env={**os.environ, **HELD})
    peak = peak_of(child)
    assert child.returncode == 0, line
    return peak


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("outputs")
    for rows in (SMALL, LARGE):
        np.save(folder / f"{rows}.npy", np.random.default_rng(1).normal(size=(rows, 4)))
        for name, how in MADE.items():
            carried_out("window", str(folder / f"{rows}.npy"), "-t", "8", *how.split(), "-o", str(folder / f"{name}-{rows}"))  # fmt: skip
        for name in FORMATS:
            carried_out("convert", str(folder / f"windows-{rows}"), "--to", name, "-o", str(folder / f"{name}-{rows}"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(("source", "how"), WAYS)
def test_ten_times_the_windows_take_no_more_memory(source, how, outputs, tmp_path):
    peaks: dict[int, list[int]] = {SMALL: [], LARGE: []}
    for _ in range(LOOKS):
        for rows, seen in peaks.items():
            seen.append(carried_out("convert", str(outputs / f"{source}-{rows}"), *how.split(), "-o", str(tmp_path / "new")))  # fmt: skip
            shutil.rmtree(tmp_path / "new")
        if min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]):
            break

    told = ", ".join(f"{rows:,}: {[round(p / 2**20, 1) for p in seen]} MiB" for rows, seen in peaks.items())
    print(told)
    assert min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]), told
