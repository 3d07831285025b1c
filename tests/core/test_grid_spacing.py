"""Facts of the steps between rows, against all steps in a list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.grid import spacing as module
from lstmprep.grid.spacing import Spacing, spacing


@st.composite
def clocks(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """(times, starts, stops) of sequences that stand in any order."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6))
    kind = draw(st.sampled_from(["even", "few", "any", "float"]))
    step = {
        "even": st.just(7),
        "few": st.sampled_from([5, 5, 5, 60]),
        "any": st.integers(1, 10**15),
        "float": st.integers(1, 9),
    }[kind]
    parts = [np.cumsum([draw(st.integers(-50, 50)), *(draw(step) for _ in range(n - 1))]) for n in sizes]
    times = np.concatenate(parts).astype(np.int64)
    stops = np.cumsum(sizes)
    order = np.array(draw(st.permutations(range(len(sizes)))), np.int64)
    if kind == "float":
        times = times * 0.25
    return times, (stops - sizes)[order].astype(np.int64), stops[order].astype(np.int64)


@given(clock=clocks(), block=st.integers(2, 9), bins=st.sampled_from([2, 3, 4096]))
def test_the_facts_are_those_of_the_list_of_all_steps(clock: tuple[Any, Any, Any], block: int, bins: int) -> None:
    times, starts, stops = clock
    steps = [(times[r] - times[r - 1], r) for a, b in zip(starts, stops, strict=True) for r in range(a + 1, b)]
    with patch.object(module, "BLOCK", block), patch.object(module, "BINS", bins):
        found = spacing(times, starts, stops)

    if not steps:
        assert found.steps == 0
        assert found.share == 0
        return
    sizes = sorted(s for s, _ in steps)
    middle = sizes[(len(sizes) - 1) // 2]
    odd = sorted(r for s, r in steps if s != middle)
    assert (found.steps, found.low, found.median, found.high) == (len(steps), sizes[0], middle, sizes[-1])
    assert (found.uneven, found.first_uneven) == (len(odd), odd[0] if odd else -1)
    assert found.highest == min(r for s, r in steps if s == sizes[-1])
    assert found.long == sum(s > 2 * middle for s in sizes)
    assert found.share == len(odd) / len(steps)


@given(clock=clocks(), block=st.integers(64, 200))
def test_the_rate_of_a_sequence_is_its_middle_step(clock: tuple[Any, Any, Any], block: int) -> None:
    times, starts, stops = clock
    rates: dict[Any, int] = {}
    for a, b in zip(starts, stops, strict=True):
        steps = sorted(np.diff(times[a:b]).tolist())
        if steps:
            rates[steps[(len(steps) - 1) // 2]] = rates.get(steps[(len(steps) - 1) // 2], 0) + 1
    with patch.object(module, "BLOCK", block):
        found = spacing(times, starts, stops)

    assert found.rates == dict(sorted(rates.items(), key=lambda item: (-item[1], item[0]))[:5])
    if found.uneven:
        assert found.mixed == (len(found.rates) > 1 and max(found.rates) >= 1.5 * min(found.rates))


@pytest.mark.parametrize(
    ("begin", "step"),
    [
        (1_700_000_000, "0.1"),
        (1_700_000_000, "0.04"),
        (0, "0.1"),
        (-3, "0.7"),
        (1_700_000_000_000, "0.5"),
        (1e-7, "1e-9"),
    ],
)
def test_steps_of_tenths_are_even_however_far_from_zero_the_times_are(begin: float, step: str) -> None:
    times = np.array([float(Decimal(str(begin)) + i * Decimal(step)) for i in range(1000)])
    found = spacing(times, np.array([0]), np.array([1000]))

    assert (found.low, found.median, found.high, found.uneven) == (float(step),) * 3 + (0,)


def test_a_step_that_rounding_would_leave_nothing_of_stays() -> None:
    times = np.array([1e9, np.nextafter(1e9, 2e9), 1e9 + 1])

    assert spacing(times, np.array([0]), np.array([3])).low == times[1] - times[0]


def test_two_loggers_of_different_rates_are_seen() -> None:
    times = np.concatenate([np.arange(200) * 60, np.arange(50) * 300, np.arange(30) * 60])
    found = spacing(times, np.array([0, 200, 250]), np.array([200, 250, 280]))

    assert found.rates == {60: 2, 300: 1}
    assert found.mixed


def test_tenths_are_even_although_their_differences_are_not_equal_bits() -> None:
    times = np.arange(100) * 0.1

    found = spacing(times, np.array([0]), np.array([100]))

    assert len(set(np.diff(times).tolist())) > 1
    assert found.uneven == 0


def test_very_many_different_rates_are_not_all_kept() -> None:
    rng = np.random.default_rng(0)
    steps = rng.permutation(20_000) + 1
    times = np.stack([np.zeros(20_000, np.int64), steps], axis=1).ravel()
    starts = np.arange(20_000) * 2

    assert spacing(times, starts, starts + 2).rates == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}


def test_sequences_of_one_row_have_no_steps() -> None:
    assert spacing(np.array([3, 9]), np.array([0, 1]), np.array([1, 2])).steps == 0
    assert Spacing().mixed is False


@pytest.mark.parametrize("dtype", ["i8", "f8"])
def test_a_time_that_stands_twice_is_a_step_of_nothing(dtype: str) -> None:
    found = spacing(np.array([0, 0, 1, 2], dtype), np.array([0]), np.array([4]))

    assert (found.low, found.median, found.uneven) == (0, 1, 1)


def test_a_step_wider_than_its_type_is_the_widest() -> None:
    found = spacing(np.array([-(2**63), 0, 2**63 - 1, 5, 7]), np.array([0, 3]), np.array([3, 5]))

    assert (found.low, found.high, found.steps) == (2, 2**63 - 1, 3)


def test_sequences_of_one_row_have_no_rate_whatever_stands_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 2)  # a sequence at a time

    assert spacing(np.array([3, 9, 10, 12, 13]), np.array([0, 1]), np.array([1, 5])).rates == {1: 1}


def test_a_sequence_of_one_row_has_no_rate_whether_all_steps_are_alike_or_not() -> None:
    starts, stops = np.array([0, 1, 3]), np.array([1, 3, 5])

    assert spacing(np.array([7, 0, 5, 0, 5]), starts, stops).rates == {5: 2}
    assert spacing(np.array([7, 0, 5, 0, 6]), starts, stops).rates == {5: 1, 6: 1}
