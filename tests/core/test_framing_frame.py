"""Runs of samples: numbers to first rows and back, pieces, intervals; Segments and Frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.framing import frame as frame_module
from lstmprep.framing.frame import Frame, Runs, Segments


def ints(values: object) -> np.ndarray:
    return np.array(values, np.int64)


@st.composite
def some_runs(draw: st.DrawFn, least: int = 0) -> Runs:
    """Runs of different lengths in segments one behind the other; samples may hang over either end."""
    rooms = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    ceiling = np.cumsum(ints(rooms))
    floor = ceiling - ints(rooms)
    first = floor + ints([draw(st.integers(-4, n)) for n in rooms])
    count = ints([draw(st.integers(least, 6)) for _ in rooms])
    return Runs(np.arange(len(rooms)), first, count, floor, ceiling, stride=draw(st.integers(1, 5)))


offsets = st.lists(st.integers(0, 12), min_size=1, max_size=5, unique=True).map(lambda v: ints(sorted(v)))


def listed(runs: Runs) -> list[tuple[int, int]]:
    """(run, first row) of every sample, by the loop."""
    return [
        (i, int(runs.first[i]) + k * runs.stride) for i in range(len(runs.count)) for k in range(int(runs.count[i]))
    ]


@given(runs=some_runs())
def test_a_sample_number_gives_its_run_and_its_first_row(runs):
    numbers = np.arange(runs.total)

    assert runs.total == int(runs.count.sum())
    assert runs.run_of(numbers).tolist() == [i for i, _ in listed(runs)]
    assert runs.starts(numbers).tolist() == [at for _, at in listed(runs)]
    assert runs.starts(numbers, runs.run_of(numbers)).tolist() == runs.starts(numbers).tolist()
    assert runs.begins.tolist() == [sum(runs.count[:i].tolist()) for i in range(len(runs.count))]


@given(runs=some_runs(), data=st.data())
def test_samples_in_a_row_have_the_first_rows_of_each_alone(runs, data):
    numbers = np.arange(runs.total)
    if not runs.total:
        return
    first = data.draw(st.integers(0, runs.total - 1))
    stop = data.draw(st.integers(first + 1, runs.total))

    starts, run = runs.row(first, stop)

    assert starts.tolist() == runs.starts(numbers).tolist()[first:stop]
    assert run.tolist() == runs.run_of(numbers).tolist()[first:stop]


def test_no_runs_hold_no_samples():
    none = Runs(*[ints([])] * 5, stride=1)

    assert none.total == 0
    assert list(none.intervals(ints([0]))) == []


@given(runs=some_runs(least=1), data=st.data())
def test_pieces_are_stretches_of_one_run_each(runs, data):
    first = data.draw(st.integers(0, runs.total - 1))
    stop = data.draw(st.integers(first + 1, runs.total))

    starts, counts = runs.pieces(first, stop)

    told = [int(a) + k * runs.stride for a, n in zip(starts, counts, strict=True) for k in range(int(n))]
    assert told == [at for _, at in listed(runs)][first:stop]
    assert (counts > 0).all()
    assert len(starts) == len({i for i, _ in listed(runs)[first:stop]})


@given(runs=some_runs())
def test_runs_without_samples_can_be_left_out(runs):
    full = runs.without_empty()

    assert (full.count > 0).all()
    assert full.starts(np.arange(full.total)).tolist() == runs.starts(np.arange(runs.total)).tolist()
    assert full.sequence.tolist() == [i for i in range(len(runs.count)) if runs.count[i]]


def test_runs_that_are_all_full_stay_the_same_object():
    runs = Runs(ints([0]), ints([0]), ints([3]), ints([0]), ints([9]), stride=1)

    assert runs.without_empty() is runs


@given(runs=some_runs(), data=st.data())
def test_capped_runs_keep_their_oldest_samples(runs, data):
    keep = [data.draw(st.integers(0, int(n))) for n in runs.count]

    capped = runs.capped(ints(keep))

    kept = [(i, int(runs.first[i]) + k * runs.stride) for i, n in enumerate(keep) for k in range(n)]
    assert capped.starts(np.arange(capped.total)).tolist() == [at for _, at in kept]
    assert capped.sequence[capped.run_of(np.arange(capped.total))].tolist() == [i for i, _ in kept]


def marked(runs: Runs, rows: np.ndarray) -> set[int]:
    """Rows that `intervals` names."""
    return {r for low, high in runs.intervals(rows) for a, b in zip(low, high, strict=True) for r in range(a, b)}


@given(runs=some_runs(least=1), rows=offsets, piece=st.sampled_from([1, 3, 1 << 18]))
def test_intervals_name_every_row_that_a_sample_takes_and_no_other(runs, rows, piece):
    taken = {at + int(o) for i, at in listed(runs) for o in rows if runs.floor[i] <= at + o < runs.ceiling[i]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame_module, "_PIECE", piece)
        assert marked(runs, rows) == taken


def test_no_offsets_name_no_rows():
    runs = Runs(ints([0]), ints([0]), ints([3]), ints([0]), ints([9]), stride=1)

    assert list(runs.intervals(ints([]))) == []


@pytest.mark.parametrize(
    ("inputs", "dilation"), [([0], 1), ([0, 1, 2], 1), ([0, 3, 6], 3), ([0, 3, 5], None), ([0, 7], 7)]
)
def test_the_dilation_of_a_frame_is_the_even_step_between_its_inputs(inputs, dilation):
    frame = Frame(ints(inputs), ints([]), 2)

    assert frame.dilation == dilation
    assert (frame.timesteps, frame.cover, frame.span) == (len(inputs), inputs[-1] + 1, inputs[-1] + 3)


@given(runs=some_runs(least=1), inputs=offsets)
def test_runs_hang_when_one_of_their_samples_reaches_over_an_edge(runs, inputs):
    over = [at < runs.floor[i] or at + int(inputs[-1]) >= runs.ceiling[i] for i, at in listed(runs)]

    assert runs.hangs(Frame(inputs, ints([]), 0)) == any(over)


def test_segments_know_their_lengths():
    assert Segments(ints([0, 1]), ints([0, 4]), ints([4, 5])).lengths.tolist() == [4, 1]
