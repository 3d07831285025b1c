"""The window specification: offsets, counts and first rows, against the loop; and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import RecipeError
from lstmprep.framing import Window
from lstmprep.framing.frame import Segments
from tests.conftest import lengths, windows
from tests.core import oracle

answered = st.sampled_from([None, "target", "label"]).flatmap(lambda a: st.tuples(st.just(a), windows(a)))


def segments_of(sizes: list[int], gap: int = 0) -> Segments:
    """Segments of these lengths, one behind the other, rows that belong to none between them."""
    stops = np.cumsum(np.array(sizes, np.int64) + gap) - gap
    return Segments(np.arange(len(sizes), dtype=np.int64), stops - np.array(sizes, np.int64), stops)


@given(given=answered, sizes=lengths, gap=st.integers(0, 2))
def test_first_rows_are_those_of_the_obvious_loop(given, sizes, gap):
    answer, settings = given
    window, segments = Window(**settings), segments_of(sizes, gap)
    frame = window.frame(answer)

    runs = window.runs(segments, frame)

    obvious = [
        (i, int(start) + at)
        for i, (start, n) in enumerate(zip(segments.starts, sizes, strict=True))
        for at in oracle.starts(n, settings, answer)
    ]
    numbers = np.arange(runs.total)
    assert runs.sequence[runs.run_of(numbers)].tolist() == [i for i, _ in obvious]
    assert runs.starts(numbers).tolist() == [at for _, at in obvious]
    assert runs.floor.tolist() == segments.starts.tolist() and runs.ceiling.tolist() == segments.stops.tolist()


@given(given=answered)
def test_the_offsets_of_a_frame_are_those_of_the_obvious_loop(given):
    answer, settings = given
    frame = Window(**settings).frame(answer)

    assert frame.inputs.tolist() == oracle.offsets(settings)
    assert frame.timesteps == len(oracle.offsets(settings))
    assert frame.cover == oracle.offsets(settings)[-1] + 1
    lead = oracle.lead_of(settings, answer)
    behind = max(0, lead + settings.get("horizon", 1) - 1) if oracle.asks(settings, answer) else 0
    assert frame.span == frame.cover + behind
    if not oracle.asks(settings, answer):
        assert frame.targets.tolist() == []
    elif settings.get("target_mode") == "per-step" or settings.get("label_at", "last") in ("mode", "any"):
        assert frame.targets.tolist() == [o + lead for o in frame.inputs]
    elif settings.get("label_at") == "first":
        assert frame.targets.tolist() == [lead]
    else:
        assert frame.targets.tolist() == [frame.cover - 1 + lead + k for k in range(settings.get("horizon", 1))]


@given(
    n=st.integers(0, 60), t=st.integers(1, 9), s=st.integers(1, 9), d=st.integers(1, 4), lead=st.integers(0, 5),
    k=st.integers(1, 4), anchor=st.sampled_from(["start", "end"]),
)  # fmt: skip
def test_the_count_is_the_formula_of_the_contract(n, t, s, d, lead, k, anchor):
    """floor((n - span) / S) + 1 samples if n >= span, else none."""
    window = Window(timesteps=t, stride=s, dilation=d, lead=lead, horizon=k, anchor=anchor)
    span = (t - 1) * d + 1 + max(0, lead + k - 1)

    runs = window.runs(segments_of([n]), window.frame("target"))

    assert window.frame("target").span == span
    assert runs.total == ((n - span) // s + 1 if n >= span else 0)


@given(sizes=lengths, settings=windows())
def test_the_rows_that_no_window_reaches_are_counted(sizes, settings):
    window, segments = Window(**settings), segments_of(sizes)
    frame = window.frame(None)

    rest = window.rest(segments, frame)

    for n, left in zip(sizes, rest, strict=True):
        begun = oracle.starts(n, settings, None)
        assert left == max(0, n - ((begun[-1] - begun[0] + frame.span) if begun else 0))


def test_no_overlap_takes_every_covered_row_once():
    window = Window(timesteps=3, dilation=2, no_overlap=True)
    frame = window.frame(None)

    assert window.step(frame) == frame.cover == 5
    assert window.runs(segments_of([12]), frame).starts(np.arange(2)).tolist() == [0, 5]


def test_a_frame_of_unevenly_spaced_lags_has_no_dilation():
    assert Window(lags=(1, 2, 4)).frame("target").dilation is None
    assert Window(lags=(3, 1, 5)).frame("target").dilation == 2
    assert Window(lags=(7,)).frame("target").dilation == 1
    assert Window(timesteps=4, dilation=3).frame("target").dilation == 3


@pytest.mark.parametrize(
    ("settings", "flags"),
    [
        ({"timesteps": 0}, ["--timesteps is 0", "1 or more"]),
        ({"timesteps": -3}, ["--timesteps is -3"]),
        ({"timesteps": 2, "stride": 0}, ["--stride is 0"]),
        ({"timesteps": 2, "dilation": 0}, ["--dilation is 0"]),
        ({"timesteps": 2, "lead": -1}, ["--lead is -1", "0 or more"]),
        ({"timesteps": 2, "horizon": 0}, ["--horizon is 0"]),
        ({}, ["--timesteps is missing", "--timesteps 10", "--lags"]),
        ({"lags": (1,), "timesteps": 2}, ["--lags and --timesteps exclude"]),
        ({"lags": (1,), "lead": 0}, ["--lags and --lead exclude"]),
        ({"lags": (1,), "dilation": 1}, ["--lags and --dilation exclude"]),
        ({"lags": (1, 2, 1)}, ["--lags 1,2,1", "twice"]),
        ({"timesteps": 2, "no_overlap": True, "stride": 1}, ["--no-overlap and --stride exclude"]),
        ({"timesteps": 2, "partial": True, "leftover": "pad"}, ["--partial and --leftover pad exclude"]),
        ({"timesteps": 2, "partial": True, "leftover": "error"}, ["--partial and --leftover error exclude"]),
        ({"timesteps": 2, "partial": True, "anchor": "end"}, ["--partial and --anchor end exclude"]),
        ({"timesteps": 2, "leftover": "pad", "anchor": "end"}, ["--leftover pad and --anchor end exclude"]),
        ({"timesteps": 2, "target_mode": "per-step", "horizon": 2}, ["--horizon and --target-mode per-step exclude"]),
        ({"timesteps": 2, "target_mode": "input", "horizon": 1}, ["--horizon and --target-mode input exclude"]),
        ({"timesteps": 2, "target_mode": "input", "lead": 1}, ["--lead and --target-mode input exclude"]),
        ({"timesteps": 2, "reverse_target": True}, ["--reverse-target needs --target-mode input"]),
        ({"timesteps": 2, "label_at": "mode", "horizon": 2}, ["--label-at mode and --horizon 2 exclude"]),
        (
            {"timesteps": 2, "label_at": "any", "target_mode": "per-step"},
            ["--label-at any and --target-mode per-step exclude"],
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused_by_the_name_of_the_flag(settings, flags):
    with pytest.raises(RecipeError) as refused:
        Window(**settings)

    assert all(flag in str(refused.value) for flag in flags), str(refused.value)
    assert refused.value.fix.endswith("."), "what to do is said"
    assert refused.value.exit_code == 2
