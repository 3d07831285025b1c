"""Keys in the index: one dictionary a block, whether its texts are known to be distinct or are looked up."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.arrow import texts
from lstmprep.sinks import index as module

SIZES = np.arange(300) % 4 + 2


def table(*keys: str) -> pa.Table:
    """300 sequences of 2 to 5 rows; each half of a key of two columns comes back."""
    number = np.repeat(np.arange(300), SIZES)
    columns: dict[str, Any] = {"k": number, "a": number // 20, "b": number % 20}
    return pa.table({**{name: columns[name] for name in keys}, "v": np.arange(len(number)) * 1.0})


@pytest.mark.parametrize("command", ["pad", "window"])
@pytest.mark.parametrize("keys", [("k",), ("a", "b")])
@pytest.mark.parametrize("block", [7, 1 << 16])
def test_the_index_has_the_same_bytes_whether_distinct_keys_are_looked_up_or_not(
    command, keys, block, monkeypatch, tmp_path
):
    monkeypatch.setattr(module, "BLOCK", block)
    monkeypatch.setattr(module, "MANY", 100)  # and memory goes back after every block
    given = []
    monkeypatch.setattr(module, "give_back", lambda: given.append(1))
    more = {"timesteps": 2} if command == "window" else {}
    run = getattr(lstmprep, command)
    run(table(*keys), group_by=keys, output=tmp_path / "one", **more)
    looked_up = module._dictionary
    monkeypatch.setattr(module, "_dictionary", lambda who, real, names, **_: looked_up(who, real, names))
    run(table(*keys), group_by=keys, output=tmp_path / "two", **more)

    one, two = ((tmp_path / name / "index.parquet").read_bytes() for name in ("one", "two"))
    read = parquet.read_table(io.BytesIO(one)).to_pydict()

    assert one == two
    assert len(given) == 2 * -(-len(read["sample"]) // block)
    found = [tuple(read[name][i] for name in keys) for i in range(len(read["sample"]))]
    source = table(*keys).to_pydict()
    assert found == [tuple(str(source[name][row]) for name in keys) for row in read["first_row"]]


def test_distinct_texts_are_numbered_as_they_come():
    names = texts([f"k{i}" for i in range(9)])

    codes, found = module._dictionary(np.array([3, 3, 4, 8]), None, names, distinct=True)

    assert codes.to_pylist() == [0, 0, 1, 2]
    assert found.to_pylist() == ["k3", "k4", "k8"]
