"""The lagged table as a file: what stands in its cells, and that it reads back as what was stored."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import compute, parquet

import lstmprep
from lstmprep.cli import run
from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError
from lstmprep.sinks import table as tables_
from tests.conftest import arrow_table, tables


def written(folder: Path, data: Any, name: str = "out.csv", **settings: Any) -> list[list[str]]:
    """The cells of a lagged table as a CSV reader sees them."""
    lstmprep.lag(data, output=folder / name, overwrite=True, **settings)
    with open(folder / name, newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def looped(table: dict[str, list[Any]], lags: list[int], horizon: int) -> list[list[Any]]:
    """Key and time of row t, the lags of a and b, then the answers, by the obvious loop."""
    rows = sorted(zip(*(table[n] for n in ("key", "t", "a", "b", "y")), strict=True), key=lambda r: (int(r[0]), r[1]))
    out = []
    for key in dict.fromkeys(r[0] for r in rows):
        mine = [r for r in rows if r[0] == key]
        for i in range(max(lags), len(mine) - horizon + 1):
            steps = [mine[i - k][c] for k in sorted(lags, reverse=True) for c in (2, 3)]
            out.append([key, mine[i][1], *steps, *(mine[i + k][4] for k in range(horizon))])
    return out


@given(table=tables(), lags=st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True), horizon=st.integers(1, 2))
def test_the_table_is_that_of_the_loop(table, lags, horizon):
    wanted = looped(table, lags, horizon)
    settings = {"group_by": "key", "time": "t", "features": "a,b", "target": "y", "lags": lags, "horizon": horizon}
    if not wanted:
        with pytest.raises(DataError, match="a sample needs"):
            lstmprep.lag(arrow_table(table), **settings)
        return

    made = lstmprep.lag(arrow_table(table), **settings)

    found = made.table()
    assert [list(r.values()) for r in found.to_pylist()] == wanted
    assert made.X.tolist() == [r[2:] for r in wanted]
    assert found.column_names == ["key", "t", *made.manifest["arrays"]["X"]["columns"]]


@given(table=tables(holes=0.3))
def test_rows_that_hold_a_missing_value_are_left_out_and_counted(table):
    settings = {"group_by": "key", "time": "t", "features": "a,b", "target": "y", "lags": "1-2", "missing": "drop"}
    wanted = [r for r in looped(table, [1, 2], 1) if not any(v != v for v in r)]  # noqa: PLR0124
    if not wanted:
        with pytest.raises(DataError):
            lstmprep.lag(arrow_table(table), **settings)
        return

    made = lstmprep.lag(arrow_table(table), **settings)

    assert [list(r.values()) for r in made.table().to_pylist()] == wanted
    rows = made.manifest["rows"]
    assert rows["read"] == len(table["t"])
    assert rows["read"] >= max(rows["used_as_input"], rows["used_as_target"]) + sum(u["rows"] for u in rows["unused"])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "npy"])
def test_numbers_read_back_as_the_type_they_were_stored_in(tmp_path, dtype, suffix):
    """Every bit pattern of a half float, and as many of the wider ones."""
    bits = np.random.default_rng(5).integers(0, 2**63, 4000, dtype=np.uint64)
    values = {
        "float16": np.arange(1 << 16, dtype=np.uint16).view(np.float16),
        "float32": bits.astype(np.uint32).view(np.float32),
        "float64": bits.view(np.float64),
    }[dtype]
    values = values[np.isfinite(values)].astype(np.float64)

    made = lstmprep.lag(values, lags="1", dtype=dtype, output=tmp_path / f"out.{suffix}")

    assert made.X.dtype == dtype
    assert made.X[:, 0].tobytes() == values[:-1].astype(dtype).tobytes()
    if suffix == "csv":
        lines = (tmp_path / "out.csv").read_text().split()[1:]
        short = [np.format_float_scientific(v) for v in values[:-1].astype(dtype)]
        assert [digits(a) for a in lines[:500]] == [digits(b) for b in short[:500]]


@pytest.mark.parametrize("lags", ["1", "1-2"])
@pytest.mark.parametrize("place", ["out.parquet", None])
def test_rows_wait_for_others_while_the_block_they_came_in_is_filled_again(tmp_path, monkeypatch, lags, place):
    """A single column is one stretch of its block already, which is no reason to keep it."""
    monkeypatch.setattr("lstmprep.laid.BUFFER", 640)

    made = lstmprep.lag(np.arange(200.0), lags=lags, output=place and tmp_path / place)

    found = made.table().column("c0(t-1)").to_pylist()
    assert found == list(range(199)) if lags == "1" else found == list(range(1, 199))


def digits(text: str) -> str:
    """The digits of a number that are not needless zeros."""
    return text.lower().partition("e")[0].lstrip("-").replace(".", "").strip("0")


def test_numbers_are_written_with_no_more_digits_than_they_need(tmp_path):
    data = np.array([0.1, 1.0, -0.5, 16777216.0, 1e30, 1e-7, 3.0])

    assert [r[0] for r in written(tmp_path, data, lags="1")[1:]] == ["0.1", "1", "-0.5", "16777216", "1e+30", "1e-7"]
    assert [r[0] for r in written(tmp_path, data[:4], lags="1", dtype="float64")[1:]] == ["0.1", "1", "-0.5"]
    assert [r[0] for r in written(tmp_path, data[:3], lags="1", dtype="float16")[1:]] == ["0.1", "1"]


def days(*texts: str) -> pa.Array:
    """Instants from ISO texts."""
    return pa.array([dt.datetime.fromisoformat(t) for t in texts], pa.timestamp("us"))


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        (days("2024-01-01", "2024-01-02", "2024-01-05"), ["2024-01-02", "2024-01-05"]),
        (
            days("2024-01-01", "2024-01-02", "2024-01-05T06:30"),
            ["2024-01-02T00:00:00", "2024-01-05T06:30:00"],
        ),
        (
            days("2024-01-01", "2024-01-02T00:00:00.5", "2024-01-03"),
            ["2024-01-02T00:00:00.500", "2024-01-03T00:00:00.000"],
        ),
        (days("2024-01-01", "2024-01-02").cast(pa.timestamp("us", "UTC")), ["2024-01-02T00:00:00Z"]),
        (days("1969-12-30", "1969-12-31").cast(pa.timestamp("ns")), ["1969-12-31"]),
        (pa.array([1, 2**62], pa.timestamp("ns")), ["2116-02-20T23:53:38.427387904"]),
        (pa.array([1, 5, 7]), ["5", "7"]),
        (pa.array([0.25, 0.5, 1e20]), ["0.5", "1e+20"]),
        (pa.array([-(10**17), 0], pa.timestamp("us")), ["1970-01-01T00:00:00"]),
    ],
    ids=str,
)
def test_times_are_iso_in_the_coarsest_unit_that_holds_them_all(tmp_path, times, wanted):
    table = pa.table({"when": times, "v": np.arange(len(times), dtype=np.float64)})

    assert [r[0] for r in written(tmp_path, table, time="when", lags="1")[1:]] == wanted
    found = lstmprep.load(tmp_path / "out.csv").table()
    assert found.column("when").to_pylist() == times[1:].to_pylist()


def test_keys_keep_their_text_whatever_stands_in_it(tmp_path):
    keys = ["007", "NA", 'say "hi"', "a,b", "ü", "two\nlines", "None"]
    table = pa.table({"k": [k for k in keys for _ in range(2)], "v": np.arange(14.0)})

    rows = written(tmp_path, table, group_by="k", lags="1")

    assert sorted(r[0] for r in rows[1:]) == sorted(keys)
    for name in ("out.csv", "out.parquet"):
        lstmprep.lag(table, group_by="k", lags="1", output=tmp_path / name, overwrite=True)
        found = lstmprep.load(tmp_path / name)
        assert sorted(found.table().column("k").to_pylist()) == sorted(keys)
        (tmp_path / "out.manifest.json").unlink()
        (tmp_path / name).unlink()


def test_several_time_columns_are_one_instant(tmp_path):
    table = pa.table({"day": ["2024-01-01", "2024-01-01"], "clock": ["06:00", "07:00"], "v": [1.0, 2.0]})

    assert written(tmp_path, table, time=["day", "clock"], lags="1") == [
        ["day_clock", "v(t-1)"],
        ["2024-01-01T07:00:00", "1"],
    ]
    assert (
        lstmprep.load(tmp_path / "out.csv").table().column("day_clock").to_pylist()
        == days("2024-01-01T07:00").to_pylist()
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_missing_number_is_an_empty_cell(dtype):
    numbers = pa.array(np.array([1.0, np.nan], dtype))

    assert tables_._cells(numbers, "").to_pylist() == ["1", ""]


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_the_bytes_do_not_depend_on_the_size_of_blocks(tmp_path, monkeypatch, name):
    table = pa.table({"k": ["a", "b"] * 40, "t": list(range(80)), "v": np.arange(80.0), "w": np.arange(80.0) / 7})
    settings = {"group_by": "k", "time": "t", "lags": "1-3", "features": "v,w", "target": "w"}
    monkeypatch.setattr(tables_, "GROUP", 70)
    lstmprep.lag(table, **settings, output=tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    monkeypatch.setattr("lstmprep.laid.BUFFER", 90)

    lstmprep.lag(table, **settings, output=tmp_path / name, overwrite=True)

    assert (tmp_path / name).read_bytes() == whole
    if name == "out.parquet":
        groups = parquet.ParquetFile(tmp_path / name).metadata
        assert {groups.row_group(i).num_rows for i in range(groups.num_row_groups - 1)} == {70 // 9}


def test_standard_output_is_the_csv_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("a\n1\n2\n3\n")
    out = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(out, write_through=True))
    assert run(["lag", "d.csv", "--lags", "1", "-o", "-", "-q"]) == 0
    assert out.getvalue() == b"a(t-1)\n1\n2\n"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lags": "0-1", "features": "v", "target": "v"}, "the target leaks at lag 0\n.*--lags from 1 on"),
        ({"lags": "1", "group_by": "v(t-1)"}, r"two columns of the lagged table would be called 'v\(t-1\)'"),
    ],
    ids=str,
)
def test_what_cannot_stand_in_one_table_is_refused(settings, words):
    table = pa.table({"v(t-1)": ["a", "a", "a"], "v": [1.0, 2.0, 3.0]})

    with pytest.raises(RecipeError, match=words):
        lstmprep.lag(table, **settings)


@pytest.mark.parametrize("name", ["out", "out.npz", "out.txt", "out.csv.gz"])
def test_places_that_take_no_table_are_refused_with_those_that_do(tmp_path, name):
    with pytest.raises(RecipeError, match=r"a lagged table is written as \.csv, \.parquet or \.npy"):
        lstmprep.lag(np.arange(4.0), lags="1", output=tmp_path / name)


def test_what_is_no_table_says_so(tmp_path):
    with pytest.raises(StorageError, match="this output is no table"):
        lstmprep.window(np.arange(4.0), timesteps=2).table()
    with pytest.raises(StorageError, match="this output is no table"):
        lstmprep.lag(np.arange(4.0), lags="1", output=tmp_path / "out.npy").table()
    with pytest.raises(RecipeError, match="a lagged table has no index"):
        lstmprep.lag(np.arange(4.0), lags="1").index()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v(t-1)\n1\n", "holds 1 rows, and the manifest says it has 3"),
        ("w\n1\n2\n3\n", r"holds the columns w, and the manifest says it ends in v\(t-1\)"),
        ("v(t-1)\n1\nx\n3\n", "damaged"),
    ],
    ids=str,
)
def test_a_table_that_is_not_what_its_manifest_says_is_refused(tmp_path, text, words):
    lstmprep.lag(pa.table({"v": np.arange(4.0)}), lags="1", output=tmp_path / "out.csv")
    (tmp_path / "out.csv").write_text(text)

    with pytest.raises(DataError, match=words):
        lstmprep.load(tmp_path / "out.csv")


PARTED = st.one_of(
    st.fixed_dictionaries({"split": st.sampled_from(["0.6,0.4", "0.5,0.25,0.25", "rows:4,3"])}),
    st.fixed_dictionaries({"split": st.just("0.5,0.5"), "context": st.just(True)}),
    st.fixed_dictionaries({"split": st.just("0.6,0.4"), "embargo": st.integers(1, 2), "split_by": st.just("sequence")}),
    st.fixed_dictionaries({"split": st.just("0.5,0.5"), "split_by": st.just("group"), "seed": st.integers(0, 3)}),
    st.fixed_dictionaries({"folds": st.integers(1, 2)}),
)


def tried(verb: Any, table: pa.Table, settings: dict[str, Any]) -> Any:
    """What a verb makes, or what it says."""
    try:
        return verb(table, **settings)
    except LstmprepError as error:
        return error.what


@given(
    table=tables(),
    lags=st.lists(st.integers(1, 3), min_size=1, max_size=2, unique=True),
    split=PARTED,
    scale=st.sampled_from(["none", "standard", "minmax"]),
    by_group=st.booleans(),
)
def test_the_parts_of_a_lagged_table_hold_the_numbers_of_the_same_parts_of_windows(table, lags, split, scale, by_group):
    settings = {"group_by": "key", "time": "t", "features": "a,b", "target": "y", "lags": lags, "dtype": "float64"}
    settings |= split | {
        "scale": scale,
        "scale_target": scale != "none",
        "scale_by_group": by_group and scale != "none",
    }
    wanted = tried(lstmprep.window, arrow_table(table), settings)
    if isinstance(wanted, str):
        assert tried(lstmprep.lag, arrow_table(table), settings) == wanted
        return

    made = lstmprep.lag(arrow_table(table), **settings)

    rows = made.table()
    assert rows.column_names[:3] == ["split", "key", "t"]
    assert list(dict.fromkeys(rows["split"].to_pylist())) == list(made.manifest["splits"])
    for part in made.manifest["splits"]:
        folder, slash, name = part.rpartition("/")
        x, y = (wanted.arrays[f"{folder}{slash}{role}_{name}"] for role in ("X", "y"))
        both = np.concatenate([x.reshape(len(x), -1), y], axis=1)
        index = wanted.index(part)
        assert made.arrays[f"{folder}{slash}X_{name}"].tolist() == both.tolist()
        here = rows.filter(compute.equal(rows["split"], part))
        assert here["t"].to_pylist() == index["target_first_time"].to_pylist()
        assert here["key"].to_pylist() == index["key"].to_pylist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_split_table_is_opened_part_by_part_and_proved(tmp_path, dtype, suffix):
    table = pa.table({"t": list(range(12)), "a": [float(i * i) for i in range(12)]})
    settings = {"time": "t", "target": "a", "lags": "1-2", "split": "0.5,0.25,0.25", "context": True, "dtype": dtype}
    source, out = tmp_path / "in.parquet", tmp_path / f"out.{suffix}"
    parquet.write_table(table, source)
    kept = lstmprep.lag(table, **settings, scale="standard")

    made = lstmprep.lag(source, **settings, scale="standard", output=out)

    assert [len(part.X) for part in made.parts().values()] == [4, 3, 3]
    for name, array in kept.arrays.items():
        assert made.arrays[name].tobytes() == array.tobytes()
        assert made.arrays[name].dtype == dtype
    assert made.table().to_pydict() == kept.table().to_pydict()
    found = lstmprep.check(out, table=source)
    assert found.ok
    assert any("made again" in line for line in found.proved)


def test_a_split_table_whose_parts_are_not_those_of_the_manifest_is_refused(tmp_path):
    out = tmp_path / "out.csv"
    lstmprep.lag(np.arange(12.0), lags="1", split="0.5,0.5", output=out)
    text = out.read_text()

    out.write_text(text.replace("test,6", "train,6"))
    with pytest.raises(DataError, match="holds 6 rows of train, and the manifest says it has 5"):
        lstmprep.load(out)
    out.write_text(text.replace("split,", "parts,"))
    with pytest.raises(DataError, match="begins with split"):
        lstmprep.load(out)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"split": "0.5,0.5", "output": "out.npy"}, "a .npy file holds one array, and the split makes 2: X_train, X_test\n.*out.csv or .*out.parquet"),
        ({"split": "0.5,0.5", "split_by": "random"}, "--split-by random and a lagged table exclude each other"),
        ({"split": "0.5,0.5", "group_by": "split"}, "two columns of the lagged table would be called 'split'"),
        ({"split": "0.99,0.01"}, "test has 1 row, and a sample needs 3 rows"),
    ],
    ids=lambda v: v if isinstance(v, str) else "-".join(v),
)  # fmt: skip
def test_what_cannot_be_split_in_a_table_is_refused(tmp_path, monkeypatch, settings, words):
    monkeypatch.chdir(tmp_path)
    table = pa.table({"split": ["a"] * 60, "v": [float(i) for i in range(60)]})

    with pytest.raises(RecipeError if "99" not in settings["split"] else DataError, match=words):
        lstmprep.lag(table, lags="1-2", target="v", **settings)
    assert list(tmp_path.iterdir()) == []


def test_predictions_of_a_scaled_table_are_told_what_brings_them_back():
    made = lstmprep.lag(np.arange(9.0), lags="1", target="c0", scale="standard", scale_target=True)

    assert made.manifest["fitted"]["scaling"]["targets"]["c0"]["mean"] == 4.0
    assert made.invert(np.zeros(8)).column("prediction").to_pylist() == [4.0] * 8
    with pytest.raises(RecipeError, match="invert brings predictions, in the order of the rows, back"):
        made.index()


@pytest.mark.parametrize(
    ("lags", "back"),
    [("1-9", range(9, 0, -1)), ("1-3,7", [7, 3, 2, 1]), ("0-2", [2, 1, 0]), ("2-2", [2]), ("9,1-2", [9, 2, 1])],
    ids=str,
)
def test_a_range_of_lags_is_every_row_of_it_oldest_first(tmp_path, lags, back):
    cells = written(tmp_path, pa.table({"v": list(range(12))}), lags=lags)

    assert cells[0] == [f"v(t-{k})" if k else "v(t)" for k in back]
    assert [[int(c) for c in row] for row in cells[1:]] == [[t - k for k in back] for t in range(max(back), 12)]


@pytest.mark.parametrize(("to", "told"), [("out.npy", "v(t-1), v(t)"), ("out.csv", "when, v(t-1), v(t)")])
def test_the_report_names_the_columns_that_the_file_holds(tmp_path, monkeypatch, capsys, to, told):
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("when,v\n" + "".join(f"{i},{i * i}\n" for i in range(6)), encoding="utf-8")

    assert run(["lag", "d.csv", "--time", "when", "--target", "v", "--lags", "1", "-o", to]) == 0
    assert capsys.readouterr().err.splitlines()[1].endswith(f"   {told}")
