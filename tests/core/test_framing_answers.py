"""Rows of steps and of answers, against the loop; padding has no answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.framing import Window
from lstmprep.framing.answers import answer_rows, ends, step_rows
from tests.conftest import lengths, windows
from tests.core import oracle
from tests.core.test_framing_window import segments_of

answered = st.sampled_from(["target", "label"]).flatmap(lambda a: st.tuples(st.just(a), windows(a)))


@given(given=answered, sizes=lengths, gap=st.integers(0, 2))
def test_rows_of_steps_and_answers_are_those_of_the_obvious_loop(given, sizes, gap):
    answer, settings = given
    window, segments = Window(**settings), segments_of(sizes, gap)
    frame = window.frame(answer)
    runs = window.runs(segments, frame).without_empty()
    numbers = np.arange(runs.total)
    run = runs.run_of(numbers)

    rows, real = step_rows(runs, frame, runs.starts(numbers), run)
    answers, stand = answer_rows(runs, frame, runs.starts(numbers), run, hangs=runs.hangs(frame))

    obvious = [
        oracle.sample("", list(range(start, start + n)), at, settings, answer)
        for start, n in zip(segments.starts.tolist(), sizes, strict=True)
        for at in oracle.starts(n, settings, answer)
    ]
    assert [[r for r, ok in zip(*one, strict=True) if ok] for one in zip(rows.tolist(), real, strict=True)] == [
        [r for r in one.inputs if r is not None] for one in obvious
    ]
    assert [[r for r, ok in zip(*one, strict=True) if ok] for one in zip(answers.tolist(), stand, strict=True)] == [
        [r for r in one.answers if r is not None] for one in obvious
    ]
    if runs.total:
        low, high = ends(rows, real)
        assert low.tolist() == [next(r for r in one.inputs if r is not None) for one in obvious]
        assert high.tolist() == [next(r for r in reversed(one.inputs) if r is not None) for one in obvious]


@given(given=answered, sizes=lengths)
def test_rows_that_do_not_exist_point_into_the_samples_own_sequence(given, sizes):
    """They are fetched before they are overwritten, so they must be rows there are."""
    answer, settings = given
    window, segments = Window(**settings), segments_of(sizes)
    frame = window.frame(answer)
    runs = window.runs(segments, frame).without_empty()
    numbers = np.arange(runs.total)
    run = runs.run_of(numbers)

    for rows, _ in (
        step_rows(runs, frame, runs.starts(numbers), run),
        answer_rows(runs, frame, runs.starts(numbers), run, hangs=runs.hangs(frame)),
    ):
        if rows.size:
            assert (rows >= runs.floor[run][:, None]).all() and (rows < runs.ceiling[run][:, None]).all()


def test_a_frame_without_targets_has_no_answers():
    window = Window(timesteps=2)
    frame = window.frame(None)
    runs = window.runs(segments_of([4]), frame)

    rows, real = answer_rows(runs, frame, np.array([0, 1]), np.array([0, 0]), hangs=False)

    assert rows.shape == real.shape == (2, 0)


@pytest.mark.parametrize(("label_at", "answers"), [("first", [0, 0, 0, 1]), ("last", [0, 1, 2, 3])])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_answer_of_a_growing_window_belongs_to_its_first_or_last_real_step(label_at, answers, dilation):
    """With steps 2 rows apart the windows of rows 0..6 that end at 0, 2, 4 and 6 are those of every row with steps 1 apart."""
    window = Window(timesteps=3, partial=True, stride=dilation, dilation=dilation, lead=0, label_at=label_at)
    segments = segments_of([3 * dilation + 1])
    frame = window.frame("label")
    runs = window.runs(segments, frame).without_empty()
    numbers = np.arange(runs.total)

    rows, real = answer_rows(runs, frame, runs.starts(numbers), runs.run_of(numbers), hangs=True)

    assert real.all()
    assert rows[:, 0].tolist() == [dilation * row for row in answers]
