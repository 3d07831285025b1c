"""One sample per sequence, divided: whole sequences go to a part, lengths and scales are learned from train alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError, RecipeError

SIZES = [3, 5, 2, 4, 9, 6]
TABLE = pa.table({
    "k": [str(i) for i, n in enumerate(SIZES) for _ in range(n)], "t": [t for n in SIZES for t in range(n)],
    "v": [float(10 * i + t) for i, n in enumerate(SIZES) for t in range(n)], "c": ["xy"[i % 2] for i, n in enumerate(SIZES) for _ in range(n)],
})  # fmt: skip
BY = {"group_by": "k", "time": "t", "features": "v"}


def test_a_split_of_samples_goes_by_whole_sequences():
    data = lstmprep.pad(TABLE, **BY, split="0.7,0.3")

    assert data.manifest["recipe"]["split_by"] == "group"
    assert data.train.X.shape == (4, 5, 1) and data.test.X.shape == (2, 5, 1)
    assert data.index("test")["k"].to_pylist() == ["4", "5"]


def test_the_length_is_that_of_train_and_longer_sequences_of_test_are_cut():
    data = lstmprep.pad(TABLE, **BY, split="0.7,0.3")

    assert data.manifest["fitted"]["timesteps"] == 5
    assert data.test.X[0, :, 0].tolist() == [44, 45, 46, 47, 48]
    assert data.manifest["padding"]["cut"] == {"sequences": 2, "rows": 5}
    told = {n["code"]: n["text"] for n in data.manifest["notes"]}
    assert "--timesteps max of train is 5" in told["truncated"]


def test_the_pad_value_is_written_after_scaling():
    data = lstmprep.pad(TABLE, **BY, split="0.7,0.3", scale="standard", pad_value=-7, dtype="float64")

    rows = np.array(TABLE["v"].to_pylist()[: sum(SIZES[:4])])
    train = data.train
    assert np.allclose(train.X[train.mask][:, 0], (rows - rows.mean()) / rows.std())
    assert (train.X[~train.mask] == -7).all()


def test_buckets_of_a_part_are_named_after_both_and_keep_their_numbers():
    data = lstmprep.pad(TABLE, **BY, label="c", split="0.7,0.3", bucket=3)

    assert [n for n in data.arrays if n.startswith("X")] == ["X_train_len3", "X_train_len5", "X_test_len5"]
    index = data.index().to_pylist()
    assert [(r["split"], r["sample"], r["timesteps"]) for r in index] == [
        ("train", 0, 3), ("train", 2, 3), ("train", 1, 5), ("train", 3, 5), ("test", 0, 5), ("test", 1, 5),
    ]  # fmt: skip
    assert data.manifest["splits"]["train"]["samples"] == 4


def test_a_cut_in_time_makes_a_sample_of_each_side():
    data = lstmprep.pad(TABLE, **BY, split="at:3")

    assert data.train.X.shape == (6, 3, 1)
    assert data.index("test")["k"].to_pylist() == ["1", "3", "4", "5"]
    told = {n["code"]: n["text"] for n in data.manifest["notes"]}
    assert "each part makes a sample of its own rows" in told["split"]


def test_folds_hold_rows_without_padding():
    data = lstmprep.pad(TABLE, **BY, folds=1, ragged=True)

    assert list(data.arrays) == [f"fold0/{n}_{p}" for p in ("train", "test") for n in ("values", "row_splits")]


def test_a_part_of_sequences_that_are_all_too_short_is_refused_by_name():
    with pytest.raises(DataError, match="train has 4 sequences, none with 6 rows") as refused:
        lstmprep.pad(TABLE, **BY, split="0.7,0.3", min_steps=6)
    assert "--min-steps" in refused.value.fix


def test_samples_are_not_dealt_out_row_by_row():
    with pytest.raises(RecipeError, match="a sample of pad is a whole sequence") as refused:
        lstmprep.pad(TABLE, **BY, split="0.7,0.3", split_by="random")
    assert "--split-by group --seed 1" in refused.value.fix


def test_context_is_no_setting_of_pad():
    with pytest.raises(RecipeError, match="has no setting 'context'"):
        lstmprep.pad(TABLE, **BY, split="0.7,0.3", context=True)


@pytest.mark.parametrize("settings", [{}, {"bucket": "exact"}, {"bucket": 4, "shuffle": True}, {"split": "0.7,0.3"},
                                      {"split": "0.5,0.5", "bucket": 4, "scale": "minmax"}, {"ragged": True}])  # fmt: skip
def test_what_pad_writes_is_proved_by_check(settings, tmp_path):
    from pyarrow import parquet

    parquet.write_table(TABLE, tmp_path / "t.parquet")
    lstmprep.pad(tmp_path / "t.parquet", **BY, **settings, output=tmp_path / "out")

    checked = lstmprep.check(tmp_path / "out", table=tmp_path / "t.parquet")

    assert checked.ok, checked.findings
    assert any(said.startswith("source:") for said in checked.proved)


def test_lengths_of_a_bucket_that_are_not_those_of_the_index_are_found(tmp_path):
    lstmprep.pad(TABLE, **BY, bucket=3, output=tmp_path / "out")
    lengths = tmp_path / "out" / "lengths_len3.npy"
    np.save(lengths, np.array([3, 3], np.int32))

    checked = lstmprep.check(tmp_path / "out")

    assert any("lengths differ" in f"{f}" for f in checked.findings)
