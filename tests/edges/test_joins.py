"""Columns of second tables beside the rows: by key, or the latest row that is not after this one's time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError
from lstmprep.ingest import ranked
from lstmprep.ingest.matching import KeyMap
from lstmprep.sources import arrow as typed


def put(folder: Path, file: str, /, **columns: Any) -> str:
    """A table of these columns as CSV or Parquet."""
    path = folder / file
    table = pa.table(columns)
    csv.write_csv(table, path) if file.endswith("csv") else parquet.write_table(table, path)
    return str(path)


def values(data: Any) -> list[Any]:
    """The rows of X, windows of one step."""
    out: list[Any] = data.X[:, 0].tolist()
    return out


MAIN = {"site": ["a", "b", "a", "b"], "t": [1, 1, 2, 2], "v": [1, 2, 3, 4]}
KEYED = {"group_by": "site", "time": "t", "timesteps": 1}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_row_gets_what_its_key_has(tmp_path: Path, form: str) -> None:
    main = put(tmp_path, f"main.{form}", **MAIN)
    sites = put(tmp_path, f"sites.{form}", height=[20, 10, 30], site=["b", "a", "c"], name=["B", "A", "C"])
    data = lstmprep.window(main, join=sites, join_on="site", **KEYED)

    assert data.manifest["feature_names"] == ["v", "height"]
    assert values(data) == [[1, 10], [3, 10], [2, 20], [4, 20]]
    assert [s["name"] for s in data.manifest["source"]] == [f"main.{form}", f"sites.{form}"]
    assert data.manifest["recipe"]["join"] == f"sites.{form}"
    static = lstmprep.window(main, join=sites, join_on="site", static="height", label="name", **KEYED)
    assert static.static.ravel().tolist() == [10, 10, 20, 20]
    assert static.manifest["classes"] == ["A", "B"]


def test_keys_of_several_columns_are_told_apart_as_text(tmp_path: Path) -> None:
    main = put(tmp_path, "main.csv", k=["1", "01", "1", "2"], j=["x", "x", "y", "y"], v=[1, 2, 3, 4])
    other = put(tmp_path, "other.csv", j=["y", "x", "x", "y"], k=["2", "1", "01", "1"], w=[40, 10, 20, 30])

    assert values(lstmprep.window(main, join=other, join_on="k,j", features="w", timesteps=1)) == [
        [10],
        [20],
        [30],
        [40],
    ]


def test_a_key_without_a_row_is_refused_or_read_as_missing(tmp_path: Path) -> None:
    main = put(tmp_path, "main.csv", **MAIN)
    sites = put(tmp_path, "sites.csv", site=["a"], height=[10])
    with pytest.raises(DataError, match=r"the key 'b' is not in sites\.csv") as refused:
        lstmprep.window(main, join=sites, join_on="site", **KEYED)
    assert (refused.value.where.row, refused.value.where.column) == (2, "site")
    data = lstmprep.window(main, join=sites, join_on="site", missing="drop", **KEYED)
    assert values(data) == [[1, 10], [3, 10]]
    notes = {n["code"]: n["text"] for n in data.manifest["notes"]}
    assert notes["unmatched"] == "2 rows found no row in sites.csv: missing values there"


@pytest.mark.parametrize(
    ("columns", "settings", "words"),
    [
        ({"site": ["a", "b", "a"], "h": [1, 2, 3]}, {"join_on": "site"}, "the key stands twice, first on row 1"),
        ({"site": ["a", None], "h": [1, 2]}, {"join_on": "site"}, "the key is empty"),
        (
            {"place": ["a"], "h": [1]},
            {"join_on": "site"},
            "other.parquet has no column 'site', by which --join-on joins it",
        ),
        ({"site": ["a", "b"], "v": [1, 2]}, {"join_on": "site"}, "v is in both tables, main.parquet and other.parquet"),
        ({"site": ["a", "b"], "v": [1, 2]}, {"join_on": "sit"}, "there is no column 'sit'"),
        ({"site": ["a", "b"], "v": [1, 2]}, {}, "--join needs --join-on"),
    ],
)
def test_what_cannot_be_joined_is_named(
    tmp_path: Path, columns: dict[str, Any], settings: dict[str, Any], words: str
) -> None:
    main, other = put(tmp_path, "main.parquet", **MAIN), put(tmp_path, "other.parquet", **columns)
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(main, join=other, **settings, **KEYED)

    assert words in str(refused.value)


def test_join_on_alone_means_nothing() -> None:
    with pytest.raises(RecipeError, match="--join-on needs --join"):
        lstmprep.window(pa.table({"a": [1]}), timesteps=1, join_on="a")
    with pytest.raises(RecipeError, match="--join-asof needs --time"):
        lstmprep.window(pa.table({"a": [1]}), timesteps=1, join_asof="x.csv")


def test_a_text_among_the_numbers_of_a_second_table_makes_it_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = put(tmp_path, "main.csv", **MAIN)
    (tmp_path / "sites.csv").write_text("site,h,kind\na,1,x\nb,high,\n")
    settings = {"join": str(tmp_path / "sites.csv"), "join_on": "site", **KEYED}
    with pytest.raises(DataError, match="'high' is not a number"):
        lstmprep.window(main, features="h", **settings)
    assert lstmprep.window(main, features="v", label="h", **settings).manifest["classes"] == ["1", "high"]
    with pytest.raises(DataError, match="2 missing classes"):
        lstmprep.window(main, features="v", label="kind", **settings)


# ---- as of ----


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_latest_row_that_is_not_after_this_one_and_never_the_future(tmp_path: Path, form: str) -> None:
    main = put(tmp_path, f"main.{form}", t=[10, 20, 30, 40], v=[1, 2, 3, 4])
    rain = put(tmp_path, f"rain.{form}", rain=[3, 1, 2, 9], t=[30, 10, 29, 41])

    data = lstmprep.window(main, time="t", join_asof=rain, timesteps=1)

    assert values(data) == [[1, 1], [2, 1], [3, 3], [4, 3]]
    assert data.manifest["feature_names"] == ["v", "rain"]


def test_rows_before_the_first_one_have_a_missing_value(tmp_path: Path) -> None:
    main = put(tmp_path, "main.csv", t=[1, 2, 3], v=[1, 2, 3])
    rain = put(tmp_path, "rain.csv", t=[2], rain=[7])
    with pytest.raises(DataError, match="1 missing value"):
        lstmprep.window(main, time="t", join_asof=rain, timesteps=1)
    assert values(lstmprep.window(main, time="t", join_asof=rain, timesteps=1, missing="drop")) == [[2, 7], [3, 7]]


@given(
    left=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=30, unique=True),
    right=st.lists(st.tuples(st.sampled_from("abd"), st.integers(0, 30)), min_size=1, max_size=30, unique=True),
    keyed=st.booleans(),
    instants=st.booleans(),
    batch=st.integers(1, 9),
)
@settings(max_examples=40)
def test_the_join_is_the_one_of_pandas_whatever_the_order_of_rows(
    tmp_path_factory: pytest.TempPathFactory,
    left: Any,
    right: Any,
    keyed: bool,  # noqa: FBT001
    instants: bool,  # noqa: FBT001
    batch: int,
) -> None:
    if not keyed:
        right = list({t: (k, t) for k, t in right}.values())
    scale = 10**6
    mine = pd.DataFrame(left, columns=["k", "t"]).assign(v=range(len(left)))
    theirs = pd.DataFrame(right, columns=["k", "t"]).assign(w=range(100, 100 + len(right)))
    expected = pd.merge_asof(
        mine.sort_values("t", kind="stable"), theirs.drop(columns=[] if keyed else ["k"]).sort_values("t", kind="stable"), on="t", by="k" if keyed else None
    ).set_index("v")["w"]  # fmt: skip

    def table(frame: pd.DataFrame) -> pa.Table:
        times = (
            pa.array((frame["t"] * scale).tolist(), pa.timestamp("us")) if instants else pa.array(frame["t"].tolist())
        )
        return pa.table({**{c: frame[c].tolist() for c in frame if c != "t"}, "t": times})

    path = tmp_path_factory.mktemp("asof") / "right.parquet"
    parquet.write_table(table(theirs if keyed else theirs.drop(columns="k")), path, row_group_size=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "BATCH", batch)
        try:
            data = lstmprep.window(
                table(mine), group_by="k", time="t", features="v,w", join_asof=path, timesteps=1, missing="drop"
            )
        except DataError:
            assert expected.isna().all()
            return

    assert {int(v): w for v, w in values(data)} == expected.dropna().to_dict()


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        (pa.array([1, 2]), pa.array(["2020-01-01"]), "the times are instants, those of the first table plain numbers"),
        (pa.array(["2020-01-01", "2020-01-02"]), pa.array([5]), "the times are plain numbers, those of the first table instants"),
        (pa.array(["2020-01-01", "2020-01-02"]), pa.array(["2020-01-01T00:00Z"]), "the times have a time zone, unlike those of the first table"),
        (pa.array(["2020-01-01Z"]).cast(pa.string()), pa.array(["x"]), "is not a time"),
    ],
)  # fmt: skip
def test_two_clocks_that_do_not_compare_are_refused(
    tmp_path: Path, mine: pa.Array, theirs: pa.Array, words: str
) -> None:
    parquet.write_table(pa.table({"t": theirs, "w": [1.0] * len(theirs)}), tmp_path / "right.parquet")
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(
            pa.table({"t": mine, "v": [1.0] * len(mine)}), time="t", join_asof=tmp_path / "right.parquet", timesteps=1
        )

    assert words in str(refused.value)


@pytest.mark.parametrize(("mine", "theirs"), [("us", "ns"), ("ns", "us")])
def test_a_finer_clock_never_lets_the_future_in(tmp_path: Path, mine: str, theirs: str) -> None:
    per = {"us": 1, "ns": 1000}
    rows = [0, 10, 20]
    right = [5 * per[theirs], 10 * per[theirs] + (theirs == "ns"), 20 * per[theirs]]
    parquet.write_table(
        pa.table({"t": pa.array(right, pa.timestamp(theirs)), "w": [1, 2, 3]}), tmp_path / "right.parquet"
    )
    main = pa.table({"t": pa.array([r * per[mine] for r in rows], pa.timestamp(mine)), "v": rows})
    data = lstmprep.window(main, time="t", join_asof=tmp_path / "right.parquet", timesteps=1, missing="drop")

    second = 1 if theirs == "ns" else 2
    assert values(data) == [[10, second], [20, 3]]


def test_two_rows_of_one_time_are_refused_or_one_is_chosen(tmp_path: Path) -> None:
    main = put(tmp_path, "main.csv", t=[1, 2], v=[1, 2])
    rain = put(tmp_path, "rain.csv", t=[0, 1, 1], rain=[5, 6, 7])
    with pytest.raises(DataError, match="the time 1 stands twice, first on row 2") as refused:
        lstmprep.window(main, time="t", join_asof=rain, timesteps=1)
    assert (refused.value.where.file, refused.value.where.row) == ("rain.csv", 3)
    for policy, expected in (("first", 6), ("last", 7)):
        data = lstmprep.window(main, time="t", join_asof=rain, timesteps=1, on_duplicate=policy)
        assert values(data) == [[1, expected], [2, expected]]


@given(
    right=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6)), min_size=1, max_size=24),
    policy=st.sampled_from(["first", "last", "error"]),
    block=st.integers(1, 5),
)
def test_of_rows_of_one_time_the_first_or_last_of_the_file_is_taken_in_any_order(
    right: Any, policy: str, block: int
) -> None:
    """Rows of a key and time stand anywhere, and in blocks of any size."""
    kept: dict[tuple[str, int], int] = {}
    for row, place in enumerate(right):
        kept[place] = kept.get(place, row) if policy == "first" else row
    expected = {}
    for v, (key, time) in enumerate((k, t) for k in "ab" for t in range(8)):
        before = [t for (k, t) in kept if k == key and t <= time]
        if before:
            expected[v] = kept[(key, max(before))]
    main = pa.table({"k": list("a" * 8 + "b" * 8), "t": [*range(8)] * 2, "v": [*range(16)]})
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranked, "BLOCK", block)
        path = Path(folder, "right.parquet")
        parquet.write_table(
            pa.table({"k": [k for k, _ in right], "t": [t for _, t in right], "w": [*range(len(right))]}), path
        )
        request = {
            "group_by": "k",
            "time": "t",
            "features": "v,w",
            "timesteps": 1,
            "missing": "drop",
            "on_duplicate": policy,
        }
        if policy == "error" and len(set(right)) < len(right):
            doubles = {place: [i + 1 for i, other in enumerate(right) if other == place] for place in right}
            told = {
                (f"the time {t} stands twice, first on row {at[0]}", at[1])
                for (_, t), at in doubles.items()
                if len(at) > 1
            }
            with pytest.raises(DataError) as refused:
                lstmprep.window(main, join_asof=path, **request)
            assert (refused.value.what, refused.value.where.row) in told
            return
        data = lstmprep.window(main, join_asof=path, **request)

    assert {int(v): w for v, w in values(data)} == expected


def test_both_joins_together_and_a_second_table_without_the_time_is_named(tmp_path: Path) -> None:
    main = put(tmp_path, "main.csv", **MAIN)
    sites, rain = put(tmp_path, "s.csv", site=["a", "b"], h=[1, 2]), put(tmp_path, "r.csv", t=[0, 2], rain=[5, 6])
    data = lstmprep.window(main, join=sites, join_on="site", join_asof=rain, **KEYED)
    assert data.manifest["feature_names"] == ["v", "h", "rain"]
    assert values(data) == [[1, 1, 5], [3, 1, 6], [2, 2, 5], [4, 2, 6]]
    with pytest.raises(RecipeError, match=r"s.csv has no column 't', by which --time joins it"):
        lstmprep.window(main, join_asof=sites, **KEYED)


def test_a_second_table_that_changes_meanwhile_is_noticed_as_any_input_is(tmp_path: Path) -> None:
    main, sites = put(tmp_path, "main.csv", **MAIN), put(tmp_path, "s.csv", site=["a", "b"], h=[1, 2])

    def touched(_phase: str, _done: int, _total: int) -> None:
        Path(sites).write_text("site,h\na,1\nb,3\nc,5\n")

    with pytest.raises(LstmprepError, match="changed"):
        lstmprep.window(main, join=sites, join_on="site", progress=touched, output=tmp_path / "out", **KEYED)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["a", "b", "", "aa", "7", "007"]), st.sampled_from("xyz")), min_size=1, max_size=20
    ),
    asked=st.lists(
        st.tuples(st.sampled_from(["a", "b", "7", "07", "c"]), st.sampled_from("xyzw")), min_size=1, max_size=20
    ),
)
def test_a_key_is_found_where_all_its_texts_are_equal(rows: Any, asked: Any) -> None:
    keys = KeyMap([pa.array([r[k] for r in rows]) for k in (0, 1)])
    found = keys.find([pa.array([a[k] for a in asked]) for k in (0, 1)])
    number = dict(zip(rows, keys.codes.tolist(), strict=True))

    assert found.tolist() == [number.get(a, -1) for a in asked]
    assert keys.count == len(set(rows)) == len(set(number.values()))
    assert np.array_equal(np.unique(keys.codes), np.arange(keys.count))
