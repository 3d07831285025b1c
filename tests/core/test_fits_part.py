"""A part that holds no sample is refused with what would work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep import fits_part
from lstmprep.errors import DataError, RecipeError

ROWS = pa.table({"k": list("aabbb"), "v": [1.0, 2.0, 3.0, 4.0, 5.0]})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"split_by": "sequence", "split": "0.6,0.4", "min_steps": 2}, "train has 2 sequences, none with 2 rows"),
        ({"split_by": "sequence", "split": "0.8,0.2", "min_steps": 3}, "train has 2 sequences, none with 3 rows"),
    ],
)
def test_a_part_without_a_whole_sequence_is_refused(settings: dict[str, Any], words: str):
    with pytest.raises(DataError, match=words) as refused:
        lstmprep.pad(ROWS, group_by="k", **settings)

    assert "a smaller --min-steps" in str(refused.value)
    assert len(lstmprep.pad(ROWS, group_by="k", **settings | {"min_steps": 1}).train.X) == 2


def test_sequences_that_are_cut_make_a_sample_in_each_part():
    made = lstmprep.pad(ROWS, group_by="k", split_by="sequence", split="0.6,0.4")

    assert made.train.X[:, :, 0].tolist() == [[1], [3]]
    assert made.test.X[:, :, 0].tolist() == [[2], [5]]
    assert "a sequence is cut there, and each part makes a sample of its own rows" in str(made.manifest["notes"])


def test_whole_sequences_are_dealt_out_by_groups_and_not_by_chance():
    with pytest.raises(RecipeError, match="a sample of pad is a whole sequence") as refused:
        lstmprep.pad(ROWS, group_by="k", split="0.5,0.5", split_by="random", seed=1)

    assert "--split-by group --seed 1" in str(refused.value)
    assert len(lstmprep.pad(ROWS, group_by="k", split="0.5,0.5", split_by="group", seed=1).train.X) == 1


@pytest.mark.parametrize(("hole", "works"), [(18, "0.7,0.3"), (17, "0.6,0.4")])
def test_a_split_that_is_offered_works_around_a_hole(hole: int, works: str):
    """By their number 4 rows are enough for test; a hole in the middle of them leaves two halves."""
    rows = np.arange(20) + 10 * (np.arange(20) >= hole)
    settings = {"time": "t", "max_gap": 2, "timesteps": 4}
    table = pa.table({"t": rows, "v": rows.astype(float)})

    with pytest.raises(DataError, match="test has 2 rows, and a sample needs 4") as refused:
        lstmprep.window(table, split="0.9,0.1", **settings)

    assert f"use --split {works}" in str(refused.value)
    assert lstmprep.window(table, split=works, **settings).test.X.shape[0] >= 1


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ({"folds": 3, "fold_train": 1}, {"fold_train": 4}),
        ({"split": "0.5,0.5", "embargo": 8}, {"embargo": 6}),
        ({"split": "0.8,0.2", "embargo": 14}, {"embargo": 12}),
    ],
)
def test_a_train_or_an_embargo_that_is_offered_is_the_nearest_that_works(
    asked: dict[str, Any], offered: dict[str, int]
):
    rows = np.arange(20.0)[:, None]
    (name, number), *_ = offered.items()

    with pytest.raises(DataError, match=r"train has [12] rows?, and a sample needs 4 rows") as refused:
        lstmprep.window(rows, timesteps=4, **asked)

    assert f"use --{name.replace('_', '-')} {number}." in str(refused.value)
    assert lstmprep.window(rows, timesteps=4, **asked | offered).manifest["samples"] > 0
    nearer = number - 1 if asked[name] < number else number + 1
    with pytest.raises(DataError):
        lstmprep.window(rows, timesteps=4, **asked | {name: nearer})


@pytest.mark.parametrize("split", ["at:10", "at:10,15"])
def test_the_embargo_that_is_offered_at_an_instant_is_the_nearest_that_works(split: str):
    table = pa.table({"t": np.arange(20), "v": np.arange(20.0)})
    made = {"time": "t", "timesteps": 4, "split": split}
    # with two instants val has no row at all: no number of timesteps is offered, and nothing stands before the embargo
    nearest, said = (6, "or use") if split == "at:10" else (1, "\n  Use")

    with pytest.raises(DataError, match=r"(train|val) has (2 rows|no row)") as refused:
        lstmprep.window(table, embargo=8, **made)

    assert str(refused.value).endswith(f"{said} --embargo {nearest}.")
    assert lstmprep.window(table, embargo=nearest, **made).manifest["samples"] > 0
    with pytest.raises(DataError):
        lstmprep.window(table, embargo=nearest + 1, **made)


@pytest.mark.parametrize(
    ("sizes", "least", "rows", "found"),
    [
        ([7, 2, 1], [2, 2, 2], 10, [6, 2, 2]),
        ([5, 3, 2], [2, 4, 4], 10, [2, 4, 4]),  # all rows are needed
        ([4, 4, 1], [2, 2, 5], 9, [2, 2, 5]),  # one part alone cannot give enough
        ([5, 3, 2], [4, 4, 4], 10, []),
    ],
    ids=str,
)
def test_parts_that_are_too_small_take_from_the_largest_what_it_can_spare(sizes, least, rows, found):
    assert fits_part._enlarged(sizes, least, rows) == found


@pytest.mark.parametrize(
    ("rows", "asked", "offered"),
    [
        (12, {"split": "10,1,1", "context": True, "timesteps": 5}, "6,1,5"),  # test reaches back over one row of val
        (8, {"split": "7,1", "embargo": 2, "timesteps": 2}, "5,3"),  # nothing is taken behind the last part
    ],
)
def test_the_parts_that_are_offered_are_those_that_just_fit(rows: int, asked: dict[str, Any], offered: str):
    table = pa.table({"v": np.arange(rows) * 1.0, "y": np.arange(rows) * 1.0})
    settings = {"features": "v", "target": "y", **asked}

    with pytest.raises(DataError) as refused:
        lstmprep.window(table, **settings)

    assert f"use --split {offered}" in refused.value.fix.replace("Use", "use")
    parts = lstmprep.window(table, **settings | {"split": offered}).manifest["splits"]
    assert all(part["samples"] for part in (parts.values() if isinstance(parts, dict) else parts))


def test_a_part_of_one_row_is_offered_the_rows_before_it_as_inputs():
    table = pa.table({"v": np.arange(10.0), "y": np.arange(10.0)})
    settings = {"features": "v", "target": "y", "timesteps": 3, "split": "9,1"}

    with pytest.raises(DataError, match="test has 1 row, and a sample needs 4 rows") as refused:
        lstmprep.window(table, **settings)

    assert refused.value.fix.startswith("Add --context")
    assert lstmprep.window(table, context=True, **settings).test.X.shape[0] == 1
