"""One sample per sequence: which rows it takes, what it learns from the lengths, what it refuses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, RecipeError
from lstmprep.framing import Pad
from lstmprep.framing.answers import step_rows
from lstmprep.framing.frame import Segments
from lstmprep.recipe import from_flat
from tests.conftest import lengths, plan_of

# the examples of the documentation of keras.utils.pad_sequences, in the order they stand there;
# its own defaults are pre and pre
SEQUENCE = [[1], [2, 3], [4, 5, 6]]
DOCUMENTED = [
    ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
    ({"pad_value": -1}, [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]),
    ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
    ({"timesteps": 2}, [[0, 1], [2, 3], [5, 6]]),
]


def segments_of(sizes: list[int]) -> Segments:
    stops = np.cumsum(sizes)
    return Segments(np.arange(len(sizes)), stops - np.array(sizes), stops)


def rows_of(pad: Pad, sizes: list[int]) -> list[list[int | None]]:
    """The row of every step of every sample, None where it is padding."""
    segments = segments_of(sizes)
    fitted = pad.fitted(segments.lengths)
    frame = fitted.frame(None)
    runs = fitted.runs(segments, frame).without_empty()
    samples = np.arange(runs.total)
    rows, real = step_rows(runs, frame, runs.starts(samples), runs.run_of(samples))
    return [[int(r) if ok else None for r, ok in zip(*both, strict=True)] for both in zip(rows, real, strict=True)]


@pytest.mark.parametrize(("settings", "expected"), DOCUMENTED)
def test_the_documented_examples_of_keras_hold_number_for_number(settings, expected):
    pad = Pad(**{"padding": "pre", "truncating": "pre"} | settings)
    flat = [v for s in SEQUENCE for v in s]
    value = int(pad.pad_value or 0)

    found = rows_of(pad, [len(s) for s in SEQUENCE])

    assert [[value if r is None else flat[r] for r in sample] for sample in found] == expected


@given(
    sizes=lengths, t=st.integers(1, 9), padding=st.sampled_from(["pre", "post"]), low=st.integers(1, 3),
    truncating=st.sampled_from(["pre", "post"]),
)  # fmt: skip
def test_every_sequence_is_cut_and_padded_on_the_sides_asked_for(sizes, t, padding, truncating, low):
    pad, at = Pad(timesteps=t, padding=padding, truncating=truncating, min_steps=low), 0
    expected = []
    for n in sizes:
        rows: list[int | None] = list(range(at, at + n))
        at += n
        if n < low:
            continue
        rows = rows[-t:] if truncating == "pre" else rows[:t]
        gap = [None] * (t - len(rows))
        expected.append(gap + rows if padding == "pre" else rows + gap)

    found = rows_of(pad, sizes) if expected else []

    assert found == expected


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=40), share=st.integers(1, 100))
def test_a_share_is_the_smallest_length_that_keeps_so_many_sequences_whole(sizes, share):
    t = Pad(timesteps=f"p{share}").fitted(np.array(sizes)).timesteps

    def whole(length: int) -> bool:
        return 100 * sum(n <= length for n in sizes) >= share * len(sizes)

    assert t == min(length for length in set(sizes) if whole(length))


def test_the_longest_and_the_shares_leave_sequences_that_are_too_short_out():
    sizes = np.array([1, 1, 1, 7, 9])

    assert Pad().fitted(sizes).timesteps == 9
    assert Pad(timesteps="p50", min_steps=2).fitted(sizes).timesteps == 7
    assert Pad(timesteps="p100").fitted(sizes).timesteps == 9
    assert Pad(timesteps=4).fitted(sizes) == Pad(timesteps=4)
    assert Pad(min_steps=10).fitted(sizes).timesteps == 1, "there is none: the count is refused later"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"timesteps": 0}, "--timesteps is 0"),
        ({"timesteps": "longest"}, "--timesteps 'longest' is no length"),
        ({"timesteps": "p0"}, "--timesteps 'p0' is no length"),
        ({"timesteps": "p101"}, "--timesteps 'p101' is no length"),
        ({"timesteps": "p9.5.1"}, "--timesteps 'p9.5.1' is no length"),
        ({"timesteps": "p0000000000000000001"}, "is no length"),
        ({"min_steps": 0}, "--min-steps is 0"),
        ({"bucket": 0}, "--bucket '0' is neither exact nor a number of steps"),
        ({"bucket": "max"}, "--bucket 'max' is neither"),
        ({"ragged": True, "timesteps": 5}, "--ragged and --timesteps exclude each other"),
        ({"ragged": True, "bucket": 5}, "--ragged and --bucket exclude each other"),
        ({"ragged": True, "pad_value": 0}, "--ragged and --pad-value exclude each other"),
        ({"ragged": True, "padding": "pre"}, "--ragged and --padding pre exclude each other"),
        ({"ragged": True, "truncating": "post"}, "--ragged and --truncating post exclude each other"),
        ({"target": "y", "target_mode": "per-step", "label_at": "last"}, "--label-at last and --target-mode per-step"),
        ({"target_mode": "per-step"}, "--target-mode per-step needs --target or --label"),
        ({"one_hot": True}, "--one-hot needs --label"),
        ({"target": "y", "label_at": "mode"}, "--label-at needs --label"),
        ({"labels": "l.csv", "group_by": "k", "target_mode": "per-step"}, "--labels gives a whole sequence one label"),
        ({"labels": "l.csv", "group_by": "k", "label_at": "first"}, "--labels gives a whole sequence one label"),
        ({"pad_value": 1e39}, "--pad-value 1e\\+39 is beyond the largest float32"),
        ({"timesteps": True}, "is not a whole number"),
        ({"timesteps": 2**62}, "is not a whole number of a sensible size"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_the_name_of_the_flag(settings, words):
    with pytest.raises(RecipeError, match=words) as refused:
        from_flat(settings, command="pad")
    assert refused.value.fix.endswith(".")


def test_a_length_may_be_written_in_capitals_and_as_a_text_of_digits():
    assert from_flat({"timesteps": " MAX "}, command="pad").framing == Pad()
    assert from_flat({"timesteps": "12"}, command="pad").framing == Pad(timesteps=12)


def test_a_sample_longer_than_any_sequence_can_be_is_refused_before_room_is_made():
    with pytest.raises(RecipeError, match="a sample of 1,000,000,000 steps is too long") as refused:
        plan_of([3, 4], command="pad", timesteps=10**9)
    assert "--timesteps 4 or less" in refused.value.fix


def test_sequences_that_are_all_too_short_are_refused_with_the_longest():
    with pytest.raises(DataError, match="no sequence has the 5 rows of --min-steps") as refused:
        plan_of([3, 4], command="pad", min_steps=5)
    assert "--min-steps 4" in refused.value.fix


@given(sizes=lengths, t=st.integers(1, 9), low=st.integers(1, 3))
def test_what_no_sample_reaches_is_the_rest(sizes, t, low):
    pad, segments = Pad(timesteps=t, min_steps=low), segments_of(sizes)

    assert pad.rest(segments, pad.frame(None)).tolist() == [max(n - t, 0) if n >= low else n for n in sizes]


def test_a_sequence_may_have_the_label_of_its_first_row():
    table = pa.table({"k": list("aabbb"), "v": [1.0, 2.0, 3.0, 4.0, 5.0], "lab": list("xyyxz")})

    assert lstmprep.pad(table, group_by="k", label="lab", label_at="first").y.tolist() == [0, 1]
    assert lstmprep.pad(table, group_by="k", label="lab", label_at="last").y.tolist() == [1, 2]
