"""Rows laid into samples: the mask of real steps, values at their steps, flat rows in pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.fill import flat, flat_of, lay, real_steps, row_splits

spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=12)


@given(spans=spans, width=st.integers(1, 3), dtype=st.sampled_from(["float16", "float32", "float64", "int32"]),
       tight=st.booleans())  # fmt: skip
def test_every_real_row_stands_at_its_step_and_the_pad_value_everywhere_else(spans, width, dtype, tight):
    values = np.arange(40 * width).reshape(40, width).astype(dtype)
    if not tight:
        values = np.repeat(values, 2, axis=1)[:, ::2]  # not contiguous
    low, high = (np.array(v, np.int64) for v in zip(*((a, a + n) for a, n, _ in spans), strict=True))
    starts = low - np.array([ahead for _, _, ahead in spans])
    out = np.full((len(spans), 9, width), 77, dtype)

    lay(values, starts, low, high, -1, out)

    real = real_steps(starts, low, high, 9)
    for i in range(len(spans)):
        for k in range(9):
            inside = low[i] <= starts[i] + k < high[i]
            assert real[i, k] == inside
            assert (out[i, k] == (values[starts[i] + k] if inside else -1)).all()


@pytest.mark.parametrize("pad", [0.0, -0.0, 0.1, -1.0, float("nan")])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_padding_has_every_bit_of_the_pad_value(pad, dtype):
    one = np.array([0])
    out = np.full((1, 3, 2), 77, dtype)

    lay(np.ones((1, 2), dtype), one, one, one + 1, pad, out)

    assert out.tobytes() == np.ones(2, dtype).tobytes() + 4 * np.array(pad, dtype).tobytes()


@given(spans=spans, size=st.sampled_from([1, 8, 24, 1 << 20]))
def test_flat_rows_are_the_same_in_pieces_of_any_size(spans, size):
    values = np.arange(80.0).reshape(40, 2)
    low, high = (np.array(v, np.int64) for v in zip(*((a, a + n) for a, n, _ in spans), strict=True))

    pieces = list(flat(values, low, high, size))

    rows = [r for a, b in zip(low, high, strict=True) for r in range(a, b)]
    found = np.concatenate([p.copy() for p in pieces]) if pieces else np.empty((0, 2))
    assert found.tolist() == [values[r].tolist() for r in rows]
    assert row_splits(low, high).tolist() == [0, *np.cumsum(high - low).tolist()]
    assert max((p.nbytes for p in pieces), default=0) <= max(size, 16)


def test_flat_rows_of_columns_that_lie_apart_are_the_same():
    values = np.arange(60.0).reshape(20, 3)[:, ::2]

    found = list(flat(values, np.array([3, 0]), np.array([5, 2]), 1 << 20))

    assert np.concatenate(found).tolist() == values[[3, 4, 0, 1]].tolist()


@pytest.mark.parametrize("many", [1, 2, 9])
@pytest.mark.parametrize("skip", [0, 1, 4, 6, 7])
def test_flat_rows_of_samples_looked_up_some_at_a_time_are_the_same(many, skip, monkeypatch):
    monkeypatch.setattr("lstmprep.fill.MANY_SAMPLES", many)
    values = np.arange(40.0).reshape(20, 2)
    low, high = np.array([3, 0, 9]), np.array([5, 2, 12])
    asked = []

    def real(first, stop):
        asked.append(stop - first)
        return low[first:stop], low[first:stop], high[first:stop]

    found = list(flat_of(values, row_splits(low, high), real, 1 << 20, skip))

    assert [r for block in found for r in block.tolist()] == values[[3, 4, 0, 1, 9, 10, 11]][skip:].tolist()
    assert max(asked, default=0) <= many
