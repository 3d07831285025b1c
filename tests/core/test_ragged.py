"""Sequences without padding: the rows one after the other, and where each sample begins."""

from __future__ import annotations

import pyarrow as pa
import pytest

import lstmprep

ROWS = pa.table(
    {"k": list("aabbb"), "v": [1.0, 2.0, 3.0, 4.0, 5.0], "c": list("xyxxz"), "y": [9.0, 8.0, 7.0, 6.0, 5.0]}
)


def test_classes_of_every_step_stand_beside_their_rows():
    made = lstmprep.pad(ROWS, group_by="k", features="v", label="c", target_mode="per-step", ragged=True)

    assert made.values[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert made.row_splits.tolist() == [0, 2, 5]
    assert made.y.tolist() == [0, 1, 0, 0, 2]
    assert made.manifest["arrays"]["y"]["axes"][0] == "steps"


def test_numbers_of_every_step_stand_beside_their_rows():
    made = lstmprep.pad(ROWS, group_by="k", features="v", target="y", target_mode="per-step", ragged=True)

    assert made.y[:, 0].tolist() == [9, 8, 7, 6, 5]


@pytest.mark.parametrize("kept", [False, True])
def test_ids_are_whole_numbers_with_an_axis_of_features_or_without(kept):
    ids = pa.table({"ids": [[3, 4], [5]]})
    made = lstmprep.pad(ids, tokens="ids", keep_feature_axis=kept)

    assert made.X.dtype == "int32"
    assert made.X.tolist() == ([[[3], [4]], [[5], [0]]] if kept else [[3, 4], [5, 0]])
