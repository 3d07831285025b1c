"""Rows become sequences: whatever their order in the file, samples are those of sort, group and loop."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmprep
from lstmprep.errors import DataError, LstmprepError
from lstmprep.ingest import keys

arrange = import_module("lstmprep.ingest.arrange")  # the package gives its function under this name

TEXTS = ["10", "9", "007", "7", "-3", "1.5", "b", "B", "a,b", "ü", "名", "x y", "1e2", "+7"]
columns_of_keys = st.sampled_from(["none", "one", "two"])


@st.composite
def panels(draw: st.DrawFn, *, double: bool = False) -> pd.DataFrame:
    """Columns g, h (keys), t, a, b, y, c, in any order of rows; times differ inside a sequence unless doubled."""
    texts = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4, unique=True))
    others = draw(st.lists(st.sampled_from(["1", "2", "10", "z"]), min_size=1, max_size=2, unique=True))
    rows: list[tuple[str, str, int]] = []
    for g, h in itertools.product(texts, others):
        times = draw(st.lists(st.integers(-5, 12), min_size=0, max_size=9, unique=not double))
        rows += [(g, h, t) for t in times]
    if not rows:
        rows = [(texts[0], others[0], t) for t in range(5)]
    rows = draw(st.permutations(rows))
    seed = draw(st.integers(0, 2**32 - 1))
    made = np.random.default_rng(seed)
    frame = pd.DataFrame(rows, columns=["g", "h", "t"])
    for name in ("a", "b", "y"):
        frame[name] = made.integers(-1000, 1000, len(frame)).astype(np.float64)
    frame["c"] = made.choice(["10", "9", "up"][: draw(st.integers(1, 3))], len(frame))
    return frame


def canonical(texts: list[str]) -> dict[str, int]:
    """The place of every text: numbers in the order of numbers, equal ones by text; else by code point."""
    distinct = sorted(set(texts))
    with contextlib.suppress(ArithmeticError):
        distinct.sort(key=Decimal)
    return {text: i for i, text in enumerate(distinct)}


def sequences(frame: pd.DataFrame, by: list[str], *, timed: bool) -> list[pd.DataFrame]:
    """Sort, group: the sequences in key order, their rows in time order; column `row` is the row of the file."""
    table = frame.assign(row=np.arange(len(frame)))
    for name in by:
        table["rank " + name] = table[name].map(canonical(list(table[name])))
    table = table.sort_values(["rank " + n for n in by] + ["t"] * timed, kind="stable") if by or timed else table
    return [part for _, part in table.groupby(["rank " + n for n in by])] if by else [table]


def looped(
    parts: list[pd.DataFrame],
    by: list[str],
    steps: int,
    stride: int,
    dilation: int,
    lead: int,
    horizon: int,
    *,
    timed: bool,
) -> tuple[list[Any], list[Any], list[dict[str, Any]]]:
    """X, y and index, one sample after the other."""
    xs, ys, index = [], [], []
    for part in parts:
        start = 0
        while start + (steps - 1) * dilation + max(0, lead + horizon - 1) < len(part):
            inputs = [start + j * dilation for j in range(steps)]
            targets = [inputs[-1] + lead + k for k in range(horizon)]
            xs.append([[part[n].iloc[i] for n in ("a", "b")] for i in inputs])
            ys.append([[part["y"].iloc[i]] for i in targets] if horizon > 1 else [part["y"].iloc[targets[0]]])
            entry = {n: part[n].iloc[0] for n in by}
            for what, i in zip(
                ("first", "last", "target_first", "target_last"),
                (inputs[0], inputs[-1], targets[0], targets[-1]),
                strict=True,
            ):
                entry[f"{what}_row"] = part["row"].iloc[i]
                if timed:
                    entry[f"{what}_time"] = part["t"].iloc[i]
            index.append(entry)
            start += stride
    return xs, ys, index


def table_of(frame: pd.DataFrame) -> pa.Table:
    return pa.table({n: frame[n].tolist() for n in frame.columns})


def same_or_refused(found: Any, xs: list[Any], ys: list[Any], index: list[dict[str, Any]]) -> None:
    """Values, order and addresses of all samples are those of the loop."""
    np.testing.assert_array_equal(found.X, np.array(xs, np.float32))
    np.testing.assert_array_equal(found.y, np.array(ys, np.float32))
    addresses = found.index().to_pylist()
    assert [row["sample"] for row in addresses] == list(range(len(index)))
    assert [{n: row[n] for n in index[0]} for row in addresses] == index


@given(frame=panels(), keyed=columns_of_keys, timed=st.booleans(), data=st.data())
@settings(max_examples=80, deadline=None)
def test_samples_are_those_of_sort_group_and_loop(
    frame: pd.DataFrame, keyed: str, data: st.DataObject, *, timed: bool
) -> None:
    by = {"none": [], "one": ["g"], "two": ["g", "h"]}[keyed]
    if keyed != "two":
        frame = frame.drop_duplicates([*by, "t"]).reset_index(drop=True)
    steps, stride, dilation = (data.draw(st.integers(1, n)) for n in (4, 3, 2))
    lead, horizon = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 3))
    expected = looped(sequences(frame, by, timed=timed), by, steps, stride, dilation, lead, horizon, timed=timed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "BLOCK", data.draw(st.sampled_from([1, 3, 1 << 16])))
        patch.setattr(keys, "_PENDING", data.draw(st.sampled_from([1, 5, 1 << 17])))
        asked = {
            "timesteps": steps, "stride": stride, "dilation": dilation, "lead": lead, "horizon": horizon, "features": ["a", "b"],
            "target": "y", "group_by": by or None, "time": "t" if timed else None,
        }  # fmt: skip
        if not expected[0]:
            with pytest.raises(DataError):
                lstmprep.window(table_of(frame), **asked)
            return
        same_or_refused(lstmprep.window(table_of(frame), **asked), *expected)


@given(frame=panels(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_order_of_groups_and_rows_in_the_file_changes_no_value(frame: pd.DataFrame, seed: int) -> None:
    other = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    asked = {"timesteps": 2, "features": ["a", "b"], "target": "y", "group_by": ["g", "h"], "time": "t"}
    try:
        found = [lstmprep.window(table_of(f), **asked) for f in (frame, other)]
    except DataError:
        assert frame.groupby(["g", "h"]).size().max() < 3
        return
    assert found[0].X.tobytes() == found[1].X.tobytes()
    assert found[0].y.tobytes() == found[1].y.tobytes()
    assert found[0].manifest["sequences"] == found[1].manifest["sequences"]
    times = [[(r["g"], r["h"], r["first_time"], r["target_last_time"]) for r in f.index().to_pylist()] for f in found]
    assert times[0] == times[1]


@given(
    frame=panels(double=True), policy=st.sampled_from(["first", "last", "mean"]), size=st.sampled_from([1, 2, 1 << 16])
)
@settings(max_examples=60, deadline=None)
def test_rows_of_one_time_become_the_first_the_last_or_the_mean_of_them(
    frame: pd.DataFrame, policy: str, size: int
) -> None:
    parts = []
    for part in sequences(frame, ["g", "h"], timed=True):
        picked = part.groupby("t", sort=True)
        if policy == "mean":
            one = picked[["a", "b", "y"]].mean()
            one["row"] = picked["row"].first()
            one["g"], one["h"] = part["g"].iloc[0], part["h"].iloc[0]
            parts.append(one.reset_index())
        else:
            parts.append(part.drop_duplicates("t", keep=policy))
    expected = looped(parts, ["g", "h"], 2, 1, 1, 1, 1, timed=True)
    asked = {
        "timesteps": 2,
        "features": ["a", "b"],
        "target": "y",
        "group_by": ["g", "h"],
        "time": "t",
        "on_duplicate": policy,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "BLOCK", size)
        if not expected[0]:
            with pytest.raises(DataError):
                lstmprep.window(table_of(frame), **asked)
            return
        found = lstmprep.window(table_of(frame), **asked)
    same_or_refused(found, *expected)
    ledger = found.manifest["rows"]
    assert ledger["read"] == len(frame)
    used = {r for e in expected[2] for r in (e["first_row"], e["last_row"], e["target_first_row"])}
    assert sum(u["rows"] for u in ledger["unused"]) == len(frame) - len(used)


@given(frame=panels(double=True))
@settings(max_examples=40, deadline=None)
def test_two_rows_of_one_time_are_refused_with_both_rows(frame: pd.DataFrame) -> None:
    asked = {"timesteps": 1, "features": ["a"], "group_by": ["g", "h"], "time": "t"}
    double = frame.duplicated(["g", "h", "t"])
    if not double.any():
        assert lstmprep.window(table_of(frame), **asked).X.shape[0] == len(frame)
        return
    with pytest.raises(DataError, match="stands twice") as refused:
        lstmprep.window(table_of(frame), **asked)
    row = refused.value.where.row
    assert row is not None
    here = frame.iloc[row - 1]
    same = frame[(frame[["g", "h", "t"]] == here[["g", "h", "t"]]).all(axis=1)].index.tolist()
    assert row - 1 in same[1:]
    assert f"first on row {same[same.index(row - 1) - 1] + 1}" in refused.value.what
    assert f"the time {here['t']} " in refused.value.what


@given(frame=panels(), size=st.sampled_from([1, 4, 1 << 16]))
@settings(max_examples=40, deadline=None)
def test_a_static_column_gives_the_one_value_of_each_sequence(frame: pd.DataFrame, size: int) -> None:
    parts = sequences(frame, ["g"], timed=False)
    of_key = {part["g"].iloc[0]: 10.0 * i + 0.1 for i, part in enumerate(parts)}
    frame["s"] = frame["g"].map(of_key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "BLOCK", size)
        found = lstmprep.window(table_of(frame), timesteps=1, features=["a"], static="s", group_by="g")

    assert found.static.tolist() == [[float(np.float32(of_key[g]))] for p in parts for g in p["g"]]


@given(frame=panels(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_static_column_that_changes_is_refused_on_the_row_where_it_changes(
    frame: pd.DataFrame, data: st.DataObject
) -> None:
    again = [i for i, yes in enumerate(frame.duplicated("g")) if yes]
    if not again:
        return
    at = data.draw(st.sampled_from(again))
    frame["s"] = 1.0
    frame.loc[at, "s"] = 2.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "BLOCK", data.draw(st.sampled_from([1, 4, 1 << 16])))
        with pytest.raises(DataError, match=r"the static column changes inside the sequence.*: 1, then 2") as refused:
            lstmprep.window(table_of(frame), timesteps=1, features=["a"], static="s", group_by="g")

    assert (refused.value.where.row, refused.value.where.column) == (at + 1, "s")


@given(frame=panels(), size=st.sampled_from([1, 4, 1 << 16]))
@settings(max_examples=40, deadline=None)
def test_a_categorical_column_is_one_column_of_0_and_1_per_class_where_it_was_asked_for(
    frame: pd.DataFrame, size: int
) -> None:
    order = canonical(list(frame["c"]))
    parts = sequences(frame, ["g", "h"], timed=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "BLOCK", size)
        found = lstmprep.window(
            table_of(frame), timesteps=1, features=["b", "c", "a"], categorical="c", group_by=["g", "h"], time="t"
        )

    assert found.manifest["feature_names"] == ["b", *(f"c={c}" for c in order), "a"]
    rows = [row for part in parts for row in part.to_dict("records")]
    assert found.X[:, 0].tolist() == [[r["b"], *(float(r["c"] == c) for c in order), r["a"]] for r in rows]


@given(frame=panels(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_labels_of_a_second_table_meet_their_sequences_by_text(frame: pd.DataFrame, data: st.DataObject) -> None:
    keys_here = sorted({*frame["g"]})
    classes = {g: data.draw(st.sampled_from(["10", "9", "b"])) for g in keys_here}
    lines = data.draw(st.permutations([*classes.items(), ("elsewhere", "never")]))
    order = canonical(list(classes.values()))
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.csv"
        pd.DataFrame(lines, columns=["who", "class"]).to_csv(path, index=False)
        patch.setattr(arrange, "BLOCK", 3)
        found = lstmprep.window(
            table_of(frame), timesteps=1, features=["a"], group_by="g", labels=str(path), label_key="who"
        )

    parts = sequences(frame, ["g"], timed=False)
    assert found.manifest["classes"] == list(order)
    assert found.y.tolist() == [order[classes[g]] for p in parts for g in p["g"]]
    assert found.y.dtype == np.int64


@pytest.mark.parametrize(
    ("lines", "what", "row"),
    [
        (["007,p", "7,n"], "1 sequence has no label: 8", None), (["7,p", "8,n", "7,p"], "the key '7' has two labels, lines 2 and 4", 3),
        (["7,p", "8,NA"], "the label is missing", 2), (["7,p", "8,"], "the label is missing", 2), (["8,p", "007,n"], "1 sequence has no label: 7", None),
    ],
)  # fmt: skip
def test_labels_that_are_double_missing_or_unmatched_are_refused(
    tmp_path: Path, lines: list[str], what: str, row: int | None
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["key,class", *lines]) + "\n")
    frame = pa.table({"key": [7, 7, 8], "a": [1, 2, 3]})

    with pytest.raises(DataError) as refused:
        lstmprep.window(frame, timesteps=1, group_by="key", labels=str(path))

    assert what in refused.value.what
    assert refused.value.where.row == row
    assert str(refused.value.where.file).endswith("labels.csv")


def test_a_label_may_be_keyed_by_two_columns_and_numbers_meet_texts(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("class,trial,subject\nrun,2,7\nwalk,1,7\nsit,1,12\n")
    frame = pa.table({"subject": [12, 7, 7, 7], "trial": ["1", "2", "1", "2"], "a": [0, 1, 2, 3]})

    found = lstmprep.window(
        frame,
        timesteps=1,
        group_by=["subject", "trial"],
        features=["a"],
        labels=str(path),
        label_key=["subject", "trial"],
    )

    assert found.manifest["classes"] == ["run", "sit", "walk"]
    assert found.X[:, 0, 0].tolist() == [2, 1, 3, 0]
    assert found.y.tolist() == [2, 0, 0, 1]


@given(frame=panels(), timed=st.booleans())
@settings(max_examples=40, deadline=None)
def test_targets_of_a_second_table_stay_beside_their_rows_when_rows_move(frame: pd.DataFrame, *, timed: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "answers.csv"
        frame[["y"]].to_csv(path, index=False)
        parts = sequences(frame, ["g", "h"], timed=timed)
        expected = looped(parts, ["g", "h"], 1, 1, 1, 0, 1, timed=timed)
        found = lstmprep.window(
            table_of(frame.drop(columns="y")), timesteps=1, features=["a", "b"], target="y", target_file=str(path), lead=0,
            group_by=["g", "h"], time="t" if timed else None,
        )  # fmt: skip
    same_or_refused(found, *expected)


@pytest.mark.parametrize("rows", [0, 1, 3, 40])
def test_a_second_table_with_another_number_of_rows_is_refused(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("y\n" + "1\n" * rows)

    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(pa.table({"a": [1, 2]}), timesteps=1, target="y", target_file=str(path))

    assert refused.value.exit_code == 3
    assert "0 rows" in refused.value.what if not rows else f"has {rows} row" in refused.value.what


@given(frame=panels(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_classes_stay_beside_their_rows_when_rows_move_and_a_missing_one_costs_its_sample(
    frame: pd.DataFrame, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.integers(0, len(frame) - 1), max_size=len(frame) - 1))
    cells = [None if i in gone else c for i, c in enumerate(frame["c"])]
    order = canonical([c for c in cells if c is not None])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrange, "BLOCK", data.draw(st.sampled_from([1, 3, 1 << 16])))
        found = lstmprep.window(
            table_of(frame.assign(c=pd.Series(cells, dtype=object))), timesteps=1, features=["a"], label="c",
            group_by=["g", "h"], time="t", missing="drop",
        )  # fmt: skip

    rows = [row for part in sequences(frame, ["g", "h"], timed=True) for row in part.to_dict("records")]
    assert found.manifest["classes"] == list(order)
    assert found.y.tolist() == [order[cells[r["row"]]] for r in rows if r["row"] not in gone]
    assert found.X[:, 0, 0].tolist() == [r["a"] for r in rows if r["row"] not in gone]
    assert found.manifest["missing"]["samples_left_out"] == len(gone)


def test_a_key_that_comes_back_is_one_sequence_and_no_window_crosses_into_another() -> None:
    frame = pa.table({"k": list("aabbaab"), "v": [1, 2, 10, 20, 3, 4, 30]})

    found = lstmprep.window(frame, timesteps=3, group_by="k", features=["v"])

    assert found.X[..., 0].tolist() == [[1, 2, 3], [2, 3, 4], [10, 20, 30]]
    assert [(r["k"], r["first_row"], r["last_row"]) for r in found.index().to_pylist()] == [
        ("a", 0, 4), ("a", 1, 5), ("b", 2, 6),
    ]  # fmt: skip


def test_labels_that_no_sequence_has_are_named(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("k,c\n07,u\n7,v\n8,u\n9,w\n")
    table = pa.table({"k": ["7", "7", "8"], "x": [1.0, 2.0, 3.0]})
    for verb, how in ((lstmprep.pad, {}), (lstmprep.window, {"timesteps": 1})):
        made = verb(table, group_by="k", labels=tmp_path / "labels.csv", **how)

        assert [n["text"] for n in made.manifest["notes"] if n["code"] == "spare-labels"] == [
            "labels.csv labels 2 keys that no sequence has: 07, 9; keys are compared as text"
        ]
        assert made.manifest["classes"] == ["u", "v"]
    (tmp_path / "labels.csv").write_text("k,c\n7,v\n8,u\n")
    made = lstmprep.pad(table, group_by="k", labels=tmp_path / "labels.csv")
    assert "spare-labels" not in {n["code"] for n in made.manifest["notes"]}


def test_classes_alone_are_gathered_too():
    """Rows that move and hold no number beside their classes."""
    table = pa.table({"k": [1, 2, 1, 2], "c": ["a", "b", "b", "a"]})

    found = lstmprep.window(table, timesteps=1, group_by="k", categorical="c", features="c")

    assert found.X[:, 0].tolist() == [[1, 0], [0, 1], [0, 1], [1, 0]]
