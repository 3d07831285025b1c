"""A folder, an .npz, an .npy, standard output and memory hold the same arrays, and digests are those of the bytes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from click.testing import CliRunner
from pyarrow import csv as pacsv
from pyarrow import parquet

import lstmprep
from lstmprep.cli import cli

made = np.random.default_rng(3)
TABLE = pa.table({
    "g": [["b", "10", "9"][i] for i in made.integers(0, 3, 60)],
    "t": made.permutation(60).tolist(),
    "a": made.normal(size=60).tolist(),
    "y": made.integers(0, 99, 60).tolist(),
    "c": [["u", "v"][i] for i in made.integers(0, 2, 60)],
})  # fmt: skip
RECIPES: dict[str, dict[str, Any]] = {
    "X alone": {"timesteps": 3, "features": "a"},
    "numbers": {"timesteps": 3, "features": "a,y", "target": "y", "horizon": 2, "group_by": "g", "time": "t", "future": "a"},
    "padded classes": {"timesteps": 5, "features": "a", "label": "c", "partial": True, "one_hot": True, "group_by": "g"},
    "itself": {"timesteps": 4, "features": "a", "target_mode": "input", "stride": 3},
    "half floats, time first": {"timesteps": 2, "dtype": "float16", "layout": "time-first", "features": "y"},
    "no index": {"timesteps": 3, "features": "a", "index": False},
}  # fmt: skip


def digest(data: bytes) -> str:
    """Pieces of 64 MiB, the digest of their digests (all arrays here are one piece)."""
    assert len(data) < 64 << 20
    return "xxh3:" + xxhash.xxh3_128(xxhash.xxh3_128(data).digest()).hexdigest()


def same(found: Any, wanted: Any) -> None:
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(wanted).tobytes()


def flags(recipe: dict[str, Any]) -> list[str]:
    out = []
    for name, value in recipe.items():
        flag = "--" + name.replace("_", "-")
        out += [flag] if value is True else ["--no-" + flag[2:]] if value is False else [flag, str(value)]
    return out


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", ["out", "out.npz", "out.npy"])
def test_what_is_written_is_what_memory_holds_and_digests_are_those_of_its_bytes(
    tmp_path: Path, kind: str, recipe: str
) -> None:
    wanted = lstmprep.window(TABLE, **RECIPES[recipe])
    if kind == "out.npy" and set(wanted.arrays) - {"X"} and recipe != "itself":
        with pytest.raises(lstmprep.LstmprepError, match="holds one array"):
            lstmprep.window(TABLE, output=tmp_path / kind, **RECIPES[recipe])
        assert list(tmp_path.iterdir()) == []
        return

    found = lstmprep.window(TABLE, output=tmp_path / kind, **RECIPES[recipe])

    assert set(found.arrays) == set(wanted.arrays)
    base = tmp_path / kind if kind == "out" else tmp_path
    for name, array in wanted.arrays.items():
        same(found.arrays[name], array)
        about = found.manifest["arrays"][name]
        assert about["bytes"] == array.nbytes
        assert (tuple(about["shape"]), about["dtype"]) == (array.shape, str(array.dtype))
        data = (base / about["file"]).read_bytes()
        if kind == "out.npz":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                assert packed.testzip() is None
                data = packed.read(f"{about.get('same_as', name)}.npy")
        same(np.load(io.BytesIO(data), allow_pickle=False), array)
        assert about.get("digest", digest(data)) == digest(data)
        assert "digest" in about or about["same_as"] == "X"
    if RECIPES[recipe].get("index", True):
        assert found.index().to_pylist() == wanted.index().to_pylist()
        assert found.index().num_rows == found.manifest["samples"]
    else:
        assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("recipe", RECIPES)
def test_standard_output_carries_the_bytes_of_the_file_and_nothing_else(
    tmp_path: Path, recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parquet.write_table(TABLE, "data.parquet")
    wanted = lstmprep.window("data.parquet", **RECIPES[recipe])
    kind = "out.npy" if set(wanted.arrays) == {"X"} or recipe == "itself" else "out.npz"
    lstmprep.window("data.parquet", output=kind, **RECIPES[recipe])

    done = CliRunner().invoke(cli, ["window", "data.parquet", "-o", "-", *flags(RECIPES[recipe])])

    assert done.exit_code == 0, done.stderr
    assert done.stdout_bytes == Path(kind).read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_source_in_the_manifest_has_the_digest_of_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"data.{suffix}"
    {"csv": pacsv.write_csv, "parquet": parquet.write_table}[suffix](TABLE, path)

    lstmprep.window(path, output=tmp_path / "out", timesteps=2, features="a")
    source = json.loads((tmp_path / "out" / "manifest.json").read_text())["source"]

    assert [(s["rows"], s["bytes"], s["digest"]) for s in source] == [
        (60, path.stat().st_size, digest(path.read_bytes()))
    ]


@pytest.mark.parametrize("kind", ["out", "out.npz"])
def test_two_runs_write_the_same_bytes_into_every_file(tmp_path: Path, kind: str) -> None:
    written = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        lstmprep.window(TABLE, output=tmp_path / place / kind, **RECIPES["numbers"])
        files = [p for p in (tmp_path / place).rglob("*") if p.is_file()]
        written.append({p.name: p.read_bytes() for p in files})

    assert written[0] == written[1]
    assert len(written[0]) == (5 if kind == "out" else 3)
