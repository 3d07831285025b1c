"""The store without copies gives what the windows are, however they are asked for."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.series import Windows, every_window, framed, some


@st.composite
def cases(draw):
    timesteps, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    room = draw(st.integers(0, 12))
    series = np.arange((room + (timesteps - 1) * dilation + 1) * 2.0, dtype=np.float32).reshape(-1, 2)
    starts = np.array(draw(st.lists(st.integers(0, room), max_size=9)), np.int64)
    return series, starts, timesteps, dilation


def obvious(series, starts, timesteps, dilation):
    """The samples by a loop."""
    made = [[series[s + dilation * k] for k in range(timesteps)] for s in starts]
    return np.array(made, np.float32).reshape(len(starts), timesteps, 2)


KEYS = [
    np.s_[:], np.s_[1:], np.s_[::-2], np.s_[:, -1], np.s_[:, ::-1, 0], np.s_[...], np.s_[..., 1], np.s_[None], np.s_[:, [0], 1],
    np.s_[1:, :, np.array([1, 0])],
]  # fmt: skip


@given(case=cases(), key=st.sampled_from(KEYS))
def test_every_way_of_indexing_gives_what_the_made_array_gives(case, key):
    expected = obvious(*case)

    assert np.array_equal(np.asarray(Windows(*case)[key]), expected[key])


@given(case=cases().filter(lambda c: len(c[1])), data=st.data())
def test_samples_by_number_and_by_flag(case, data):
    expected, windows = obvious(*case), Windows(*case)
    n = len(expected)
    numbers = data.draw(st.lists(st.integers(-n, n - 1), min_size=1))
    flags = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))

    assert np.array_equal(windows[numbers[0]], expected[numbers[0]])
    assert np.array_equal(windows[numbers[0], -1], expected[numbers[0], -1])
    assert np.array_equal(windows[numbers[0], [0], 1], expected[numbers[0], [0], 1])
    assert np.array_equal(windows[numbers], expected[numbers])
    assert np.array_equal(windows[np.array(numbers), :, 1], expected[np.array(numbers), :, 1])
    assert np.array_equal(windows[flags], expected[flags])
    assert np.array_equal(np.stack(list(windows)), expected)


ALONG = [
    st.integers(-1, 0), st.just(slice(None)), st.just(slice(None, None, -1)), st.lists(st.integers(-1, 0), max_size=3),
    st.lists(st.lists(st.integers(-1, 0), min_size=2, max_size=2), min_size=1, max_size=2).map(np.array), st.none(), st.just(...),
    st.just(range(1)), st.booleans(), st.just("flags"),
]  # fmt: skip


@given(case=cases().filter(lambda c: len(c[1])), keys=st.lists(st.one_of(ALONG), min_size=1, max_size=5))
def test_indices_of_several_axes_belong_together_as_those_of_numpy_do(case, keys):
    expected, axis = obvious(*case), 0
    for i, key in enumerate(keys):
        if isinstance(key, str):
            keys[i] = np.arange(expected.shape[min(axis, 2)]) % 2 == 0
        axis += key is not None and key is not ...
    try:
        wanted = expected[tuple(keys)]
    except IndexError:
        with pytest.raises(IndexError):
            np.asarray(Windows(*case)[tuple(keys)])
    else:
        assert np.array_equal(np.asarray(Windows(*case)[tuple(keys)]), wanted)


def test_numbers_of_two_axes_and_flags_over_several_choose_values():
    windows = Windows(np.arange(12.0).reshape(6, 2), np.array([0, 3, 1]), 2)
    made = np.array(windows)

    assert windows[[2, 0, 1], [0, 1, 0]].tolist() == made[[2, 0, 1], [0, 1, 0]].tolist()
    assert windows[made > 3].tolist() == made[made > 3].tolist()
    assert windows[made[..., 0] > 3].tolist() == made[made[..., 0] > 3].tolist()


@given(case=cases())
def test_it_says_of_itself_what_an_array_says(case):
    expected, windows = obvious(*case), Windows(*case)

    assert (windows.shape, windows.dtype, windows.ndim, len(windows)) == (
        expected.shape,
        expected.dtype,
        3,
        len(expected),
    )
    assert (windows.size, windows.nbytes) == (expected.size, expected.nbytes)
    assert np.asarray(windows, np.float64).dtype == np.float64
    assert str(expected.shape) in repr(windows)


@given(case=cases())
def test_framed_equals_the_made_array_and_nobody_can_write_through_it(case):
    found = framed(*case)

    assert np.array_equal(np.asarray(found), obvious(*case))
    assert isinstance(found, Windows) or not found.flags.writeable


@given(count=st.integers(0, 5), stride=st.integers(1, 3), timesteps=st.integers(1, 3))
def test_evenly_spaced_starts_are_a_view_of_the_series(count, stride, timesteps):
    series = np.arange(40.0).reshape(20, 2)

    found = framed(series, np.arange(count) * stride + 1, timesteps)

    assert isinstance(found, np.ndarray)
    assert np.shares_memory(found, series) == (count > 0)


def test_a_sample_is_a_view_and_a_slice_gathers_nothing():
    series = np.arange(200.0).reshape(100, 2)
    windows = Windows(series, np.array([5, 1, 7]), 3)

    assert np.shares_memory(windows[1], series)
    assert isinstance(windows[1:], Windows)
    assert np.shares_memory(windows[1:][0], series)
    assert not windows[1].flags.writeable


def test_an_array_without_a_copy_is_refused():
    with pytest.raises(ValueError, match="copy"):
        Windows(np.zeros((4, 1)), np.array([0, 2]), 2).__array__(copy=False)


def test_a_series_shorter_than_a_window_has_none():
    assert every_window(np.zeros((2, 3)), 5).shape == (0, 5, 3)


def test_numpy_take_gathers_the_samples_that_are_asked_for_alone(monkeypatch):
    windows = Windows(np.arange(12.0).reshape(6, 2), np.array([0, 4, 1]), 2)
    expected = np.asarray(windows)
    monkeypatch.setattr(Windows, "__array__", None)

    assert np.array_equal(np.take(windows, [2, 0], axis=0), expected[[2, 0]])
    assert np.array_equal(np.take(windows, 1, axis=0), expected[1])


@given(case=cases(), data=st.data())
def test_some_samples_are_those_of_the_made_array_along_any_axis(case, data):
    expected = obvious(*case)
    wanted = data.draw(st.lists(st.integers(0, max(len(expected) - 1, 0)), max_size=5 * bool(len(expected))))

    assert np.array_equal(some(framed(*case), np.array(wanted, np.int64)), expected[wanted])
    turned = np.moveaxis(expected, 0, 1)
    assert np.array_equal(some(turned, np.array(wanted, np.int64), 1), turned[:, wanted])
    for one in wanted[:1]:
        assert np.array_equal(some(framed(*case), one), expected[one])


def test_some_samples_of_a_view_cost_no_more_than_themselves():
    view = framed(np.zeros((100_000, 1)), np.arange(100_000 - 127), 128)
    assert view.nbytes > 64 << 20
    tracemalloc.start()

    found = some(view, np.array([7, 3]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.shape == (2, 128, 1)
    assert peak < 1 << 20


def test_an_index_that_begins_with_a_new_or_an_open_axis_is_that_of_numpy():
    windows = Windows(np.arange(20.0).reshape(10, 2), np.array([0, 3, 4]), 3)
    made = np.asarray(windows)

    assert np.array_equal(windows[..., -1], made[..., -1])
    assert np.array_equal(windows[None, 1], made[None, 1])


def test_taking_along_another_axis_is_that_of_numpy():
    windows = Windows(np.arange(20.0).reshape(10, 2), np.array([0, 3, 4]), 3)
    made = np.asarray(windows)

    assert np.array_equal(np.take(windows, [2, 0], axis=1), made[:, [2, 0]])
    assert np.array_equal(np.take(windows, [5, 17]), made.reshape(-1)[[5, 17]])
