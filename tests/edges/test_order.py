"""Rows find their sequence and their place in it as one sort of the whole table says, whatever a piece holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
import lstmprep.ingest.order as module
from lstmprep.ingest.order import _by_digits
from tests.conftest import arrow_table


@st.composite
def mixtures(draw):
    """Keys of one or two columns that come and go, and times in any order, some of them equal."""
    rows = draw(st.integers(1, 60))
    few, random = draw(st.integers(1, 6)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    one = np.sort(random.integers(0, few, rows)) if draw(st.booleans()) else random.integers(0, few, rows)
    two = random.integers(0, draw(st.integers(1, 3)), rows)
    times = random.integers(0, draw(st.sampled_from([3, 50])), rows)
    if draw(st.booleans()):
        times = np.sort(times)
    return {"one": one.tolist(), "two": two.tolist(), "t": times.tolist(), "row": list(range(rows))}


@given(
    table=mixtures(),
    keys=st.sampled_from([[], ["one"], ["one", "two"], ["two", "one", "t"]]),
    timed=st.booleans(),
    chunk=st.sampled_from([1, 2, 7, 1 << 20]),
)
def test_sequences_are_those_of_one_stable_sort(table, keys, timed, chunk):
    settings = {"timesteps": 1, "features": ["row"], "group_by": keys}
    if timed and "t" not in keys:
        settings |= {"time": ["t"], "on_duplicate": "first"}
    by = [table[name] for name in keys] + ([table["t"]] if "time" in settings else [])
    order = sorted(range(len(table["row"])), key=lambda r: [column[r] for column in by])
    if "time" in settings:  # of equal times the first row of the file stays
        seen, kept = set(), []
        for r in order:
            place = tuple(column[r] for column in by)
            if place not in seen:
                kept.append(r)
            seen.add(place)
        order = kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        found = lstmprep.window(arrow_table(table), **settings)

    assert found.X[:, 0, 0].astype(int).tolist() == order


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50))
def test_sorting_by_digits_is_a_stable_sort(numbers):
    values = np.array(numbers, np.int64)

    assert _by_digits(values, 2**40 + 1).tolist() == np.argsort(values, kind="stable").tolist()


def test_a_long_sequence_with_one_time_for_most_rows_is_sorted_too(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 16)
    times = [5] * 200 + list(range(100, 0, -1))
    table = pa.table({"t": times, "row": list(range(300))})

    found = lstmprep.window(table, timesteps=1, features=["row"], time=["t"], on_duplicate="last")

    assert found.X[:, 0, 0].tolist() == [*range(299, 295, -1), 295, *range(294, 199, -1)]
