"""New rows come by the columns and classes of the output, or are refused with both lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError


def vectors(*cells: list[float]) -> pa.Table:
    return pa.table({"v": pa.array(list(cells)), "w": [float(i) for i in range(len(cells))]})


@pytest.mark.parametrize(
    ("cell", "words", "advice"),
    [
        ([1.0, 2.0, 3.0], "the features are v_0, v_1, v_2, w, and the output has v_0, v_1, w", "that it was made from"),
        ([1.0], "the features are v_0, w, and the output has v_0, v_1, w", "a table that has v_1 too"),
    ],
)
def test_cells_of_another_length_than_those_of_the_output_are_refused(
    cell: list[float], words: str, advice: str, tmp_path: Path
) -> None:
    lstmprep.window(vectors([1.0, 2.0], [3.0, 4.0]), vector="v", timesteps=1, output=tmp_path / "out")

    with pytest.raises(DataError, match=words) as refused:
        lstmprep.apply(tmp_path / "out", vectors(cell, cell))

    assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("classes", "rows"),
    [
        (["a", "c", "b", "a"], [[0, 0, 0], [1, 0, 1], [2, 1, 0], [3, 0, 0]]),  # all of the output's, and one more
        (["c", "a"], [[0, 0, 1], [1, 0, 0]]),  # one of the output's is not there
        (["b", "c"], [[0, 1, 0], [1, 0, 1]]),
    ],
)
def test_a_class_keeps_the_column_it_had_whatever_classes_the_new_rows_hold(
    classes: list[str], rows: list[Any], tmp_path: Path
) -> None:
    def table(texts: list[str]) -> pa.Table:
        return pa.table({"k": texts, "w": [float(i) for i in range(len(texts))]})

    lstmprep.window(table(["b", "c", "b"]), categorical="k", timesteps=1, unknown="code", output=tmp_path / "out")
    data = lstmprep.apply(tmp_path / "out", table(classes))

    assert data.manifest["feature_names"] == ["w", "k=b", "k=c"]
    assert data.X[:, 0].tolist() == rows


CLASSES = pa.table({"v": [1.0, 2.0, 5.0], "c": ["x", "y", "x"]})
UNSEEN = pa.table({"v": [1.0, 2.0, 30.0], "c": ["x", "q", "q"]})


@pytest.mark.parametrize("asked", [{"label": "c"}, {"features": "v", "categorical": "c"}])
def test_a_class_that_the_output_has_never_seen_is_refused_where_it_stands(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    lstmprep.window(CLASSES, timesteps=1, output=tmp_path / "out", **asked)

    with pytest.raises(DataError, match=r"row 2, column c: the class 'q' is none .* \(2 rows hold such\)"):
        lstmprep.apply(tmp_path / "out", UNSEEN)
    with pytest.raises(DataError, match=r"row 2, column c: the class 'q' is none of the output, which has x, y\n"):
        lstmprep.apply(tmp_path / "out", UNSEEN.slice(0, 2))


@pytest.mark.parametrize(("policy", "kept", "codes"), [("drop", [1], [0]), ("code", [1, 2, 30], [0, -1, -1])])
def test_a_class_that_the_output_has_never_seen_is_dropped_or_coded_and_said(
    policy: str, kept: list[float], codes: list[int], tmp_path: Path
) -> None:
    lstmprep.window(CLASSES, timesteps=1, label="c", unknown=policy, output=tmp_path / "y")
    lstmprep.window(CLASSES, timesteps=1, features="v", categorical="c", unknown=policy, output=tmp_path / "X")
    labels, features = lstmprep.apply(tmp_path / "y", UNSEEN), lstmprep.apply(tmp_path / "X", UNSEEN)

    assert labels.X.ravel().tolist() == features.X[:, 0, 0].tolist() == kept
    assert labels.y.tolist() == codes
    assert features.X[:, 0, 1:].tolist() == [[1, 0], [0, 0], [0, 0]][: len(kept)]
    for data in (labels, features):
        assert "c: q (2 rows) is none of its classes" in str(data.manifest["notes"])


def test_codes_of_classes_stay_when_new_rows_hold_some_or_all_of_them(tmp_path: Path) -> None:
    lstmprep.window(CLASSES, timesteps=1, label="c", output=tmp_path / "out")

    for classes, codes in ((["y", "y"], [1, 1]), (["y", "x"], [1, 0])):
        new = pa.table({"v": [1.0, 2.0], "c": classes})
        assert lstmprep.apply(tmp_path / "out", new).y.tolist() == codes
    bare = pa.table({"v": [1.0, 2.0]})
    assert not hasattr(lstmprep.apply(tmp_path / "out", bare), "y")


def test_rows_that_are_filled_and_differenced_are_so_by_the_numbers_of_the_output(tmp_path: Path) -> None:
    table = pa.table({"t": [1, 2, 3, 4], "v": [1.0, None, 3.0, 5.0]})
    made = lstmprep.window(
        table, time="t", timesteps=1, missing="mean", indicator=True, difference=1, scale="standard", output=tmp_path / "out"
    )  # fmt: skip

    assert lstmprep.apply(tmp_path / "out", table).X.tobytes() == made.X.tobytes()
    other = lstmprep.apply(tmp_path / "out", pa.table({"t": [1, 2, 3], "v": [11.0, None, 13.0]}))
    assert other.manifest["fitted"] == made.manifest["fitted"]


def test_targets_are_all_there_or_none(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, 2.0, 4.0], "b": [3.0, 1.0, 2.0], "c": [5.0, 5.5, 7.0]})
    lstmprep.window(table, features="a", target="b,c", timesteps=1, output=tmp_path / "out")

    assert lstmprep.apply(tmp_path / "out", table).y.shape == (2, 2)
    assert not hasattr(lstmprep.apply(tmp_path / "out", table.select(["a"])), "y")
    with pytest.raises(DataError, match="no column 'c', one of the targets b, c"):
        lstmprep.apply(tmp_path / "out", table.select(["a", "b"]))
    with pytest.raises(DataError, match="no column 'a', from which the output was made"):
        lstmprep.apply(tmp_path / "out", table.select(["b", "c"]))


def test_the_newest_windows_have_no_answer_and_no_order_of_batches(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, 2.0, 4.0, 3.0], "b": [3.0, 1.0, 2.0, 0.0]})
    lstmprep.window(
        table, target="b", timesteps=2, batch_size=2, scale="standard", scale_target=True, output=tmp_path / "out"
    )
    newest = lstmprep.apply(tmp_path / "out", table, latest=True)
    every = lstmprep.apply(tmp_path / "out", table, no_target=True)

    assert newest.X.shape[0] == 1
    assert every.X.shape[0] == 3
    assert newest.X[0].tolist() == every.X[-1].tolist()


@pytest.mark.parametrize(
    ("classes", "rows"),
    [(["c", "c", "b"], [[0, 0, 1], [2, 0, 1], [3, 1, 0]]), (["c", "c", "c"], [[0, 0, 1], [2, 0, 1], [3, 0, 1]])],
)
def test_what_was_observed_stands_beside_the_columns_of_the_output(classes: list[str], rows: list[Any]) -> None:
    """Whatever classes the new rows hold: a class of which there is none is observed where its cell is."""
    old = lstmprep.window(
        pa.table({"k": ["b", "c", "b"], "w": [1.0, None, 3.0]}), categorical="k", timesteps=1, missing="mask"
    )
    new = old.apply(pa.table({"k": classes, "w": [None, 2.0, 3.0]}))

    assert new.manifest["feature_names"] == ["w", "k=b", "k=c"]
    assert new.X[:, 0].tolist() == rows
    assert new.observed[:, 0].tolist() == [[False, True, True], [True, True, True], [True, True, True]]


def test_an_output_of_classes_alone_has_no_range_to_leave() -> None:
    table = pa.table({"k": ["a", "b", "a"]})
    old = lstmprep.window(table, categorical="k", timesteps=2)

    new = old.apply(table)

    assert "range" not in old.manifest["fitted"]
    assert new.X.tolist() == old.X.tolist() == [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]
    assert [n["code"] for n in new.manifest["notes"]] == ["no-order", "few-samples"]
