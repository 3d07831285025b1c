"""A regular grid, fills, differences and derived columns from tables to arrays, against plain pandas group by group."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.grid.steps import parse_step, told
from lstmprep.ingest import derived, regular

SECOND = 10**6


def values(data: Any, name: str = "X") -> Any:
    """The rows of an array, windows of one step: NaN-safe."""
    return getattr(data, name)[:, 0]


COMMANDS = st.sampled_from(["window", "pad", "lag"])


def rows_by(command: str, table: Any, **asked: Any) -> tuple[Any, Any]:
    """(every row of the table as the command prepares it, what the command made): windows of one step, real steps, lag 0."""
    asked |= {"dtype": "float64"}
    if command == "lag":
        data = lstmprep.lag(table, lags=[0], **asked)
        return data.X, data
    data = lstmprep.window(table, timesteps=1, **asked) if command == "window" else lstmprep.pad(table, **asked)
    return (data.X[:, 0] if command == "window" else data.X[data.mask]), data


def instants(seconds: Any) -> pa.Array:
    return pa.array([int(s) * SECOND for s in seconds], pa.timestamp("us"))


@st.composite
def panels(draw: st.DrawFn, holes: float = 0.2) -> pd.DataFrame:
    """Irregular rows of several groups, in any order, with holes: columns k, t (seconds), v, w."""
    frames = []
    for key in draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)):
        steps = draw(st.lists(st.integers(1, 5000), min_size=1, max_size=12))
        start = draw(st.integers(-200_000, 200_000))
        frames.append(pd.DataFrame({"k": key, "t": start + np.cumsum(steps)}))
    frame = pd.concat(frames, ignore_index=True)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    for name in "vw":
        column = rng.integers(1, 50, len(frame)).astype(float)
        column[rng.random(len(frame)) < holes] = np.nan
        frame[name] = column
    return frame.sample(frac=1, random_state=draw(st.integers(0, 9))).reset_index(drop=True)


def table_of(frame: pd.DataFrame) -> pa.Table:
    columns = {c: pa.array([None if v != v else v for v in frame[c].tolist()]) for c in frame if c not in ("k", "t")}  # noqa: PLR0124
    return pa.table({"k": frame["k"].tolist(), "t": instants(frame["t"]), **columns})


def in_pandas(frame: pd.DataFrame, step: int, how: dict[str, str]) -> pd.DataFrame:
    """`resample` of every group, one after the other: left closed, left label, from the start of the day."""
    out = []
    for key, group in frame.sort_values(["k", "t"]).groupby("k"):
        indexed = group.set_index(pd.DatetimeIndex((group["t"] * SECOND).to_numpy().view("M8[us]")))
        cells = indexed.resample(f"{step}s")
        columns = {c: cells[c].sum(min_count=1) if h == "sum" else getattr(cells[c], h)() for c, h in how.items()}
        out.append(pd.DataFrame(columns).assign(k=key))
    return pd.concat(out)


@given(
    frame=panels(),
    step=st.sampled_from([60, 600, 3600, 7000, 86_400]),
    hows=st.tuples(*[st.sampled_from(["mean", "sum", "min", "max", "first", "last", "count"])] * 2),
    block=st.integers(2, 40),
    command=st.sampled_from(["window", "pad"]),
)
@settings(max_examples=60)
def test_cells_are_those_of_pandas_group_by_group(
    frame: pd.DataFrame, step: int, hows: tuple[str, str], block: int, command: str
) -> None:
    expected = in_pandas(frame, step, {"v": hows[0], "w": hows[1]})
    if len(expected) > max(1000, 100 * len(frame)):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regular, "BLOCK", block)
        found, data = rows_by(
            command, table_of(frame), group_by="k", time="t", features="v,w", resample=f"{step}s", aggregate=f"{hows[0]}:v,{hows[1]}:w", missing="mask", pad_value=-1,
        )  # fmt: skip

    np.testing.assert_allclose(found, expected[["v", "w"]].fillna(-1).to_numpy(), rtol=1e-12)
    observed = data.observed[:, 0] if command == "window" else data.observed[data.mask]
    assert observed.tolist() == expected[["v", "w"]].notna().to_numpy().tolist()
    index = data.index()
    if command == "pad":
        expected = expected.groupby("k").head(1)
    assert (
        index["first_time"].cast(pa.int64()).to_pylist()
        == expected.index.to_numpy().astype("M8[us]").view(np.int64).tolist()
    )
    rows = data.manifest["rows"]
    assert rows["used_as_input"] == rows["read"] == len(frame)


FILLS = {
    "ffill": lambda f: f.ffill(),
    "linear": lambda f: f.interpolate("index", limit_area="inside"),
    "zero": lambda f: f.fillna(0),
}


@given(frame=panels(), fill=st.sampled_from(list(FILLS)), share=st.sampled_from([None, 0.5]))
@settings(max_examples=60)
def test_cells_are_filled_inside_their_group_and_their_part_alone(
    frame: pd.DataFrame, fill: str, share: float | None
) -> None:
    cells = in_pandas(frame, 3600, {"v": "mean"}).reset_index(names="at")
    parts = cells.groupby(cells["k"]) if share is None else cells.groupby(
        [cells["k"], cells.groupby("k").cumcount() >= np.floor(cells.groupby("k")["v"].transform("size") * share + 1e-9)]
    )  # fmt: skip
    expected = pd.concat(
        [FILLS[fill](p.set_index("at")["v"]).reset_index(drop=True).set_axis(p.index) for _, p in parts]
    ).sort_index()
    asked: dict[str, Any] = {} if share is None else {"split": f"{share},{1 - share}", "split_by": "sequence"}
    try:
        data = lstmprep.window(
            table_of(frame), group_by="k", time="t", features="v", resample="1h", fill=fill, missing="mask", pad_value=-1, timesteps=1, dtype="float64", **asked,
        )  # fmt: skip
    except DataError:
        assert share is not None
        return

    order = expected.fillna(-1).to_numpy()
    if share is None:
        np.testing.assert_allclose(values(data)[:, 0], order, rtol=1e-12)
        return
    later = (
        cells.groupby("k").cumcount() >= np.floor(cells.groupby("k")["v"].transform("size") * share + 1e-9)
    ).to_numpy()
    np.testing.assert_allclose(data.train.X[:, 0, 0], order[~later], rtol=1e-12)
    np.testing.assert_allclose(data.test.X[:, 0, 0], order[later], rtol=1e-12)


@given(
    frame=panels(holes=0.4),
    policy=st.sampled_from(["ffill", "interpolate", "mean"]),
    seed=st.integers(0, 9),
    command=COMMANDS,
)
@settings(max_examples=60)
def test_missing_values_are_filled_as_pandas_does_it_group_by_group(
    frame: pd.DataFrame, policy: str, seed: int, command: str
) -> None:
    ordered = frame.sort_values(["k", "t"])
    groups = [g.set_index("t")[["v", "w"]] for _, g in ordered.groupby("k")]
    means = ordered[["v", "w"]].mean()
    fill = {
        "ffill": lambda f: f.ffill(),
        "interpolate": lambda f: f.interpolate("index", limit_area="inside"),
        "mean": lambda f: f.fillna(means),
    }
    filled = [fill[policy](g) for g in groups]
    if command == "pad":  # a sequence that is left with a hole is no sample
        filled = [g for g in filled if g.notna().all(axis=None)]
    expected = pd.concat([*filled, pd.DataFrame({"v": [], "w": []})]).dropna().to_numpy()
    shuffled = frame.sample(frac=1, random_state=seed)
    outcomes = []
    for rows in (frame, shuffled):
        try:
            found, _ = rows_by(command, table_of(rows), group_by="k", time="t", features="v,w", missing=policy)
        except DataError as error:
            assert "missing" in str(error) or "holds" in str(error)  # noqa: PT017
            outcomes.append(None)
            continue
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        outcomes.append(found.tobytes())

    assert (outcomes[0] is None) == (not len(expected))
    assert outcomes[0] == outcomes[1]


def test_an_oddly_ordered_table_gives_the_same_bytes() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "k": rng.choice(list("abcd"), 400),
            "t": rng.permutation(40_000)[:400],
            "v": rng.normal(size=400) * 1e6,
            "w": rng.normal(size=400),
        }
    )
    asked: Any = {
        "group_by": "k", "time": "t", "resample": "1h", "aggregate": "sum:v,mean:w", "fill": "linear", "missing": "mean", "detrend": "linear", "difference": 2,
        "time_delta": True, "calendar": "hour,dow", "cyclic": True, "split": "0.6,0.4", "timesteps": 2, "scale": "standard",
    }  # fmt: skip
    one = lstmprep.window(table_of(frame), **asked)
    for seed in range(3):
        again = lstmprep.window(table_of(frame.sample(frac=1, random_state=seed)), **asked)
        assert again.train.X.tobytes() == one.train.X.tobytes()
        assert again.test.X.tobytes() == one.test.X.tobytes()
        assert again.manifest["fitted"] == one.manifest["fitted"]


# ---- the grid ----


def series(times: Any, numbers: Any = None) -> pa.Table:
    return pa.table({"t": times, "v": list(numbers if numbers is not None else range(1, len(times) + 1))})


def test_a_common_grid_has_the_same_cells_for_all() -> None:
    table = pa.table({"k": ["a", "a", "b"], "t": [10, 30, 20], "v": [1, 3, 2]})
    asked: Any = {
        "group_by": "k",
        "time": "t",
        "features": "v",
        "timesteps": 1,
        "resample": "10",
        "missing": "mask",
        "pad_value": -1,
    }

    assert values(lstmprep.window(table, **asked)).ravel().tolist() == [1, -1, 3, 2]
    assert values(lstmprep.window(table, grid="common", **asked)).ravel().tolist() == [1, -1, 3, -1, 2, -1]
    index = lstmprep.window(table, grid="common", **asked).index()
    assert index["first_time"].to_pylist() == [10, 20, 30] * 2
    assert index["first_row"].to_pylist() == [0, 1, 1, 2, 2, 2]
    assert index["last_row"].to_pylist() == [0, 0, 1, 2, 2, 2]


def test_a_hole_is_no_part_of_the_grid() -> None:
    data = lstmprep.window(series([0, 1, 3, 10, 11]), time="t", resample="1", fill="ffill", max_gap="4", timesteps=2)

    assert data.X[:, :, 0].tolist() == [[1, 2], [2, 2], [2, 3], [4, 5]]
    grid = data.manifest["order"]["grid"]
    assert (grid["cells"], grid["without_rows"], grid["filled"], grid["step"]) == (6, 1, {"v": 1}, "1")


@pytest.mark.parametrize(
    ("zone", "day", "hours"), [("Europe/Berlin", "2020-03-29", 23), ("Europe/Berlin", "2020-10-25", 25), ("America/New_York", "2021-03-14", 23), ("Australia/Lord_Howe", "2020-04-05", 24.5)]
)  # fmt: skip
def test_a_day_begins_at_midnight_where_clocks_are_changed(zone: str, day: str, hours: float) -> None:
    begin = pd.Timestamp(day, tz=zone)
    end = begin + pd.DateOffset(days=2)
    times = pd.date_range(begin, end, freq="30min", inclusive="left")
    table = pa.table(
        {
            "t": pa.array(times.tz_convert("UTC").as_unit("us").asi8.tolist(), pa.timestamp("us", "UTC")),
            "v": [1.0] * len(times),
        }
    )
    data = lstmprep.window(table, time="t", timezone=zone, resample="1d", aggregate="count", timesteps=1)

    assert values(data).ravel().tolist() == [hours * 2, 48]
    assert data.index()["first_time"].cast(pa.int64()).to_pylist() == [
        t.value // 1000 for t in (begin, begin + pd.DateOffset(days=1))
    ]


def test_hours_of_a_zone_begin_at_its_own_hours() -> None:
    times = pd.date_range("2020-01-01", periods=4, freq="30min", tz="Asia/Kolkata")
    table = pa.table(
        {"t": pa.array(times.tz_convert("UTC").as_unit("us").asi8.tolist(), pa.timestamp("us", "UTC")), "v": range(4)}
    )

    assert values(
        lstmprep.window(table, time="t", timezone="Asia/Kolkata", resample="1h", timesteps=1)
    ).ravel().tolist() == [0.5, 2.5]
    assert values(lstmprep.window(table, time="t", resample="1h", timesteps=1)).ravel().tolist() == [0, 1.5, 3]


@pytest.mark.parametrize("year", ["1600", "2020", "9999"])
def test_a_leap_day_is_a_day_of_the_grid_in_any_year(year: str) -> None:
    days = [f"{year}-02-28", f"{year}-03-01"]
    data = lstmprep.window(series(days), time="t", resample="1d", fill="linear", timesteps=1)

    leap = year != "9999"
    assert values(data).ravel().tolist() == ([1, 1.5, 2] if leap else [1, 2])


def test_fractions_and_whole_numbers_have_a_grid_too() -> None:
    halves = lstmprep.window(series([0.1, 0.3, 0.7]), time="t", resample="0.2", fill="linear", timesteps=1)
    assert halves.index()["first_time"].to_pylist() == pytest.approx([0, 0.2, 0.4, 0.6])
    whole = lstmprep.window(series([0, 1, 2]), time="t", resample="0.5", fill="linear", timesteps=1)
    assert values(whole).ravel().tolist() == [1, 1.5, 2, 2.5, 3]
    assert whole.index()["first_time"].to_pylist() == [0, 0.5, 1, 1.5, 2]


def test_rows_of_one_time_are_joined_by_their_cell_unless_their_order_matters() -> None:
    table = series([0, 0, 1], [1, 3, 5])

    assert values(lstmprep.window(table, time="t", resample="1", timesteps=1)).ravel().tolist() == [2, 5]
    with pytest.raises(DataError, match="stands twice"):
        lstmprep.window(table, time="t", resample="1", aggregate="last", timesteps=1)


def test_classes_get_the_newest_of_their_cell_and_are_carried_on_by_ffill() -> None:
    table = pa.table({"t": [0, 1, 4], "v": [1, 2, 3], "c": ["x", "y", "x"], "l": ["p", "q", "p"]})
    asked: Any = {"time": "t", "features": "v", "categorical": "c", "label": "l", "resample": "2", "timesteps": 1}

    data = lstmprep.window(table, fill="ffill", **asked)
    assert values(data).tolist() == [[1.5, 0, 1], [1.5, 0, 1], [3, 1, 0]]
    assert data.y.tolist() == [1, 1, 0]
    dropped = lstmprep.window(table, missing="drop", **asked)
    assert dropped.y.tolist() == [1, 0]
    with pytest.raises(RecipeError, match="--fill linear has no value between classes"):
        lstmprep.window(table, fill="linear", **asked)


@pytest.mark.parametrize(
    ("table", "asked", "words"),
    [
        (series([0, 5]), {"resample": "1h"}, "--resample '1h' is a length of time, and the times are plain numbers"),
        (series(["2020-01-01", "2020-01-02"]), {"resample": "5"}, "--resample '5' has no unit"),
        (series(["2020-01-01", "2020-01-02"]), {"resample": "10ns"}, "--resample '10ns' is finer than the times, which are kept in us"),
        (series([0, 5]), {"resample": "1", "aggregate": "sum:x"}, "--aggregate: there is no column 'x'"),
        (series([0, 5]), {"resample": "1", "aggregate": "sum:v,mean:v"}, "--aggregate names 'v' twice"),
        (series([0, 5]), {"resample": "1", "aggregate": "sun"}, "--aggregate 'sun' is not one of its choices"),
        (series([0, 5]), {"resample": "1", "aggregate": ["sum", "mean"]}, "--aggregate names two ways for all columns"),
        (series([0, 5]), {"resample": "1M"}, "--resample '1M' is no step of time"),
        (series([0, 5]), {"aggregate": "sum"}, "--aggregate needs --resample"),
        (series([0, 5]), {"fill": "zero"}, "--fill needs --resample"),
        (series([0, 5]), {"grid": "common"}, "--grid needs --resample"),
        (series([0, 5]), {"resample": "1", "max_fill": 0}, "--max-fill is 0"),
        (series([0, 5]), {"resample": "1", "max_fill": 2}, "--max-fill has nothing to fill"),
        (series([0, 5]), {"resample": "1", "require_even": True}, "--require-even and --resample exclude each other"),
        (series([0, 5]), {"resample": "1", "max_gap": "3", "grid": "common"}, "--max-gap and --grid common exclude each other"),
        (series([0, 5]), {"resample": "4", "max_gap": "3"}, "--max-gap 3 is shorter than the step of --resample 4"),
        (series([0, 5]), {"resample": "1"}, "4 missing values on the grid of --resample 1 (v 4), the first behind here"),
        (series([0, 1, 5]), {"resample": "1", "fill": "linear", "max_fill": 2}, "longer than --max-fill"),
    ],
)  # fmt: skip
def test_what_cannot_be_gridded_is_named(table: pa.Table, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(table, **{"time": "t", "timesteps": 1, **asked})

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("table", "step"),
    [
        (series([f"2020-01-0{1 + i // 14}T{i % 14:02d}:00:01" for i in range(40)]), "1s"), (series([0, 1, 10**11]), "1"), (series(["1600-01-01", "9999-12-31"]), "1min"),
        (series([0.5, 1e9]), "0.001"),
    ],
)  # fmt: skip
def test_a_grid_that_is_nearly_all_invention_is_refused_and_every_step_that_is_offered_works(
    table: pa.Table, step: str
) -> None:
    with pytest.raises(DataError, match="nearly all of them without a value") as refused:
        lstmprep.window(table, time="t", resample=step, fill="ffill", timesteps=1)

    offered = [w for a, w in itertools.pairwise(refused.value.fix.split()) if a == "--resample"]
    assert offered
    for better in offered:
        data = lstmprep.window(table, time="t", resample=better, fill="ffill", timesteps=1)
        assert f"--resample {better} makes {data.manifest['order']['grid']['cells']:,}" in refused.value.fix
    assert parse_step(told(1, None)) is not None


def test_targets_are_folded_and_filled_by_the_grid_but_never_by_missing() -> None:
    table = pa.table({"t": [0, 1, 4], "v": [1.0, 2.0, 5.0], "y": [10.0, 20.0, 50.0]})
    data = lstmprep.window(table, time="t", features="v", target="y", resample="1", fill="linear", timesteps=1)
    assert data.y.ravel().tolist() == [20, 30, 40, 50]
    holes = pa.table({"t": [0, 1, 2, 3], "v": [1.0, None, 3.0, 4.0], "y": [1.0, 2.0, None, 4.0]})
    data = lstmprep.window(holes, time="t", features="v", target="y", missing="ffill", timesteps=1)
    assert (values(data).ravel().tolist(), data.y.ravel().tolist()) == ([1, 3], [2, 4])
    assert data.manifest["missing"]["samples_left_out"] == 1


def test_a_section_that_ends_inside_a_cell_keeps_its_rows_to_itself(tmp_path: Any) -> None:
    (tmp_path / "s.csv").write_text("k,start,end,label\na,0,4,x\na,5,11,y\n")
    table = pa.table(
        {
            "k": ["a"] * 12 + ["b"] * 3,
            "t": [*range(12), 0, 1, 2],
            "v": [*range(12), 7, 8, 9],
            "h": [1.0] * 12 + [2.0] * 3,
        }
    )
    data = lstmprep.window(
        table, group_by="k", time="t", features="v", static="h", sections=tmp_path / "s.csv", resample="3", timesteps=1
    )

    assert values(data).ravel().tolist() == [1, 3.5, 5, 7, 10]
    assert data.y.tolist() == [0, 0, 1, 1, 1]
    assert data.static.ravel().tolist() == [1] * 5
    unused = data.manifest["rows"]["unused"]
    assert [(u["reason"], u["rows"], u["first"], u["last"]) for u in unused] == [("in no section", 3, 12, 14)]
    assert data.manifest["sequences"]["count"] == 1


# ---- missing values ----

HOLES = pa.table({"t": [0, 1, 2, 4, 5], "v": [1.0, None, None, 4.0, 5.0], "w": [None, 2.0, 3.0, 4.0, None]})


def test_signs_of_missing_values_stand_beside_the_values() -> None:
    data = lstmprep.window(HOLES, time="t", missing="mask", pad_value=-1, indicator=True, time_since=True, timesteps=5)

    assert data.manifest["feature_names"] == ["v", "w", "v_missing", "w_missing", "v_since", "w_since"]
    assert data.X[0].T.tolist() == [
        [1, -1, -1, 4, 5], [-1, 2, 3, 4, -1], [0, 1, 1, 0, 0], [1, 0, 0, 0, 1], [0, 1, 2, 4, 1], [0, 1, 1, 2, 1],
    ]  # fmt: skip
    assert data.observed[0].T.tolist() == [
        [True, False, False, True, True],
        [False, True, True, True, False],
        *[[True] * 5] * 4,
    ]


def test_time_since_is_in_seconds_or_in_rows() -> None:
    table = pa.table({"d": ["2020-01-01", "2020-01-02", "2020-01-04"], "v": [1.0, None, 3.0]})
    asked: Any = {"features": "v", "missing": "ffill", "time_since": True, "timesteps": 3}

    assert lstmprep.window(table, time="d", **asked).X[0, :, 1].tolist() == [0, 86_400, 3 * 86_400]
    assert lstmprep.window(table, **asked).X[0, :, 1].tolist() == [0, 1, 2]


def test_the_mean_is_that_of_train_and_stands_in_the_manifest() -> None:
    data = lstmprep.window(HOLES, time="t", features="v", missing="mean", split="3,2", timesteps=1)

    assert data.train.X.ravel().tolist() == [1, 1, 1]
    assert data.manifest["fitted"]["means"] == {"v": {"rows": 1, "mean": 1.0}}
    assert data.manifest["missing"]["filled"] == {"v": 2}
    assert data.manifest["missing"]["looks_ahead"] is False


@pytest.mark.parametrize(
    ("policy", "train", "test"),
    [("interpolate", [1, 2], [5, 6]), ("ffill", [1, 2, 2], [5, 6]), ("mean", [1, 2, 1.5], [1.5, 5, 6])],
)
def test_no_fill_looks_across_a_split(policy: str, train: list[float], test: list[float]) -> None:
    table = pa.table({"t": range(6), "v": pa.array([1.0, 2.0, None, None, 5.0, 6.0])})
    data = lstmprep.window(table, time="t", features="v", missing=policy, split="3,3", timesteps=1)

    assert data.train.X.ravel().tolist() == train
    assert data.test.X.ravel().tolist() == test


def test_looking_ahead_is_flagged() -> None:
    data = lstmprep.window(HOLES, time="t", features="v", missing="interpolate", timesteps=1)

    assert values(data).ravel().tolist() == [1, 1.75, 2.5, 4, 5]
    assert data.manifest["missing"]["looks_ahead"] is True
    assert any("looks ahead" in n["text"] for n in data.manifest["notes"])


def test_what_has_nothing_to_fill_from_costs_its_samples_by_count() -> None:
    data = lstmprep.window(HOLES, time="t", features="w", missing="ffill", timesteps=1)
    assert values(data).ravel().tolist() == [2, 3, 4, 4]
    notes = {n["code"]: n["text"] for n in data.manifest["notes"]}
    assert notes["missing-filled"] == "1 missing value filled by --missing ffill (w 1)"
    assert notes["missing-left"] == "1 missing value with nothing to fill from: samples that hold one are left out"
    assert data.manifest["missing"]["samples_left_out"] == 1


def test_a_hole_longer_than_max_fill_stays() -> None:
    data = lstmprep.window(HOLES, time="t", features="v", missing="ffill", max_fill=1, timesteps=1)

    assert values(data).ravel().tolist() == [1, 4, 5]


def test_the_pad_value_of_a_mask_is_written_after_scaling_and_padded_steps_are_not_observed() -> None:
    data = lstmprep.window(
        HOLES, time="t", features="v", missing="mask", scale="minmax", partial=True, pad_value=-9, timesteps=2
    )

    assert data.X[:, :, 0].tolist() == [[-9, 0], [0, -9], [-9, -9], [-9, 0.75], [0.75, 1]]
    assert data.observed[:, :, 0].tolist() == [
        [False, True],
        [True, False],
        [False, False],
        [False, True],
        [True, True],
    ]
    first = lstmprep.window(
        HOLES, time="t", features="v", missing="mask", partial=True, pad_value=-9, timesteps=2, layout="time-first"
    )
    assert first.X[..., 0].T.tolist() == [[-9, 1], [1, -9], [-9, -9], [-9, 4], [4, 5]]
    assert first.observed[..., 0].T.tolist() == data.observed[..., 0].tolist()


def test_folds_are_filled_by_their_own_train() -> None:
    table = pa.table({"t": range(8), "v": [1.0, None, 3.0, 4.0, None, 6.0, 7.0, 8.0]})
    data = lstmprep.window(table, time="t", features="v", missing="mean", folds=2, timesteps=1)

    means = [data.manifest["fitted"]["folds"][f"fold{i}"]["means"]["v"]["mean"] for i in (0, 1)]
    assert means[0] != means[1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"indicator": True}, "--indicator has nothing to tell with --missing error"), ({"time_since": True, "missing": "drop"}, "--time-since has nothing to tell with --missing drop"),
        ({"max_fill": 3}, "--max-fill has nothing to fill"), ({"missing": "fill"}, "--missing 'fill' is not one of its choices"),
    ],
)  # fmt: skip
def test_settings_of_missing_values_that_mean_nothing(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        lstmprep.window(HOLES, time="t", timesteps=1, **asked)


def test_a_name_that_is_taken_is_refused() -> None:
    for name, asked in (("v_missing", {"missing": "mask", "indicator": True}), ("time_delta", {"time_delta": True})):
        table = pa.table({"t": [0, 1], "v": [1, 2], name: [0, 1]})
        with pytest.raises(RecipeError, match=f"the table has a feature '{name}'"):
            lstmprep.window(table, time="t", timesteps=1, **asked)


def test_classes_have_one_sign_and_no_mean() -> None:
    table = pa.table({"v": [1.0, 2.0, 3.0], "c": ["x", None, "y"]})
    data = lstmprep.window(table, categorical="c", missing="ffill", indicator=True, timesteps=1)
    assert data.manifest["feature_names"] == ["v", "c=x", "c=y", "v_missing", "c_missing"]
    assert values(data).tolist() == [[1, 1, 0, 0, 0], [2, 1, 0, 0, 1], [3, 0, 1, 0, 0]]
    assert len(lstmprep.window(table, categorical="c", missing="mean", timesteps=1).X) == 2


# ---- changes ----


@given(frame=panels(holes=0.0), lag=st.integers(1, 4), steps=st.integers(1, 3))
@settings(max_examples=40)
def test_differences_are_those_of_pandas_and_cost_the_first_rows_of_each_group(
    frame: pd.DataFrame, lag: int, steps: int
) -> None:
    expected, spent = [], 0
    for _, group in frame.sort_values(["k", "t"]).groupby("k"):
        changed = group["v"].diff(lag).dropna().tolist()
        expected += [changed[i : i + steps] for i in range(len(changed) - steps + 1)]
        spent += min(lag, len(group))
    try:
        data = lstmprep.window(table_of(frame), group_by="k", time="t", features="v", difference=lag, timesteps=steps)
    except DataError as error:
        assert not expected
        assert "--difference" in str(error) or "sample" in str(error)  # noqa: PT017
        return

    assert data.X[:, :, 0].tolist() == expected
    rows = data.manifest["rows"]
    told_unused = {u["reason"]: u["rows"] for u in rows["unused"]}
    assert told_unused["spent on the differences of the rows behind them"] == spent
    assert rows["read"] == len(frame)


@given(frame=panels(holes=0.0), lag=st.integers(1, 3), command=COMMANDS)
@settings(max_examples=40)
def test_changes_are_those_of_pandas_whichever_command_asks(frame: pd.DataFrame, lag: int, command: str) -> None:
    expected = []
    for _, group in frame.sort_values(["k", "t"]).groupby("k"):
        change = np.log(group[["v", "w"]]).diff(lag).dropna()
        when = pd.DatetimeIndex((group["t"] * SECOND).to_numpy().view("M8[us]"))[lag:]
        wait = group["t"].diff().fillna(0)[lag:]
        expected.append(np.column_stack([change, wait, when.hour, when.month]))
    try:
        found, data = rows_by(
            command, table_of(frame), group_by="k", time="t", features="v,w", log="v,w", difference=lag, time_delta=True, calendar="hour,month",
        )  # fmt: skip
    except DataError as error:
        assert not sum(map(len, expected))
        assert "--difference" in str(error)  # noqa: PT017
        return

    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-9, atol=1e-12)
    assert data.manifest["feature_names"] == ["v", "w", "time_delta", "hour", "month"]


@given(frame=panels(holes=0.3), command=COMMANDS)
@settings(max_examples=40)
def test_signs_and_trends_are_those_of_pandas_whichever_command_asks(frame: pd.DataFrame, command: str) -> None:
    means, expected = frame[["v", "w"]].mean(), []
    for _, group in frame.sort_values(["k", "t"]).groupby("k"):
        gone, seconds = group[["v", "w"]].isna(), group["t"].to_numpy() - group["t"].iloc[0]
        filled = group[["v", "w"]].fillna(means).to_numpy()
        line = [np.polyval(np.polyfit(seconds, c, min(1, len(group) - 1)), seconds) for c in filled.T]
        seen = [group["t"].where(~gone[c]).ffill().shift().fillna(group["t"].iloc[0]) for c in "vw"]
        since = [(group["t"] - s).to_numpy() for s in seen]
        expected.append(np.column_stack([filled - np.array(line).T, gone, *since]))
    try:
        found, _ = rows_by(
            command, table_of(frame), group_by="k", time="t", features="v,w", missing="mean", detrend="linear", indicator=True, time_since=True,
        )  # fmt: skip
    except DataError as error:
        assert means.isna().any()
        assert "missing value" in str(error) or "no value" in str(error)  # noqa: PT017
        return

    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-7, atol=1e-6)


def test_a_difference_never_bridges_a_hole_and_fills_come_before_it() -> None:
    cut = lstmprep.window(
        series([0, 1, 9, 10], [1, 3, 50, 54]), time="t", features="v", difference=1, max_gap="2", timesteps=1
    )
    assert values(cut).ravel().tolist() == [2, 4]
    table = pa.table({"t": range(4), "v": [1.0, 3.0, None, 8.0]})
    filled = lstmprep.window(table, time="t", missing="ffill", difference=1, timesteps=1, features="v")
    assert values(filled).ravel().tolist() == [2, 0, 5]


def test_a_difference_in_test_looks_back_into_train() -> None:
    data = lstmprep.window(
        series(range(6), [1, 2, 4, 8, 16, 32]), time="t", features="v", difference=1, split="4,2", timesteps=1
    )

    assert data.train.X.ravel().tolist() == [1, 2, 4]
    assert data.test.X.ravel().tolist() == [8, 16]


def test_a_trend_is_learned_from_train_for_every_sequence_and_stands_in_the_manifest() -> None:
    table = pa.table(
        {"k": ["a"] * 4 + ["b"] * 4, "t": instants([0, 1, 2, 9] * 2), "v": [0.0, 2.0, 4.0, 30.0, 10.0, 9.0, 8.0, 1.0]}
    )
    data = lstmprep.window(
        table,
        group_by="k",
        time="t",
        features="v",
        detrend="linear",
        split="0.75,0.25",
        split_by="sequence",
        timesteps=1,
        dtype="float64",
    )

    np.testing.assert_allclose(data.train.X.ravel(), 0, atol=1e-12)
    np.testing.assert_allclose(data.test.X.ravel(), [12, 0], atol=1e-12)
    lines = data.manifest["fitted"]["detrend"]
    assert (lines["x"], lines["keys"], lines["origin"]) == ("time", [["a"], ["b"]], [0, 0])
    np.testing.assert_allclose(lines["columns"]["v"]["slope"], [2, -1])
    np.testing.assert_allclose(lines["columns"]["v"]["level"], [0, 10])
    with pytest.raises(DataError, match="the sequence b has no value of v in train"):
        lstmprep.window(
            table,
            group_by="k",
            time="t",
            features="v",
            detrend="linear",
            split="0.5,0.5",
            split_by="group",
            timesteps=1,
        )


def test_logarithm_difference_and_trend_follow_one_another() -> None:
    numbers = [1.0, 2.0, 8.0, 16.0, 128.0]
    data = lstmprep.window(
        pa.table({"v": numbers}), log="v", difference=1, detrend="linear", timesteps=4, dtype="float64"
    )

    changes = np.diff(np.log(numbers))
    line = np.polyval(np.polyfit(np.arange(1, 5), changes, 1), np.arange(1, 5))
    np.testing.assert_allclose(data.X[0, :, 0], changes - line, atol=1e-12)
    assert data.manifest["fitted"]["log"] == ["v"]
    assert data.manifest["fitted"]["difference"] == 1
    target = lstmprep.window(pa.table({"v": numbers}), log="v", target="v", timesteps=1, dtype="float64")
    np.testing.assert_allclose(target.y.ravel(), np.log(numbers[1:]))


@pytest.mark.parametrize(
    ("asked", "words", "row"),
    [
        ({"log": "v"}, "0 has no logarithm", 2), ({"log": "z"}, "--log: there is no column 'z'", None), ({"difference": 0}, "--difference is 0", None),
        ({"difference": 3}, "--difference 3 needs 4 rows for one value, the table has 3", None), ({"detrend": "cubic"}, "--detrend 'cubic' is not one of its choices", None),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_named(asked: dict[str, Any], words: str, row: int | None) -> None:
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(pa.table({"v": [1.0, 0.0, 2.0]}), timesteps=1, **asked)

    assert words in str(refused.value)
    assert refused.value.where.row == row


# ---- derived columns ----


@given(frame=panels(holes=0.0), block=st.integers(1, 20))
@settings(max_examples=40)
def test_time_deltas_and_calendar_fields_are_those_of_pandas(frame: pd.DataFrame, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derived, "BLOCK", block)
        data = lstmprep.window(
            table_of(frame),
            group_by="k",
            time="t",
            features="v",
            time_delta=True,
            calendar="dow,hour,week",
            timesteps=1,
        )
    ordered = frame.sort_values(["k", "t"])
    dates = pd.DatetimeIndex((ordered["t"] * SECOND).to_numpy().view("M8[us]"))
    expected = np.stack(
        [ordered["v"], ordered.groupby("k")["t"].diff().fillna(0), dates.day_of_week, dates.hour, dates.isocalendar().week], axis=1
    )  # fmt: skip

    assert data.manifest["feature_names"] == ["v", "time_delta", "dow", "hour", "week"]
    np.testing.assert_array_equal(values(data), expected.astype(np.float32))
    assert data.manifest["order"]["time_delta"] == "seconds"


def test_a_delta_begins_anew_behind_a_hole() -> None:
    data = lstmprep.window(series([0, 2, 9, 12]), time="t", features="v", time_delta=True, max_gap="4", timesteps=1)

    assert values(data)[:, 1].tolist() == [0, 2, 0, 3]
    assert data.manifest["order"]["time_delta"] == "units of the time column"


def test_calendar_fields_are_those_of_the_zone_and_stay_unscaled() -> None:
    table = series(["2020-07-01T22:30Z", "2020-12-31T22:30Z", "2020-12-31T23:30Z"])
    data = lstmprep.window(table, time="t", timezone="Europe/Berlin", calendar="hour,year", timesteps=1, scale="minmax")

    assert values(data)[:, 1:].tolist() == [[0, 2020], [23, 2020], [0, 2021]]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"calendar": "dow"}, "--calendar needs dates, and the times in t are plain numbers"), ({"calendar": "dom"}, "--calendar 'dom' is not one of its choices"),
        ({"calendar": "dow,dow"}, "--calendar dow,dow names a field twice"), ({"cyclic": True}, "--cyclic needs --calendar"),
    ],
)  # fmt: skip
def test_what_has_no_calendar_is_named(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        lstmprep.window(series([0, 1]), time="t", timesteps=1, **asked)


def test_sections_can_be_divided_whole(tmp_path: Any) -> None:
    (tmp_path / "s.csv").write_text("start,end,label\n0,4,x\n5,9,y\n10,14,x\n15,19,y\n")
    asked: Any = {
        "time": "t",
        "features": "v",
        "sections": tmp_path / "s.csv",
        "timesteps": 2,
        "split": "0.5,0.5",
        "split_by": "section",
    }
    data = lstmprep.window(series(range(20)), **asked)

    assert data.train.X[:, 0, 0].tolist() == [1, 2, 3, 4, 6, 7, 8, 9]
    assert data.test.y.tolist() == [0] * 4 + [1] * 4
    with pytest.raises(RecipeError, match="--split-by section needs --sections"):
        lstmprep.window(series(range(20)), time="t", timesteps=2, split="0.5,0.5", split_by="section")


CLOCKS = {"s": 1600000000 + 60 * np.arange(500), "ms": 20 * np.arange(500)}


@pytest.mark.parametrize(
    ("table", "given", "step", "right"),
    [("s", "ms", "10min", "s"), ("s", "us", "10min", "ms"), ("ms", "s", "100ms", "ms"), ("ms", "us", "100ms", "ms")],
)
def test_a_grid_that_does_not_suit_the_times_asks_whether_they_count_another_unit(table, given, step, right):
    rows = pa.table({"t": CLOCKS[table], "v": np.arange(500.0)})
    asked = {"time": "t", "timesteps": 3, "target": "v", "resample": step}

    with pytest.raises(DataError, match=f"Or do the times count {right}. With --time-unit {right} ") as refused:
        lstmprep.window(rows, time_unit=given, **asked)

    assert f"--resample {step}" in refused.value.what
    assert len(lstmprep.window(rows, time_unit=table, **asked).X)


def test_a_short_sequence_is_no_stretch_between_cuts_because_differences_cost_its_first_rows() -> None:
    table = pa.table({"k": list("aaaabbbbbb"), "t": [*range(4), *range(6)], "a": range(10)})
    unused = lstmprep.window(table, time="t", group_by="k", timesteps=4, difference=1).manifest["rows"]["unused"]

    assert {u["reason"]: u["rows"] for u in unused} == {
        "spent on the differences of the rows behind them": 2,
        "the sequence is shorter than one sample": 3,
    }
