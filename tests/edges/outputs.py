"""Outputs of every kind, small: what is cut into shards, and written in other formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import lstmprep

ROWS = 60
WINDOW: dict[str, Any] = {"group_by": "site", "time": "t", "features": "a,b", "timesteps": 4}
RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("window", WINDOW),
    "a target": ("window", WINDOW | {"target": "y", "horizon": 2}),
    "a split": ("window", WINDOW | {"target": "y", "split": "0.6,0.2,0.2", "scale": "standard"}),
    "folds": ("window", WINDOW | {"target": "y", "folds": 2}),
    "shuffled": ("window", WINDOW | {"label": "k", "one_hot": True, "shuffle": True, "seed": 3}),
    "padded": ("window", WINDOW | {"target": "y", "partial": True, "pad_value": -1.0}),
    "padded batches": ("window", WINDOW | {"batch_size": 16, "batch_remainder": "pad"}),
    "time first": ("window", WINDOW | {"label": "k", "target_mode": "per-step", "layout": "time-first"}),
    "time first, padded": ("window", WINDOW | {"partial": True, "layout": "time-first"}),
    "channels first": ("window", WINDOW | {"target": "y", "layout": "channels-first"}),
    "its own input": ("window", WINDOW | {"target_mode": "input"}),
    "its own input, reversed": (
        "window",
        WINDOW | {"target_mode": "input", "reverse_target": True, "layout": "time-first"},
    ),
    "masked": ("window", WINDOW | {"missing": "mask", "static": "c", "target": "y", "future": "b"}),
    "sequences": ("pad", {"group_by": "key", "time": "t", "features": "a,b", "label": "c"}),
    "buckets": (
        "pad",
        {"group_by": "key", "time": "t", "features": "a,b", "target": "y", "bucket": 3, "split": "0.6,0.4"},
    ),
    "no digests": ("window", WINDOW | {"digest": "none"}),
    "reshaped": ("reshape", {"features": "a,b", "shape": "-1,4,2"}),
}


def table() -> pa.Table:
    rng = np.random.default_rng(5)
    site = np.repeat(["n", "s"], ROWS // 2)
    return pa.table(
        {
            "site": site,
            "key": [f"k{i:02d}" for i in np.repeat(np.arange(12), [2, 8] * 6)],
            "t": np.tile(np.arange(ROWS // 2), 2),
            "a": rng.normal(size=ROWS),
            "b": np.arange(ROWS) * 1.0,
            "y": rng.normal(size=ROWS),
            "k": rng.choice(["low", "mid", "top"], ROWS),
            "c": np.repeat([1.0, 2.0], ROWS // 2),
        }
    )


def written(source: Path, name: str, recipe: str = "a split", **more: Any) -> Path:
    command, settings = RECIPES[recipe]
    getattr(lstmprep, command)(source, output=source.parent / name, **settings | more)
    return source.parent / name


def manifest(out: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return made
