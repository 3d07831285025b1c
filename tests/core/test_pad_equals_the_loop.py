"""From a table to arrays and index: one sample per sequence, against the plainest loop there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lstmprep
from lstmprep import laid
from lstmprep.errors import DataError
from tests.conftest import arrow_table, pads, tables
from tests.core import oracle

Rows = list[int | None]


def length_of(s: dict[str, Any], sizes: list[int]) -> int:
    """The timesteps asked for, or learned from the lengths of the sequences that are long enough."""
    t = s.get("timesteps", "max")
    if isinstance(t, int):
        return t
    ranked = sorted(sizes)
    share = 1.0 if t == "max" else float(t[1:]) / 100
    return next(n for n in ranked if sum(m <= n for m in ranked) >= share * len(ranked) - 1e-9)


def sampled(table: dict[str, list[Any]], s: dict[str, Any]) -> list[tuple[str, Rows]]:
    """(key, source row of every step) of every sample."""
    found = [(k, rows) for k, rows in oracle.sequences(table, "key", "t") if len(rows) >= s.get("min_steps", 1)]
    assume(found)
    top = length_of(s, [len(rows) for _, rows in found])
    out = []
    for key, rows in found:
        t = len(rows) if s.get("ragged") else top
        kept: Rows = list(rows[-t:] if s.get("truncating", "pre") == "pre" else rows[:t])
        if s.get("bucket"):
            step = 1 if s["bucket"] == "exact" else s["bucket"]
            t = min(-(-len(rows) // step) * step, t)
        gap = [None] * (t - len(kept))
        out.append((key, gap + kept if s.get("padding") == "pre" else kept + gap))
    return out


def answer_of(rows: Rows, column: list[Any], s: dict[str, Any], pad: Any) -> Any:
    """y of one sample, from the cells of its rows."""
    if s.get("target_mode") == "per-step":
        return [pad if r is None else column[r] for r in rows]
    real = [column[r] for r in rows if r is not None]
    rule = s.get("label_at", "last")
    if rule == "mode":
        most = max(real.count(v) for v in real)
        return next(v for v in reversed(real) if real.count(v) == most)
    return max(real) if rule == "any" else real[0 if rule == "first" else -1]


@given(
    table=tables(), answer=st.sampled_from([None, "target", "label"]), data=st.data(),
    buffer=st.sampled_from([16, 100, 1 << 19]),
)  # fmt: skip
def test_arrays_and_index_are_those_of_the_loop(table, answer, data, buffer):
    s = data.draw(pads(answer))
    expected = sampled(table, s)
    named = {"target": {"target": "y"}, "label": {"label": "lab"}}.get(answer or "", {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid, "BUFFER", buffer)
        found = lstmprep.pad(
            arrow_table(table), features="a,b", group_by="key", time="t", dtype="float64", **named, **s
        )

    value = s.get("pad_value", 0.0)
    column = {"target": table["y"], "label": None, None: None}[answer]
    if answer == "label":
        column = [found.manifest["classes"].index(v) for v in table["lab"]]
    index = found.index().to_pylist()
    by_number = {row["sample"]: row for row in index}
    places: dict[str, int] = {}
    for number, (key, rows) in enumerate(expected):
        real = [r for r in rows if r is not None]
        row = by_number[number]
        assert (row["key"], row["first_row"], row["last_row"]) == (key, real[0], real[-1])
        assert row["steps"] == len(real)
        x = [[value, value] if r is None else [table["a"][r], table["b"][r]] for r in rows]
        y = None if column is None else answer_of(rows, column, s, -1 if answer == "label" else value)
        if s.get("ragged"):
            low, high = found.row_splits[number : number + 2]
            assert found.values[low:high].tolist() == x
            of = slice(low, high) if s.get("target_mode") == "per-step" else number
            suffix, at = "", of
        else:
            suffix = f"_len{row['timesteps']}" if s.get("bucket") else ""
            at = places.get(suffix, 0)
            places[suffix] = at + 1
            arrays = found.arrays
            assert arrays[f"X{suffix}"][at].tolist() == x
            assert arrays[f"mask{suffix}"][at].tolist() == [r is not None for r in rows]
            assert arrays[f"lengths{suffix}"][at] == len(real)
        if y is None:
            assert not any(name.startswith("y") for name in found.arrays)
            continue
        told = found.arrays[f"y{suffix}"][at]
        if answer == "label" and s.get("one_hot"):
            classes = range(len(found.manifest["classes"]))
            wanted: Any = np.array([[float(c == v) for c in classes] for v in np.atleast_1d(y)])
            assert np.array_equal(told, wanted.reshape(told.shape))
        else:
            assert told.reshape(-1).tolist() == np.atleast_1d(y).tolist()
    assert len(index) == len(expected) == found.manifest["samples"]
    cut = 0 if s.get("ragged") else found.manifest["padding"]["cut"]["rows"]
    kept = sum(r is not None for _, rows in expected for r in rows)
    assert found.manifest["rows"]["used_as_input"] == kept
    assert (
        cut
        == sum(len(rows) for k, rows in oracle.sequences(table, "key", "t") if len(rows) >= s.get("min_steps", 1))
        - kept
    )


@given(table=tables(holes=0.3), data=st.data())
def test_samples_that_hold_a_missing_value_are_left_out_and_counted(table, data):
    s = data.draw(pads("target"))
    every = sampled(table, s)
    asked = table["y"]

    def whole(rows: Rows) -> bool:
        real = [r for r in rows if r is not None]
        needed = real if s.get("target_mode") == "per-step" else [real[0 if s.get("label_at") == "first" else -1]]
        inputs = all(not oracle.missing(table[f][r]) for f in ("a", "b") for r in real)
        return inputs and all(not oracle.missing(asked[r]) for r in needed)

    kept = [key for key, rows in every if whole(rows)]
    settings = {**s, "features": "a,b", "group_by": "key", "time": "t", "target": "y", "missing": "drop"}
    if not kept:
        with pytest.raises(DataError, match="a missing value"):
            lstmprep.pad(arrow_table(table), **settings)
        return
    found = lstmprep.pad(arrow_table(table), **settings)

    assert sorted(found.index().sort_by("sample")["key"].to_pylist()) == sorted(kept)
    rows = found.manifest["rows"]
    assert rows["read"] == len(table["t"])


@pytest.mark.parametrize("order", [{"shuffle": True}, {"batch_size": 2, "batch_remainder": "pad"},
                                   {"shuffle": True, "batch_size": 2, "batch_remainder": "drop"}])  # fmt: skip
@pytest.mark.parametrize("bucket", [None, 3])
def test_shuffled_and_batched_samples_keep_their_numbers(order, bucket):
    table = pa.table({"k": [str(i) for i in range(9) for _ in range(i + 1)], "v": [float(i) for i in range(45)]})
    settings = {"group_by": "k", "features": "v", **({"bucket": bucket} if bucket else {}), **order}

    found = lstmprep.pad(table, **settings)

    places: dict[str, int] = {}
    for row in found.index().to_pylist():
        suffix = f"_len{row['timesteps']}" if bucket else ""
        at = places.get(suffix, 0)
        places[suffix] = at + 1
        assert found.arrays[f"lengths{suffix}"][at] == row["steps"]
        if row["steps"] == 0:
            assert row["k"] is None and not found.arrays[f"X{suffix}"][at].any()
            continue
        if bucket:
            assert str(row["sample"]) == row["k"]
        assert found.arrays[f"X{suffix}"][at, 0, 0] == row["first_row"]
        assert row["steps"] == int(row["k"]) + 1
