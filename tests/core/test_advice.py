"""Numbers and names that are offered or kept where some others do not work: each branch by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lstmprep
from lstmprep.errors import DataError
from lstmprep.naming import still_named

ROWS = pd.DataFrame(
    {
        "k": np.repeat(["a", "b"], 12),
        "t": pd.to_datetime("2021-01-01") + pd.to_timedelta(np.tile(np.arange(12), 2), unit="D"),
        "x": np.arange(24) % 5 + 1.0,
        "y": np.arange(24) % 7 + 1.0,
    }
)
WINDOWS = {"time": "t", "group_by": "k", "features": "x", "target": "y", "timesteps": 3}


@pytest.mark.parametrize(
    ("asked", "offer"),
    [
        ({"folds": 9}, "use --folds "),
        ({"folds": 2, "fold_train": 2}, "use --fold-train "),
        ({"split": "0.5,0.5", "embargo": 20}, "use --embargo "),
        ({"split": "2021-01-07", "embargo": 20}, "use --embargo 2"),
        ({"split": "2021-01-07", "embargo": 20, "timesteps": 11}, "choose parts with more rows"),
        ({"split": "0.5,0.5", "embargo": 3, "split_by": "sequence", "timesteps": 5}, "leave --embargo out"),
    ],
    ids=["folds", "train", "embargo", "dates", "dates too short", "none"],
)
def test_what_is_offered_fits_what_was_asked(asked, offer):
    with pytest.raises(DataError) as refused:
        lstmprep.window(ROWS, **{**WINDOWS, **asked})

    assert offer.lower() in refused.value.fix.lower()


def test_folds_that_never_work_are_not_offered():
    with pytest.raises(DataError) as refused:
        lstmprep.window(ROWS, **{**WINDOWS, "timesteps": 11}, folds=2, embargo=2, fold_train=3)

    assert "--folds" not in refused.value.fix


def test_tokens_of_columns_that_are_gone_are_left_out_and_unknown_ones_kept_for_their_option():
    assert still_named(["y", "x*", "x1,y", "zz"], ["x1", "x2"], ["y"]) == ("x*", "x1", "zz")


@pytest.mark.parametrize("settings", [{"log": "y"}, {"resample": "2d", "aggregate": "min,sum:y"}], ids=["log", "grid"])
def test_rows_without_the_target_are_taken(settings):
    made = lstmprep.window(ROWS, **WINDOWS, **settings)

    assert np.array_equal(made.apply(ROWS.drop(columns="y")).X, made.apply(ROWS, no_target=True).X)


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_columns_that_are_constant_in_some_groups_are_named(scale):
    groups = pd.concat([ROWS.assign(k=k, x=np.arange(24) % 5 if k == "e" else ord(k)) for k in "abcde"])
    rows = groups.groupby("k").head(12)

    notes = lstmprep.window(rows, **WINDOWS, scale=scale, scale_by_group=True).manifest["notes"]

    said = next(note["text"] for note in notes if note["code"] == "scaled-constant")
    assert "x in 4 sequences (a, b, c, ...)" in said
    assert ("middle half" in said) == (scale == "robust")


def test_an_only_section_that_is_too_short_is_called_that(tmp_path):
    (tmp_path / "s.csv").write_text("start,end,label\n2021-01-01,2021-01-02,u\n")

    with pytest.raises(DataError, match="the only stretch inside --sections has 2 rows"):
        lstmprep.window(ROWS[ROWS.k == "a"], time="t", features="x", timesteps=3, sections=tmp_path / "s.csv")
