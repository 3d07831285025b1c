"""Differences, trends and calendar fields, there and back, against the obvious loop."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lstmprep.grid import walk
from lstmprep.grid.calendar import FIELDS, calendar, field_of, names_of
from lstmprep.grid.change import anchors, difference, fit_trend, undifferenced
from tests.core.test_grid_fill import gappy


@given(table=gappy(), lag=st.integers(1, 14), size=st.integers(1, 20))
def test_a_difference_is_to_the_row_so_many_before_in_the_same_run(table: Any, lag: int, size: int) -> None:
    values, _, starts, stops = table
    expected = np.full_like(values, np.nan)
    for a, b in zip(starts, stops, strict=True):
        for r in range(a + lag, b):
            expected[r] = values[r] - values[r - lag]
    with patch.object(walk, "BLOCK", size), patch.object(walk, "FEWEST", 1):
        found = np.concatenate(list(difference(values, starts, stops, lag)))

    np.testing.assert_array_equal(found, expected)


@given(lag=st.integers(1, 6), steps=st.integers(1, 8), seed=st.integers(0, 99))
def test_differences_are_undone_from_the_values_before(lag: int, steps: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 99, (3, lag + steps, 2)).astype(float)
    changes = values[:, lag:] - values[:, :-lag]

    found = undifferenced(changes, values[:, : min(lag, steps)], lag)

    np.testing.assert_array_equal(found, values[:, lag:])


@given(
    lag=st.integers(1, 6), offsets=st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True).map(sorted), padded=st.booleans(),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_differences_of_steps_that_lie_apart_are_undone_from_what_is_kept(lag, offsets, padded, seed) -> None:
    """Real steps are the last ones of a sample, from one on; padding holds anything."""
    numbers, steps = np.random.default_rng(seed), np.array(offsets) + lag
    values = numbers.integers(0, 99, (4, lag + 10, 2)).astype(float)
    first = numbers.integers(0, len(steps), 4) if padded else None
    changes = values[:, steps] - values[:, steps - lag]
    kept, counted = anchors(np.array(offsets), lag, padded=padded)
    begins = np.zeros(4, int) if first is None else first
    places = np.minimum(begins[:, None] * counted + np.array(kept, int), len(steps) - 1)
    before = np.take_along_axis(values, (steps - lag)[places][:, :, None], axis=1)
    real = np.arange(len(steps)) >= begins[:, None]
    changes[~real] = np.nan

    found = undifferenced(changes, before, lag, np.array(offsets), first)

    np.testing.assert_array_equal(found[real], values[:, steps][real])
    own = [i for i in range(len(steps)) if steps[i] - lag in steps]
    assert padded or len(kept) == len(steps) - len(own)


@given(table=gappy(), size=st.integers(1, 20), seed=st.integers(0, 99))
def test_a_trend_is_the_line_of_least_squares_of_each_sequence(table: Any, size: int, seed: int) -> None:
    values, times, starts, stops = table
    order = np.random.default_rng(seed).permutation(len(starts))
    x, origin = times.astype(float), times[starts][order.argsort()].astype(float)
    with patch.object(walk, "BLOCK", size), patch.object(walk, "FEWEST", 1):
        trend = fit_trend(values, lambda rows: x[rows], starts, stops, order, origin)

    for a, b, who in zip(starts, stops, order, strict=True):
        for j in range(values.shape[1]):
            real = np.isfinite(values[a:b, j])
            mine = trend.level[who, j], trend.slope[who, j]
            if not real.any():
                assert np.isnan(mine).all()
            elif real.sum() == 1:
                assert mine == (values[a:b, j][real][0], 0)
            else:
                slope, level = np.polyfit(x[a:b][real] - origin[who], values[a:b, j][real], 1)
                np.testing.assert_allclose(mine, (level, slope), rtol=1e-6, atol=1e-6)
            rows = np.arange(a, b)
            block = np.zeros((b - a, values.shape[1]))
            trend.take_off(block, np.array([j]), np.full(b - a, who), x[rows])
            np.testing.assert_allclose(-block[:, j], mine[0] + mine[1] * (x[rows] - origin[who]), rtol=1e-9)


wall = st.integers(-11_676_096_000, 253_402_300_799)


@given(seconds=st.lists(wall, min_size=1, max_size=50), unit=st.sampled_from(["us", "ns"]))
def test_fields_are_those_of_pandas_from_1600_to_9999(seconds: list[int], unit: str) -> None:
    if unit == "ns":
        seconds = [s % 9_000_000_000 for s in seconds]
    walls = np.array(seconds) * {"us": 10**6, "ns": 10**9}[unit]
    dates = pd.DatetimeIndex(walls.view(f"M8[{unit}]"))
    theirs = {
        "dow": dates.day_of_week, "month": dates.month, "hour": dates.hour, "minute": dates.minute, "second": dates.second, "doy": dates.day_of_year, "day": dates.day,
        "week": dates.isocalendar().week, "weekend": dates.day_of_week >= 5, "quarter": dates.quarter, "year": dates.year,
    }  # fmt: skip
    assert set(theirs) == set(FIELDS)
    for name, expected in theirs.items():
        assert field_of(name, walls, unit).tolist() == [int(v) for v in expected], name


def test_a_cyclic_field_is_a_point_on_a_circle_and_a_weekend_stays_a_flag() -> None:
    walls = np.array(["2018-01-01T00:00", "2018-01-07T06:00"], "M8[us]").view(np.int64)

    found = calendar(("dow", "hour", "weekend", "year"), walls, "us", cyclic=True)

    names = [n for f in ("dow", "hour", "weekend", "year") for n in names_of(f, cyclic=True)]
    assert names == ["dow_sin", "dow_cos", "hour_sin", "hour_cos", "weekend", "year"]
    np.testing.assert_allclose(found[0], [0, 1, 0, 1, 0, 2018], atol=1e-12)
    np.testing.assert_allclose(found[1], [np.sin(12 * np.pi / 7), np.cos(12 * np.pi / 7), 1, 0, 1, 2018], atol=1e-12)
    assert calendar(("dow", "hour"), walls, "us", cyclic=False).tolist() == [[0, 0], [6, 6]]


CIRCLES = {  # field: its value from 0 on, by Python's own calendar, and how many of it make a turn
    "dow": (lambda d: d.isoweekday() - 1, 7),
    "month": (lambda d: d.month - 1, 12),
    "quarter": (lambda d: (d.month - 1) // 3, 4),
    "day": (lambda d: d.day - 1, 31),
    "hour": (lambda d: d.hour, 24),
    "minute": (lambda d: d.minute, 60),
    "second": (lambda d: d.second, 60),
    "doy": (lambda d: d.toordinal() - dt.date(d.year, 1, 1).toordinal(), 365.25),
    "week": (lambda d: d.isocalendar()[1] - 1, 365.25 / 7),
}


@given(text=wall.map(lambda seconds: str(np.datetime64(seconds, "s"))))
@example(text="2020-12-31T23:59:59")  # day 366, week 53
@example(text="2020-02-29T00:00:00")
@example(text="2021-01-03T00:00:00")  # week 53 of the year before
@example(text="2019-12-30T00:00:00")  # week 1 of the next one
def test_every_circle_is_that_of_pythons_calendar(text: str) -> None:
    """The period of a field is the same in every year: a value is one point, and a leap year turns a quarter of a day more or less."""
    when, walls = dt.datetime.fromisoformat(text), np.array([text], "M8[us]").view(np.int64)
    assert set(CIRCLES) == {n for n, (_, period) in FIELDS.items() if period}

    for name, (value, period) in CIRCLES.items():
        turn = 2 * math.pi * value(when) / period
        expected = [math.sin(turn), math.cos(turn)]
        np.testing.assert_allclose(calendar((name,), walls, "us", cyclic=True)[0], expected, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("year", [1999, 2000, 2019, 2020, 2100])
@pytest.mark.parametrize(("name", "days"), [("doy", 1.25), ("week", 8.75)])
def test_new_years_day_lies_as_near_to_the_day_before_whatever_the_year(name: str, days: float, year: int) -> None:
    """In leap years and in years of 53 weeks no two neighbours lie further apart than a day or a week, and a quarter more."""
    walls = np.arange(f"{year}-12-01", f"{year + 1}-02-01", dtype="M8[D]").astype("M8[us]").view(np.int64)
    points = calendar((name,), walls, "us", cyclic=True)

    steps = np.hypot(*np.diff(points, axis=0).T)
    assert steps.max() <= 2 * math.sin(math.pi * days / 365.25) + 1e-12


@pytest.mark.parametrize("name", [n for n, (_, period) in FIELDS.items() if period])
def test_a_circle_closes(name: str) -> None:
    """The last value of a period lies beside the first of the next one."""
    day, walls = 86_400 * 10**6, np.array(["2019-12-31T23:59:59", "2020-01-01T00:00:00"], "M8[us]").view(np.int64)
    one, two = calendar((name,), walls, "us", cyclic=True)

    assert np.hypot(*(one - two)) < {"dow": 0.9, "month": 0.6, "quarter": 1.5, "hour": 0.3}.get(name, 0.25)
    assert day


def test_steps_behind_padding_stand_on_the_first_real_ones() -> None:
    """Samples of 4 steps, of which 0, 2 and 3 are padding; the value before the first real step is kept."""
    changes = np.array([[1.0, 2, 3, 4], [np.nan, np.nan, 3, 4], [np.nan, np.nan, np.nan, 4]])[:, :, None]
    before = np.array([10.0, 20, 30])[:, None, None]

    found = undifferenced(changes, before, 1, first=np.array([0, 2, 3]))[:, :, 0]

    assert found[0].tolist() == [11, 13, 16, 20]
    assert found[1, 2:].tolist() == [23, 27]
    assert found[2, 3:].tolist() == [34]


def test_steps_at_uneven_distances_are_all_kept_where_some_may_be_padding() -> None:
    assert anchors(np.array([0, 1, 5]), 1, padded=True) == ([0, 1, 2], False)
    assert anchors(np.array([0, 1, 5]), 1, padded=False) == ([0, 2], False)
