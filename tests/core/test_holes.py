"""Windows that are refused where values are missing: what is offered then has been tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError

NAN = float("nan")


def table(sizes: list[int], gone: list[int], lost: list[int]) -> pa.Table:
    """Sequences of these sizes; rows of which the feature, and of which the target is missing."""
    n = sum(sizes)
    values = np.arange(2.0 * n).reshape(2, n)
    values[0, [i for i in gone if i < n]] = NAN
    values[1, [i for i in lost if i < n]] = NAN
    return pa.table({"k": np.repeat(np.arange(len(sizes)), sizes), "a": values[0], "y": values[1]})


def advice(rows: pa.Table, **settings: Any) -> str:
    """What is advised when there is no sample; empty when there is one."""
    try:
        lstmprep.window(rows, features="a", group_by="k", **settings)
    except DataError as refused:
        return refused.fix
    return ""


@given(
    sizes=st.lists(st.integers(4, 24), min_size=1, max_size=3),
    gone=st.lists(st.integers(0, 40), max_size=6),
    lost=st.lists(st.integers(0, 40), max_size=4),
    steps=st.integers(2, 30),
    how=st.sampled_from([{}, {}, {"stride": 3}, {"no_overlap": True}, {"dilation": 2}, {"stride": 2, "anchor": "end"}, {"partial": True}]),
    ahead=st.sampled_from([{}, {"target": "y"}, {"target": "y", "lead": 2, "horizon": 2}]),
    split=st.sampled_from([{}, {}, {"split": "0.6,0.4", "split_by": "sequence"}, {"split": "0.6,0.4", "split_by": "sequence", "context": True}]),
    policy=st.sampled_from(["drop", "drop", "mask", "ffill"]),
)  # fmt: skip
def test_the_timesteps_that_are_offered_give_a_sample_and_no_more_do(
    sizes, gone, lost, steps, how, ahead, split, policy
):
    if policy == "ffill":
        lost = []
    settings: dict[str, Any] = {**how, **ahead, **split, "missing": policy}
    rows = table(sizes, gone, lost)

    told = advice(rows, timesteps=steps, **settings)

    if "--timesteps " in told and "--split " not in told and "--context" not in told:
        offered = int(told.partition("--timesteps ")[2].split()[0].rstrip(".,:;"))
        assert offered < steps
        assert advice(rows, timesteps=offered, **settings) == "", told
        if "largest that works" in told:
            assert all(advice(rows, timesteps=t, **settings) for t in range(offered + 1, steps))
    elif told.startswith("There is no sample of any length"):
        assert all(advice(rows, timesteps=t, **settings) for t in range(1, steps))


def test_a_window_longer_than_the_table_is_answered_with_one_that_fits_between_the_holes():
    rows = table([60], list(range(7, 60, 8)), [])

    told = advice(rows, timesteps=80, missing="drop")
    assert told == "The largest that works is --timesteps 7: no longer sample is without a missing value."
    assert advice(rows, timesteps=20, missing="drop") == (
        "7 rows of 60 have one: the largest that works is --timesteps 7, leave the emptiest columns out with --exclude, or fill the cells first."
    )
    assert advice(rows, timesteps=80, missing="drop", split="0.5,0.5").startswith(
        "The largest that works is --timesteps 7: with more, a part has no sample without a missing value."
    )
    assert advice(rows, timesteps=40, missing="drop", split="0.5,0.5") == "Use --timesteps 7."


def test_where_no_length_helps_that_is_said():
    rows = table([6], list(range(6)), [])

    assert advice(rows, timesteps=9, missing="drop").startswith(
        "There is no sample of any length without a missing value: leave"
    )
    assert advice(rows, timesteps=2, missing="drop") == (
        "6 rows of 6 have one: leave the emptiest columns out with --exclude, or fill the cells first."
    )


def test_a_part_that_has_no_sample_of_any_length_is_told_before_lengths_are_offered():
    rows = table([4], [], [])

    told = advice(rows, timesteps=9, split="0.6,0.4", split_by="sequence", target="y", lead=2, horizon=2)
    assert told == "There is no sample of any length in every part: give it more rows."


def test_samples_that_answer_in_the_part_before_do_not_count_for_a_part_with_context():
    """The inputs of 25 steps reach back over all of train, those of a shorter sample not so far."""
    rows = table([20], [], list(range(10, 20)))

    told = advice(rows, timesteps=25, target="y", missing="drop", split="0.5,0.5", split_by="sequence", context=True)
    assert told.startswith("There is no sample of any length without a missing value in every part: leave")


def test_one_row_with_a_hole_is_one_row():
    with pytest.raises(DataError, match="1 row of 3 has one: the largest that works is --timesteps 1, leave"):
        lstmprep.window(table([3], [1], []), features="a", exclude="k", timesteps=3, missing="drop")


def test_a_length_that_was_found_by_halving_is_not_called_the_largest(monkeypatch):
    """With blocks of 9 and less but one, a window at every row fits up to 29 rows, and none of the blocks from there on down to the last one tried."""
    rows = table([60], [0, *range(30, 60)], [])
    monkeypatch.setattr("lstmprep.holes.DESCENTS", 3)

    told = advice(rows, timesteps=45, no_overlap=True, missing="drop")

    assert "use --timesteps 14," in told
    assert advice(rows, timesteps=14, no_overlap=True, missing="drop") == ""
    monkeypatch.setattr("lstmprep.holes.DESCENTS", 64)
    assert "the largest that works is --timesteps 15," in advice(rows, timesteps=45, no_overlap=True, missing="drop")


def test_no_block_of_any_length_may_fit_though_a_window_would(monkeypatch):
    rows = table([6], [0, 2, 4], [])
    monkeypatch.setattr("lstmprep.holes.DESCENTS", 0)

    assert "--timesteps" not in advice(rows, timesteps=6, stride=2, missing="drop")
    assert advice(rows, timesteps=9, stride=2, missing="drop").startswith("There is no sample of any length")


def test_steps_that_lie_apart_are_tried_up_to_a_bound(monkeypatch):
    rows = table([60], [20, 21], [])
    assert "The largest that works is --timesteps 19:" in advice(
        rows, timesteps=61, dilation=2, missing="drop", stride=1
    )
    monkeypatch.setattr("lstmprep.holes.WORK", 60 * 5)

    assert advice(rows, timesteps=61, dilation=2, missing="drop").startswith("Use --timesteps 5: ")


def test_lags_and_whole_sequences_have_words_of_their_own():
    rows = table([4, 4], list(range(8)), [])
    with pytest.raises(DataError, match="8 rows of 8 have one: leave the emptiest"):  # no lag would help
        lstmprep.lag(rows, features="a", group_by="k", target="y", lags="1-2", missing="drop")
    with pytest.raises(DataError, match="8 rows of 8 have one: leave the emptiest"):
        lstmprep.pad(rows, features="a", group_by="k", missing="drop")


@pytest.mark.parametrize(
    ("gone", "lost", "lags", "offer"),
    [
        ([2, 5, 8], [], "1-3", "1,2"),
        ([2, 5, 8], [], "1-7", "1,2"),
        ([1, 3, 5, 7, 9], [], "1-5", "1"),
        ([8, 9], [], "1-9", "1-8"),
        ([0, *range(2, 10)], [*range(9)], "1,2,6,8", "8"),  # the only answer stands eight rows after the only value
    ],
)
@pytest.mark.parametrize("command", ["lag", "window"])
def test_lags_that_are_offered_have_been_tried(gone, lost, lags, offer, command):
    rows = table([10], gone, lost)
    given = {"features": "a", "target": "y", "missing": "drop"}

    with pytest.raises(DataError) as refused:
        getattr(lstmprep, command)(rows, **given, lags=lags)

    assert f"use --lags {offer}, leave" in refused.value.fix
    assert len(getattr(lstmprep, command)(rows, **given, lags=offer).X)


def test_lags_of_windows_with_a_stride_are_tried_one_by_one_and_in_every_part():
    rows = table([24], [2, 5, 8, 11, 14, 17, 20, 23], [])
    given = {"features": "a", "target": "y", "missing": "drop", "stride": 2, "split": "0.5,0.5"}

    with pytest.raises(DataError) as refused:
        lstmprep.window(rows, **given, lags="1-4")

    assert "use --lags 1,2, leave" in refused.value.fix
    made = lstmprep.window(rows, **given, lags="1,2")
    assert len(made.train.X) and len(made.test.X)
