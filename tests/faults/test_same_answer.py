"""FAULTS 48-52: the same table and the same wish give the same bytes, wherever, whenever and however they are run.

The right answer is the whole output, manifest included, byte for byte.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.sources import arrow, blocks
from tests.faults.conftest import Desk, command, require_clean, require_refusal, snapshot

WISH = [
    "-t",
    "3",
    "--group-by",
    "k",
    "--time",
    "t",
    "--target",
    "v",
    "--split",
    "0.6,0.4",
    "--scale",
    "standard",
    "--shuffle",
    "--categorical",
    "c",
]


def table(rows: int = 60) -> pa.Table:
    """Three groups, interleaved and out of order, of a number, a class and a time."""
    i = np.arange(rows)
    return pa.table(
        {
            "k": [f"g{n % 3}" for n in i.tolist()],
            "t": (i * 7919) % 1009,
            "v": np.sin(i).round(6),
            "w": i / 8,
            "c": ["xyz"[n // 3 % 3] for n in i.tolist()],
        }
    )


def csv(table: pa.Table) -> str:
    """The table as text, every number by the shortest digits that give it back."""
    columns = [column.to_pylist() for column in table.columns]
    return (
        "\n".join([",".join(table.column_names), *(",".join(map(str, row)) for row in zip(*columns, strict=True))])
        + "\n"
    )


def child(desk: Desk, *argv: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """``lstmprep ARGV`` in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LSTMPREP_", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "lstmprep", *argv], cwd=desk.folder, env=clean | env, capture_output=True, check=False, timeout=120,
    )  # fmt: skip


def files(place: Path) -> dict[str, bytes]:
    """Every file of an output."""
    return {n: c[1] for n, c in snapshot(place).items() if c[0] == "file"}


# -- 48: two runs --------------------------------------------------------------------------------------

ROUNDS: list[dict[str, str]] = [
    {"PYTHONHASHSEED": "1"}, {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE"}, {"TZ": "Pacific/Chatham", "COLUMNS": "40"},
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONHASHSEED": "77", "TZ": "America/New_York"}, {"OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"},
]  # fmt: skip


@pytest.mark.parametrize("env", ROUNDS, ids=",".join)
def test_48_surroundings_change_no_byte(desk: Desk, env: dict[str, str]) -> None:
    desk.write("t.csv", csv(table()))
    desk.works("t.csv", *WISH, "-o", "one", out="one")

    done = child(desk, "window", "t.csv", *WISH, "-o", "two", **env)

    assert done.returncode == 0, done.stderr
    assert files(desk.path("one")) == files(desk.path("two"))


def test_48_workers_change_no_byte(desk: Desk) -> None:
    desk.write("t.csv", csv(table()))

    one = desk.works("t.csv", *WISH, "--workers", "1", out="one").bytes()
    two = desk.works("t.csv", *WISH, "--workers", "2", out="two").bytes()

    assert one == two


# -- 49: what holds the table --------------------------------------------------------------------------


def test_49_csv_and_parquet_of_one_table_in_pieces_of_any_size_give_the_same_arrays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("t.csv", csv(table()))
    desk.parquet("whole.parquet", table())
    desk.parquet("groups.parquet", table(), row_group_size=7)
    wanted = {n: b for n, b in desk.works("t.csv", *WISH, out="a").bytes().items() if n.endswith(".npy")}

    for size in (1, 50, 1 << 20):
        monkeypatch.setattr(blocks, "BLOCK", max(size, 16))
        monkeypatch.setattr(arrow, "BATCH", size)
        for name in ("t.csv", "whole.parquet", "groups.parquet"):
            done = desk.works(name, *WISH, out=f"{name}-{size}")
            assert {n: b for n, b in done.bytes().items() if n.endswith(".npy")} == wanted, (size, name)


def test_49_a_table_in_parts_is_the_table(desk: Desk) -> None:
    whole = table()
    desk.parquet("t.parquet", whole)
    names = [desk.parquet(f"p{i}.parquet", whole.slice(20 * i, 20)) for i in range(3)]

    one, parts = desk.works("t.parquet", *WISH, out="a"), desk.works(*names, *WISH, "--file-as", "table", out="b")

    assert all(np.array_equal(one.arrays[n], parts.arrays[n]) for n in one.arrays)


# -- 50: recipes replayed ------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["manifest", "json", "toml"])
def test_50_a_recipe_replayed_on_its_table_gives_its_bytes(desk: Desk, paper: str) -> None:
    desk.write("t.csv", csv(table()))
    first = desk.works("t.csv", *WISH, out="one")
    recipe: dict[str, Any] = {k: v for k, v in first.manifest["recipe"].items() if v is not None}
    if paper == "manifest":
        name = "one/manifest.json"
    elif paper == "json":
        name = desk.write("r.json", json.dumps(recipe))
    else:
        name = desk.write("r.toml", "".join(f"{k} = {json.dumps(v)}\n" for k, v in recipe.items()))

    assert desk.works("t.csv", "--recipe", name, out="two").bytes() == first.bytes()


def test_50_the_command_in_a_manifest_typed_again_gives_its_bytes(desk: Desk) -> None:
    import shlex

    desk.write("t.csv", csv(table()))
    first = desk.works("t.csv", *WISH, out="one")
    words = shlex.split(first.manifest["command"])

    assert words[:2] == ["lstmprep", "window"]
    typed = [w for w in words[2:] if w not in ("t.csv", "INPUT")]
    assert desk.works("t.csv", *typed, out="two").bytes() == first.bytes()


def test_50_other_rows_are_prepared_with_the_same_columns_and_the_same_numbers(desk: Desk) -> None:
    desk.parquet("t.parquet", table())
    first = desk.works("t.parquet", *WISH, out="one")
    more = table(90).slice(60)
    desk.parquet("u.parquet", more.select(["w", "c", "v", "t", "k"]))

    said = command("apply", "one", "u.parquet", "-o", "two")

    assert said.code == 0, said.err
    require_clean(said.err)
    manifest = json.loads(desk.path("two/manifest.json").read_text())
    assert manifest["feature_names"] == first.manifest["feature_names"]
    assert manifest["fitted"]["scaling"] == first.manifest["fitted"]["scaling"]


@pytest.mark.parametrize("gone", ["k", "t", "w", "c"])
def test_50_a_table_that_lacks_a_column_is_refused_by_name(desk: Desk, gone: str) -> None:
    desk.parquet("t.parquet", table())
    desk.parquet("u.parquet", table().drop_columns([gone]))
    desk.works("t.parquet", *WISH, out="one")
    before = desk.snapshot()

    said = command("apply", "one", "u.parquet", "-o", "two")

    require_refusal(said, {3})
    assert f"no column {gone}" in said.err or f"no column '{gone}'" in said.err
    assert desk.snapshot() == before


# -- 51: plain streams ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}],
    ids=",".join,
)  # fmt: skip
@pytest.mark.parametrize(
    "argv",
    [["window", "t.parquet", "-t", "2", "-o", "new"], ["window", "t.parquet", "-t", "2", "--dry-run", "--json"], ["window", "t.parquet", "-t", "99"], ["inspect", "t.parquet"],
     ["show", "out"], ["show", "out", "--sample", "0"], ["check", "out"]],
)  # fmt: skip
def test_51_a_stream_that_knows_ascii_alone_is_no_error(desk: Desk, argv: list[str], env: dict[str, str]) -> None:
    desk.parquet("t.parquet", {"名\u20ac": [1.0, 2.0, 3.0], "\u00fc": [4.0, 5.0, 6.0]})
    desk.works("t.parquet", "-t", "2")

    done = child(desk, *argv, **env)

    assert done.returncode == (3 if "99" in argv else 0), done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Unicode" not in done.stderr


# -- 52: nothing of this machine -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["out", "out.npz"])
def test_52_no_clock_user_host_or_path_is_written(desk: Desk, kind: str) -> None:
    path = desk.path("t.csv")
    path.write_text(csv(table()))

    desk.works(str(path), *WISH, "-o", kind, out=kind)

    written = b"".join(c[1] for n, c in snapshot(desk.folder).items() if c[0] == "file" and n.startswith("out"))
    assert os.fsencode(desk.folder) not in written
    assert os.fsencode(Path.home()) + b"/" not in written
    for word in {socket.gethostname(), *([getpass.getuser()] if getpass.getuser() != "root" else [])}:
        assert not re.search(rb"\b" + re.escape(word.encode()) + rb"\b", written), word
    manifest = json.loads(next(p for p in desk.folder.rglob("*manifest.json")).read_text())
    assert manifest["source"][0]["name"] == "t.csv"
    assert time.strftime("%Y-%m-%d", time.gmtime()) not in json.dumps(manifest)


@pytest.mark.parametrize("kind", ["out", "out.npz"])
def test_52_another_folder_and_another_day_change_no_byte(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    found = []
    for place, now in (("a", 0.0), ("b/c", 4e9)):
        folder = desk.path(place)
        folder.mkdir(parents=True)
        (folder / "t.csv").write_text(csv(table()))
        os.utime(folder / "t.csv", (now, now))
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda now=now: now)
            lstmprep.window(folder / "t.csv", timesteps=3, group_by="k", time="t", output=folder / kind)
        found.append({n: c[1] for n, c in snapshot(folder).items() if c[0] == "file" and n != "t.csv"})

    assert found[0] == found[1]
    assert found[0]


def test_52_parquet_that_is_written_names_no_machine(desk: Desk) -> None:
    desk.write("t.csv", csv(table()))
    place = desk.works("t.csv", *WISH).place

    written = parquet.read_metadata(place / "index.parquet")

    assert b"pandas" not in (written.metadata or {})
    assert socket.gethostname() not in str(written.metadata)
