"""Memory does not grow with the table: private memory on 500,000 and on 5,000,000 rows.

Measured is `RssAnon` of the process, looked up every millisecond while it runs: memory maps and
pages of files count as resident, but they are the system's to take back. The peak that
the system itself keeps (`ru_maxrss`) counts them and is no measure of this.

Growth is measured on what the process holds: the allocator is told to give back large blocks as soon as they
are free (`HELD`), which doubles the time and is not how anybody runs it. Left alone it keeps up to half as much
again in pieces between blocks in use, some megabytes more or less from run to run: such a run has to stay
below `MOST`, whatever the rows.

All of it takes longer than all other slow tests; what is marked `by_hand` is run by `make test-slow`, not by `.ci/run`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

pytestmark = pytest.mark.slow

SMALL, LARGE = 500_000, 5_000_000  # with fewer rows (a CSV below 65 MB) some buffers are not filled yet
PIECE = 100_000
GROUP = 1_000  # rows of one sequence
APART = 4_096  # sequences whose rows stand between those of others
MOST = 128 << 20
GROWTH = 1.10
LOOKS = 3  # a look may come late on a busy machine: the lowest peak counts
HELD = {"MALLOC_MMAP_THRESHOLD_": str(128 << 10)}

RUNS = {
    "one sequence": "",
    "one sequence, times": "--time t",
    "sequences in order": "--group-by g",
    "sequences in order, times, a target": "--group-by g --time t --target b",
    "sequences in order, classes": "--group-by g --label k",
    "sequences interleaved, times": "--group-by i --time t",
    "a long panel": "--pivot p --time s",
}
ALWAYS = ("one sequence", "sequences in order", "sequences interleaved, times", "")
by_hand = pytest.mark.by_hand


def mostly_by_hand(cases: Iterable[str]) -> list[Any]:
    """These cases, of which a few are run with everything else."""
    return [case if case in ALWAYS else pytest.param(case, marks=by_hand) for case in cases]


@dataclass
class Run:
    """What one run needed and left."""

    peak: int
    written: int


def make_tables(folder: Path, rows: int) -> None:
    """Four numbers, a time, a key and a class per row, as CSV and as Parquet; made piece by piece."""
    numbers = np.random.default_rng(7)
    names = pa.array(["sit", "stand", "walk", "run"])
    kinds = {
        "t": pa.int64(),
        "g": pa.string(),
        "i": pa.int32(),
        "k": pa.string(),
        "s": pa.int32(),
        "p": pa.int8(),
        **dict.fromkeys("abcd", pa.float64()),
        "u": pa.int64(),
        "h": pa.float64(),
    }
    text, packed = folder / f"{rows}.csv", folder / f"{rows}.parquet"
    with csv.CSVWriter(text, pa.schema(kinds)) as one, parquet.ParquetWriter(packed, pa.schema(kinds)) as other:
        for first in range(0, rows, PIECE):
            row = np.arange(first, first + PIECE)
            columns = {
                "t": pa.array(row),
                "g": pa.array(row // GROUP).cast(pa.string()),
                "i": pa.array((row * 7919 % APART).astype(np.int32)),
                "k": names.take(pa.array(row // 50 % 4)),
                "s": pa.array((row // 4).astype(np.int32)),
                "p": pa.array((row % 4).astype(np.int8)),
                **{n: pa.array(numbers.normal(size=PIECE)) for n in "abcd"},
                "u": pa.array(row * 60 + row // 200 * 600),  # a hole every two hundred rows
                "h": pa.array(numbers.normal(size=PIECE), mask=numbers.random(PIECE) < 0.02),
            }
            one.write_table(pa.table(columns))
            other.write_table(pa.table(columns), row_group_size=PIECE)


def make_others(folder: Path, rows: int) -> None:
    """Tables that are joined, and sections: as many rows as a part of the table has."""
    groups, some, begin = np.arange(rows // GROUP), np.arange(0, rows, 7), np.arange(0, rows, 500)
    when = lambda row: row * 60 + row // 200 * 600  # noqa: E731
    others = {
        "sites": {"g": pa.array(groups).cast(pa.string()), "height": groups * 0.5},
        "late": {"u": when(some), "z": some * 1.0},
        "parts": {"start": when(begin), "end": when(begin + 399), "label": ["x", "y"] * (len(begin) // 2)},
    }
    for name, columns in others.items():
        parquet.write_table(pa.table(columns), folder / f"{rows}.{name}.parquet")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tables")
    for rows in (SMALL, LARGE):
        make_tables(folder, rows)
        make_others(folder, rows)
    yield folder
    shutil.rmtree(folder)


def private_memory(pid: int) -> int:
    """Bytes of a process that are its own; 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return int(found.group(1)) << 10 if found else 0


def peak_of(child: subprocess.Popen[bytes]) -> int:
    """The most private memory a process had, until it ended."""
    peak = 0
    while child.poll() is None:
        peak = max(peak, private_memory(child.pid))
        time.sleep(0.001)
    return peak


def watched(line: str, folder: Path, *, held: bool = True) -> Run:
    """Carry out a command line and look at its memory until it ends: what it holds, or all that it takes."""
    command = [sys.executable, "-m", "lstmprep", *line.split()]
    env = os.environ | (HELD if held else {})
    with open(folder / "stdout", "wb") as stdout, open(folder / "stderr", "wb") as stderr:
        child = subprocess.Popen(command, cwd=folder, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL, env=env)
        peak = peak_of(child)
    assert child.returncode == 0, (folder / "stderr").read_text()
    written = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return Run(peak, written)


def held(line: str, kind: str, tables: Path, folder: Path) -> None:
    """Ten times the rows make ten times the output, and at most a tenth more memory."""
    peaks: dict[int, list[int]] = {SMALL: [], LARGE: []}
    written = {}
    lines = {n: f"window {tables}/{n}.{kind} -t 8 -q {line.replace('ROWS', f'{tables}/{n}')}" for n in peaks}
    taken = watched(lines[LARGE], folder, held=False).peak
    for _ in range(LOOKS):
        for rows, seen in peaks.items():
            run = watched(lines[rows], folder)
            seen.append(run.peak)
            written[rows] = run.written
        if min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]):
            break

    told = ", ".join(f"{rows:,} rows: {[round(p / 2**20, 1) for p in seen]} MiB" for rows, seen in peaks.items())
    told += f", left alone: {taken / 2**20:.1f} MiB"
    print(told)
    assert 9 * written[SMALL] < written[LARGE] < 11 * written[SMALL]
    assert taken < MOST, told
    assert min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]), told


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("case", mostly_by_hand(RUNS))
def test_ten_times_the_rows_take_no_more_memory(case, kind, tables, tmp_path):
    held(f"-f a,b,c,d {RUNS[case]} --stride 8 -o out", kind, tables, tmp_path)


@by_hand
@pytest.mark.parametrize("case", ["one sequence", "sequences in order"])
def test_ten_times_the_lines_take_no_more_memory_with_the_allocator_as_it_is(case, tables, tmp_path):
    """Text is parsed by several threads: with a heap for each of them a quarter more was taken for ten times the rows."""
    peaks: dict[int, list[int]] = {SMALL: [], LARGE: []}
    for _ in range(LOOKS):
        for rows, seen in peaks.items():
            line = f"window {tables}/{rows}.csv -t 8 -q -f a,b,c,d {RUNS[case]} --stride 8 -o out"
            seen.append(watched(line, tmp_path, held=False).peak)

    told = {rows: [round(p / 2**20, 1) for p in seen] for rows, seen in peaks.items()}
    print(told)
    assert min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]), told


PARTS = {
    "in time, scaled": "--time t --split 0.7,0.3 --context --scale standard",
    # so many columns that the four million values that quantiles hold at a time are there with the smaller table too
    "one clock, quantiles": "-f t,s,p,u --group-by i --time t --split 0.9,0.1 --scale robust --target b --scale-target",
    "numbers of every sequence": "--group-by g --split 0.7,0.2,0.1 --scale minmax --scale-by-group",
    "shuffled": "--time t --split 0.7,0.3 --shuffle --seed 1",
    "folds": "--time t --folds 2 --scale maxabs",
    "groups, classes": "--group-by g --label k --split 0.7,0.3 --split-by group --seed 1",
}


@by_hand
@pytest.mark.parametrize("case", PARTS)
def test_splits_and_scaling_take_no_more_memory_either(case, tables, tmp_path):
    held(f"-f a,b,c,d {PARTS[case]} --stride 8 -o out", "parquet", tables, tmp_path)


TIMES = {
    "samples left out": "--missing drop",
    "values before": "--missing ffill",
    "lines between": "--missing interpolate",
    "masks and signs": "--missing mask --indicator --time-since",
    "holes cut": "--missing mean --max-gap 100",
    "a grid": "--resample 60 --max-gap 700 --fill linear --missing drop",
    "features of times": "--missing mean --time-unit s --timezone Europe/Berlin --time-delta --calendar hour,dow --cyclic",
    "changes": "--missing mean --difference 1 --detrend linear",
    "a join by time": "--missing mean --join-asof ROWS.late.parquet",
    "sections": "--missing mean --sections ROWS.parts.parquet",
}


@by_hand
@pytest.mark.parametrize(("key", "case"), [(k, c) for k in "gi" for c in TIMES if (k, c) != ("i", "sections")])
def test_what_is_done_about_times_takes_no_more_memory_either(case, key, tables, tmp_path):
    """In order, and with the rows of every sequence between those of others, where the steps are as long as their number."""
    line = TIMES[case]
    if key == "i":
        line = line.replace("--max-gap 100", "--max-gap 1000000").replace(
            "--resample 60 --max-gap 700", "--resample 300000"
        )
    held(f"-f a,b,c,h --group-by {key} --time u {line} --stride 8 -o out", "parquet", tables, tmp_path)


@by_hand
def test_a_join_by_key_takes_no_more_memory_either(tables, tmp_path):
    line = "-f a,b,c,height --group-by g --time u --join ROWS.sites.parquet --join-on g --stride 8 -o out"
    held(line, "parquet", tables, tmp_path)


MANY = {
    "lanes of one sequence": "-t 1 --stateful --batch-size 32",
    "lanes of a sequence for every four rows": "-t 2 --stride 2 --group-by s --stateful --batch-size 32",
    "a grid for every four rows": "-t 2 --stride 2 --group-by s --time u --time-unit s --resample 1min --fill ffill",
}


@pytest.mark.parametrize("case", MANY)
def test_ten_times_the_lanes_and_grids_take_no_more_memory_either(case, tables, tmp_path):
    held(f"-f a,b,c,d {MANY[case]} -o out", "parquet", tables, tmp_path)


HOLES = {
    "every other row missing": "-f a,e -t 1 --missing drop",
    "and parts": "-f a,e -t 1 --missing drop --time u --split 0.7,0.3",
    "a hole every ten rows": "-f a,e --time u --max-gap 100 --missing mean",
    "filled and changed": "-f a,e --time u --max-gap 100 --missing ffill --indicator --time-since --difference 1",
    "and parts that reach back": "-f a,e --time u --max-gap 100 --missing mean --split 0.7,0.3 --context",
}


@pytest.fixture(scope="module")
def full_of_holes(tmp_path_factory):
    """Tables whose number of holes grows as that of their rows."""
    folder = tmp_path_factory.mktemp("holes")
    for rows in (SMALL, LARGE):
        row = np.arange(rows)
        columns = {"u": row * 60 + row // 10 * 600, "a": row * 0.5, "e": pa.array(row * 0.5, mask=row % 2 > 0)}
        parquet.write_table(pa.table(columns), folder / f"{rows}.parquet", row_group_size=PIECE)
    yield folder
    shutil.rmtree(folder)


@by_hand
@pytest.mark.parametrize("case", HOLES)
def test_ten_times_the_holes_take_no_more_memory_either(case, full_of_holes, tmp_path):
    """What is planned may have a run for every hole: millions of them."""
    held(f"{HOLES[case]} -o out", "parquet", full_of_holes, tmp_path)


@pytest.mark.parametrize("output", ["out.npz", "-"])
@pytest.mark.parametrize("case", ["one sequence", "sequences in order"])
def test_an_npz_and_standard_output_take_no_more_memory_either(case, output, tables, tmp_path):
    held(f"-f a,b,c,d {RUNS[case]} --stride 8 -o {output}", "parquet", tables, tmp_path)


CHECKED = {  # samples enough for a whole group of rows of the index with either table
    "split and scaled": "-f a,b,c,d --stride 4 --group-by g --time t --target b --split 0.7,0.3 --scale standard --scale-target",
    "rows once, some with a hole": "-f a,b,c,h --group-by i --time u --missing drop --store series",
    "shards": "-f a,b,c,d --stride 8 --time t --split 0.7,0.3 --shard-size 8MiB",
}


@by_hand
@pytest.mark.parametrize("source", ["at hand", "gone"])
@pytest.mark.parametrize("case", CHECKED)
def test_checking_ten_times_the_rows_takes_no_more_memory(case, source, tables, tmp_path):
    """Every value, row and interval is looked at; with the table at hand everything is made again."""
    peaks: dict[int, list[int]] = {SMALL: [], LARGE: []}
    desk = tmp_path / "desk"
    desk.mkdir()
    for rows in peaks:
        made = [
            sys.executable,
            "-m",
            "lstmprep",
            "window",
            f"{tables}/{rows}.parquet",
            "-t",
            "8",
            "-q",
            "-o",
            f"{rows}",
        ]
        subprocess.run([*made, *CHECKED[case].split()], cwd=tmp_path, check=True)
    for _ in range(LOOKS):
        for rows, seen in peaks.items():
            table = f" --table {tables}/{rows}.parquet" if source == "at hand" else ""
            seen.append(watched(f"check {tmp_path}/{rows}{table}", desk).peak)
        if min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]):
            break

    told = {rows: [round(p / 2**20, 1) for p in seen] for rows, seen in peaks.items()}
    print(told)
    assert min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]), told


@by_hand
@pytest.mark.parametrize("line", ["", "--time t --group-by k", "--time t --group-by g --lookback a --max-lag 8"])
def test_looking_at_ten_times_the_rows_takes_no_more_memory(line, tables, tmp_path):
    """The keys of `k` come back all the time; a look-back gathers such rows as a run does, and is tried in order."""
    peaks: dict[int, list[int]] = {SMALL: [], LARGE: []}
    for _ in range(LOOKS):
        for rows, seen in peaks.items():
            seen.append(watched(f"inspect {tables}/{rows}.csv -q {line}", tmp_path).peak)
        if min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]):
            break

    told = {rows: [round(p / 2**20, 1) for p in seen] for rows, seen in peaks.items()}
    print(told)
    assert min(peaks[LARGE]) < GROWTH * min(peaks[SMALL]), told


@by_hand
@pytest.mark.parametrize(("how", "apart"), [("", False), ("", True), ("--time t --lookback a --max-lag 3", False)])
def test_looking_at_a_million_groups_takes_some_bytes_more_for_each(how, apart, tmp_path):
    """As many rows in ten thousand groups and in a million, in order and with the rows of every group between those of others.

    A look-back of groups that stand apart gathers them as a run does, whose keys are looked up: a hundred bytes for each.
    """
    peaks = {}
    for count in (10_000, 1_000_000):
        make_groups(tmp_path / "g.parquet", np.full(count, 4_000_000 // count), apart=apart)
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        run = f"inspect {tmp_path}/g.parquet --group-by g -q {how}"
        peaks[count] = min(watched(run, folder, held=False).peak for _ in range(2))

    print({count: round(peak / 2**20, 1) for count, peak in peaks.items()})
    assert peaks[1_000_000] < peaks[10_000] + 40 * 1_000_000, peaks
    assert peaks[1_000_000] < 100 << 20, peaks


def make_groups(path: Path, sizes: np.ndarray, *, apart: bool | None = None) -> None:
    """A table of groups of these sizes: a key and two numbers; with a time that rises where it is said whether rows stand apart."""
    rng = np.random.default_rng(0)
    rows = int(sizes.sum())
    keys = np.repeat(np.arange(len(sizes)), sizes)
    columns = {"g": pa.array(rng.permutation(keys) if apart else keys)}
    columns |= {} if apart is None else {"t": pa.array(np.arange(rows))}
    columns |= {n: pa.array(rng.normal(size=rows)) for n in "ab"}
    parquet.write_table(pa.table(columns), path, row_group_size=PIECE)


@pytest.mark.parametrize("how", mostly_by_hand(["", "--ragged", "--target b -f a", "-t p90 --min-steps 2"]))
def test_padding_takes_about_as_much_memory_for_few_groups_for_a_million_and_for_one(how, tmp_path):
    """As many rows each time; in a block of the index a group costs some bytes for a while, and one long group none."""
    peaks = {}
    for count in (10_000, 1_000_000, 1):
        make_groups(tmp_path / "g.parquet", np.full(count, 4_000_000 // count))
        run = f"pad {tmp_path}/g.parquet --group-by g -q -o out {how or '-f a,b'}"
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        peaks[count] = min(watched(run, folder).peak for _ in range(2))

    told = {count: round(peak / 2**20, 1) for count, peak in peaks.items()}
    print(told)
    assert peaks[1_000_000] < GROWTH * peaks[10_000] + 8 * 1_000_000, told
    assert peaks[1] < GROWTH * peaks[10_000], told


@by_hand
def test_ten_times_the_groups_of_a_table_take_hardly_more_memory(tmp_path):
    """Equal rows in 100,000 groups, from where on the buffers of the index are full, and in a million."""
    peaks = {}
    for count in (100_000, 1_000_000):
        make_groups(tmp_path / "g.parquet", np.full(count, 4_000_000 // count))
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        peaks[count] = min(watched(f"pad {tmp_path}/g.parquet --group-by g -q -o out", folder).peak for _ in range(2))

    print(peaks)
    assert peaks[1_000_000] < GROWTH * peaks[100_000] + 8 * 1_000_000, (
        peaks
    )  # an array of one number a group, for a while


def test_the_measure_sees_memory_that_grows(tmp_path):
    """A process that holds 300 MB of its own, and one that maps a file of that size."""
    (tmp_path / "file").write_bytes(bytes(300 << 20))
    hold = "import time; held = bytearray(b'x') * (300 << 20); time.sleep(0.5)"
    mapped = (
        "import mmap, time; f = open('file'); m = mmap.mmap(f.fileno(), 0, prot=1); sum(m[::4096]); time.sleep(0.5)"
    )

    grown, unseen = (peak_of(subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)) for code in (hold, mapped))

    assert grown > 300 << 20
    assert unseen < 50 << 20
