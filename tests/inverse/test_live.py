"""Predictions of the newest windows: their answers lie beyond the table, and come back all the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError


def _series(seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "k": np.repeat(["a", "b"], 24),
            "t": np.tile(pd.date_range("2020-02-20", periods=24, freq="D"), 2),
            "x": chance.normal(size=48),
            "y": np.exp(chance.normal(size=48)) + 1,
        }
    )


@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {"difference": 1},
        {"difference": 2},
        {"difference": 5},
        {"detrend": "linear"},
        {"log": "y"},
        {"difference": 2, "log": "y"},
        {"difference": 1, "detrend": "linear", "log": "y"},
    ],
    ids=lambda changes: " ".join(changes) + str(changes.get("difference", "")),
)
def test_a_live_prediction_comes_back_beyond_the_table(changes, horizon, scaled):
    rows = _series(1)
    past = rows.groupby("k").head(24 - horizon).sample(frac=1.0, random_state=2).reset_index(drop=True)
    scale = {"scale": "standard", "scale_target": True, "scale_by_group": True} if scaled else {}
    made = lstmprep.window(
        past, time="t", group_by="k", features="x", target="y", timesteps=3, horizon=horizon, dtype="float64", **changes, **scale
    )  # fmt: skip
    future = made.apply(rows).y.reshape(2, -1, horizon)[:, -1]  # what a perfect model says of the newest windows
    newest = made.apply(past, latest=True)

    found = newest.invert(future, table=past).to_pandas()

    real = np.concatenate([rows.y[rows.k == k].to_numpy()[-horizon:] for k in "ab"])
    assert np.allclose(found.prediction, real, rtol=1e-9)


def test_a_live_prediction_of_differences_needs_the_table_and_values_that_are_known():
    rows = _series(1)
    settings = {"time": "t", "group_by": "k", "features": "x", "target": "y", "timesteps": 3, "difference": 1}
    newest = lstmprep.window(rows, **settings).apply(rows, latest=True)

    with pytest.raises(DataError, match="the newest ones") as refused:
        newest.invert(np.zeros((2, 1)))
    assert "--table" in refused.value.fix
    with pytest.raises(DataError, match="the last row of 1 window is not in the table"):
        newest.invert(np.zeros((2, 1)), table=rows.iloc[:-1])
    with pytest.raises(DataError, match="1 value that predictions stand on is missing"):
        newest.invert(np.zeros((2, 1)), table=rows.assign(y=rows.y.where(rows.index != 47)))
    far = lstmprep.window(rows, lead=2, **settings).apply(rows, latest=True)
    with pytest.raises(DataError, match="--difference 1 cannot be undone 2 rows ahead") as refused:
        far.invert(np.zeros((2, 1)), table=rows)
    assert "--difference 2 or more" in refused.value.fix


@pytest.mark.parametrize(
    "settings",
    [
        {"log": "y"},
        {"log": "x,y"},
        {"log": "*"},
        {"log": "y", "folds": 2},
        {"resample": "2d", "aggregate": "sum:y,max:x"},
        {"resample": "2d", "aggregate": "min,sum:y"},
        {"resample": "2d", "aggregate": "sum:x,y"},
    ],
    ids=lambda settings: " ".join(f"{n}={v}" for n, v in settings.items()),
)
def test_settings_of_a_target_do_not_stand_in_the_way_of_rows_without_it(settings):
    rows = _series(1)
    rows["x"] = np.exp(rows.x)
    made = lstmprep.window(
        rows, time="t", group_by="k", features="x", target="y", timesteps=3, dtype="float64", **settings
    )
    whole = made.apply(rows).X

    newest, every = made.apply(rows, latest=True).X, made.apply(rows, no_target=True).X
    without = made.apply(rows.drop(columns="y")).X

    assert np.array_equal(every, without)
    assert np.array_equal(newest, every.reshape(2, -1, 3, 1)[:, -1])
    assert np.array_equal(whole, every.reshape(2, -1, 3, 1)[:, :-1].reshape(-1, 3, 1))


def test_windows_of_latest_itself_come_back_and_those_of_a_grid_say_why_not():
    rows = _series(1)
    settings = {"time": "t", "group_by": "k", "features": "x", "target": "y", "timesteps": 3, "difference": 1}
    last = rows.groupby("k").y.last().to_numpy()

    found = lstmprep.window(rows, latest=True, **settings).invert(np.zeros((2, 1)), table=rows).to_pandas()
    grid = lstmprep.window(rows, resample="1d", **settings).apply(rows, latest=True)

    assert found.prediction.tolist() == last.tolist()
    with pytest.raises(DataError, match="the newest windows of a grid"):
        grid.invert(np.zeros((2, 1)), table=rows)


def test_new_rows_with_times_of_another_kind_are_told_in_their_own_unit():
    rows = _series(1)
    made = lstmprep.window(rows.assign(t=np.tile(np.arange(24), 2)), time="t", group_by="k", timesteps=3)

    notes = {note["code"]: note["text"] for note in made.apply(rows).manifest["notes"]}

    assert notes["other-spacing"].startswith("rows are 1d apart, and were 1 in the output")


@pytest.mark.parametrize("keys", ["ab", "ba"])
def test_the_newest_windows_stand_on_their_own_groups_in_whatever_order_those_come(keys):
    rows = [(k, i, float(i * i + 100 * (k == "a"))) for k in keys for i in range(8)]
    groups = pa.table({n: [r[j] for r in rows] for j, n in enumerate("kty")})
    made = lstmprep.window(groups, timesteps=3, target="y", time="t", group_by="k", difference=1)

    told = made.apply(groups, latest=True).invert(np.zeros((2, 1)), table=groups).to_pylist()

    assert {r["k"]: r["prediction"] for r in told} == {"a": 149.0, "b": 49.0}
