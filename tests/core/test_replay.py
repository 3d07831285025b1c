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
