"""What a run starts with: a room of the house, and a library, is imported when the recipe asks for it.

Counted in `sys.modules`, not in seconds: the figures stand in docs/performance.md.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

LIBRARIES = {
    "pandas",
    "urllib.request",
    "http.client",
    "email",
    "sqlite3",
    "zipfile",
    "multiprocessing",
    "asyncio",
}

WINDOW, PAD = "window d.csv -t 3 -f a,b,c -q -o out", "pad d.csv --group-by g -f a,b,c -q -o out"
ROOMS = {  # command line -> the rooms that it brings, and that a plain run does without
    f"{WINDOW} --time t": {"ingest.clock", "ingest.rhythm", "ingest.zones", "ingest.calendar", "grid.cells"},
    f"{WINDOW} --time t --time-unit s --resample 2s --fill linear": {"ingest.regular", "grid.aggregate", "grid.fill"},
    f"{WINDOW} --time t --time-delta": {"ingest.derived"},
    f"{WINDOW} --time t --sections sections.csv": {"ingest.sections"},
    f"{WINDOW} --difference 1": {"prepare.rework", "prepare.changes", "grid.change"},
    f"{WINDOW} --missing ffill": {"prepare.gaps", "grid.fill"},
    f"{WINDOW} --join sites.csv --join-on g": {"ingest.joins", "ingest.matching", "ingest.kept"},
    f"{WINDOW} --target-file targets.csv --target y": {"ingest.second"},
    f"{WINDOW} --time t --split at:200,250": {"ingest.edges"},
    f"{PAD} --downsample 2": {"ingest.downsample"},
}
OTHERS = {"ingest.reshaped", "ingest.tokens", "ingest.vectors", "ingest.wide", "prepare.replay", "survey", "audit", "inverse", "showing"}  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    rows = range(300)
    table = pa.table({"t": list(rows), "g": [i // 100 for i in rows], **{n: [i * 0.5 for i in rows] for n in "abcy"}})
    csv.write_csv(table, tmp_path / "d.csv")
    parquet.write_table(table, tmp_path / "d.parquet")
    csv.write_csv(pa.table({"start": [0, 100], "end": [99, 199], "label": ["u", "v"]}), tmp_path / "sections.csv")
    csv.write_csv(pa.table({"g": [0, 1, 2], "h": [1.5, 2.5, 3.5]}), tmp_path / "sites.csv")
    csv.write_csv(table.select(["y"]), tmp_path / "targets.csv")
    return tmp_path


def loaded(folder: Path, line: str) -> set[str]:
    """The modules that a command line has imported, in a fresh interpreter; those of the house by their own names."""
    code = (
        f"import sys\nfrom lstmprep.cli import run\ncode = run({line.split()!r})\nprint(*sys.modules)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {name.removeprefix("lstmprep.") for name in done.stdout.split()}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_plain_run_imports_no_room_that_it_does_not_enter(kind, tables):
    seen = loaded(tables, f"window d.{kind} -t 10 -f a,b,c,y -q -o out")

    assert {"ingest.rows", "execute", "sinks.index", "pyarrow"} <= seen
    assert seen & (OTHERS | LIBRARIES).union(*ROOMS.values()) == set()
    if kind == "csv":  # nor do the file systems of four clouds come along to write the index
        assert seen & {"pyarrow.fs", "pyarrow.parquet", "pyarrow.dataset"} == set()


@pytest.mark.parametrize("line", ROOMS)
def test_what_asks_for_a_room_brings_it(line, tables):
    """So that a room which was renamed is not missed for ever."""
    assert ROOMS[line] <= loaded(tables, line)


def test_the_version_brings_nothing_that_python_has_not_loaded():
    code = "import os, sys\nsys.argv = ['lstmprep', '--version']\nbefore = set(sys.modules)\nfrom lstmprep.__main__ import main\nmain()\nprint(*sorted(set(sys.modules) - before))"  # fmt: skip

    said = subprocess.run([sys.executable, "-S", "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)  # fmt: skip

    assert set(said.stdout.splitlines()[1].split()) == {"__future__", "gc", "lstmprep", "lstmprep.__main__"}


def test_the_rooms_of_other_commands_exist():
    package = Path(__file__).parents[1] / "lstmprep"

    for room in OTHERS:
        path = package / room.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), room
