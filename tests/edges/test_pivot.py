"""A long panel read as a wide table: against pandas, and every cell that is missing or double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.ingest import cells, wide
from lstmprep.sources import arrow as typed
from lstmprep.sources import blocks
from tests.edges.source_suite import csv_text

PANEL = {"date": [1, 1, 2, 2], "id": ["p1", "p2", "p1", "p2"], "f1": [1.0, 3.0, 5.0, 7.0], "f2": [2.0, 4.0, 6.0, 8.0]}
LONG: dict[str, Any] = {"pivot": "id", "time": "date", "timesteps": 2}


def pivoted(table: Any, **settings: Any) -> Any:
    return lstmprep.window(pa.table(table) if isinstance(table, dict) else table, **(LONG | settings))


def test_a_panel_becomes_a_column_for_each_key_and_value() -> None:
    data = pivoted(PANEL)

    assert data.manifest["feature_names"] == ["f1@p1", "f2@p1", "f1@p2", "f2@p2"]
    assert data.X.tolist() == [[[1, 2, 3, 4], [5, 6, 7, 8]]]
    assert data.manifest["rows"]["read"] == 4
    assert data.manifest["rows"]["used_as_input"] == 4
    index = data.index().to_pylist()[0]
    assert (index["first_row"], index["last_row"], index["first_time"], index["last_time"]) == (0, 3, 1, 2)
    assert [n["text"] for n in data.manifest["notes"] if n["code"] == "pivot"] == [
        "4 rows became 2, one for each date: the columns f1, f2 once for each of 2 keys of id (p1, p2)"
    ]


@st.composite
def panels(draw: st.DrawFn) -> tuple[dict[str, list[Any]], bool]:
    """A panel in any order of its rows, some cells left out, and whether any is."""
    times = draw(st.lists(st.integers(-50, 50), min_size=2, max_size=8, unique=True))
    keys = draw(
        st.lists(st.sampled_from(["b", "a", "10", "9", "a b", "é", "x,y"]), min_size=1, max_size=4, unique=True)
    )
    groups = draw(st.lists(st.sampled_from(["s2", "s1", "s10"]), min_size=1, max_size=2, unique=True))
    grid = [(g, t, k) for g in groups for t in times for k in keys]
    whole = draw(st.booleans())
    kept = grid if whole else draw(st.lists(st.sampled_from(grid), min_size=1, unique=True))
    rows = draw(
        st.one_of(st.permutations(kept), st.just(sorted(kept)), st.just(sorted(kept, key=lambda r: (r[0], r[2], r[1]))))
    )
    table = {"g": [r[0] for r in rows], "t": [r[1] for r in rows], "k": [r[2] for r in rows]}
    values = np.random.default_rng(len(rows)).permutation(2 * len(rows)).astype(float)
    table |= {"a": values[: len(rows)].tolist(), "b": values[len(rows) :].tolist()}
    return table, len(kept) < len(grid)


@given(
    panel=panels(),
    batch=st.sampled_from([1, 3, 1 << 16]),
    piece=st.sampled_from([1, 7, 1 << 20]),
    kind=st.sampled_from(["arrow", "csv"]),
)
def test_a_panel_is_what_pandas_makes_of_it(
    tmp_path_factory: pytest.TempPathFactory, panel: Any, batch: int, piece: int, kind: str
) -> None:
    import pandas as pd

    table, _ = panel
    expected = pd.DataFrame(table).pivot(index=["g", "t"], columns="k", values=["a", "b"]).sort_index()  # noqa: PD010
    source: Any = pa.table(table)
    if kind == "csv":
        source = tmp_path_factory.getbasetemp() / "panel.csv"
        source.write_text(csv_text(table), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "BATCH", batch)
        patch.setattr(blocks, "BLOCK", 40 * batch)
        patch.setattr(wide, "PIECE", piece)
        patch.setattr(cells, "PIECE", piece)
        settings = {"pivot": "k", "time": "t", "group_by": "g", "timesteps": 1, "missing": "drop", "dtype": "float64"}
        try:
            data = lstmprep.window(source, **settings)
        except DataError as refused:
            assert "every one of" in str(refused) or "is empty" in str(refused)  # noqa: PT017
            assert expected.isna().any(axis=1).all() or expected.isna().all().any()
            return

    names = [tuple(n.split("@", 1)) for n in data.manifest["feature_names"]]
    assert names == [(f, k) for k in sorted(set(table["k"]), key=lambda k: (k,)) for f in "ab"] or {"9", "10"} >= set(
        table["k"]
    )
    complete = expected.dropna()
    order = {"s1": 0, "s10": 1, "s2": 2}
    rows = sorted(complete.index, key=lambda at: (order[at[0]], at[1]))
    assert data.X[:, 0].tolist() == [[complete.loc[at][n] for n in names] for at in rows]
    assert data.index()["g"].to_pylist() == [g for g, _ in rows]
    ledger = data.manifest["rows"]
    assert ledger["read"] == len(table["g"])
    assert ledger["used_as_input"] == len(rows) * len(set(table["k"]))
    assert ledger["used_as_input"] + sum(u["rows"] for u in ledger["unused"]) == ledger["read"]
    first = data.index()["first_row"].to_pylist()
    mine = [[i for i, at in enumerate(zip(table["g"], table["t"], strict=True)) if at == row] for row in rows]
    assert first == [min(m) for m in mine]
    assert data.index()["last_row"].to_pylist() == [max(m) for m in mine]


def test_keys_that_are_numbers_stand_in_the_order_of_numbers() -> None:
    table = {"date": [1] * 3, "id": ["10", "9", "100"], "v": [10.0, 9.0, 100.0]}

    assert pivoted(table, timesteps=1).manifest["feature_names"] == ["v@9", "v@10", "v@100"]
    table["id"] = [10, 9, 100]  # type: ignore[list-item]
    assert pivoted(table, timesteps=1).X.tolist() == [[[9, 10, 100]]]


# ---- cells that are missing or double ----


def csv_panel(folder: Path, text: str) -> Path:
    (folder / "p.csv").write_text(text)
    return folder / "p.csv"


def test_a_missing_cell_is_named_by_key_and_time(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, "date,id,f1\n1,p1,1\n1,p2,2\n2,p1,3\n3,p2,1\n3,p1,1\n")

    with pytest.raises(DataError) as refused:
        pivoted(path)
    assert "p.csv, column f1@p2: the key p2 has no row at 2" in str(refused.value)
    assert "--missing drop" in refused.value.fix
    data = pivoted(path, timesteps=1, missing="drop")
    assert data.X[:, 0].tolist() == [[1, 2], [1, 1]]
    assert data.manifest["rows"]["unused"] == [
        {"reason": "only in samples left out for a missing value", "rows": 1, "first": 2, "last": 2}
    ]
    assert pivoted(path, features="*@p1").X.tolist() == [[[1], [3]], [[3], [1]]]


def test_a_missing_value_in_a_cell_that_is_there_is_named_by_its_line(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, "date,id,f1\n1,p1,1\n1,p2,2\n2,p2,\n2,p1,3\n")

    with pytest.raises(DataError, match=r"p.csv, row 3 \(line 4\), column f1: 1 missing value"):
        pivoted(path)


def test_text_among_numbers_is_named_by_its_line(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, "date,id,f1\n1,p1,1\n1,p2,2\n2,p2,n/a?\n2,p1,3\n")

    with pytest.raises(DataError, match=r"p.csv, row 3 \(line 4\), column f1@?.*: 'n/a\?' is not a number"):
        pivoted(path)


DOUBLE = "date,id,g,f1\n2,p1,s,1\n2,p2,s,2\n1,p1,s,3\n1,p2,s,8\n2,p2,s,4\n"


def test_a_double_cell_is_named_by_key_time_and_rows(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, DOUBLE)

    with pytest.raises(DataError) as refused:
        pivoted(path, exclude="g@*")
    assert "p.csv, row 5 (line 6), column id: the key p2 has two rows at 2, the first is row 2" in str(refused.value)
    with pytest.raises(DataError, match="at 2 in the sequence s, the first is row 2"):
        pivoted(path, group_by="g")


@pytest.mark.parametrize(("policy", "value"), [("first", 2), ("last", 4), ("mean", 3)])
@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_double_cells_are_settled_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, value: int, piece: int
) -> None:
    monkeypatch.setattr(wide, "PIECE", piece)
    monkeypatch.setattr(cells, "PIECE", piece)
    data = pivoted(csv_panel(tmp_path, DOUBLE), group_by="g", on_duplicate=policy)

    assert data.X.tolist() == [[[3, 8], [1, value]]]
    rows = data.manifest["rows"]
    assert (rows["read"], rows["used_as_input"]) == (5, 4)
    assert rows["unused"][0] | {"first": 0, "last": 0} == {
        "reason": "a second row of the same time", "rows": 1, "first": 0, "last": 0,
    }  # fmt: skip
    assert "duplicates" in [n["code"] for n in data.manifest["notes"]]


def test_two_values_of_one_time_are_told_apart_by_a_group() -> None:
    table = {k: v + v for k, v in PANEL.items()} | {"g": ["x"] * 4 + ["y"] * 4}
    data = pivoted(table, group_by="g")

    assert data.index()["g"].to_pylist() == ["x", "y"]
    assert data.X[0].tolist() == data.X[1].tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


# ---- columns by their long and their wide names ----


@pytest.mark.parametrize(
    ("settings", "features", "targets"),
    [
        ({"target": "f1@p2", "features": "f2"}, ["f2@p1", "f2@p2"], ["f1@p2"]),
        ({"target": "f1"}, ["f1@p1", "f2@p1", "f1@p2", "f2@p2"], ["f1@p1", "f1@p2"]),
        ({"target": "*@p1", "features": "f1@p2"}, ["f1@p2"], ["f1@p1", "f2@p1"]),
        ({"target": "f1@p1", "exclude": "f2"}, ["f1@p1", "f1@p2"], ["f1@p1"]),
        ({"target": "f1@p1", "features": "f1,f2"}, ["f1@p1", "f1@p2", "f2@p1", "f2@p2"], ["f1@p1"]),
    ],
)
def test_columns_are_named_before_and_after(settings: Any, features: Any, targets: Any) -> None:
    data = pivoted(PANEL, timesteps=1, **settings)

    assert data.manifest["feature_names"] == features
    assert data.manifest["targets"] == targets
    wide_row = dict(zip(["f1@p1", "f2@p1", "f1@p2", "f2@p2"], [5, 6, 7, 8], strict=True))
    assert data.y.tolist() == [[wide_row[t] for t in targets]]


def test_texts_become_classes_and_categories_of_each_key() -> None:
    table = PANEL | {"state": ["up", "down", None, "up"], "sky": ["sun", "rain", "rain", "rain"]}
    data = pivoted(table, timesteps=1, label="state@p2", features="f1", categorical="sky")

    assert data.manifest["feature_names"] == ["f1@p1", "f1@p2", "sky@p1=rain", "sky@p1=sun", "sky@p2=rain"]
    assert data.X[:, 0].tolist() == [[1, 3, 0, 1, 1], [5, 7, 1, 0, 1]]
    assert data.manifest["classes"] == ["down", "up"]
    assert data.y.tolist() == [0, 1]
    with pytest.raises(RecipeError, match="--label 'state' is 2 columns"):
        pivoted(table, timesteps=1, label="state")
    with pytest.raises(DataError, match="row 3, column state: 1 missing class"):
        pivoted(table, timesteps=1, label="state@p1")


def test_columns_of_text_are_left_out_and_said(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, "date,id,f1,who\n1,p1,1,x\n1,p2,2,y\n2,p2,5,z\n2,p1,3,x\n")
    data = pivoted(path)

    assert data.manifest["feature_names"] == ["f1@p1", "f1@p2"]
    assert any("who@p1" in n["text"] for n in data.manifest["notes"] if n["code"] == "left-out")


def test_vectors_are_spread_before_keys() -> None:
    table = PANEL | {"v": [[1, 2], [3, 4], [5, 6], [7, 8]]}
    data = pivoted(table, vector="v", features="v_1", target="f1@p1", timesteps=1)

    assert data.manifest["feature_names"] == ["v_1@p1", "v_1@p2", "v_0@p1", "v_0@p2"]
    assert pivoted(table, vector="v", features="v").manifest["feature_names"] == [
        "v_0@p1",
        "v_0@p2",
        "v_1@p1",
        "v_1@p2",
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"pivot": "idd"}, "no column 'idd'.*Did you mean 'id'"),
        ({"pivot": "date"}, "both --pivot and --time"),
        ({"group_by": "id"}, "both --pivot and --group-by"),
        ({"pivot": "f*"}, "--pivot names 2 columns"),
        ({"time": None}, "--pivot needs --time"),
        ({"features": "f3"}, "no column 'f3'"),
        ({"features": "f1@p3"}, "no column 'f1@p3'.*Did you mean 'f1@p2'"),
        ({"target": "f1", "target_file": "x.csv"}, "--pivot and --target-file"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match="(?s)" + said):
        pivoted(PANEL, **settings)


def test_a_table_without_values_and_names_that_meet_are_refused() -> None:
    with pytest.raises(DataError, match="no column is left to spread"):
        pivoted({"date": [1], "id": ["a"]})
    with pytest.raises(RecipeError, match="two columns 'f@a@b'"):
        pivoted({"date": [1, 1], "id": ["a@b", "b"], "f": [1.0, 2.0], "f@a": [1.0, 2.0]})


def test_a_column_that_names_too_many_keys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "MOST", 10)
    with pytest.raises(DataError, match="100 keys of id make 100 columns"):
        pivoted({"date": [1] * 100, "id": [str(i) for i in range(100)], "v": [1.0] * 100})


@pytest.mark.parametrize("cell", ["", " "])
def test_an_empty_key_and_an_empty_time_are_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(DataError, match=r"row 2 \(line 3\), column id: the key is empty"):
        pivoted(csv_panel(tmp_path, f"date,id,v\n1,a,1\n1,{cell},2\n"))
    with pytest.raises(DataError, match=r"row 2 \(line 3\), column date: the time is missing"):
        pivoted(csv_panel(tmp_path, f"date,id,v\n1,a,1\n{cell},a,2\n"))


# ---- times ----


@pytest.mark.parametrize(
    ("header", "rows", "settings", "times"),
    [
        ("when", ["2020-01-02", "2020-01-01"], {}, ["2020-01-01", "2020-01-02"]),
        ("when", ["02/01/2020", "01/01/2020"], {"time_format": "%d/%m/%Y"}, ["2020-01-01", "2020-01-02"]),
        ("year,month", ["2020,2", "2020,1"], {"time": ["year", "month"]}, ["2020-01-01", "2020-02-01"]),
        ("when", ["86400", "0"], {"time_unit": "s"}, ["1970-01-01", "1970-01-02"]),
        (
            "when",
            ["2020-01-02T01:00", "2020-01-01T01:00"],
            {"timezone": "Europe/Berlin"},
            ["2020-01-01T00:00", "2020-01-02T00:00"],
        ),
    ],
)
def test_times_of_every_kind_order_the_rows(
    tmp_path: Path, header: str, rows: list[str], settings: dict[str, Any], times: list[str]
) -> None:
    text = f"{header},id,v\n" + "".join(
        f"{t},{k},{i * 10 + j}\n" for i, t in enumerate(rows) for j, k in enumerate("ab")
    )
    data = pivoted(csv_panel(tmp_path, text), **({"time": "when"} | settings))

    assert data.X.tolist() == [[[10, 11], [0, 1]]]
    stamps = [data.index()[n][0].as_py().replace(tzinfo=None) for n in ("first_time", "last_time")]
    assert [s.isoformat() for s in stamps] == [np.datetime64(t, "s").item().isoformat() for t in times]


def test_files_are_sequences_each_with_its_own_times(tmp_path: Path) -> None:
    for name in ("w10", "w2"):
        (tmp_path / f"{name}.csv").write_text(f"t,k,v\n1,a,{name[1:]}\n1,b,1\n2,a,3\n2,b,4\n")
    data = lstmprep.window(str(tmp_path / "w*.csv"), file_as="sequence", pivot="k", time="t", timesteps=2)

    assert data.index()["file"].to_pylist() == ["w2", "w10"]
    assert data.X[:, 0].tolist() == [[2, 1], [10, 1]]


# ---- [samples, timesteps, keys, features] ----


def test_the_layout_of_a_panel_has_an_axis_of_keys() -> None:
    data = pivoted(PANEL, layout="panel", target="f1@p1", timesteps=1)

    assert data.X.shape == (1, 1, 2, 2)
    assert data.X[0, 0].tolist() == [[1, 2], [3, 4]]
    assert data.manifest["arrays"]["X"]["axes"] == ["samples", "timesteps", "keys", "features"]
    assert pivoted(PANEL, layout="panel", features="f2").X.tolist() == [[[[2], [4]], [[6], [8]]]]
    assert pivoted(PANEL, layout="panel", features="f2,f1").X[0, 0].tolist() == [[2, 1], [4, 3]]


def test_a_panel_needs_the_same_features_of_every_key() -> None:
    with pytest.raises(RecipeError, match="--layout panel needs --pivot"):
        lstmprep.window(pa.table(PANEL), timesteps=1, features="f1", layout="panel")
    with pytest.raises(RecipeError, match="same features of every key, and f2@p1 is not among them"):
        pivoted(PANEL, layout="panel", exclude="f2@p1")
    with pytest.raises(RecipeError, match="--categorical"):
        pivoted(PANEL, layout="panel", categorical="f1")


def test_the_recipe_spells_the_pivot_and_replays(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, csv_text(PANEL))
    one = pivoted(path, output=tmp_path / "one", layout="panel")
    recipe = one.manifest["recipe"]
    assert recipe.pop("command") == "window"
    assert recipe["pivot"] == "id"
    assert "--pivot id" in one.manifest["command"]

    two = lstmprep.window(path, **recipe)
    assert two.X.tobytes() == one.X.tobytes()
    with pytest.raises(LstmprepError, match="row 1"):
        pivoted(csv_panel(tmp_path, "date,id,v\nx,a,1\n"))


def test_a_pivot_goes_with_splits_and_scaling_like_any_table() -> None:
    rows = [(t, k) for t in range(10) for k in ("a", "b")]
    table = {"t": [t for t, _ in rows], "k": [k for _, k in rows], "v": [float(10 * t + (k == "b")) for t, k in rows]}
    data = lstmprep.window(
        pa.table(table),
        pivot="k",
        time="t",
        timesteps=2,
        target="v@a",
        split="0.7,0.3",
        scale="minmax",
        dtype="float64",
    )

    assert data.train.X[:, 0].tolist() == [[t / 6, t / 6] for t in range(5)]
    assert data.test.y.tolist() == [[90.0]]
    assert data.manifest["rows"]["read"] == 20
    assert data.index("test")["first_row"].to_pylist() == [14]
    assert data.index("test")["target_last_row"].to_pylist() == [19]


def test_the_lagged_table_of_a_panel_has_the_columns_of_every_key(tmp_path: Path) -> None:
    path = csv_panel(tmp_path, csv_text(PANEL))
    data = lstmprep.lag(path, pivot="id", time="date", lags=[1], target="f1@p1", features="f2")

    assert data.manifest["feature_names"] == ["f2@p1", "f2@p2"]
    assert data.table().to_pylist() == [{"date": 2, "f2@p1(t-1)": 2, "f2@p2(t-1)": 4, "f1@p1(t)": 5}]


def test_every_number_is_traced_to_its_own_cell(tmp_path: Path) -> None:
    """Whatever the order of the rows in the file."""
    from lstmprep.ingest import ingest
    from lstmprep.recipe import from_flat
    from lstmprep.stores import Shelf

    path = csv_panel(tmp_path, "t,k,v,w\n2,b,4,40\n1,a,1,10\n2,a,3,30\n1,b,2,20\n1,b,9,90\n")
    recipe = from_flat({"timesteps": 1, "pivot": "k", "time": "t", "on_duplicate": "first"})
    read = ingest(str(path), recipe, Shelf())
    names = ["v@a", "w@a", "v@b", "w@b"]

    assert read.feature_names == names
    for panel_row, values in enumerate([[1, 10, 2, 20], [3, 30, 4, 40]]):
        row = int(read.panel.source(np.array([panel_row]))[0])
        assert [read.sources[0].cell(row, n) for n in names] == [str(v) for v in values]
        lines = {1: 3, 10: 3, 2: 5, 20: 5, 3: 4, 30: 4, 4: 2, 40: 2}
        assert [read.sources[0].where(row, n).line for n in names] == [lines[v] for v in values]
    assert read.sources[0].where(4, "v@b").line == 6  # the one left out
    assert read.sources[0].cell(4, "v@b") is None


@pytest.mark.parametrize(("late", "unit"), [("2024-01-01T05:00:00.000000001", "ns"), ("2024-01-01T05:00:00", "us")])
def test_times_that_turn_out_finer_far_down_are_read_again_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: str, unit: str
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 512)
    lines = [f"2024-01-01T0{h}:{m:02}:00,{k},{h * 60 + m}" for h in range(5) for m in range(60) for k in "xy"]
    path = csv_panel(tmp_path, "\n".join(["t,k,v", *lines, f"{late},x,1", f"{late},y,2"]) + "\n")

    data = lstmprep.window(path, pivot="k", time="t", timesteps=2)

    assert (data.manifest["order"]["unit"], data.X.shape) == (unit, (300, 2, 2))
    assert data.X[-1].tolist() == [[299, 299], [1, 2]]
