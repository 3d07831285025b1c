"""Sequences without padding: the rows one after the other, and where each sample begins."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep import arrays, fill, scratch
from lstmprep.execute import Filler
from tests.conftest import plan_of

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


SIZES = [3, 1, 4, 1, 5, 9, 2]


@pytest.mark.parametrize("many", [1, 2, 3, 1 << 16])
@pytest.mark.parametrize("answers", [False, True])
def test_samples_are_looked_up_some_at_a_time_and_from_any_byte_on(many, answers, monkeypatch):
    for module, name in ((scratch, "MANY"), (arrays, "MANY"), (fill, "MANY_SAMPLES")):
        monkeypatch.setattr(module, name, many)
    settings = {"target": ["y"], "target_mode": "per-step"} if answers else {}
    plan = plan_of(SIZES, command="pad", ragged=True, **settings)
    values, splits = plan.array("values"), plan.array("row_splits")
    expected, row = plan.panel.features, plan.panel.features[0].nbytes

    assert values.shape == expected.shape
    assert np.concatenate(list(Filler(plan.parts[0]).blocks(splits))).tolist() == [0, 3, 4, 8, 9, 14, 23, 25]
    for begin in range(0, values.bytes, row):
        found = list(Filler(plan.parts[0]).stretch(values, begin, values.bytes))
        assert found[0][0] == begin
        assert b"".join(block.tobytes() for _, block in found) == expected.tobytes()[begin:]


def test_lengths_of_very_short_samples_come_in_blocks_that_leave_room_for_their_row_numbers():
    plan = plan_of([1] * 200, command="pad")
    array = plan.array("lengths")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lstmprep.laid.BUFFER", 640)
        found = [len(block) for block in Filler(plan.parts[0]).blocks(array)]

    assert found == [20] * 10
