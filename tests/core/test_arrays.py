"""Arrays cut at the same samples into files of at most so many bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.arrays import ArrayPlan, sharded
from lstmprep.errors import DataError, RecipeError

ROWS = np.arange(20.0).reshape(10, 2)


def test_all_arrays_of_a_part_are_cut_where_the_largest_must_be():
    X = ArrayPlan("X", (5, 3, 2), np.dtype("float32"), ["samples", "timesteps", "features"])  # 24 bytes a sample
    y = ArrayPlan("y", (3, 5), np.dtype("float32"), ["timesteps", "samples"])
    same = ArrayPlan("y2", (5,), np.dtype("float32"), ["samples"], same_as="y")

    whole = [X, y, same]
    cut = sharded(whole, 49)

    assert sharded(whole, None) is whole
    assert [a.per_shard for a in cut] == [2, 2, None]
    assert [(s.name, s.shape, first, stop) for s, first, stop in cut[1].shards()] == [
        ("y-00000", (3, 2), 0, 2), ("y-00001", (3, 2), 2, 4), ("y-00002", (3, 1), 4, 5),
    ]  # fmt: skip
    assert [(s.name, s.shape) for s, _, _ in X.shards()] == [("X-00000", (5, 3, 2))]


def test_the_manifest_names_every_file_with_its_samples_and_bytes(tmp_path):
    made = lstmprep.window(np.arange(10.0)[:, None], timesteps=4, shard_size=48, output=tmp_path / "out")

    shards = made.manifest["arrays"]["X"]["shards"]
    assert [(s["file"], s["samples"], s["bytes"]) for s in shards] == [
        ("X-00000.npy", 3, 48), ("X-00001.npy", 3, 48), ("X-00002.npy", 1, 16),
    ]  # fmt: skip
    assert all(s["digest"].startswith("xxh3:") for s in shards)
    assert [p.name for p in sorted((tmp_path / "out").glob("X*"))] == [s["file"] for s in shards]


def test_a_sample_larger_than_a_file_is_answered_with_a_size_that_works():
    rows = np.arange(1500.0)[:, None]

    with pytest.raises(DataError, match=r"a sample of X takes 1\.\d KiB, and --shard-size is 10 B") as refused:
        lstmprep.window(rows, timesteps=400, shard_size=10)

    assert "Give --shard-size 2KiB or more." in str(refused.value)
    assert len(lstmprep.window(rows, timesteps=400, shard_size="2KiB").X) == 1101


def test_more_files_than_anybody_wants_are_refused_with_a_size_that_makes_fewer():
    rows = np.zeros((100_002, 1))

    with pytest.raises(DataError, match="--shard-size 4 B makes 100,002 files of each array") as refused:
        lstmprep.window(rows, timesteps=1, shard_size=4)

    assert "Give --shard-size 1MiB for about a thousand." in str(refused.value)
    assert len(lstmprep.window(rows, timesteps=1, shard_size="1MiB").X) == 100_002


def test_an_array_that_is_another_one_by_another_name_is_told_of_it(tmp_path):
    made = lstmprep.window(ROWS, timesteps=2, target_mode="input", output=tmp_path / "out")

    assert made.manifest["arrays"]["y"]["same_as"] == "X"
    assert np.array_equal(made.y, made.X)


def test_what_has_no_samples_to_be_cut_between_is_not_cut():
    with pytest.raises(RecipeError, match="--shard-size and --store series exclude each other"):
        lstmprep.window(ROWS, timesteps=2, shard_size=1000, store="series")
    with pytest.raises(RecipeError, match="--shard-size and --ragged exclude each other"):
        lstmprep.pad(ROWS, group_by="c0", shard_size=1000, ragged=True)


def test_answers_of_several_rows_stand_side_by_side_when_that_is_asked_for():
    """Step by step, and the targets of a step beside each other."""
    rows = np.column_stack([np.arange(6.0), np.arange(10.0, 16)])
    made = lstmprep.window(rows, timesteps=3, horizon=2, target=["c0", "c1"])
    flat = lstmprep.window(rows, timesteps=3, horizon=2, target=["c0", "c1"], flat_y=True)

    assert made.y.tolist() == [[[3, 13], [4, 14]], [[4, 14], [5, 15]]]
    assert flat.y.tolist() == [[3, 13, 4, 14], [4, 14, 5, 15]]
    assert flat.manifest["arrays"]["y"]["axes"] == ["samples", "horizon*targets"]


def test_classes_of_several_rows_are_a_class_for_each():
    """The first is that of the last input row."""
    table = pa.table({"v": np.arange(6.0), "lab": list("abcabc")})
    settings = {"timesteps": 3, "horizon": 2, "label": "lab", "features": "v"}

    assert lstmprep.window(table, **settings).y.tolist() == [[2, 0], [0, 1], [1, 2]]
    assert lstmprep.window(table, **settings, one_hot=True).y.tolist() == [
        [[0, 0, 1], [1, 0, 0]], [[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]],
    ]  # fmt: skip
