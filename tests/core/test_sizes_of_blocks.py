"""Blocks are a matter of memory and speed: whatever their sizes, the output is the same."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep import place
from lstmprep.errors import DataError
from lstmprep.stores import Shelf
from tests.conftest import arrow_table, batchings, tables, windows

SIZES = {
    "laid": ["BUFFER", "FEW"], "fill": ["MANY", "MANY_SAMPLES"], "arrays": ["MANY"], "ledger": ["BLOCK", "PIECE"], "prepare.stretches": ["PIECE"], "rowmarks": ["BLOCK", "PIECE"], "scratch": ["MANY"], "leftover": ["BLOCK", "PIECE"], "framing.drop": ["BLOCK"],
    "framing.labels": ["BLOCK"], "framing.frame": ["_PIECE"], "sinks.index": ["BLOCK", "PIECE"],
    "ingest.arrange": ["BLOCK", "GATHERED"], "ingest.order": ["CHUNK", "RUNS"], "stores": ["STRIP"], "ingest.keys": ["_PENDING", "_FEW"], "sources.arrow": ["BATCH"],
    "sources.array": ["PIECE"], "prepare": ["BLOCK"], "prepare.classes": ["BLOCK"], "divide": ["BLOCK"],
    "split.bounds": ["BLOCK", "HELD"], "ranks": ["HELD"],
    "grid.walk": ["BLOCK", "FEWEST", "PIECE"], "grid.cells": ["PIECE"], "split.cutting": ["PIECE"], "grid.spacing": ["BLOCK"], "ingest.regular": ["BLOCK"], "ingest.derived": ["BLOCK"],
    "prepare.rework": ["BLOCK"], "prepare.gaps": ["BLOCK"], "prepare.changes": ["BLOCK"],
    "transforms.pieces": ["STRIP"], "transforms.moments": ["CELLS"], "transforms.quantiles": ["HELD"], "transforms.classes": ["BLOCK"],
}  # fmt: skip


@contextmanager
def sized(size: int) -> Any:
    """Every block of the way holds about this much."""
    with pytest.MonkeyPatch.context() as patch:
        for name, constants in SIZES.items():
            module = import_module(f"lstmprep.{name}")
            for constant in constants:
                assert isinstance(getattr(module, constant), int)
                patch.setattr(module, constant, size)
        patch.setattr(place, "Shelf", lambda **_: Shelf(limit=size))
        yield


@given(
    table=tables(holes=0.1), batching=batchings(), size=st.sampled_from([1, 3, 64]),
    case=st.sampled_from([None, "target", "label", "input"]).flatmap(lambda a: st.tuples(st.just(a), windows(a))),
    parts=st.sampled_from([{}, {"split": "0.6,0.4", "scale": "standard"}, {"split": "0.5,0.2,0.3", "scale": "robust", "scale_by_group": True},
                           {"folds": 2, "scale": "minmax"}, {"split": "0.5,0.5", "split_by": "group", "scale": "maxabs", "context": False}]),
    more=st.sampled_from([{}, {"layout": "time-first"}, {"on_duplicate": "mean"}, {"static": "key", "dtype": "float64"}]),
)  # fmt: skip
def test_tiny_blocks_give_the_same_arrays_index_and_manifest(table, batching, size, case, parts, more):
    answer, settings = case
    settings |= batching | more | {"features": ["a", "b"], "group_by": ["key"], "time": ["t"], "missing": "drop"}
    settings |= {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    if "static" in more:
        table["s"], settings["static"] = [float(k) for k in table["key"]], "s"
    if not settings.get("latest"):
        settings |= parts | ({"unknown": "drop"} if answer == "label" else {})
    if "on_duplicate" in more:
        settings["on_duplicate"] = "last" if answer == "label" else "mean"
        table = {name: column + column[: len(column) // 2] for name, column in table.items()}
    same_in_tiny_blocks(arrow_table(table), size, settings)


@given(
    table=tables(holes=0.3), size=st.sampled_from([1, 3, 64]),
    case=st.sampled_from([
        {"resample": "2", "fill": "linear", "aggregate": "mean:a,max:b", "missing": "drop"}, {"resample": "3", "aggregate": "sum:a,count:b", "missing": "mask", "indicator": True},
        {"missing": "interpolate", "max_fill": 2, "time_since": True}, {"missing": "mask", "indicator": True, "time_since": True, "time_delta": True},
        {"missing": "ffill", "difference": 1, "max_gap": "3"}, {"missing": "mean", "time_delta": True},
    ]),
    parts=st.sampled_from([{}, {"split": "0.6,0.4", "split_by": "sequence", "scale": "minmax"}]),
)  # fmt: skip
def test_tiny_blocks_make_the_same_of_times_too(table, size, case, parts):
    settings = {"features": ["a", "b"], "group_by": ["key"], "time": ["t"], "timesteps": 2, **case, **parts}
    same_in_tiny_blocks(arrow_table(table), size, settings)


def same_in_tiny_blocks(table, size, settings):
    try:
        large = lstmprep.window(table, **settings)
    except DataError:
        assume(False)

    with sized(size):
        small = lstmprep.window(table, **settings)
        told = small.index()

    assert small.manifest == large.manifest
    assert told.to_pydict() == large.index().to_pydict()
    assert small.arrays.keys() == large.arrays.keys()
    for name, array in large.arrays.items():
        assert small.arrays[name].dtype == array.dtype
        assert small.arrays[name].tobytes() == array.tobytes(), name
