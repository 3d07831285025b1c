"""``--shard-size``: files of equally many samples that are one array to whoever reads them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

import lstmprep
from lstmprep.errors import DataError, RecipeError, StorageError
from lstmprep.shards import Shards
from lstmprep.sinks.staging import Staging
from lstmprep.sinks.target import Target
from tests.edges.outputs import RECIPES, manifest, table, written


@pytest.fixture
def source(tmp_path: Path) -> Path:
    parquet.write_table(table(), tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


@pytest.mark.parametrize("size", [160, 500, "1GiB"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_shards_are_the_same_arrays_cut_at_the_same_samples(recipe: str, size: Any, source: Path) -> None:
    whole = lstmprep.load(written(source, "whole", recipe))
    out = written(source, "cut", recipe, shard_size=size)
    cut, made = lstmprep.load(out), manifest(out)

    assert list(cut.arrays) == list(whole.arrays)
    for name, array in whole.arrays.items():
        assert np.asarray(cut.arrays[name]).tobytes() == np.asarray(array).tobytes(), name
        assert cut.arrays[name].shape == array.shape and cut.arrays[name].dtype == array.dtype
    parts: dict[str, set[tuple[int, ...]]] = {}
    for name, about in made["arrays"].items():
        if "same_as" in about:
            assert "shards" not in about
            continue
        files, samples = [s["file"] for s in about["shards"]], tuple(s["samples"] for s in about["shards"])
        assert files == [f"{name}-{k:05d}.npy" for k in range(len(files))]
        assert len(set(samples[:-1])) <= 1 and samples[-1] <= samples[0]
        for shard in about["shards"]:
            loaded = np.load(out / shard["file"], allow_pickle=False, mmap_mode="r")
            assert loaded.shape[about["axes"].index("samples")] == shard["samples"]
            assert loaded.nbytes == shard["bytes"] <= (1 << 30 if size == "1GiB" else size)
        parts.setdefault(name.partition("_")[2] + name.rpartition("/")[0], set()).add(samples)
    assert all(len(cuts) == 1 for cuts in parts.values()), parts
    assert size != 160 or any(len(next(iter(cuts))) > 1 for cuts in parts.values())
    checked = lstmprep.check(out, table=source)
    assert checked.ok, [str(f) for f in checked.findings]
    assert any("every value" in line for line in checked.proved)


def test_the_same_run_gives_the_same_files(source: Path) -> None:
    one, two = written(source, "one", shard_size=200), written(source, "two", shard_size="200")

    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in two.iterdir())
    assert all(p.read_bytes() == (two / p.name).read_bytes() for p in one.iterdir())
    assert "--shard-size 200" in manifest(one)["command"]


def test_what_reads_an_output_reads_shards(source: Path) -> None:
    whole, out = written(source, "whole"), written(source, "cut", shard_size=160)
    data, cut = lstmprep.load(whole), lstmprep.load(out)

    pred = np.asarray(data.test.y) + 1
    assert cut.invert(pred, split="test").equals(data.invert(pred, split="test"))
    one, two = lstmprep.apply(out, source), lstmprep.apply(whole, source)
    assert np.array_equal(one.X, two.X)
    feed, other = cut.feed("train"), data.feed("train")
    for samples in (slice(3, 19), np.array([9, 0, 17, 9])):
        assert np.array_equal(feed.take("X", samples), other.take("X", samples))
        assert np.array_equal(feed.take("y", samples), other.take("y", samples))
    assert isinstance(cut.train.X[2:9], Shards), "a slice stays in its files"
    assert cut.train.X[2:9].shape == (7, 4, 2)
    assert np.array_equal(cut.train.X[:, -1], data.train.X[:, -1])


def test_applied_to_new_rows_shards_are_written_where_they_can_be(source: Path) -> None:
    out = written(source, "cut", shard_size=160)

    lstmprep.apply(out, source, output=source.parent / "new")
    lstmprep.apply(out, source, output=source.parent / "new.npz")

    assert len(list((source.parent / "new").glob("X-*.npy"))) > 1
    assert lstmprep.check(source.parent / "new", table=source).ok
    assert lstmprep.check(source.parent / "new.npz", table=source).ok


def test_an_output_of_shards_is_replaced_and_a_folder_with_other_files_is_not(source: Path) -> None:
    out = written(source, "out", "folds", shard_size=160)
    written(source, "out", "folds", shard_size=400, overwrite=True)
    assert lstmprep.check(out).ok

    (out / "fold0" / "X_train-99999.npy").touch()

    with pytest.raises(StorageError, match=r"X_train-99999\.npy"):
        written(source, "out", "folds", overwrite=True)


@pytest.mark.parametrize(
    ("name", "more", "error", "says"),
    [
        ("o.npz", {"shard_size": "1KiB"}, RecipeError, "is one place for all"),
        ("o", {"shard_size": 16}, DataError, "a sample of X_train takes 32 B"),
        ("o", {"shard_size": "1KiB", "store": "series"}, RecipeError, "exclude each other"),
        ("o", {"shard_size": "many"}, RecipeError, "is not a size"),
        ("o", {"shard_size": 0}, RecipeError, "--shard-size '?0'? is not a size"),
        ("o", {"shard_size": True}, RecipeError, "not a whole number"),
    ],
)
def test_what_cannot_be_cut_is_refused(name: str, more: dict[str, Any], error: type, says: str, source: Path) -> None:
    with pytest.raises(error, match=says):
        written(source, name, **more)

    assert sorted(p.name for p in source.parent.iterdir()) == ["t.parquet"]


def test_ragged_values_and_too_many_files_are_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecipeError, match="--ragged"):
        written(source, "o", "sequences", ragged=True, label=None, shard_size="1KiB")
    monkeypatch.setattr("lstmprep.arrays.MOST", 3)
    with pytest.raises(DataError, match="makes 11 files"):
        written(source, "o", "plain", shard_size=160)


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[140] ^= 1
    file.write_bytes(data)


def edited(out: Path, change: Any) -> None:
    made = manifest(out)
    change(made["arrays"])
    (out / "manifest.json").write_text(json.dumps(made))


DAMAGE = {
    "a changed byte": (lambda o: flipped(o / "X-00001.npy"), "digest"),
    "a file gone": (lambda o: (o / "y-00002.npy").unlink(), "gone"),
    "a file cut": (lambda o: os.truncate(o / "X-00000.npy", 150), "file"),
    "a link": (lambda o: ((o / "X-00001.npy").rename(o.parent / "x"), (o / "X-00001.npy").symlink_to(o.parent / "x")), "path"),
    "one file twice": (lambda o: shutil.copy(o / "X-00000.npy", o / "X-00001.npy"), "digest"),
    "two files in the wrong order": (lambda o: edited(o, lambda a: a["X"]["shards"].__setitem__(slice(0, 2), a["X"]["shards"][1::-1])), "source"),
    "a sample too many": (lambda o: edited(o, lambda a: a["y"]["shards"][0].update(samples=9)), "shape"),
    "bytes that are none": (lambda o: edited(o, lambda a: a["y"]["shards"][0].update(bytes=9)), "shape"),
    "a file outside": (lambda o: edited(o, lambda a: a["y"]["shards"][0].update(file="../y-00000.npy")), "path"),
    "a digest taken away": (lambda o: edited(o, lambda a: a["X"]["shards"][1].pop("digest")), "digest"),
    "a shard forgotten": (lambda o: edited(o, lambda a: a["X"]["shards"].pop()), "shape"),
    "no shard left": (lambda o: edited(o, lambda a: a["X"].update(shards=[])), "manifest"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_never_loaded_as_if_it_were_whole(name: str, source: Path) -> None:
    out = written(source, "out", "a target", shard_size=160)
    damage, code = DAMAGE[name]
    damage(out)

    assert code in {f.code for f in lstmprep.check(out, table=source).findings}
    if name not in (
        "a changed byte",
        "one file twice",
        "two files in the wrong order",
        "bytes that are none",
        "a digest taken away",
    ):
        with pytest.raises(lstmprep.LstmprepError):
            np.asarray(lstmprep.load(out).X), np.asarray(lstmprep.load(out).y)


def test_arrays_of_one_part_that_are_cut_differently_are_found(source: Path) -> None:
    out, other = (
        written(source, "out", "a target", shard_size=160),
        written(source, "other", "a target", shard_size=320),
    )
    for file in other.glob("y-*.npy"):
        shutil.copy(file, out / file.name)
    shards = manifest(other)["arrays"]["y"]

    edited(out, lambda arrays: arrays.update(y=shards))

    assert "not cut at the same samples" in str(lstmprep.check(out).findings[0])


def test_a_shard_has_its_name_once_it_is_whole_and_may_be_made_twice(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "out"), [], overwrite=False)
    with Staging(target) as staging:

        def broken(stream: Any) -> None:
            stream.write(b"half")
            raise OSError(28, "No space left on device")

        with pytest.raises(StorageError, match="space"):
            staging.replace("X-00000.npy", broken)
        assert not staging.file("X-00000.npy").exists()
        for _ in range(2):
            staging.replace("X-00000.npy", lambda stream: stream.write(b"whole"))
        assert staging.file("X-00000.npy").read_bytes() == b"whole"
