"""The instants that --split names, against every kind of time a table may have; and parts on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lstmprep
from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError

DAYS = [f"2019-01-{i:02d}" for i in range(1, 11)]


def cut(times, split, **more):
    """The values of train and of what follows."""
    table = pa.table({"t": times, "v": np.arange(10.0)})
    data = lstmprep.window(table, time="t", features="v", timesteps=1, split=split, **more)
    return [part.X[:, 0, 0].astype(int).tolist() for part in data.parts().values()]


HALF = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


@pytest.mark.parametrize(("times", "split"), [
    (DAYS, "2019-01-06"),
    (DAYS, "2019-01-05T12:00"),
    (DAYS, "2019-01-05 00:00:01"),
    ([f"{d}T00:00Z" for d in DAYS], "2019-01-06"),
    ([f"{d}T00:00Z" for d in DAYS], "2019-01-06T01:00+01:00"),
    ([f"2019-{i:02d}" for i in range(1, 11)], "2019-06"),
    ([f"{2010 + i}-01-01" for i in range(10)], "at:2015"),
    (list(range(10)), "at:5"),
    (list(range(10)), "at:4.5"),
    ([i / 2 for i in range(10)], "at:2.5"),
    ([i / 2 for i in range(10)], "at:2.25"),
    (pa.array(DAYS).cast(pa.timestamp("ns")), "2019-01-06"),
    (pa.array([f"{d}T00:00Z" for d in DAYS]).cast(pa.timestamp("us", tz="UTC")), "2019-01-05T23:00Z"),
    (pa.array(DAYS).cast(pa.date32()), "2019-01-06"),
])  # fmt: skip
def test_a_part_begins_at_the_first_row_that_is_not_before_its_time(times, split):
    assert cut(times, split) == HALF


def test_two_times_begin_val_and_test():
    assert cut(DAYS, "2019-01-04,2019-01-08") == [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9]]


def test_a_time_may_be_written_as_the_table_writes_it():
    times = [f"{i:02d}/02/2019" for i in range(1, 11)]

    assert cut(times, "06/02/2019", time_format="%d/%m/%Y") == HALF
    assert cut(times, "2019-02-06", time_format="%d/%m/%Y") == HALF
    zoned = [f"{i:02d}/02/2019 +0100" for i in range(1, 11)]
    assert cut(zoned, "06/02/2019 +0100", time_format="%d/%m/%Y %z") == HALF
    with pytest.raises(RecipeError, match="'2019/02' is not a time") as error:
        cut(times, "2019/02", time_format="%d/%m/%Y")
    assert "'%d/%m/%Y'" in error.value.fix


@pytest.mark.parametrize(("times", "split", "kind", "words"), [
    (DAYS, "2019-13-01", RecipeError, ["'2019-13-01' is not a time", "2019-01-31T05:00"]),
    (DAYS, "2019-01-05T00:00Z", RecipeError, ["has a time zone", "without a zone"]),
    (DAYS, "2019-01-08,2019-01-05", RecipeError, ["do not rise"]),
    (DAYS, "2019-01-05,2019-01-05", RecipeError, ["do not rise"]),
    (list(range(10)), "2019-01-05", RecipeError, ["is no number, and the times in t are numbers", "at:700,900"]),
    (list(range(10)), "at:1_0", RecipeError, ["is no number"]),
    (list(range(10)), "at:inf", RecipeError, ["is no number"]),
    (DAYS, "2020-01-01", DataError, ["'2020-01-01' leaves a part without a row", "from 2019-01-01 to 2019-01-10"]),
    (DAYS, "2019-01-01", DataError, ["leaves a part without a row"]),
    (list(range(10)), "at:4,90", DataError, ["'90' leaves a part without a row", "from 0 to 9"]),
])  # fmt: skip
def test_a_time_that_is_none_here_is_answered(times, split, kind, words):
    with pytest.raises(LstmprepError) as error:
        cut(times, split)

    assert isinstance(error.value, kind) and all(w in str(error.value) for w in words), str(error.value)


def folds(folder: Path, **more) -> Path:
    table = pa.table({"v": np.arange(30.0), "w": np.arange(30.0) % 7})
    lstmprep.window(table, timesteps=3, folds=2, output=str(folder), target="w", **more)
    return folder


@pytest.mark.parametrize("name", ["out", "out.npz"])
@pytest.mark.parametrize("more", [{}, {"store": "series"}])
def test_folds_are_read_back_as_they_were_made(tmp_path, name, more):
    made = folds(tmp_path / name, **more)

    data = lstmprep.load(made)

    assert data.fold1.test.X.shape == (7, 3, 2) and data.fold1.test.y[0, 0] == 23 % 7
    assert np.asarray(data.fold0.train.X)[0, :, 0].tolist() == [0, 1, 2]
    if name == "out":
        assert sorted(p.name for p in made.iterdir()) == ["fold0", "fold1", "index.parquet", "manifest.json"]


@pytest.mark.parametrize(
    "name", ["../out/fold0/X_train.npy", "fold0/../../X.npy", "fold/X.npy", "fold0/", "/X.npy", "fold0\\X.npy", 7]
)
def test_no_file_outside_the_folds_is_opened(tmp_path, name):
    made = folds(tmp_path / "out")
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["arrays"]["fold0/X_train"]["file"] = name
    (made / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(LstmprepError, match=r"no file of the output|a file of the output is gone|not described"):
        lstmprep.load(made)


def test_a_fold_that_is_a_link_is_refused(tmp_path):
    made = folds(tmp_path / "out")
    (made / "fold0").rename(tmp_path / "elsewhere")
    (made / "fold0").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(DataError, match="symbolic link"):
        lstmprep.load(made)


def test_a_part_without_an_index_says_so(tmp_path):
    made = folds(tmp_path / "out", index=False)

    with pytest.raises(StorageError, match="no index"):
        lstmprep.load(made).index("fold0/train")


def test_columns_of_a_pivot_and_of_a_vector_are_scaled_by_one_name():
    long = pa.table(
        {"t": [t for t in range(8) for _ in "xy"], "id": list("xy") * 8, "a": np.arange(16.0), "b": np.arange(16.0)}
    )
    vectors = pa.table({"v": [[float(i), 2.0 * i] for i in range(6)], "w": np.arange(6.0)})

    wide = lstmprep.window(long, time="t", pivot="id", timesteps=2, scale_columns="minmax:a").manifest
    spread = lstmprep.window(vectors, vector="v", timesteps=2, scale="standard", scale_columns="none:v").manifest

    assert list(wide["fitted"]["scaling"]["features"]) == ["a@x", "a@y"]
    assert list(spread["fitted"]["scaling"]["features"]) == ["w"]
