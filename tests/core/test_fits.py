"""Whether a sample fits into a sequence at all: refused with numbers that work, before anything is allocated."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.sinks import to_memory
from tests.conftest import lengths, plan_of
from tests.core import oracle


@pytest.mark.parametrize(
    ("sizes", "settings", "what", "fix"),
    [
        ([5], {"timesteps": 9}, "a sample needs 9 rows (9 timesteps), the table has 5 rows", "The largest that works is --timesteps 5."),
        ([5], {"timesteps": 5, "target": "y"}, "a sample needs 6 rows (5 timesteps, the target 1 ahead", "The largest that works is --timesteps 4."),
        ([5], {"timesteps": 5, "target": "y", "horizon": 3}, "the target 1 ahead for 3 rows", "--timesteps 2."),
        ([7], {"timesteps": 4, "dilation": 3}, "a sample needs 10 rows (4 timesteps, dilation 3", "--timesteps 3."),
        ([2, 9, 4, 9], {"timesteps": 10}, "the longest of 4 sequences has 9 rows", "--timesteps 9 (keeps 2 of 4 sequences; 4 keeps 3 of 4; 2 keeps 4 of 4)."),
        ([1], {"timesteps": 2}, "a sample needs 2 rows (2 timesteps), the table has 1 row", "--timesteps 1."),
        ([4], {"timesteps": 2, "target": "y", "lead": 9}, "the target 9 ahead", "Use --lead 2 or less."),
        ([4], {"lags": [1, 7], "target": "y"}, "--lags 1,7", " 3"),
        ([4], {"lags": [5, 7], "target": "y"}, "--lags 5,7", " 3"),
        ([3], {"timesteps": 4, "target": "y", "partial": True, "lead": 9}, "a sample needs 10 rows", "--lead"),
    ],
)  # fmt: skip
def test_windows_that_no_sequence_holds_are_refused_with_the_largest_that_works(sizes, settings, what, fix):
    with pytest.raises(DataError) as refused:
        plan_of(sizes, **settings)
    assert what in refused.value.what
    assert fix in refused.value.fix


def advice(sizes: list[int], **settings: Any) -> str:
    """What is advised when no sample fits; empty when one does."""
    try:
        plan_of(sizes, **settings)
    except DataError as refused:
        return refused.fix
    return ""


@given(
    sizes=lengths, t=st.integers(1, 40), d=st.integers(1, 4), lead=st.integers(0, 6), k=st.integers(1, 3), asks=st.booleans()
)  # fmt: skip
def test_the_timesteps_that_are_offered_work_and_one_more_does_not(sizes, t, d, lead, k, asks):
    settings: dict[str, Any] = {"dilation": d}
    if asks:
        settings |= {"target": "y", "lead": lead, "horizon": k}

    told = advice(sizes, timesteps=t, **settings)

    there = any(oracle.starts(n, {"timesteps": t, **settings}, "target" if asks else None) for n in sizes)
    assert bool(told) != there
    if "largest that works is --timesteps " in told:
        offered = int(told.partition("--timesteps ")[2].rstrip(".").split()[0])
        assert offered < t
        assert advice(sizes, timesteps=offered, **settings) == ""
        assert advice(sizes, timesteps=offered + 1, **settings)
        for steps, kept, of in re.findall(r"(?:--timesteps |; )(\d+) (?:\(keeps|keeps) (\d+) of (\d+)", told):
            asked = {"timesteps": int(steps), **settings}
            keeps = sum(bool(oracle.starts(n, asked, "target" if asks else None)) for n in sizes)
            assert (int(kept), int(of)) == (keeps, len(sizes)), told


@given(sizes=lengths, t=st.integers(1, 6), lead=st.integers(0, 30), k=st.integers(1, 20), partial=st.booleans())
def test_the_lead_or_the_horizon_that_is_offered_works(sizes, t, lead, k, partial):
    settings = {"timesteps": t, "target": "y", "partial": partial}

    told = advice(sizes, lead=lead, horizon=k, **settings)

    words = told.rstrip(".").split()
    if told.startswith("Use --lead "):
        assert int(words[2]) < lead
        assert advice(sizes, lead=int(words[2]), horizon=k, **settings) == ""
    elif told.startswith("Use --horizon "):
        assert told.endswith("with --lead 1.") and int(words[2]) < k
        assert advice(sizes, lead=1, horizon=int(words[2]), **settings) == ""
    elif told:
        assert "largest that works" in told or max(sizes) <= t


@given(sizes=lengths, lags=st.lists(st.integers(0, 40), min_size=1, max_size=3, unique=True), k=st.integers(1, 3))
def test_lags_that_do_not_fit_are_answered_with_the_largest_that_does(sizes, lags, k):
    settings = {"target": "y", "horizon": k}

    told = advice(sizes, lags=lags, **settings)

    assert "--lead" not in told, "--lags excludes it"
    if told and max(sizes) >= k:
        assert f" {max(sizes) - k}" in told
        assert advice(sizes, lags=[max(sizes) - k], **settings) == ""


@pytest.mark.parametrize(
    "settings",
    [
        {"timesteps": 10**9, "partial": True},
        {"timesteps": 10**9, "leftover": "pad"},
        {"timesteps": 2**61},
        {"timesteps": 2**61, "dilation": 2**61},
        {"timesteps": 2, "dilation": 2**61, "partial": True},
        {"timesteps": 2**61, "partial": True},
        {"lags": [0, 2**40], "partial": True},
        {"timesteps": 2, "target": "y", "lead": 2**61},
        {"timesteps": 2, "target": "y", "horizon": 2**61},
        {"timesteps": 2, "latest": True, "dilation": 2**61},
    ],
)
def test_sizes_beyond_reason_are_refused_before_anything_is_allocated(settings):
    with pytest.raises(LstmprepError) as refused:
        plan_of([5], **settings)
    assert "row" in str(refused.value)


@pytest.mark.parametrize(("stride", "last"), [(2**61, 2), (10**12, 2)])
def test_a_stride_beyond_the_table_gives_the_first_window(stride, last):
    plan = plan_of([9], timesteps=3, stride=stride)
    assert plan.samples == 1 and to_memory(plan)["X"][0, -1, 0] == last * 10


def test_leftover_error_names_the_sequence_and_the_rows_left():
    with pytest.raises(DataError) as one:
        plan_of([10], timesteps=4, no_overlap=True, leftover="error")
    assert one.value.what == "the table has 10 rows: windows of 4 every 4 leave 2 rows over"
    assert "--leftover drop or pad" in one.value.fix

    with pytest.raises(DataError) as several:
        plan_of([4, 6, 5], timesteps=4, no_overlap=True, leftover="error")
    assert several.value.what == (
        "the sequence s1 has 6 rows: windows of 4 every 4 leave 2 rows over, and 1 other sequence too"
    )
    assert plan_of([8, 4], timesteps=4, no_overlap=True, leftover="error").samples == 3


def test_padding_that_would_not_fit_names_what_fits():
    with pytest.raises(RecipeError) as refused:
        plan_of([5], timesteps=1 << 30, partial=True)
    assert refused.value.fix == "Use --timesteps 5 or less."
