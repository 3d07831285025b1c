"""Parquet written by the class below `pyarrow.parquet`: the same bytes, and the public one where that class is another."""

from __future__ import annotations

import io
import sys
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from lstmprep.sinks.parquet import parquet_writer

TABLE = pa.table(
    {
        "split": pa.array(["train", "test", "train"]).dictionary_encode(),
        "row": pa.array([1, 2, 4], pa.int64()),
        "at": pa.array([0, 1, None], pa.timestamp("ns", "UTC")),
        "x": pa.array([0.5, None, 1.5], pa.float32()),
        "name": pa.array(["a", None, "c"]),
    }
)
SETTINGS: list[dict[str, Any]] = [
    {"use_dictionary": ["split"], "compression": "none", "column_encoding": {"row": "DELTA_BINARY_PACKED"}, "write_statistics": False},
    {"use_dictionary": ["name"], "compression": "none"},
    {"use_dictionary": [], "compression": "none"},
]  # fmt: skip


def public(settings: dict[str, Any]) -> bytes:
    into = io.BytesIO()
    with parquet.ParquetWriter(into, TABLE.schema, **settings) as writer:
        writer.write_table(TABLE)
        writer.write_batch(TABLE.to_batches()[0])
        writer.write_table(TABLE, row_group_size=2)
    return into.getvalue()


def ours(settings: dict[str, Any]) -> bytes:
    into = io.BytesIO()
    with parquet_writer(into, TABLE.schema, **settings) as writer:
        writer.write_table(TABLE)
        writer.write_table(pa.Table.from_batches(TABLE.to_batches()))
        writer.write_table(TABLE, row_group_size=2)
    return into.getvalue()


@pytest.mark.parametrize("settings", SETTINGS, ids=["index", "rows", "plain"])
def test_the_bytes_are_those_of_the_public_writer(settings):
    assert ours(settings) == public(settings)


class Another:
    """A writer whose arguments have other names."""

    def __init__(self, stream: Any, schema: Any) -> None:
        raise AssertionError("it is asked for what it does not know first")


def test_the_public_writer_does_it_where_the_class_below_is_another_or_gone(monkeypatch):
    for module in (None, ModuleType("pyarrow._parquet")):
        monkeypatch.setitem(sys.modules, "pyarrow._parquet", module)
        assert ours(SETTINGS[0]) == public(SETTINGS[0])
    monkeypatch.setitem(sys.modules, "pyarrow._parquet", other := ModuleType("pyarrow._parquet"))
    other.ParquetWriter = Another

    assert ours(SETTINGS[0]) == public(SETTINGS[0])
