"""Outputs to damage, and what a skilled hand does to hide it: digests made new."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import lstmprep
from lstmprep.audit.values import file_digest

Change = Callable[[Any], Any]
ROWS = 40


def table() -> pa.Table:
    """Two stations of 20 rows: a time, two numbers, an answer, a class, a constant."""
    rng = np.random.default_rng(7)
    return pa.table(
        {
            "site": ["n"] * 20 + ["s"] * 20,
            "t": [*range(20)] * 2,
            "a": rng.normal(size=ROWS).round(3),
            "b": np.arange(ROWS) * 1.0,
            "y": rng.normal(size=ROWS).round(3) + 5,
            "k": [["low", "mid", "top"][i] for i in rng.integers(0, 3, ROWS)],
        }
    )


def written(folder: Path, name: str = "out", **settings: Any) -> Path:
    """An output made from ``t.parquet`` beside it."""
    source = folder / "t.parquet"
    if not source.exists():
        pq.write_table(table(), source)
    base = {"group_by": "site", "time": "t", "features": "a,b", "timesteps": 4}
    lstmprep.window(source, output=folder / name, **base | settings)
    return folder / name


def manifest(out: Path) -> dict[str, Any]:
    """The manifest of an output folder."""
    made: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return made


def edit(out: Path, change: Change) -> None:
    """Change the manifest."""
    made = manifest(out)
    change(made)
    (out / "manifest.json").write_text(json.dumps(made))


def reseal(out: Path) -> None:
    """Make the digests those of the files as they are: what is wrong must then show in itself."""

    def change(made: dict[str, Any]) -> None:
        for about in made["arrays"].values():
            if "file" in about:
                about["digest"] = file_digest(out / about["file"])
        made["index"]["digest"] = file_digest(out / "index.parquet")

    edit(out, change)


def array(out: Path, name: str, change: Change, *, sealed: bool = True) -> None:
    """Change the values of an array."""
    values = np.load(out / f"{name}.npy", allow_pickle=False)
    found = change(values)
    np.save(out / f"{name}.npy", values if found is None else found)
    if sealed:
        reseal(out)


def index(out: Path, column: str, change: Change, *, sealed: bool = True) -> None:
    """Change a column of the index."""
    found = pq.read_table(out / "index.parquet")
    at = found.column_names.index(column)
    values = pa.array(change(np.array(found.column(column).to_pylist())).tolist(), found.schema.field(at).type)
    pq.write_table(found.set_column(at, found.schema.field(at), values), out / "index.parquet")
    if sealed:
        reseal(out)
