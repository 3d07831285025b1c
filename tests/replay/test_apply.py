"""`apply` gives new rows what an output gave its own: the same numbers, columns, classes; nothing is learned."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError
from tests.audit.made import table, written
from tests.conftest import arrow_table, tables, windows


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of outputs without a split or a shuffle."""
    answer = draw(st.sampled_from([None, "target", "label", "input"]))
    out = draw(windows(answer)) | {"missing": "drop", "unknown": "code"}
    out |= {"target": {"target": ["y", "b"]}, "label": {"label": "lab"}}.get(answer or "", {})
    if draw(st.booleans()):
        out["features"] = draw(st.sampled_from(["b,a", "a", "a,b"]))
    if draw(st.booleans()):
        out["group_by"] = "key"
    else:
        out["exclude"] = "t"
    if draw(st.booleans()) and out.get("group_by"):
        out["time"] = "t"
    if draw(st.booleans()) and (answer != "label" or out.get("lead") or min(out.get("lags", [0])) > 0):
        out["categorical"] = "lab"
    out["scale"] = draw(st.sampled_from(["none", "standard", "minmax", "robust"]))
    out["scale_target"] = answer == "target" and out["scale"] != "none"
    out["scale_by_group"] = out["scale"] != "none" and bool(out.get("group_by")) and draw(st.booleans())
    out["dtype"] = draw(st.sampled_from(["float32", "float64"]))
    if draw(st.booleans()):
        out |= {"batch_size": 3, "batch_remainder": draw(st.sampled_from(["keep", "drop", "pad"]))}
    return {k: v for k, v in out.items() if v is not None and v is not False}


@settings(max_examples=200)
@given(request=requests(), rows=st.sampled_from([0.0, 0.1]).flatmap(lambda holes: tables(holes=holes)), data=st.data())
def test_the_rows_of_an_output_give_its_bytes_again(request, rows, data):
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "t.parquet"), Path(folder, "u.parquet")
        whole = arrow_table(rows)
        pq.write_table(whole, one)
        order = data.draw(st.permutations(whole.column_names))
        pq.write_table(whole.select(order).append_column("more", pa.array(["x"] * len(whole))), two)
        try:
            lstmprep.window(one, output=Path(folder, "out"), **request)
        except LstmprepError:  # these rows do not allow that
            return

        lstmprep.apply(Path(folder, "out"), two, output=Path(folder, "new"))

        first, again = _files(Path(folder, "out")), _files(Path(folder, "new"))
        assert first == again
        checked = lstmprep.check(Path(folder, "new"))
        assert checked.ok, checked.lines()
        assert any(line.startswith("source: every value") for line in checked.proved)


def _files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "manifest.json"}


@pytest.fixture
def out(tmp_path):
    return written(tmp_path, target="y", split="0.7,0.3", scale="standard", scale_target=True, shuffle=True)


def test_split_and_shuffle_do_not_count(out):
    data, new = lstmprep.load(out), lstmprep.apply(out, table())

    assert list(new.arrays) == ["X", "y"]
    rows = data.index("train")["first_row"].to_pylist()
    at = {row: i for i, row in enumerate(new.index()["first_row"].to_pylist())}
    assert np.array_equal(data.train.X, new.X[[at[row] for row in rows]])
    assert np.array_equal(data.train.y, new.y[[at[row] for row in rows]])
    assert new.manifest["fitted"] == data.manifest["fitted"]


@pytest.mark.parametrize("latest", [False, True])
def test_without_the_target_there_is_x_of_every_window(latest, out):
    new = lstmprep.apply(out, table().drop_columns(["y"]), latest=latest)

    assert list(new.arrays) == ["X"]
    assert len(new.X) == (2 if latest else 34)
    assert new.index().column_names == ["split", "sample", "site", "first_row", "last_row", "first_time", "last_time"]
    assert np.array_equal(new.X, lstmprep.apply(out, table(), latest=latest, no_target=True).X)


def test_a_frame_of_pandas_and_one_of_polars_are_taken_in_memory(out):
    data = lstmprep.load(out)
    expected = data.apply(table()).X

    assert np.array_equal(data.apply(table().to_pandas()).X, expected)
    assert np.array_equal(data.apply(pl.from_arrow(table())).X, expected)
    assert np.array_equal(data.apply(table(), latest=True).X, expected[[15, 31]]) is False
    assert data.apply(table(), latest=True).X.shape == (2, 4, 2)


def test_values_beyond_those_of_train_are_counted_by_feature(out):
    far = table().set_column(3, "b", pa.array(np.arange(40) * 1.0 + 100))

    notes = {n["code"]: n["text"] for n in lstmprep.apply(out, far).manifest["notes"]}

    assert "b 40 values (100 to 139, was 0 to" in notes["beyond-range"]
    assert "beyond-range" not in {n["code"] for n in lstmprep.apply(out, table().slice(0, 8)).manifest["notes"]}


def test_another_time_spacing_is_named(out):
    sparse = table().set_column(1, "t", pa.array([*range(0, 40, 2)] * 2))

    notes = {n["code"]: n["text"] for n in lstmprep.apply(out, sparse).manifest["notes"]}

    assert "rows are 2 apart, and were 1" in notes["other-spacing"]


@pytest.mark.parametrize("column", ["a", "site", "t"])
def test_a_missing_column_is_named(column, out):
    with pytest.raises(DataError, match=f"no column '{column}'"):
        lstmprep.apply(out, table().drop_columns([column]))


def test_some_targets_of_several_are_asked_for(tmp_path):
    out = written(tmp_path, target="y,b", features="a")

    with pytest.raises(DataError, match="one of the targets"):
        lstmprep.apply(out, table().drop_columns(["b"]))
    assert list(lstmprep.apply(out, table().drop_columns(["b"]), no_target=True).arrays) == ["X"]


def test_too_few_rows_are_told_with_both_numbers(out):
    with pytest.raises(DataError, match="4"):
        lstmprep.apply(out, table().slice(0, 3))


def test_short_sequences_are_named(out):
    short = pa.concat_tables([table().slice(0, 3), table().slice(20, 9)])

    new = lstmprep.apply(out, short, latest=True)

    assert new.index()["site"].to_pylist() == ["s"]
    assert any("n (3 rows)" in n["text"] for n in new.manifest["notes"])


# ---------------------------------------------------------------- classes


def classes(**more: Any) -> dict[str, Any]:
    return {"label": "k", "categorical": "k", "lead": 1} | more


def other(text: str) -> pa.Table:
    return table().set_column(5, "k", pa.array(["low"] * 39 + [text]))


def test_an_unseen_class_is_named_with_its_row_and_those_there_are(tmp_path):
    out = written(tmp_path, **classes())

    with pytest.raises(
        DataError, match=r"row 40, column k: the class 'new' is none of the output, which has low, mid, top"
    ):
        lstmprep.apply(out, other("new"))


def test_codes_and_columns_are_those_of_the_output(tmp_path):
    out = written(tmp_path, **classes())

    new = lstmprep.apply(out, other("top"))

    assert new.manifest["feature_names"] == ["a", "b", "k=low", "k=mid", "k=top"]
    assert set(new.y.tolist()) == {0, 2}
    assert new.X[:, :, 3].max() == 0


@pytest.mark.parametrize(("policy", "samples"), [("drop", 31), ("code", 32)])
def test_an_unseen_class_may_be_dropped_or_coded(policy, samples, tmp_path):
    out = written(tmp_path, **classes(unknown=policy))

    new = lstmprep.apply(out, other("new"))

    assert len(new.y) == samples
    assert (new.y == -1).sum() == (policy == "code")
    assert "unknown-class" in {n["code"] for n in new.manifest["notes"]}


# ---------------------------------------------------------------- again, and what cannot be


def test_an_applied_output_can_be_applied_inverted_and_checked(out, tmp_path):
    lstmprep.apply(out, tmp_path / "t.parquet", output=tmp_path / "new", no_target=True)
    lstmprep.apply(tmp_path / "new", tmp_path / "t.parquet", output=tmp_path / "newer")

    assert lstmprep.check(tmp_path / "new").ok
    assert lstmprep.check(tmp_path / "newer").ok
    y = lstmprep.load(tmp_path / "newer").y
    found = lstmprep.invert(tmp_path / "newer", y, table=tmp_path / "t.parquet")
    assert np.allclose(found["prediction"].to_numpy(), found["actual"].to_numpy(), atol=1e-5)


def test_predictions_of_the_newest_windows_come_back_in_units_without_a_row(out):
    new = lstmprep.apply(out, table().drop_columns(["y"]), latest=True)

    found = new.invert(np.zeros((2, 1)))

    mean = new.manifest["fitted"]["scaling"]["targets"]["y"]["mean"]
    assert found["prediction"].to_pylist() == [mean, mean]
    assert found["origin_row"].to_pylist() == [19, 39]
    assert found["target_row"].null_count == 2


def test_a_lagged_table_has_no_newest_window_and_what_is_no_output_is_refused(tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet")
    lstmprep.lag(tmp_path / "t.parquet", output=tmp_path / "lags.csv", target="y", features="a", lags="1")

    with pytest.raises(RecipeError, match="--latest is for windows, and this output is a lagged table"):
        lstmprep.apply(tmp_path / "lags.csv", table(), latest=True)
    with pytest.raises(StorageError):
        lstmprep.apply(tmp_path / "nothing", table())


@pytest.mark.parametrize("place", [None, "again.parquet"])
def test_new_rows_of_a_lagged_table_are_filled_with_the_means_that_were_learned(tmp_path, place):
    old = pa.table({"t": range(4), "a": pa.array([1.0, None, 3.0, 8.0]), "y": range(4)})
    lstmprep.lag(old, output=tmp_path / "lags.csv", time="t", target="y", features="a", lags="1", missing="mean")

    new = pa.table({"t": range(3), "a": pa.array([None, 5.0, 6.0]), "y": [7, 8, 9]})
    again = lstmprep.apply(tmp_path / "lags.csv", new, output=place and tmp_path / place)

    assert again.table().to_pydict() == {"t": [1, 2], "a(t-1)": [4, 5], "y(t)": [8, 9]}
    without = lstmprep.apply(tmp_path / "lags.csv", new.drop_columns(["y"]))
    assert without.table().to_pydict() == {"t": [1, 2], "a(t-1)": [4, 5]}


def test_the_manifest_says_how_it_was_made(out, tmp_path):
    lstmprep.apply(out, tmp_path / "t.parquet", output=tmp_path / "new", latest=True)

    made = json.loads((tmp_path / "new" / "manifest.json").read_text())
    assert made["command"] == "lstmprep apply out t.parquet --latest"
    assert made["applied"] == {"latest": True, "target": True}
    assert made["recipe"] == json.loads((out / "manifest.json").read_text())["recipe"]


# ---------------------------------------------------------------- whole sequences


@pytest.fixture
def sequences(tmp_path):
    pq.write_table(
        pa.table({"id": ["a"] * 3 + ["b"] * 7, "t": [*range(3), *range(7)], "v": np.arange(10.0)}),
        tmp_path / "s.parquet",
    )
    lstmprep.pad(tmp_path / "s.parquet", group_by="id", time="t", pad_value=-1, output=tmp_path / "padded")
    return tmp_path / "padded"


def test_whole_sequences_keep_the_trained_length_and_those_cut_are_named(sequences):
    longer = pa.table({"id": ["n1"] * 2 + ["n2"] * 9, "t": [*range(2), *range(9)], "v": np.arange(11.0)})

    new = lstmprep.apply(sequences, longer)

    assert new.X.shape == (2, 7, 1)
    assert new.lengths.tolist() == [2, 7]
    assert new.X[1, :, 0].tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert any("n2 (9 rows)" in n["text"] for n in new.manifest["notes"])


def test_whole_sequences_give_their_bytes_again(sequences, tmp_path):
    lstmprep.apply(sequences, tmp_path / "s.parquet", output=tmp_path / "again")

    assert _files(sequences) == _files(tmp_path / "again")
    assert lstmprep.check(tmp_path / "again").ok


RESHAPED = {
    "rows": {"shape": "-1,1,2"}, "blocks": {"shape": "-1,2,2"}, "series": {"series_as": "samples"}, "one": {"series_as": "features"},
    "lags": {"lag_columns": "{name}(t-{lag})", "target": "y"}, "steps": {"steps": ["s=b(t-1),a(t-1)", "r=b(t-2),a(t-2)"], "target": "y"},
    "turned": {"series_in": "rows", "series_as": "samples"},
}  # fmt: skip


@pytest.mark.parametrize("case", RESHAPED)
def test_a_reshape_of_the_same_table_is_made_again_byte_by_byte(case, tmp_path):
    numbers = np.arange(24.0).reshape(6, 4)
    columns = ["a(t-2)", "b(t-2)", "a(t-1)", "b(t-1)"]
    lagged = RESHAPED[case].get("target") is not None
    old = pa.table(
        {n: numbers[:, j] for j, n in enumerate(columns)} | {"y": range(6)}
        if lagged
        else {"u": numbers[:, 0], "v": numbers[:, 1]}
    )

    made = lstmprep.reshape(old, output=tmp_path / "out", **RESHAPED[case])
    again = lstmprep.apply(tmp_path / "out", old)

    assert np.array_equal(again.X, made.X) and again.X.shape == made.X.shape
    if lagged:
        assert np.array_equal(again.y, made.y)
        assert "y" not in lstmprep.apply(tmp_path / "out", old.drop_columns("y")).arrays
        assert (lstmprep.invert(tmp_path / "out", made.y)["prediction"].to_numpy() == made.y[:, 0]).all()


def test_new_rows_in_other_steps_than_those_of_the_output_are_refused_in_two_lines(tmp_path):
    names = ["a(t-2)", "b(t-2)", "a(t-1)", "b(t-1)"]
    old = pa.table({n: [1.0, 2.0] for n in names})
    lstmprep.reshape(old, output=tmp_path / "out", lag_columns="{name}(t-{lag})")

    with pytest.raises(DataError, match="the features are b, a, and the output was made of a, b") as told:
        lstmprep.apply(tmp_path / "out", old.select(["b(t-2)", "a(t-2)", "b(t-1)", "a(t-1)"]))
    assert "same columns in the same order" in str(told.value)
    with pytest.raises(DataError, match="a row has 1 timestep, and 2 in the output"):
        lstmprep.apply(tmp_path / "out", old.select(["a(t-1)", "b(t-1)"]))
    with pytest.raises(DataError):
        lstmprep.apply(tmp_path / "out", old.select(["a(t-2)", "b(t-2)", "a(t-1)"]))


def test_classes_of_folders_are_there_again_where_folders_are_called_like_them(tmp_path):
    for name in ("walk/1.csv", "run/2.csv", "new/3.csv", "run2/4.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a\n1\n2\n")
    (tmp_path / "5.csv").write_text("a\n1\n2\n")
    seen = [tmp_path / "walk/1.csv", tmp_path / "run/2.csv"]
    made = lstmprep.pad(seen, file_as="sequence", label_from="parent", output=tmp_path / "out")

    assert np.array_equal(lstmprep.apply(tmp_path / "out", seen).y, made.y)
    assert lstmprep.apply(tmp_path / "out", seen[:1]).y.tolist() == [1]
    assert "y" not in lstmprep.apply(tmp_path / "out", [tmp_path / "new/3.csv"]).arrays
    with pytest.raises(DataError, match="run2"):
        lstmprep.apply(tmp_path / "out", [*seen, tmp_path / "run2/4.csv"])


def grid_of(rows: int, columns: int) -> np.ndarray:
    return np.arange(rows * columns, dtype=np.float64).reshape(rows, columns)


@pytest.mark.parametrize(
    ("settings", "new", "words"),
    [
        ({"series_as": "features"}, (7, 2), "a sample has 7 timesteps, and 10 in the output\n  Give as many rows as there were: 10"),
        ({"series_as": "features"}, (12, 2), "a sample has 12 timesteps, and 10 in the output"),
        ({"shape": "1,-1,2"}, (9, 2), "a sample has 9 timesteps, and 10 in the output"),
        ({"series_as": "samples"}, (7, 3), "a sample has 7 timesteps, and 10 in the output"),
        ({"series_in": "rows"}, (7, 2), "the features are r0, r1, .*, and the output was made of r0, r1, .* and 2 more\n  Give a table of 10 rows"),
        ({"series_in": "rows"}, (10, 3), "a row has 3 timesteps, and 2 in the output\n  Give a table of 2 columns"),
        ({"series_in": "rows", "series_as": "samples"}, (4, 3), "a row has 3 timesteps, and 2 in the output"),
    ],
    ids=["shorter", "longer", "open", "samples", "rows", "wider", "row-samples"],
)  # fmt: skip
def test_new_rows_that_make_a_sample_of_another_length_are_refused_with_numbers(tmp_path, settings, new, words):
    lstmprep.reshape(grid_of(10, 2), **settings, output=tmp_path / "out")

    with pytest.raises(DataError, match=words):
        lstmprep.apply(tmp_path / "out", grid_of(*new))


@pytest.mark.parametrize(
    ("settings", "new"),
    [
        ({"series_as": "features"}, (10, 2)),
        ({"shape": "-1,5,2"}, (5, 2)),
        ({"series_in": "rows", "series_as": "samples"}, (3, 2)),
    ],
    ids=["features", "blocks", "rows"],
)
def test_new_rows_that_make_samples_of_the_same_length_are_taken(tmp_path, settings, new):
    made = lstmprep.reshape(grid_of(10, 2), **settings, output=tmp_path / "out")

    again = lstmprep.apply(tmp_path / "out", grid_of(*new))

    np.testing.assert_array_equal(again.X, made.X[: len(again.X)])
    assert again.X.shape[1:] == made.X.shape[1:]


@pytest.mark.parametrize(
    ("how", "rows", "words"),
    [
        ("sample", [5, 5], "a file has 5 timesteps, and 10 in the output\n  Give files of 10 rows"),
        ("timestep", [10], "a sample has 1 timestep, and 2 in the output\n  Give 2 files"),
    ],
    ids=["sample", "timestep"],
)
def test_new_files_of_another_length_or_number_are_refused_with_numbers(tmp_path, monkeypatch, how, rows, words):
    monkeypatch.chdir(tmp_path)

    def files(sizes: list[int], stem: str) -> list[str]:
        for i, n in enumerate(sizes):
            Path(f"{stem}{i}.csv").write_text("a\n" + "".join(f"{v}\n" for v in range(n)))
        return [f"{stem}{i}.csv" for i in range(len(sizes))]

    lstmprep.reshape(files([10, 10], "old"), file_as=how, output="out")

    with pytest.raises(DataError, match=words):
        lstmprep.apply("out", files(rows, "new"))


def test_a_missing_class_is_missing_in_the_columns_of_classes_that_the_new_rows_lack(tmp_path):
    """The first rows alone, whose classes are fewer: they are what they were among all rows."""
    kinds = ["low", None, "mid", "low", None, "mid"] * 3 + ["top", "low"] + ["top", "mid"] * 10
    whole = table().set_column(5, "k", pa.array(kinds))
    pq.write_table(whole, tmp_path / "t.parquet")
    out = written(tmp_path, categorical="k", features="a,k", missing="mask", pad_value=-1)

    new = lstmprep.apply(out, whole.slice(0, 18))

    first = lstmprep.load(out)
    assert new.manifest["feature_names"] == ["a", "k=low", "k=mid", "k=top"]
    assert np.array_equal(new.X, first.X[:15]) and np.array_equal(new.observed, first.observed[:15])
    assert sorted(set(new.X[:, :, 3].ravel().tolist())) == [-1, 0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_rows_of_an_output_lie_in_its_own_range_whatever_their_type(dtype, tmp_path):
    """0.1 is stored as more than 0.1 in float32, as less in float16."""
    rows = table().set_column(2, "a", pa.array([0.1, 0.7, 0.3, 0.9] * 10))
    pq.write_table(rows, tmp_path / "t.parquet")
    out = written(tmp_path, features="a", dtype=dtype)

    assert "beyond-range" not in {n["code"] for n in lstmprep.apply(out, rows).manifest["notes"]}
