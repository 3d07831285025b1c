"""Predictions come back to the rows, times, sequences and units they are for."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.cli import run
from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError
from tests.audit.made import table, written
from tests.conftest import arrow_table, batchings, long_tables, tables, windows

Rows = list[dict[str, Any]]


@st.composite
def requests(draw: st.DrawFn) -> dict[str, object]:
    """Settings of any output with an answer of numbers or classes."""
    answer = draw(st.sampled_from(["target", "target", "label", "input"]))
    out = draw(windows(answer)) | draw(batchings()) | {"features": "a,b", "missing": "drop", "dtype": "float64"}
    out |= {"target": {"target": ["y", "b"]}, "label": {"label": "lab"}, "input": {}}[answer]
    if answer == "input" and out.get("latest"):
        del out["latest"]
    if draw(st.booleans()):
        out["group_by"] = "key"
    if draw(st.booleans()) and out.get("group_by"):
        out["time"] = "t"
    out["layout"] = draw(st.sampled_from(["batch-first", "time-first"]))
    if answer in ("target", "input") and draw(st.booleans()):
        out["scale"] = draw(st.sampled_from(["standard", "minmax", "maxabs"]))
        out["scale_target"] = answer == "target"
        out["scale_by_group"] = bool(out.get("group_by")) and draw(st.booleans())
    if answer == "target":
        out |= draw(
            st.sampled_from([{}, {}, {"difference": 1}, {"difference": 2, "detrend": "linear"}, {"detrend": "linear"}])
        )
    if not (out.get("partial") or out.get("leftover")):
        out.pop("pad_value", None)
    if draw(st.booleans()):
        out.pop("latest", None)
        out |= draw(parted(out, answer))
    return {k: v for k, v in out.items() if v is not None}


@st.composite
def parted(draw: st.DrawFn, among: dict[str, Any], answer: str) -> dict[str, Any]:
    """A split, folds, or neither."""
    how = draw(st.sampled_from(["", "split", "folds"]))
    if not how:
        return {}
    out: dict[str, Any] = {"embargo": draw(st.sampled_from([None, 1]))}
    if answer == "label":
        out["unknown"] = "drop" if among.get("label_at") in ("mode", "any") else "code"
    if how == "folds":
        out |= {"folds": draw(st.integers(1, 3)), "fold_train": draw(st.sampled_from([None, None, 3, 5]))}
    else:
        out["split"] = draw(st.sampled_from(["0.5,0.5", "0.6,0.4", "0.5,0.25,0.25"]))
        if among.get("group_by"):
            out["split_by"] = draw(st.sampled_from([None, "sequence", "group"]))
    if out.get("split_by") == "group":
        out["embargo"] = None
    elif answer != "input" and among.get("leftover") != "pad":
        out["context"] = draw(st.booleans())
    return out


def rows_of(found: pa.Table) -> Rows:
    out: Rows = found.to_pylist()
    return out


@settings(max_examples=200)
@given(
    request=requests(),
    rows=st.one_of(tables(), tables(holes=0.1), long_tables(), long_tables()),
    given_table=st.booleans(),
)
def test_what_is_predicted_as_y_comes_back_as_the_values_of_the_table(request, rows, given_table):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "t.parquet")
        pq.write_table(arrow_table(rows), source)
        try:
            data = lstmprep.window(source, output=Path(folder, "out"), **request)
        except LstmprepError:  # these rows do not allow that
            return
        if request.get("latest"):
            return

        truth = source if given_table and "target" in request else None
        for part in data.manifest["splits"]:
            y = data.arrays[y_of(part)]
            try:
                found = rows_of(data.invert(y, split=None if part == "all" else part, table=truth))
            except DataError:  # without times a row of several sequences has no place on its trend
                if "detrend" not in request or ("time" in request and request.get("horizon", 1) == 1):
                    raise
                return
            _as_in_the_table(found, rows, request, part)
            _complete(found, data, request, part)


def y_of(part: str) -> str:
    """The name of the answers of a part."""
    folder, _, name = part.rpartition("/")
    return "y" if part == "all" else f"{folder}/y_{name}" if folder else f"y_{name}"


def _as_in_the_table(found: Rows, rows: dict[str, list[Any]], request: dict[str, Any], part: str) -> None:
    """Values, keys and times are those of the row that is named."""
    names = ["y", "b"] if "target" in request else ["lab"] if "label" in request else ["a", "b"]
    assert {r["target"] for r in found} <= set(names)
    voted = request.get("label_at") in ("first", "mode", "any")  # a label of the whole window
    for r in found:
        assert r["split"] == part
        if r["target_row"] is None:
            continue
        at = r["target_row"]
        want = rows[r["target"]][at]
        if {"scale", "difference", "detrend"} & set(request) and "label" not in request:
            want = pytest.approx(want, abs=1e-9)
        known = not ("label" in request and r["prediction"] is None)  # a class that train lacks has no code
        if not voted and known:
            assert r["prediction"] == want, r
            assert r["actual"] == want, r
        if "key" in r:
            assert r["key"] == rows["key"][at]
        if r.get("target_time") is not None:
            assert r["target_time"] == rows["t"][at]
            assert r["origin_time"] == rows["t"][r["origin_row"]]


def _complete(found: Rows, data: Any, request: dict[str, Any], part: str) -> None:
    """One row for each answer that is no padding; every row is known where windows start at every row."""
    if (
        request.get("stride", 1) == 1
        and not request.get("no_overlap")
        and not request.get("shuffle")
        and "batch_size" not in request
    ):
        gaps = request.get("dilation", 1) > 1 or request.get("missing") == "drop" or "lags" in request
        if not gaps:
            assert all(r["target_row"] is not None for r in found)
    assert len({(r["sample"], r["step"], r["target"]) for r in found}) == len(found)
    filled_up = (data.manifest["padding"] or {"batch_samples": 0})["batch_samples"]
    if part == "all" or not filled_up:
        assert len({r["sample"] for r in found}) == data.manifest["splits"][part]["samples"] - filled_up


# ---------------------------------------------------------------- shapes


@pytest.fixture
def out(tmp_path):
    return written(tmp_path, target="y", horizon=3)


@pytest.mark.parametrize("shape", [(28, 3), (28, 3, 1)])
def test_a_horizon_is_read_in_any_of_its_shapes(shape, out):
    y = lstmprep.load(out).y

    found = lstmprep.invert(out, np.asarray(y).reshape(shape))

    assert found["prediction"].to_pylist() == found["actual"].to_pylist() == np.asarray(y).ravel().tolist()
    assert found["step"].to_pylist() == [1, 2, 3] * 28


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((28,), r"3 steps of 1 target are \(N, 3\)"),
        ((28, 2), "3 steps"),
        ((27, 3), "27 samples, and the output has 28"),
        ((), "0 samples"),
        ((28, 1, 3), "3 steps"),
    ],
)
def test_other_shapes_are_refused_with_those_that_fit(shape, words, out):
    with pytest.raises(DataError, match=words):
        lstmprep.invert(out, np.zeros(shape))


def test_what_is_no_number_is_refused(out):
    with pytest.raises(DataError, match="predictions are numbers"):
        lstmprep.invert(out, np.array(["a"] * 28))


def test_flat_answers_of_several_targets_are_taken_apart(tmp_path):
    out = written(tmp_path, target="y,b", horizon=2, flat_y=True)
    y = np.asarray(lstmprep.load(out).y)

    found = lstmprep.invert(out, y)

    assert found["target"].to_pylist()[:4] == ["y", "b", "y", "b"]
    assert found["prediction"].to_pylist() == found["actual"].to_pylist()
    with pytest.raises(DataError, match=r"\(N, 4\) or \(N, 2, 2\)"):
        lstmprep.invert(out, y[:, :2])


# ---------------------------------------------------------------- classes


@pytest.fixture
def classes(tmp_path):
    return written(tmp_path, "classes", label="k")


def test_codes_and_scores_become_names(classes):
    y = np.asarray(lstmprep.load(classes).y)
    scores = np.eye(3)[y] * 0.5 + 0.25

    for pred in (y, y[:, None], y.astype("f4"), scores, scores[:, None, :]):
        found = lstmprep.invert(classes, pred)
        assert found["prediction"].to_pylist() == found["actual"].to_pylist()
    assert set(lstmprep.invert(classes, scores)["probability"].to_pylist()) == {0.75}
    assert "probability" not in lstmprep.invert(classes, y).schema.names


def test_scores_that_are_no_probabilities_name_the_class_alone(classes):
    found = lstmprep.invert(classes, np.eye(3)[np.asarray(lstmprep.load(classes).y)] * 9)

    assert found["probability"].null_count == len(found)
    assert found["prediction"].to_pylist() == found["actual"].to_pylist()


def test_one_unit_is_the_chance_of_the_second_of_two_classes(tmp_path):
    pq.write_table(pa.table({"x": range(4), "k": ["n", "y", "y", "n"]}), tmp_path / "t.parquet")
    lstmprep.window(tmp_path / "t.parquet", output=tmp_path / "out", features="x", label="k", timesteps=1)

    found = lstmprep.invert(tmp_path / "out", np.array([0.25, 0.75, 0.5, 0.0], "f4"))

    assert found["prediction"].to_pylist() == ["n", "y", "y", "n"]
    assert found["probability"].to_pylist() == [0.75, 0.75, 0.5, 1.0]


@pytest.mark.parametrize(
    ("pred", "words"),
    [
        (np.full(34, 3), "code of no class"),
        (np.full(34, 0.5), "code of no class"),
        (np.zeros((34, 2)), "3 classes are codes"),
    ],
)
def test_codes_of_no_class_are_refused(pred, words, classes):
    with pytest.raises(DataError, match=words):
        lstmprep.invert(classes, pred[: lstmprep.load(classes).manifest["samples"]])


def test_the_classes_of_a_later_table_stand_beside_the_predictions(classes, tmp_path):
    later = table().set_column(5, "k", pa.array(["new"] * 40))
    pq.write_table(later, tmp_path / "later.parquet")

    found = lstmprep.invert(classes, lstmprep.load(classes).y, table=tmp_path / "later.parquet")

    assert set(found["actual"].to_pylist()) == {"new"}


# ---------------------------------------------------------------- true values


def test_a_longer_table_has_the_true_values_by_sequence_and_time(out, tmp_path):
    """New rows in front shift every row number: rows are known by their time."""
    old = table()
    more = pa.table({n: old[n].to_pylist()[:1] for n in old.schema.names}).set_column(1, "t", pa.array([99]))
    pq.write_table(pa.concat_tables([more, old]), tmp_path / "longer.parquet")
    y = lstmprep.load(out).y

    found = lstmprep.invert(out, y, table=tmp_path / "longer.parquet")

    assert np.allclose(found["actual"].to_numpy(), found["prediction"].to_numpy(), atol=1e-6)
    assert found["actual"].null_count == 0


def test_a_table_of_as_many_rows_in_another_order_and_without_some_is_met_by_sequence_and_time(out):
    """It is another table: rows are found by their times, and those that are not there have no value."""
    rows = table().to_pylist()[::-1]
    gone = {("n", 9), ("s", 19)}
    later = [r | {"t": r["t"] + 100} if (r["site"], r["t"]) in gone else r for r in rows]
    true = {(r["site"], r["t"]): r["y"] for r in rows}

    data = lstmprep.load(out)
    found = rows_of(data.invert(data.y, table=pa.Table.from_pylist(later)))

    assert {(r["site"], r["target_time"]) for r in found if r["actual"] is None} == gone
    for r in found:
        assert r["actual"] in (None, true[r["site"], r["target_time"]])


@pytest.mark.parametrize(
    "more",
    [
        {"lags": [1, 3], "timesteps": None}, {"dilation": 2}, {"dilation": 2, "partial": True, "stride": 3}, {"lags": [0, 1, 4], "timesteps": None, "partial": True},
        {"partial": True}, {"split": "0.6,0.4", "split_by": "sequence", "partial": True}, {"folds": 2, "split_by": "sequence", "timesteps": 2}, {"leftover": "pad", "stride": 3, "lead": 0},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize(
    "change",
    [{"difference": 1}, {"difference": 2}, {"difference": 5, "detrend": "linear"}, {"detrend": "linear"}],
    ids=str,
)
def test_changes_of_an_answer_per_step_are_undone_wherever_the_steps_lie(change, more, tmp_path):
    """Steps side by side, apart, few of them real; times that do not begin at 0."""
    rows = table().set_column(1, "t", pa.array([*range(30, 50), *range(7, 27)]))
    pq.write_table(rows, tmp_path / "t.parquet")
    asked = (
        {"target": "y,b", "features": "a", "target_mode": "per-step", "dtype": "float64", "timesteps": 4}
        | change
        | more
    )

    data = lstmprep.load(written(tmp_path, **asked))

    true = {(r["site"], r["t"]): r for r in rows.to_pylist()}
    for part in data.manifest["splits"]:
        found = rows_of(data.invert(data.arrays[y_of(part)], split=part, table=tmp_path / "t.parquet"))
        assert len(found) >= 8 and all(r["target_row"] is not None for r in found)
        for r in found:
            assert r["prediction"] == pytest.approx(true[r["site"], r["target_time"]][r["target"]], abs=1e-9), r


def test_another_table_without_times_is_refused(tmp_path):
    pq.write_table(pa.table({"v": np.arange(9.0)}), tmp_path / "t.parquet")
    pq.write_table(pa.table({"v": np.arange(8.0)}), tmp_path / "u.parquet")
    lstmprep.window(tmp_path / "t.parquet", output=tmp_path / "out", target="v", timesteps=2)

    with pytest.raises(DataError, match="not the table"):
        lstmprep.invert(tmp_path / "out", np.zeros(7), table=tmp_path / "u.parquet")


@pytest.mark.parametrize("flag", ["join", "join_asof"])
def test_true_values_of_a_joined_column_are_not_in_the_table_itself(flag, tmp_path):
    pc.write_csv(pa.table({"k": ["a"] * 6, "t": list(range(6)), "v": np.arange(6.0)}), tmp_path / "main.csv")
    other = {"k": ["a"], "w": [1.5]} if flag == "join" else {"t": [0, 3], "w": [1.5, 2.5]}
    pc.write_csv(pa.table(other), tmp_path / "other.csv")
    more = (
        {"join": str(tmp_path / "other.csv"), "join_on": "k"} if flag == "join" else {flag: str(tmp_path / "other.csv")}
    )
    made = lstmprep.window(
        tmp_path / "main.csv",
        time="t",
        group_by="k",
        features="v",
        target="w",
        timesteps=2,
        output=tmp_path / "out",
        **more,
    )

    with pytest.raises(DataError, match=rf"no column 'w'.*beside it by --{flag.replace('_', '-')}") as refused:
        lstmprep.invert(tmp_path / "out", np.asarray(made.y), table=tmp_path / "main.csv")

    assert "Leave --table out" in refused.value.fix
    back = lstmprep.invert(tmp_path / "out", np.asarray(made.y))
    assert back["actual"].to_pylist() == back["prediction"].to_pylist()
    with pytest.raises(LstmprepError) as other_fault:  # what is wrong otherwise is said as ever
        lstmprep.invert(tmp_path / "out", np.asarray(made.y), table=tmp_path / "nowhere.csv")
    assert "--join" not in str(other_fault.value)


def test_a_table_without_the_target_is_refused(out, tmp_path):
    pq.write_table(table().drop_columns(["y"]), tmp_path / "u.parquet")

    with pytest.raises(LstmprepError, match="'y'"):
        lstmprep.invert(out, lstmprep.load(out).y, table=tmp_path / "u.parquet")


# ---------------------------------------------------------------- combined


def test_rows_that_are_predicted_more_than_once_get_the_mean(out):
    data = lstmprep.load(out)
    pred = np.asarray(data.y) + np.array([[[-3.0], [0.0], [3.0]]], "f4")

    found = rows_of(data.invert(pred, combine="mean"))
    each = rows_of(data.invert(pred))

    assert [r["target_row"] for r in found] == sorted({r["target_row"] for r in each})
    for r in found:
        mine = [e["prediction"] for e in each if e["target_row"] == r["target_row"]]
        assert r["predictions"] == len(mine)
        assert r["prediction"] == pytest.approx(np.mean(mine))
        assert all(e["actual"] == pytest.approx(r["actual"]) for e in each if e["target_row"] == r["target_row"])


def test_the_mean_of_many_rows_is_kept_in_a_file(out, monkeypatch):
    data = lstmprep.load(out)
    small = data.invert(data.y, combine="mean")

    monkeypatch.setattr("lstmprep.inverse.combine.SMALL", 8)

    assert data.invert(data.y, combine="mean").equals(small)


def test_classes_have_no_mean_and_other_words_are_refused(classes, out):
    with pytest.raises(RecipeError, match="no mean of classes"):
        lstmprep.invert(classes, lstmprep.load(classes).y, combine="mean")
    with pytest.raises(RecipeError, match="'median'"):
        lstmprep.invert(out, lstmprep.load(out).y, combine="median")


def test_rows_that_only_the_table_knows_are_asked_for(tmp_path):
    """Windows that do not overlap name the first and the last of three rows alone."""
    old = table()
    pq.write_table(old.take(np.random.default_rng(3).permutation(40)), tmp_path / "t.parquet")
    out = written(tmp_path, target="y", horizon=3, stride=7)
    y = lstmprep.load(out).y

    with pytest.raises(DataError, match="--table"):
        lstmprep.invert(out, y, combine="mean")
    assert lstmprep.invert(out, y)["target_row"].null_count > 0
    found = lstmprep.invert(out, y, table=tmp_path / "t.parquet")
    assert found["target_row"].null_count == found["target_time"].null_count == 0
    assert np.allclose(found["actual"].to_numpy(), found["prediction"].to_numpy(), atol=1e-6)


# ---------------------------------------------------------------- what cannot be


def test_an_output_that_asks_for_nothing_is_refused(tmp_path):
    out = written(tmp_path)

    with pytest.raises(DataError, match="asks for nothing"):
        lstmprep.invert(out, np.zeros(34))


def test_an_output_without_an_index_is_refused(tmp_path):
    out = written(tmp_path, target="y", index=False)

    with pytest.raises(StorageError, match="no index"):
        lstmprep.invert(out, lstmprep.load(out).y)


def test_an_unknown_split_is_refused_with_those_there_are(out):
    with pytest.raises(RecipeError, match="no split 'tset'"):
        lstmprep.invert(out, lstmprep.load(out).y, split="tset")


def test_arrays_in_memory_have_the_same_way_back():
    data = lstmprep.window(np.arange(20.0).reshape(10, 2), timesteps=3, target="c1")

    assert data.invert(data.y)["prediction"].to_pylist() == data.y[:, 0].tolist()


# ---------------------------------------------------------------- the command


class Said(NamedTuple):
    exit_code: int
    stdout: bytes
    stderr: str


def inverted(*words) -> Said:
    """The command, through its own door."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["invert", *map(str, words)])
    for number, handler in before.items():
        signal.signal(number, handler)
    return Said(code, out.buffer.getvalue(), err.getvalue())


@pytest.fixture
def pred(out, tmp_path):
    np.save(tmp_path / "pred.npy", np.asarray(lstmprep.load(out).y) + 1)
    return tmp_path / "pred.npy"


def test_csv_parquet_and_standard_output_hold_the_same_rows(out, pred, tmp_path):
    said = inverted(out, pred, "-o", tmp_path / "a.csv")
    assert said.exit_code == 0, said.stderr
    assert "y, step 3: MAE 1, RMSE 1, of 28 predictions" in said.stderr
    assert inverted(out, pred, "-o", tmp_path / "a.parquet").exit_code == 0
    screen = inverted(out, pred, "-o", "-")

    rows, kept = pc.read_csv(tmp_path / "a.csv"), pq.read_table(tmp_path / "a.parquet")
    assert screen.stdout == (tmp_path / "a.csv").read_bytes()
    assert rows.column_names == kept.column_names
    for name in rows.column_names:
        assert [str(v) for v in rows[name].to_pylist()] == [str(v) for v in kept[name].to_pylist()] or name in (
            "prediction",
            "actual",
        )
    assert np.allclose(rows["prediction"].to_numpy(), kept["prediction"].to_numpy())


def test_a_file_that_is_there_is_kept_unless_asked(out, pred, tmp_path):
    (tmp_path / "a.csv").write_text("mine")

    said = inverted(out, pred, "-o", tmp_path / "a.csv")
    assert (said.exit_code, (tmp_path / "a.csv").read_text()) == (4, "mine")
    assert inverted(out, pred, "-o", tmp_path / "a.csv", "--overwrite").exit_code == 0
    assert (tmp_path / "a.csv").read_text() != "mine"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-o", "a.txt"], 2),
        (["-o", "nowhere/a.csv"], 4),
        (["-o", "pred.csv", "--split", "test"], 2),
        (["-o", "-", "--json"], 2),
        (["-o", "link.csv"], 4),
        (["-o", "folder.csv"], 4),
        ([], 2),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(words, code, out, pred, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder.csv").mkdir()
    before = sorted(p.name for p in tmp_path.iterdir())

    assert inverted(out, pred, *words).exit_code == code
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04", b"hello"])
def test_what_is_no_array_is_refused(data, out, tmp_path):
    (tmp_path / "bad.npy").write_bytes(data)

    assert inverted(out, tmp_path / "bad.npy", "-o", tmp_path / "a.csv").exit_code == 3
    assert inverted(out, tmp_path / "gone.npy", "-o", tmp_path / "a.csv").exit_code == 4
    np.savez(tmp_path / "many.npz", a=np.zeros(3))
    assert inverted(out, tmp_path / "many.npz", "-o", tmp_path / "a.csv").exit_code == 3
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    assert inverted(out, tmp_path / "objects.npy", "-o", tmp_path / "a.csv").exit_code == 3


def test_json_has_the_errors_of_every_step(out, pred, tmp_path):
    told = json.loads(inverted(out, pred, "-o", tmp_path / "a.csv", "--json").stdout)

    assert told["rows"] == 84
    assert [e["step"] for e in told["errors"]] == [1, 2, 3]
    assert told["errors"][0]["mae"] == pytest.approx(1)


def test_times_are_written_as_iso_8601_and_texts_in_quotes_where_they_need_them(tmp_path):
    times = np.array(["2024-01-01T00:00", "2024-01-01T06:00", "2024-01-01T12:00"], "M8[s]")
    pq.write_table(pa.table({"when": times, "who": ['a,"b"'] * 3, "v": [1.0, 2.0, 3.0]}), tmp_path / "t.parquet")
    out = tmp_path / "out"
    lstmprep.window(tmp_path / "t.parquet", output=out, time="when", group_by="who", target="v", timesteps=1)
    np.save(tmp_path / "p.npy", np.array([2.5, 3.5], "f4"))

    inverted(out, tmp_path / "p.npy", "-o", tmp_path / "a.csv")

    assert (tmp_path / "a.csv").read_text().splitlines()[1] == (
        'all,0,"a,""b""",0,2024-01-01T00:00:00,1,1,2024-01-01T06:00:00,v,2.5,2'
    )


def test_a_table_that_is_written_otherwise_is_read_as_the_command_says(out, pred, tmp_path):
    """The recipe's way by default, which is that of Parquet here: a point, a comma."""
    rows = table().to_pydict()
    lines = [
        ";".join(rows),
        *(";".join(map(str, cells)).replace(".", ",") for cells in zip(*rows.values(), strict=True)),
    ]
    (tmp_path / "de.txt").write_text("\n".join(lines) + "\n")
    how = ["--input-format", "csv", "--delimiter", ";", "--decimal", ","]

    said = inverted(out, pred, "--table", tmp_path / "de.txt", *how, "-o", tmp_path / "a.parquet")

    assert said.exit_code == 0, said.stderr
    assert "y, step 3: MAE 1" in said.stderr
    data = lstmprep.load(out)
    again = data.invert(data.y + 1, table=tmp_path / "de.txt", input_format="csv", delimiter=";", decimal=",")
    assert pq.read_table(tmp_path / "a.parquet")["actual"].to_pylist() == again["actual"].to_pylist()
    assert again["actual"].to_pylist() == [rows["y"][row] for row in again["target_row"].to_pylist()]
    assert again.num_rows == 28 * 3
    assert lstmprep.invert(out, pred, table=tmp_path / "de.txt", input_format="csv", delimiter=";", decimal=",").equals(
        again
    )
    with pytest.raises(LstmprepError, match="row 1"):
        data.invert(data.y, table=tmp_path / "de.txt", input_format="csv", delimiter=";")
    without = inverted(out, pred, "--decimal", ",", "-o", tmp_path / "b.csv")
    assert (without.exit_code, "--decimal says how --table is read" in without.stderr) == (2, True)
    with pytest.raises(RecipeError, match="no setting 'delimeter'"):
        data.invert(data.y, table=tmp_path / "de.txt", delimeter=";")


@pytest.mark.parametrize("combine", ["none", "mean"])
def test_blocks_of_any_size_give_the_same_rows(combine, out, pred, monkeypatch):
    whole = lstmprep.invert(out, pred, combine=combine)

    monkeypatch.setattr("lstmprep.inverse.rows.ROWS", 10)

    assert lstmprep.invert(out, pred, combine=combine).equals(whole)
