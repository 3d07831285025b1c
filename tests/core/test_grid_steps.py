"""Steps of time: what a text says, and how it is written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.grid.steps import LARGEST, UNITS, Step, nice_above, parse_step, told

H = UNITS["h"]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2h", 2 * H), ("2 h", 2 * H), ("2H", 2 * H), ("90min", 3 * H // 2), ("1h30min", 3 * H // 2), ("1h 30m", 3 * H // 2), ("0.5h", H // 2), (".5h", H // 2),
        ("15T", H // 4), ("1d", 24 * H), ("1D", 24 * H), ("2w", 14 * 24 * H), ("day", 24 * H), ("h", H), ("250ms", 250 * 10**6), ("10us", 10_000), ("7ns", 7), ("1sec", 10**9), ("0.001us", 1),
    ],
)  # fmt: skip
def test_a_step_with_a_unit_is_nanoseconds(text: str, size: int) -> None:
    assert parse_step(text) == Step(size, timed=True)


@pytest.mark.parametrize(
    ("text", "size"),
    [("5", 5), (" 5 ", 5), ("0.25", 0.25), (".5", 0.5), ("2.", 2.0), ("1e3", 1000.0), ("1.5E-2", 0.015), ("007", 7)],
)
def test_a_bare_number_is_in_the_numbers_of_the_time_column(text: str, size: float) -> None:
    step = parse_step(text)

    assert step == Step(size, timed=False)
    assert type(step.size) is type(size)
    assert step.days == 0


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "0", "0.0", "0h", "-1h", "-5", "1M", "M", "3Y", "1y", "1mo", "1h-", "h1", "1h 2", "1 2", "1e999", "inf", "nan", "0.1ns", "\u0661h", "1_000", "9" * 30,
        "1e19", "9" * 30 + "h", "99999999999999d", "1q", "2h3x", "1,5h",
    ],
)  # fmt: skip
def test_what_is_no_length_of_time_is_none(text: str) -> None:
    assert parse_step(text) is None


@given(size=st.integers(1, LARGEST), unit=st.sampled_from(["us", "ns"]))
def test_a_step_that_is_told_is_read_back(size: int, unit: str) -> None:
    size = min(size, LARGEST // UNITS[unit])
    step = parse_step(told(size, unit))

    assert step is not None
    assert step.in_unit(unit) == size


def test_a_step_finer_than_the_unit_is_none_of_it() -> None:
    assert Step(1500, timed=True).in_unit("us") == 0
    assert Step(1500, timed=True).in_unit("ns") == 1500


@pytest.mark.parametrize(
    ("size", "unit", "text"),
    [
        (0, "us", "0us"),
        (86_400_000_000, "us", "1d"),
        (3, None, "3"),
        (2.5, None, "2.5"),
        (1 / 3, None, "0.333333"),
        (1e20, None, "1e+20"),
    ],
)
def test_steps_are_written_for_a_person(size: float, unit: str | None, text: str) -> None:
    assert told(size, unit) == text


@given(size=st.floats(0.5, 1e14), unit=st.sampled_from([None, "us", "ns"]))
def test_round_steps_rise_from_the_size_asked_for_and_can_be_typed(size: float, unit: str | None) -> None:
    found = nice_above(size, unit)

    assert all(step >= size for step in found)
    assert found == sorted(set(found))
    assert found
    for step in found[:3]:
        read = parse_step(told(step, unit))
        assert read is not None
        assert (read.in_unit(unit) if unit else read.size) == step
