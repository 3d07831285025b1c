"""Fills and changes replayed with what was learned before; settings of time that mean nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError, Where
from lstmprep.grid import walk
from lstmprep.grid.change import undifferenced
from lstmprep.panel import Panel
from lstmprep.prepare import changes, gaps
from lstmprep.prepare.classes import Names
from lstmprep.prepare.rework import rework
from lstmprep.recipe import from_flat
from lstmprep.split import whole
from lstmprep.stores import Shelf


def panel_of(values: list[list[float]], keys: list[str] | None = None) -> Panel:
    """Sequences of one feature, a row a second."""
    sizes = [len(v) for v in values]
    stops = np.cumsum(sizes)
    return Panel(
        features=np.array([x for v in values for x in v])[:, None],
        starts=stops - sizes,
        stops=stops,
        keys={"k": pa.array(keys or [str(i) for i in range(len(values))])},
        times=np.concatenate([np.arange(n) for n in sizes]),
    )


def reworked(panel: Panel, known: Any = None, **settings: Any) -> Any:
    recipe = from_flat({"timesteps": 1, "time": "t", "group_by": "k", **settings})
    return rework(
        recipe,
        panel,
        whole(panel),
        Names(["v"]),
        Shelf(),
        lambda row, column: Where(row=row + 1, column=column),
        known=known,
    )


NAN = float("nan")


def test_means_are_not_learned_again() -> None:
    first = reworked(panel_of([[1.0, NAN, 3.0]]), missing="mean")
    assert first.panel.features.ravel().tolist() == [1, 2, 3]
    again = reworked(panel_of([[10.0, NAN]]), first.fitted, missing="mean")
    assert again.panel.features.ravel().tolist() == [10, 2]
    assert again.fitted == {}
    unknown = reworked(panel_of([[10.0, NAN]]), {}, missing="mean")
    assert np.isnan(unknown.panel.features[1, 0])
    assert unknown.filled.left == {"v": 1}


def test_a_hole_is_filled_by_the_mean_whatever_stands_in_the_block_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "BLOCK", 2)
    found = reworked(panel_of([[1.0, 2.0, NAN, 6.0]]), missing="mean")

    assert found.panel.features.ravel().tolist() == [1, 2, 3, 6]
    assert found.filled.policy == {"v": 1}


@pytest.mark.parametrize("policy", ["ffill", "interpolate", "mean"])
def test_a_table_without_a_hole_is_passed_on_as_it_is(policy: str) -> None:
    panel = panel_of([[1.0, 2.0], [3.0]])

    assert reworked(panel, missing=policy).panel.features is panel.features


def test_lines_are_not_fitted_again_and_belong_to_their_key() -> None:
    first = reworked(panel_of([[0.0, 2.0, 4.0], [9.0, 8.0, 7.0]], ["a", "b"]), detrend="linear")
    np.testing.assert_allclose(first.panel.features, 0, atol=1e-12)
    again = reworked(panel_of([[7.0, 9.0]], ["b"]), first.fitted, detrend="linear")
    np.testing.assert_allclose(again.panel.features.ravel(), [-2, 1], atol=1e-12)
    with pytest.raises(DataError, match="1 sequence had no row in train, the first c"):
        reworked(panel_of([[7.0, 9.0]], ["c"]), first.fitted, detrend="linear")


def test_lines_of_very_many_sequences_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST", 1)
    with pytest.raises(DataError, match="--detrend would learn lines for 2 sequences and 1 column"):
        reworked(panel_of([[1.0, 2.0], [3.0, 4.0]]), detrend="linear")


def test_a_table_without_keys_or_a_column_without_a_value_has_no_line() -> None:
    with pytest.raises(DataError, match="the table has no value of v in train"):
        lstmprep.window(
            pa.table({"v": pa.array([None, None, 3.0, 4.0]), "w": range(4)}),
            missing="drop",
            detrend="linear",
            split="2,2",
            timesteps=1,
        )


def test_a_column_of_no_value_in_train_has_no_mean_and_costs_its_samples() -> None:
    table = pa.table({"v": pa.array([None, None, 3.0, None]), "w": range(4)})
    with pytest.raises(DataError, match="holds a missing value"):
        lstmprep.window(table, missing="mean", split="2,2", timesteps=1)


def test_a_column_of_the_future_is_filled_and_its_logarithm_taken() -> None:
    table = pa.table({"v": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 2.0, 4.0, 8.0], "f": [1.0, None, np.e, 1.0]})
    data = lstmprep.window(
        table,
        features="v",
        target="y",
        future="f",
        missing="ffill",
        log="f",
        difference=1,
        timesteps=1,
        dtype="float64",
    )

    np.testing.assert_allclose(data.future.ravel(), [1, 0], atol=1e-12)
    assert data.y.ravel().tolist() == [2, 4]


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("horizon", [1, 3])
def test_the_index_holds_what_brings_differences_back(lag: int, horizon: int) -> None:
    rng = np.random.default_rng(lag)
    table = pa.table(
        {
            "t": range(20),
            "v": rng.integers(0, 9, 20) * 1.0,
            "y": rng.integers(1, 99, 20) * 1.0,
            "z": rng.integers(1, 99, 20) * 1.0,
        }
    )
    asked: Any = {"time": "t", "features": "v", "target": "y,z", "horizon": horizon, "timesteps": 2, "split": "12,8"}
    data = lstmprep.window(table, difference=lag, **asked)
    for part in ("train", "test"):
        index = data.index(part)
        steps = min(lag, horizon)
        before = np.stack(
            [np.stack([index[f"before_{s + 1}_{n}"].to_numpy() for n in ("y", "z")], axis=1) for s in range(steps)],
            axis=1,
        )
        y = getattr(data, part).y.reshape(-1, horizon, 2)
        rows = index["target_first_row"].to_numpy()[:, None] + np.arange(horizon)
        expected = np.stack([table["y"].to_numpy()[rows], table["z"].to_numpy()[rows]], axis=2)
        np.testing.assert_array_equal(undifferenced(y, before, lag), expected)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"time": None, "max_gap": "5"}, "--max-gap needs --time"), ({"time": None, "time_delta": True}, "--time-delta needs --time"), ({"time": None, "join_asof": "x"}, "--join-asof needs --time"),
        ({"time_unit": "s", "time_format": "%Y"}, "--time-unit and --time-format exclude each other"),
        ({"join": "x"}, "--join needs --join-on"), ({"join_on": "x"}, "--join-on needs --join"), ({"max_gap": "soon"}, "--max-gap 'soon' is no step of time"),
        ({"resample": "2Y"}, "--resample '2Y' is no step of time"), ({"sections": "x", "label": "l"}, "--sections and --label exclude each other"),
    ],
)  # fmt: skip
def test_settings_of_time_that_mean_nothing(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        from_flat({"timesteps": 1, "time": "t", **asked})


def test_numbers_that_are_instants_stand_in_one_column() -> None:
    with pytest.raises(RecipeError, match="--time-unit needs one column of the time"):
        lstmprep.window(pa.table({"t": [0], "u": [1], "v": [1]}), time="t,u", time_unit="s", timesteps=1)


def test_a_mask_stands_beside_windows_alone() -> None:
    with pytest.raises(
        LstmprepError, match="--missing mask writes an array like X beside it, and a lagged table has none"
    ):
        from_flat({"lags": [1, 2], "missing": "mask"}, command="lag")


def test_rows_of_a_grid_stand_for_rows_of_the_table() -> None:
    rows = np.array([5, 6, 0, 1])
    panel = Panel(
        features=np.zeros((4, 1)), starts=np.array([0, 2]), stops=np.array([2, 4]), keys={}, source_rows=rows, source_bounds=np.array([0, 0, 2, 3, 4])
    )  # fmt: skip

    assert panel.source(np.arange(4)).tolist() == [5, 5, 0, 1]
    assert panel.source(np.arange(4), last=True).tolist() == [5, 6, 0, 1]
    assert panel.sources(np.array([0, 1, 3])).tolist() == [5, 6, 1]
    assert panel.stands_for(np.array([0, 1, 2])) == 3


def test_a_stated_shape_fills_nothing() -> None:
    with pytest.raises(RecipeError, match=r"--missing 'ffill' is not one of its choices\n.*error, drop"):
        from_flat({"shape": "2,1,1", "missing": "ffill"}, command="reshape")


def hourly(hours: list[int]) -> pa.Table:
    """A row at each of these hours of a day."""
    values = [float(h) for h in hours]
    return pa.table({"t": [dt.datetime(2024, 1, 1, h, tzinfo=dt.UTC) for h in hours], "a": values, "y": values})


@pytest.mark.parametrize(
    ("hours", "settings", "words", "advice"),
    [
        (
            [0, 2, 3, 5],
            {},
            r"4 missing values on the grid of --resample 1h \(a 2, y 2\)",
            "--fill linear, ffill or zero",
        ),
        ([0, 4, 5], {"fill": "ffill", "max_fill": 2}, r"\(a 3, y 3\)", "the hole is longer than --max-fill"),
    ],
)
def test_holes_of_a_grid_are_counted_in_the_columns_that_have_them_from_the_first_on(
    hours: list[int], settings: dict[str, Any], words: str, advice: str
) -> None:
    with pytest.raises(DataError, match=f"row 1, column a: .*{words}, the first behind here") as refused:
        lstmprep.window(
            hourly(hours), time="t", resample="1h", calendar="hour", target="y", timesteps=1, lead=1, **settings
        )

    assert advice in str(refused.value)
    assert "hour " not in str(refused.value), "the hour of a cell without a row is known"


def test_signs_of_what_was_observed_stand_beside_the_columns_that_are_left() -> None:
    table = pa.table({"k": ["b", "c", "b", "d"], "v": [1.0, None, 3.0, None]})
    data = lstmprep.window(table, categorical="k", unknown="code", missing="mask", split="2,2", timesteps=1)

    assert data.manifest["feature_names"] == ["v", "k=b", "k=c"]
    assert data.test.X[:, 0].tolist() == [[3, 1, 0], [0, 0, 0]]
    assert data.test.observed[:, 0].tolist() == [[True, True, True], [False, True, True]]


@pytest.mark.parametrize("split", [None, "3,3"])
def test_a_hole_behind_rows_spent_on_a_difference_is_filled_from_them(split: str | None) -> None:
    """The first row gives no sample, but its value is known before the second one's."""
    table = pa.table({"t": range(6), "v": [5.0, None, 7.0, 8.0, None, 12.0]})

    data = lstmprep.window(table, time="t", timesteps=1, missing="ffill", difference=1, split=split)

    found = [data] if split is None else [data.train, data.test]
    assert [v for part in found for v in part.X[:, 0, 0].tolist()] == [0, 2, 1, 0, 4]


@pytest.mark.parametrize("asked", [("indicator",), ("time_since",), ("indicator", "time_since")])
def test_signs_of_many_rows_are_those_of_all_rows_together(
    monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]
) -> None:
    """Blocks of one, two, three and more rows, whose ends lie inside of holes and of sequences."""
    values = [[1.0, NAN, NAN, NAN, 5.0], [NAN, 2.0, NAN], [7.0]]
    found = []
    monkeypatch.setattr(walk, "FEWEST", 1)
    for values_of_a_block in (1, 6, 9, 1000):  # fewer rows the more columns there are
        monkeypatch.setattr(walk, "BLOCK", values_of_a_block)
        found.append(reworked(panel_of(values), missing="ffill", **dict.fromkeys(asked, True)).panel.features)

    filled, missing, since = [1, 1, 1, 1, 5, NAN, 2, 2, 7], [0, 1, 1, 1, 0, 1, 0, 1, 0], [0, 1, 2, 3, 4, 0, 1, 1, 0]
    columns = [filled, *([missing] if "indicator" in asked else []), *([since] if "time_since" in asked else [])]
    for features in found:
        np.testing.assert_array_equal(features, np.array(columns, float).T)


def test_a_column_behind_classes_has_its_own_sign() -> None:
    table = pa.table({"c": ["x", "y", "z", "x"], "v": [1.0, None, 3.0, 4.0]})

    made = lstmprep.window(
        table, features="c,v", categorical="c", timesteps=1, missing="ffill", indicator=True, time_since=True
    )

    names = made.manifest["feature_names"]
    assert names[-4:] == ["c_missing", "v_missing", "c_since", "v_since"]
    found = np.asarray(made.X)[:, 0, :]
    assert found[:, names.index("v_missing")].tolist() == [0, 1, 0, 0]
    assert found[:, names.index("c_missing")].tolist() == [0, 0, 0, 0]
    assert found[:, names.index("v_since")].tolist() == [0, 1, 2, 1]
    assert found[:, names.index("c_since")].tolist() == [0, 1, 1, 1]


def test_what_is_made_of_times_is_never_missing_and_has_no_sign() -> None:
    made = lstmprep.window(
        pa.table({"t": [0, 1, 2], "v": [1.0, None, 3.0]}),
        time="t", timesteps=1, missing="ffill", indicator=True, time_since=True, time_delta=True,
    )  # fmt: skip

    assert made.manifest["feature_names"] == ["v", "time_delta", "v_missing", "v_since"]
    assert np.asarray(made.X)[:, 0, :].tolist() == [[1, 0, 0, 0], [1, 1, 1, 1], [3, 1, 0, 2]]
