"""What every loader shares, without a framework: batches of a part, samples first; workers; Parquet for datasets."""

from __future__ import annotations

import os
import pickle
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.errors import DataError, RecipeError, StorageError
from lstmprep.loaders.batches import Part, array_name, batches, orders
from lstmprep.loaders.keras import weights

TABLE = np.arange(80.0).reshape(40, 2)


def written(folder: Path, **settings: object) -> lstmprep.Prepared:
    folder.mkdir(exist_ok=True)
    given = {"timesteps": 4, "target": "c1"} | settings
    return lstmprep.window(TABLE, output=folder / "out", **given)


@pytest.mark.parametrize("layout", ["batch-first", "time-first", "channels-first"])
@pytest.mark.parametrize("index", [[5, 2, 30], slice(3, 7), np.array([0])], ids=["indices", "slice", "one"])
def test_samples_stand_first_whatever_the_layout(tmp_path, layout, index):
    plain, data = written(tmp_path / "a"), written(tmp_path / "b", layout=layout)

    x = data.feed().take("X", index)

    want = plain.X[index]
    assert np.array_equal(x, want.transpose(0, 2, 1) if layout == "channels-first" else want)
    assert np.array_equal(data.feed().take("y", index), plain.y[index])
    assert x.flags.c_contiguous
    assert not np.shares_memory(x, data.X)


def test_what_is_taken_is_no_longer_the_file(tmp_path):
    data = written(tmp_path)
    taken = data.feed().take("X", slice(0, 2))
    taken[:] = -1

    assert data.X[0, 0, 0] == 0


def test_a_part_travels_as_the_name_of_its_output(tmp_path, monkeypatch):
    part = written(tmp_path).feed()
    packed = pickle.dumps(part)
    monkeypatch.chdir("/")

    there = pickle.loads(packed)

    assert len(packed) < 1000
    assert isinstance(there.arrays["X"], np.memmap)
    assert np.array_equal(there.take("X", [3]), part.take("X", [3]))
    assert len(there) == len(part) == 36


def test_a_part_in_memory_travels_with_its_arrays():
    part = lstmprep.window(TABLE, timesteps=4).feed()

    assert np.array_equal(pickle.loads(pickle.dumps(part)).take("X", [3]), part.take("X", [3]))


def test_parts_are_found_by_their_names():
    data = lstmprep.window(TABLE, timesteps=4)
    about, halves = data.manifest["arrays"]["X"], {"train": data.X[:20], "test": data.X[20:]}
    arrays = {array_name("X", split): x for split, x in halves.items()}
    manifest = {"splits": {"train": {}, "test": {}}, "arrays": dict.fromkeys(arrays, about)}

    assert len(Part(manifest, arrays, None)) == 20
    assert np.array_equal(Part(manifest, arrays, "test").take("X", [0])[0], data.X[20])
    with pytest.raises(RecipeError, match="'val'"):
        Part(manifest, arrays, "val")
    with pytest.raises(RecipeError, match="leave the name out"):
        data.feed("train")


def test_splits_and_folds_feed_their_own_samples(tmp_path):
    halves = written(tmp_path / "a", split="0.6,0.4", scale="standard")
    folds = written(tmp_path / "b", folds=2, fold_train=10)

    assert np.array_equal(halves.feed("test").take("X", [1])[0], halves.test.X[1])
    assert len(halves.feed()) == len(halves.train.X)
    assert len(folds.feed("fold1/test")) == folds.manifest["splits"]["fold1/test"]["samples"]
    assert sorted(os.path.basename(p) for p in folds.to_hf(tmp_path / "hf").values()) == [
        "fold0-test.parquet", "fold0-train.parquet", "fold1-test.parquet", "fold1-train.parquet",
    ]  # fmt: skip


def test_samples_of_different_lengths_are_no_batches():
    with pytest.raises(DataError, match="pad"):
        Part({"splits": {"all": {}}, "arrays": {}}, {}, None)


@pytest.mark.parametrize("drop", [False, True])
def test_batches_cover_every_sample_once(drop):
    order = orders(10, shuffle=True, seed=3, epoch=1)
    found = [s for b in batches(10, 4, order, drop=drop) for s in b]

    assert sorted(found) == list(range(10)) if not drop else len(found) == 8
    assert np.array_equal(order, orders(10, shuffle=True, seed=3, epoch=1))
    assert not np.array_equal(order, orders(10, shuffle=True, seed=3, epoch=2))
    assert orders(10, shuffle=False, seed=3, epoch=1) is None


def test_weights_leave_padding_out(tmp_path):
    steps = written(tmp_path / "a", partial=True, target_mode="per-step").feed()
    last = written(tmp_path / "b", partial=True, batch_size=7, batch_remainder="pad").feed()

    assert weights(steps, [0, 2]).tolist() == [[0, 0, 0, 1], [0, 1, 1, 1]]
    assert weights(last, slice(0, len(last))).sum() == last.arrays["lengths"].astype(bool).sum()
    assert weights(written(tmp_path / "c").feed(), [0]) is None


@pytest.mark.parametrize("name", ["keras", "torch", "jax"])
def test_a_framework_that_is_not_there_is_named(monkeypatch, name):
    for module in ("lstmprep.loaders.keras", "lstmprep.loaders.torch"):
        __import__(module)
        monkeypatch.setattr(f"{module}._MADE", {})
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "jax.numpy", None)
    data = lstmprep.window(TABLE, timesteps=4)

    with pytest.raises(RecipeError, match=rf"lstmprep\[{name}\]"):
        getattr(data, {"jax": "jax_batches"}.get(name, name))()


def test_what_is_no_batch_and_no_array_is_refused():
    data = lstmprep.window(TABLE, timesteps=4)

    with pytest.raises(RecipeError, match="batch_size is 0"):
        data.keras(batch_size=0)
    for loader in (data.keras, data.torch):
        with pytest.raises(RecipeError, match="'static'"):
            loader(inputs=("X", "static"))


# ---------------------------------------------------------------- Parquet for datasets


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_a_sample_is_a_row_of_nested_lists_of_fixed_size(tmp_path, monkeypatch, dtype):
    monkeypatch.setattr("lstmprep.loaders.others.GROUP_BYTES", 300)
    data = written(tmp_path, dtype=dtype, partial=True)

    files = data.to_hf(tmp_path / "hf")

    table = parquet.read_table(files["all"])
    kind = {"float32": "float", "float64": "double", "float16": "halffloat"}[dtype]
    nested = f"fixed_size_list<element: fixed_size_list<element: {kind} not null>[2] not null>[4]"
    assert str(table.schema.field("X").type) == nested
    assert np.array_equal(np.array(table["X"].to_pylist(), dtype), data.X)
    assert np.array_equal(np.array(table["y"].to_pylist(), dtype), data.y)
    assert table["lengths"].to_pylist() == data.lengths.tolist()
    assert np.array_equal(np.array(table["mask"].to_pylist()), data.mask)
    assert parquet.ParquetFile(files["all"]).num_row_groups > 1
    assert os.listdir(tmp_path / "hf") == ["all.parquet"]


def test_classes_are_plain_numbers_there(tmp_path):
    labels = {"a": list(range(20)), "k": [i // 5 for i in range(20)]}
    import pandas as pd

    data = lstmprep.window(pd.DataFrame(labels), timesteps=3, label="k")

    assert parquet.read_table(data.to_hf(tmp_path / "hf")["all"])["y"].to_pylist() == data.y.tolist()


def test_a_folder_in_use_is_left_alone(tmp_path):
    data = lstmprep.window(TABLE, timesteps=4)
    (tmp_path / "note.txt").write_text("mine")

    with pytest.raises(StorageError, match="not empty"):
        data.to_hf(tmp_path)
    with pytest.raises(StorageError):
        data.to_hf(tmp_path / "note.txt")
    assert os.listdir(tmp_path) == ["note.txt"]


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    data = lstmprep.window(TABLE, timesteps=4)
    monkeypatch.setattr("lstmprep.arrow.nested", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        data.to_hf(tmp_path / "hf")
    assert os.listdir(tmp_path / "hf") == []


@pytest.mark.parametrize("how", [{}, {"stride": 3}, {"shuffle": True, "seed": 1}], ids=["every", "strided", "shuffled"])
def test_a_batch_of_a_store_of_rows_is_gathered_alone(tmp_path, how):
    """A view of the rows is never made whole for the sake of a batch, in whatever order its samples come."""
    table = np.sin(np.arange(60_000.0))[:, None]
    data = lstmprep.window(table, timesteps=100, store="series", output=tmp_path / "out", **how)
    part, wanted = data.feed(), [9, 2, 700, 1]
    part.take("X", [0])
    tracemalloc.start()

    found = part.take("X", wanted)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert np.array_equal(found, np.asarray(data.X)[wanted])
    assert found.flags.c_contiguous and found.flags.writeable
    assert peak < 1 << 20


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_answers_of_a_lagged_table_are_y_and_never_among_the_inputs(tmp_path, suffix):
    how = {"lags": "1-2", "target": "c1", "split": "0.6,0.4", "horizon": 2}
    wanted = lstmprep.window(TABLE, lags=[1, 2], target="c1", split="0.6,0.4", horizon=2)
    data = lstmprep.lag(TABLE, output=tmp_path / f"out.{suffix}", **how)

    for split in ("train", "test"):
        part = pickle.loads(pickle.dumps(data.feed(split)))
        samples = [1, 0]
        x, y = part.take("X", samples), part.take("y", samples)
        want = wanted.parts()[split]
        assert np.array_equal(x, want.X[samples].reshape(2, -1))
        assert np.array_equal(y, want.y[samples].reshape(2, -1))
        assert x.flags.c_contiguous
    assert not lstmprep.lag(TABLE, lags="1").feed().has("y")
