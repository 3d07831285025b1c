"""What every kind of output must keep: the members, the recipes that all of them carry out, and how each is read back.

A new sink is added to `MEMBERS` and inherits the claims of test_sinks.py. A member carries a recipe out on `TABLE`
and gives the arrays back as NumPy alone reads them, with the bytes of each .npy and the manifest.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from click.testing import CliRunner

import lstmprep
from lstmprep.cli import cli

made = np.random.default_rng(3)
SIZES = {"10": 9, "9": 14, "a, b": 4, "ü": 11}
_rows = [(k, t) for k, n in SIZES.items() for t in range(n)]
_mixed = [_rows[i] for i in made.permutation(len(_rows))]

#: Four sequences, rows anywhere; `a` counts the rows of the file, so a value is an address.
TABLE: dict[str, list[Any]] = {
    "key": [k for k, _ in _mixed],
    "t": [t for _, t in _mixed],
    "a": list(range(len(_mixed))),
    "b": (made.normal(size=len(_mixed)) * 100).tolist(),
    "y": (made.normal(size=len(_mixed)) * 100).tolist(),
    "lab": [["n", "p", "q"][i] for i in made.integers(0, 3, len(_mixed))],
    "size": [SIZES[k] for k, _ in _mixed],
}
_BASE: dict[str, Any] = {"features": "a,b", "group_by": "key", "time": "t"}
ANSWER = _BASE | {"target": "y"}
CLASS = _BASE | {"label": "lab"}
RECIPES: dict[str, dict[str, Any]] = {
    "X alone": _BASE | {"timesteps": 3},
    "one step": {"timesteps": 1, "features": "a"},
    "numbers ahead": ANSWER | {"timesteps": 3, "horizon": 2, "stride": 2, "dtype": "float64"},
    "classes": CLASS | {"timesteps": 2},
    "classes one-hot, half floats": CLASS | {"timesteps": 2, "one_hot": True, "dtype": "float16"},
    "padded": ANSWER | {"timesteps": 5, "partial": True, "pad_value": -1.0},
    "static and future": ANSWER | {"timesteps": 2, "static": "size", "future": "b", "features": "a"},
    "itself": _BASE | {"timesteps": 4, "target_mode": "input"},
    "itself reversed": _BASE | {"timesteps": 4, "target_mode": "input", "reverse_target": True},
    "time first": ANSWER | {"timesteps": 3, "layout": "time-first"},
    "channels first": ANSWER | {"timesteps": 3, "layout": "channels-first"},
    "subsequences": ANSWER | {"timesteps": 4, "subsequences": 2},
    "shuffled in batches": ANSWER | {"timesteps": 3, "shuffle": True, "seed": 5, "batch_size": 4, "batch_remainder": "pad"},
    "lags": ANSWER | {"lags": "1,2,5"},
    "one sample of each": _BASE | {"timesteps": 3, "latest": True},
}  # fmt: skip
ALONE = [
    n for n, r in RECIPES.items() if not {"target", "label", "partial"} & set(r) and r.get("target_mode") != "input"
]


@dataclass
class Written:
    """One output, read back by NumPy."""

    arrays: dict[str, np.ndarray]
    files: dict[str, bytes] = field(default_factory=dict)  # .npy bytes by array
    manifest: dict[str, Any] | None = None
    index: Path | None = None


def _loaded(data: bytes) -> np.ndarray:
    found: np.ndarray = np.load(io.BytesIO(data), allow_pickle=False)
    return found


def _folder(folder: Path, recipe: dict[str, Any]) -> Written:
    out = folder / "out"
    lstmprep.window(pa.table(TABLE), output=out, **recipe)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    files = {n: (out / about["file"]).read_bytes() for n, about in manifest["arrays"].items()}
    mapped = {n: np.load(out / about["file"], mmap_mode="r", allow_pickle=False) for n, about in manifest["arrays"].items()}  # fmt: skip
    named = {about["file"] for about in manifest["arrays"].values()}
    assert sorted(p.name for p in out.iterdir()) == sorted({*named, "index.parquet", "manifest.json"})
    return Written(mapped, files, manifest, out / "index.parquet")


def _packed(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as zipped:
        assert zipped.testzip() is None
        return {name.removesuffix(".npy"): zipped.read(name) for name in zipped.namelist()}


def _npz(folder: Path, recipe: dict[str, Any]) -> Written:
    out = folder / "out.npz"
    lstmprep.window(pa.table(TABLE), output=out, **recipe)
    manifest = json.loads((folder / "out.manifest.json").read_text(encoding="utf-8"))
    assert {about["file"] for about in manifest["arrays"].values()} == {"out.npz"}
    members = _packed(out)
    files = {n: members[about.get("same_as", n)] for n, about in manifest["arrays"].items()}
    with np.load(out, allow_pickle=False) as found:
        arrays = {n: found[about.get("same_as", n)] for n, about in manifest["arrays"].items()}
        assert set(found.files) == {about.get("same_as", n) for n, about in manifest["arrays"].items()}
    assert sorted(p.name for p in folder.iterdir()) == ["out.index.parquet", "out.manifest.json", "out.npz"]
    return Written(arrays, files, manifest, folder / "out.index.parquet")


def _npy(folder: Path, recipe: dict[str, Any]) -> Written:
    out = folder / "out.npy"
    lstmprep.window(pa.table(TABLE), output=out, **recipe)
    manifest = json.loads((folder / "out.manifest.json").read_text(encoding="utf-8"))
    assert {n: about["file"] for n, about in manifest["arrays"].items()} == {"X": "out.npy"}
    arrays = {"X": np.load(out, mmap_mode="r", allow_pickle=False)}
    return Written(arrays, {"X": out.read_bytes()}, manifest, folder / "out.index.parquet")


def command_of(recipe: dict[str, Any], source: Path, output: str) -> list[str]:
    """The command line of a recipe."""
    words = ["window", str(source), "-o", output]
    for name, value in recipe.items():
        flag = "--" + name.replace("_", "-")
        words += [flag] if value is True else [f"{flag}={value}"]
    return words


def stored(folder: Path) -> Path:
    """The table as a file."""
    from pyarrow import parquet

    path = folder / "table.parquet"
    parquet.write_table(pa.table(TABLE), path)
    return path


def _stream(folder: Path, recipe: dict[str, Any]) -> Written:
    done = CliRunner().invoke(cli, command_of(recipe, stored(folder), "-"))
    assert done.exit_code == 0, done.stderr
    data = done.stdout_bytes
    assert [p.name for p in folder.iterdir()] == ["table.parquet"]
    members = {"X": data}
    if not data.startswith(b"\x93NUMPY"):
        (folder / "stream.npz").write_bytes(data)
        members = _packed(folder / "stream.npz")
    if recipe.get("target_mode") == "input" and "y" not in members:
        members["y"] = members["X"]  # stored once
    return Written({n: _loaded(d) for n, d in members.items()}, members)


def _memory(folder: Path, recipe: dict[str, Any]) -> Written:
    done = lstmprep.window(pa.table(TABLE), **recipe)
    assert not list(folder.iterdir())
    return Written(done.arrays, manifest=done.manifest)


MEMBERS: dict[str, Callable[[Path, dict[str, Any]], Written]] = {
    "folder": _folder, "npz": _npz, "npy": _npy, "standard output": _stream, "memory": _memory,
}  # fmt: skip
