"""The lagged table as integers: which rows stand beside row t, and what the columns are called."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import DataError, RecipeError
from lstmprep.framing import Lag
from lstmprep.framing.frame import Segments
from lstmprep.recipe import from_flat
from tests.conftest import lengths, plan_of

lags = st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True)


def segments_of(sizes: list[int]) -> Segments:
    """One segment after the other."""
    stops = np.cumsum(np.array(sizes, np.int64))
    return Segments(np.arange(len(sizes), dtype=np.int64), stops - np.array(sizes, np.int64), stops)


@given(sizes=lengths, lags=lags, horizon=st.integers(1, 3), asks=st.booleans())
def test_the_rows_beside_row_t_are_those_of_the_loop(sizes, lags, horizon, asks):
    """Row t itself must exist, whether or not it holds an answer."""
    lag = Lag(lags=tuple(lags), horizon=horizon)
    frame = lag.frame("target" if asks else None)
    segments = segments_of(sizes)

    runs = lag.runs(segments, frame)

    starts = runs.starts(np.arange(runs.total, dtype=np.int64))
    found = [
        (
            (starts[i] + frame.inputs).tolist(),
            (starts[i] + frame.targets).tolist(),
            int(starts[i] + max(lags)),
        )
        for i in range(runs.total)
    ]
    wanted = []
    for first, stop in zip(segments.starts.tolist(), segments.stops.tolist(), strict=True):
        for t in range(first, stop):
            rows = [t - k for k in sorted(lags, reverse=True)]
            answers = [t + k for k in range(horizon)] if asks else []
            if all(first <= r < stop for r in [*rows, *answers, t]):
                wanted.append((rows, answers, t))
    assert found == wanted
    reached = [runs.count[runs.sequence == s].sum() + frame.span - 1 for s in range(len(sizes))]
    assert lag.rest(segments, frame).tolist() == [
        n - r if n >= frame.span else n for n, r in zip(sizes, reached, strict=True)
    ]
    assert lag.step(frame) == 1


def test_columns_are_the_steps_from_the_oldest_on_and_then_the_answers():
    assert Lag(lags=(0, 2)).columns(["a", "b"], []) == ["a(t-2)", "b(t-2)", "a(t)", "b(t)"]
    assert Lag(lags=(1,), horizon=2).columns(["a"], ["y", "z"]) == ["a(t-1)", "y(t)", "z(t)", "y(t+1)", "z(t+1)"]


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(RecipeError, match=r"two columns of the lagged table would be called 'a\(t-1\)'"):
        Lag(lags=(1,)).columns(["a", "a"], [])


@pytest.mark.parametrize(
    ("flat", "words"),
    [
        ({}, "--lags is missing"),
        ({"lags": "1,2,1"}, "--lags 1,2,1 names a row twice"),
        ({"lags": "1-x"}, "--lags '1-x' is not a whole number of rows"),
        ({"lags": "1", "horizon": 0, "target": "y"}, "--horizon is 0"),
        ({"lags": "1", "horizon": 2}, "--horizon needs --target\n"),
        ({"lags": "1", "timesteps": 3}, "there is no setting 'timesteps'"),
        ({"lags": "1", "label": "y"}, "there is no setting 'label'"),
        ({"lags": "1", "index": False}, "there is no setting 'index'"),
    ],
    ids=str,
)
def test_what_makes_no_lagged_table_is_refused_in_the_words_of_the_flag(flat, words):
    with pytest.raises(RecipeError, match=words):
        from_flat(flat, command="lag")


@pytest.mark.parametrize(
    ("settings", "words", "fix"),
    [
        (
            {"lags": "1-30", "target": "y"},
            r"a sample needs 31 rows \(--lags 1-30, the target 1 ahead\)",
            "--lags of 9 ",
        ),
        ({"lags": "1-30"}, r"a sample needs 31 rows \(--lags 1-30\)", "--lags of 9 "),
        ({"lags": "0-30"}, r"a sample needs 31 rows \(--lags 0-30\)", "--lags of 9 "),
        ({"lags": "1", "target": "y", "horizon": 20}, "a sample needs 21 rows", "--lags of 0 "),
    ],
    ids=str,
)
def test_lags_that_no_sequence_holds_are_answered_with_those_that_fit(settings, words, fix):
    with pytest.raises(DataError, match=words) as refused:
        plan_of([10], command="lag", **settings)
    assert fix in str(refused.value)


def test_the_plan_of_a_table_has_one_array_of_two_axes():
    plan = plan_of([10, 4], command="lag", lags="1,3", target="y", horizon=2)

    assert [(a.name, a.shape, a.axes) for a in plan.arrays] == [("X", (6, 2 * 2 + 2), ["samples", "columns"])]
    assert plan_of([5], command="lag", lags="1").arrays[0].shape == (4, 2)
