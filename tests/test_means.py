"""What a run may use changes how it is done, never what is written."""

from __future__ import annotations

import filecmp
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from lstmprep.cli import run
from lstmprep.sources import ahead


def table(folder: Path, rows: int) -> str:
    """Rows of many sequences between each other, times astray, larger than what is read without a second thread."""
    numbers = np.random.default_rng(3)
    columns = {"k": numbers.integers(0, 50, rows), "t": numbers.permutation(rows), "a": numbers.normal(size=rows)}
    place = folder / "t.parquet"
    parquet.write_table(pa.table({**columns, "b": numbers.normal(size=rows)}), place)
    return str(place)


@pytest.mark.parametrize("means", ["--workers 1", "--workers 3 --memory-limit 16MiB", "--memory-limit 2GiB"])
def test_memory_and_cores_change_no_byte(tmp_path, means):
    place = table(tmp_path, 200_000)
    asked = ["window", place, "-t", "5", "--group-by", "k", "--time", "t", "--target", "b", "-q", "-o"]

    assert run([*asked, str(tmp_path / "plain")]) == 0
    assert run([*asked, str(tmp_path / "other"), *means.split()]) == 0

    names = sorted(p.name for p in (tmp_path / "plain").iterdir())
    assert filecmp.cmpfiles(tmp_path / "plain", tmp_path / "other", names, shallow=False)[0] == names


def test_one_worker_reads_without_a_thread(tmp_path, monkeypatch):
    place = table(tmp_path, 200_000)
    started = []
    monkeypatch.setattr(ahead.threading.Thread, "start", lambda self: started.append(self.name))

    assert run(["window", place, "-t", "5", "--no-index", "-q", "--workers", "1", "-o", str(tmp_path / "out")]) == 0
    assert started == []


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ("--memory-limit 1MiB", "16.0 MiB or more"),
        ("--memory-limit lots", "256MiB or 2GiB"),
        ("--workers 0", "1 or more"),
    ],
)
def test_means_that_mean_nothing_are_refused(tmp_path, capsys, means, said):
    (tmp_path / "t.csv").write_text("a\n1\n2\n3\n")

    assert run(["window", str(tmp_path / "t.csv"), "-t", "2", *means.split(), "-o", str(tmp_path / "out")]) == 2

    told = capsys.readouterr().err
    assert means.split()[0] in told and said in told
    assert not (tmp_path / "out").exists()
