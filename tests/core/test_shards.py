"""Pieces behave as the array that they make, and fetch only what is asked for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lstmprep.shards import Flat, Shards, bounds, shard_name


def cut(whole, each, axis=0, seen=None):
    """The array in pieces; `seen` notes which are opened."""
    spans = list(bounds(whole.shape[axis], each))

    def piece(k):
        if seen is not None:
            seen.append(k)
        return np.take(whole, range(*spans[k]), axis)

    pieces = [lambda k=k: piece(k) for k in range(len(spans))]
    return Shards(pieces, [b - a for a, b in spans], whole.shape, whole.dtype, axis)


@st.composite
def arrays(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6))
    whole = np.arange(np.prod(shape)).reshape(shape)
    axis = draw(st.integers(0, len(shape) - 1))
    return whole, cut(whole, draw(st.integers(1, 4)), axis), axis


@given(st.data())
def test_any_index_gives_what_numpy_gives(data):
    whole, shards, _ = data.draw(arrays())
    key = data.draw(hnp.basic_indices(whole.shape, allow_newaxis=True))

    assert np.array_equal(np.asarray(shards[key]), whole[key]), key


@given(st.data())
def test_numbers_and_flags_along_any_axis_give_what_numpy_gives(data):
    whole, shards, axis = data.draw(arrays())
    n = whole.shape[axis]
    flags = data.draw(hnp.arrays(bool, n))
    numbers = (
        data.draw(hnp.arrays(np.int64, st.integers(0, 5), elements=st.integers(-n, n - 1))) if n else np.array([], int)
    )
    before = (slice(None),) * axis
    rest = tuple(
        data.draw(st.sampled_from([slice(None), slice(1, None), slice(None, None, -1)]))
        for _ in whole.shape[axis + 1 :]
    )
    for key in (flags, numbers, numbers.reshape(1, -1), *([numbers.tolist()] if len(numbers) else [])):
        assert np.array_equal(shards[(*before, key, *rest)], whole[(*before, key, *rest)])
    assert np.array_equal(np.take(shards, numbers, axis=axis), np.take(whole, numbers, axis=axis))
    if whole.ndim > axis + 1 and n and whole.shape[axis + 1]:
        last = (*before, numbers, -1)
        assert np.array_equal(shards[last], whole[last])
        pairs = (*before, numbers, np.zeros(len(numbers), int))
        assert np.array_equal(shards[pairs], whole[pairs])


@given(st.data())
def test_a_slice_of_a_slice_and_the_values_in_a_row(data):
    whole, shards, axis = data.draw(arrays())
    before = (slice(None),) * axis
    one, two = data.draw(st.slices(whole.shape[axis])), data.draw(st.slices(6))
    assert np.array_equal(shards[(*before, one)][(*before, two)], whole[(*before, one)][(*before, two)])
    low, high = sorted(data.draw(st.tuples(st.integers(0, whole.size), st.integers(0, whole.size))))
    assert np.array_equal(Flat(shards)[low:high], whole.reshape(-1)[low:high])
    assert len(Flat(shards)) == whole.size and Flat(shards)[:].dtype == whole.dtype


@pytest.mark.parametrize(
    ("ask", "opened"),
    [
        (lambda x: x[3], [1]),
        (lambda x: x[-1], [4]),
        (lambda x: x[2:9], []),
        (lambda x: np.asarray(x[3:5]), [1, 2]),
        (lambda x: x[[9, 0]], [0, 4]),
        (lambda x: x[5:7, -1], [2, 3]),
        (lambda x: np.take(x, [8], axis=0), [4]),
        (lambda x: x[4:6] + 1, [2]),
        (lambda x: x[4:6].astype(float), [2]),
        (lambda x: [x.shape, x.nbytes, len(x), x.ndim, x.dtype, repr(x)], []),
    ],
)
def test_only_the_pieces_that_are_needed_are_opened(ask, opened):
    seen = []
    ask(cut(np.arange(20).reshape(10, 2), 2, seen=seen))

    assert sorted(seen) == opened


def test_a_sample_is_a_view_and_so_is_a_stretch_of_one_piece():
    whole = np.arange(20).reshape(10, 2)
    parts = [whole[:5], whole[5:]]
    shards = Shards([lambda: parts[0], lambda: parts[1]], [5, 5], (10, 2), whole.dtype)

    assert np.shares_memory(shards[7], whole)
    assert np.shares_memory(np.asarray(shards[1:4]), whole)
    assert not np.shares_memory(np.asarray(shards[3:7]), whole)


def test_what_is_no_sample_is_refused_as_numpy_refuses_it():
    shards = cut(np.arange(10), 3)

    for key in (10, -11, [3, 10], (1, 1), np.ones(9, bool), 1.0, [0.5, 1.7], "a"):
        with pytest.raises(IndexError):
            shards[key]
    with pytest.raises(AttributeError, match="asarray"):
        _ = shards.swapaxes
    with pytest.raises(ValueError, match="copy"):
        shards.__array__(copy=False)  # what NumPy 2 calls; NumPy 1 knows no such promise


@pytest.mark.parametrize("axis", [0, 1])
def test_flags_over_no_axis_and_an_ellipsis_between_numbers_are_those_of_numpy(axis):
    whole = np.arange(60).reshape(5, 4, 3)
    shards = Shards([lambda: whole[:2], lambda: whole[2:]], [2, 3], whole.shape, whole.dtype)
    if axis:
        shards = Shards([lambda: whole[:, :3], lambda: whole[:, 3:]], [3, 1], whole.shape, whole.dtype, axis=1)

    for key in (
        True,
        np.True_,
        (False, 0),
        (slice(None, None, -1), range(3), ..., -2),
        ([0, 1], ..., [0, 1], 1),
        (1, 2, 0, ...),
    ):
        assert np.array_equal(shards[key], whole[key])


def test_only_some_pieces_stay_open(monkeypatch):
    monkeypatch.setattr("lstmprep.shards.OPEN", 2)
    seen = []
    shards = cut(np.arange(10), 2, seen=seen)

    assert [int(v) for v in shards] == list(range(10))
    assert len(shards._open) == 2
    assert shards[9] == 9 and seen.count(4) == 1


def test_what_travels_to_a_worker_leaves_its_open_pieces_behind():
    shards = Shards([np.zeros(0).copy], [0], (0,), np.dtype(float))
    np.asarray(shards)

    assert pickle.loads(pickle.dumps(shards))._open == {}
    assert shard_name("X", 123_456) == "X-123456"


def test_flags_over_several_axes_choose_values_as_numpy_does():
    whole = np.arange(20).reshape(10, 2)
    shards, flags = cut(whole, 3), whole % 3 == 0

    assert np.array_equal(shards[flags], whole[flags])


def test_every_other_sample_of_one_step_is_that_of_numpy():
    whole = np.arange(40).reshape(2, 10, 2)
    shards = cut(whole, 3, axis=1)

    assert np.array_equal(shards[1, ::2], whole[1, ::2])
    assert np.array_equal(shards[1, ::-3, 0], whole[1, ::-3, 0])


def test_taking_along_another_axis_or_into_an_array_is_that_of_numpy():
    whole = np.arange(20).reshape(10, 2)
    shards, out = cut(whole, 3), np.empty((2, 2), int)

    assert np.array_equal(np.take(shards, [1], axis=1), whole[:, [1]])
    assert np.array_equal(np.take(shards, [7, 0]), [7, 0])
    assert np.take(shards, [9, 3], axis=0, out=out) is out
    assert np.array_equal(out, whole[[9, 3]])


def test_values_in_a_row_are_an_array_when_they_are_asked_for_as_one():
    whole = np.arange(20).reshape(10, 2)

    assert np.array_equal(np.asarray(Flat(cut(whole, 3, axis=1)), float), np.arange(20.0))


def test_numbers_and_a_stretch_of_the_axis_before_them_are_those_of_numpy():
    whole = np.arange(40).reshape(4, 10)
    shards = cut(whole, 3, axis=1)

    assert np.array_equal(shards[[2, 0], 2:9], whole[[2, 0], 2:9])
    assert np.array_equal(shards[[2, 0], [5, 9]], whole[[2, 0], [5, 9]])
