"""``convert``: another store, another format, the same values bit by bit; and back to the same files."""

from __future__ import annotations

import filecmp
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import lstmprep
from lstmprep.errors import DataError, RecipeError, StorageError
from lstmprep.formats import FORMATS
from tests.edges.outputs import RECIPES, WINDOW, manifest, table, written

OUTPUTS = RECIPES | {
    "ragged": ("pad", {"group_by": "key", "time": "t", "features": "a,b", "ragged": True}),
    "no index": ("window", WINDOW | {"index": False, "dtype": "float16"}),
    "sha256": ("window", WINDOW | {"target": "y", "digest": "sha256", "dtype": "float64"}),
    "rows once": ("window", WINDOW | {"target": "y", "store": "series", "split": "0.6,0.4"}),
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    parquet.write_table(table(), tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def made(source: Path, name: str, recipe: str, **more: Any) -> Path:
    command, given = OUTPUTS[recipe]
    getattr(lstmprep, command)(source, output=source.parent / name, **given | more)
    return source.parent / name


def same_files(one: Path, two: Path) -> bool:
    """Whether two folders hold the same files, byte for byte."""
    names = [sorted(str(p.relative_to(f)) for p in f.rglob("*") if p.is_file()) for f in (one, two)]
    return names[0] == names[1] and filecmp.cmpfiles(one, two, names[0], shallow=False)[1:] == ([], [])


def same_values(one: Any, two: Any) -> bool:
    """Whether two outputs hold the same arrays, bit by bit, those of the store aside."""
    names = [[n for n in o.arrays if "series" not in n and "starts" not in n] for o in (one, two)]
    return names[0] == names[1] and all(
        np.asarray(one.arrays[n]).tobytes() == np.asarray(two.arrays[n]).tobytes()
        and one.arrays[n].shape == two.arrays[n].shape
        and one.arrays[n].dtype == two.arrays[n].dtype
        for n in names[0]
    )


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("recipe", OUTPUTS)
def test_every_format_holds_the_same_values_and_gives_the_same_files_back(recipe: str, to: str, source: Path) -> None:
    out, new = made(source, "out", recipe), source.parent / "new"
    if recipe == "rows once" and to in ("zarr", "parquet"):
        with pytest.raises(RecipeError, match="exclude each other"):
            lstmprep.convert(out, new, to=to)
        lstmprep.convert(out, source.parent / "windows", store="windows")
        out = source.parent / "windows"

    assert same_values(lstmprep.convert(out, new, to=to), lstmprep.load(out))

    checked = lstmprep.check(new, table=source)
    assert checked.ok, [str(f) for f in checked.findings]
    assert any("every value" in line for line in checked.proved)
    told, before = manifest(new), manifest(out)
    assert {k: v for k, v in told.items() if k != "arrays"} == {k: v for k, v in before.items() if k != "arrays"}
    digests = [{n: a.get("digest") for n, a in m["arrays"].items()} for m in (told, before)]
    if "shard_size" not in before["recipe"]:
        assert digests[0] == digests[1], "the digest of an array is the same wherever it lies"
    lstmprep.convert(new, source.parent / "back", to="npy")
    assert same_files(source.parent / "back", out)


@pytest.mark.parametrize("recipe", [r for r in RECIPES if "window" in RECIPES[r]])
def test_shards_are_joined_and_cut(recipe: str, source: Path) -> None:
    whole, cut = written(source, "whole", recipe), written(source, "cut", recipe, shard_size=200)
    lstmprep.convert(whole, source.parent / "cut again", shard_size=200)
    lstmprep.convert(cut, source.parent / "joined")
    lstmprep.convert(cut, source.parent / "narrow", shard_size="160")

    for one, two in (("cut", "cut again"), ("whole", "joined")):
        files = [{p.name: p.read_bytes() for p in (source.parent / n).rglob("*.npy")} for n in (one, two)]
        assert files[0] == files[1]
        assert manifest(source.parent / one)["arrays"] == manifest(source.parent / two)["arrays"]
        assert lstmprep.check(source.parent / two, table=source).ok
    assert same_values(lstmprep.load(source.parent / "narrow"), lstmprep.load(whole))
    assert lstmprep.check(source.parent / "narrow", table=source).ok


@settings(max_examples=30, deadline=None)
@given(
    timesteps=st.integers(1, 6),
    stride=st.integers(1, 7),
    dilation=st.integers(1, 4),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    more=st.sampled_from([
        {}, {"split": "0.6,0.4"}, {"split": "0.6,0.4", "context": True}, {"folds": 2}, {"no_overlap": True}, {"missing": "drop"},
        {"shuffle": True, "seed": 1}, {"shuffle": True, "split": "0.5,0.5"}, {"stateful": True, "batch_size": 1, "no_overlap": True},
        {"target_mode": "input"}, {"anchor": "end"},
    ]),
    size=st.sampled_from([64, 300, 4 << 20]),
)  # fmt: skip
def test_windows_become_rows_once_and_windows_again(
    timesteps: int, stride: int, dilation: int, lengths: list[int], more: dict[str, Any], size: int
) -> None:
    """Whatever the stride, the gaps, the cuts and the order of samples; blocks of any size."""
    rng, n = np.random.default_rng(sum(lengths)), sum(lengths)
    holes = "missing" in more and n > 20
    values = [
        None if holes and i % 17 == 5 else float(v) for i, v in enumerate(rng.integers(0, 9, n))
    ]  # rows that look alike
    groups = [f"g{i}" for i, count in enumerate(lengths) for _ in range(count)]
    rows = pa.table({"g": groups, "a": values, "b": np.arange(n) * 1.0}).take(rng.permutation(n))
    recipe = {"group_by": "g", "time": "b", "timesteps": timesteps, "dilation": dilation, "features": "a,b"} | more
    recipe |= {} if "no_overlap" in more else {"stride": stride}
    with tempfile.TemporaryDirectory() as here, pytest.MonkeyPatch.context() as patch:
        patch.setattr("lstmprep.converting.stores.PIECE", size)
        folder = Path(here)
        parquet.write_table(rows, folder / "t.parquet")
        try:
            out = lstmprep.window(folder / "t.parquet", output=folder / "out", **recipe)
        except (DataError, RecipeError):
            return  # too few rows
        new = lstmprep.convert(folder / "out", folder / "rows", store="series")

        assert same_values(new, out)
        assert all("view" in a for name, a in new.manifest["arrays"].items() if re.search(r"(^|/)X", name))
        for name in (n for n in new.arrays if n.endswith("series")):
            held = sum(len(a) for k, a in out.arrays.items() if re.search(r"(^|/)X", k) and k.startswith(name[:-6]))
            assert len(new.arrays[name]) <= max(held * ((timesteps - 1) * dilation + 1), 1), (
                "never more than the windows span"
            )
        checked = lstmprep.check(folder / "rows", table=folder / "t.parquet")
        assert checked.ok, [str(f) for f in checked.findings]
        lstmprep.convert(folder / "rows", folder / "again", store="windows")
        assert same_files(folder / "again", folder / "out")


def test_rows_that_stand_once_are_as_few_as_when_they_were_written_like_that(source: Path) -> None:
    out, direct = made(source, "out", "a split"), made(source, "direct", "a split", store="series")
    new = lstmprep.convert(out, source.parent / "new", store="series")

    assert len(new.series) == len({tuple(row) for x in (new.train.X, new.val.X, new.test.X) for w in x for row in w})
    assert len(new.series) <= len(lstmprep.load(direct).series)
    assert new.manifest["arrays"]["series"]["of_samples"] is True
    assert np.load(source.parent / "new" / "series.npy", mmap_mode="r").dtype == np.float32
    lstmprep.convert(direct, source.parent / "windows", store="windows")
    files = {p.name: p.read_bytes() for p in out.glob("*.npy")}
    assert files == {p.name: p.read_bytes() for p in (source.parent / "windows").glob("*.npy")}
    again = lstmprep.convert(source.parent / "windows", source.parent / "again", store="series")
    assert same_values(again, new) and lstmprep.check(source.parent / "again", table=source).ok


@pytest.mark.parametrize("name", ["new.npz", "new.safetensors", "new.h5", "new.hdf5"])
def test_one_file_has_its_manifest_and_index_beside_it(name: str, source: Path) -> None:
    out = made(source, "out", "a split")
    new = lstmprep.convert(out, source.parent / name)

    assert same_values(new, lstmprep.load(out))
    assert {p.name for p in source.parent.glob("new*")} == {name, "new.manifest.json", "new.index.parquet"}
    assert lstmprep.check(source.parent / name).ok and lstmprep.check(source.parent / "new.manifest.json").ok
    with pytest.raises(StorageError, match="exists"):
        lstmprep.convert(out, source.parent / name)
    lstmprep.convert(out, source.parent / name, overwrite=True)
    assert lstmprep.load(source.parent / name).index("test").num_rows == len(new.test.X)


def test_what_reads_an_output_reads_every_format(source: Path) -> None:
    data = lstmprep.load(made(source, "out", "a split"))
    pred = np.asarray(data.test.y) + 1
    for to in FORMATS:
        new = lstmprep.convert(source.parent / "out", source.parent / to, to=to)

        assert new.invert(pred, split="test").equals(data.invert(pred, split="test"))
        assert np.array_equal(new.feed("train").take("X", [5, 0]), data.feed("train").take("X", [5, 0]))
        assert np.array_equal(
            lstmprep.apply(source.parent / to, source).X, lstmprep.apply(source.parent / "out", source).X
        )


def test_other_libraries_read_what_is_written(source: Path) -> None:
    import h5py
    import zarr
    from safetensors.numpy import load_file

    out = lstmprep.load(made(source, "out", "a split"))
    wanted, here = {n: np.asarray(a) for n, a in out.arrays.items()}, source.parent
    for to in FORMATS:
        lstmprep.convert(here / "out", here / to, to=to)
    with np.load(here / "npz" / "arrays.npz", allow_pickle=False) as packed:
        assert all(np.array_equal(packed[n], a) for n, a in wanted.items())
    tensors = load_file(here / "safetensors" / "arrays.safetensors")
    assert all(np.array_equal(tensors[n], a) for n, a in wanted.items())
    with h5py.File(here / "hdf5" / "arrays.h5") as store:
        assert all(np.array_equal(store[n][...], a) for n, a in wanted.items())
    group = zarr.open_group(here / "zarr" / "arrays.zarr", mode="r")
    assert all(np.array_equal(group[n][...], a) for n, a in wanted.items())
    test = parquet.read_table(here / "parquet" / "test.parquet")
    assert np.array_equal(np.array(test["X"].to_pylist(), np.float32), wanted["X_test"])
    assert test.column_names == ["X", "y"]


@pytest.mark.parametrize(("to", "module"), [("zarr", "zarr"), ("hdf5", "h5py")])
def test_a_library_that_is_absent_is_named_with_its_extra(
    to: str, module: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = made(source, "out", "plain")
    lstmprep.convert(out, source.parent / "there", to=to)
    monkeypatch.setitem(sys.modules, module, None)

    for refused in (
        lambda: lstmprep.convert(out, source.parent / "new", to=to),
        lambda: lstmprep.load(source.parent / "there"),
        lambda: lstmprep.check(source.parent / "there"),
    ):
        with pytest.raises(RecipeError, match=f"needs the library {module}") as error:
            refused()
        assert f"pip install 'lstmprep[{to}]'" in str(error.value)
    assert not (source.parent / "new").exists()


@pytest.mark.parametrize(
    ("recipe", "name", "more", "says"),
    [
        ("sequences", "new", {"store": "series"}, "made by lstmprep pad"),
        ("padded", "new", {"store": "series"}, "--partial exclude each other"),
        ("time first", "new", {"store": "series"}, "--layout time-first exclude"),
        ("plain", "new", {"store": "series", "to": "zarr"}, "--store series and the format zarr"),
        ("plain", "new", {"store": "series", "shard_size": "1KiB"}, "exclude each other"),
        ("plain", "new", {"to": "hdf5", "shard_size": "1KiB"}, "--shard-size and the format hdf5"),
        ("plain", "new.npz", {"to": "hdf5"}, "no name for the format hdf5"),
        ("plain", "new.parquet", {}, "several files"),
        ("plain", "new", {"to": "hdf"}, "not one of its choices"),
        ("plain", "new", {"store": "rows"}, "not one of its choices"),
        ("plain", "new", {"shard_size": "lots"}, "is not a size"),
        ("plain", "new", {"shard_size": 0}, "--shard-size is 0"),
        ("a target", "new.npy", {}, "holds one array"),
        ("plain", "out", {"overwrite": True}, "replace the input"),
    ],
)
def test_what_cannot_lie_like_that_is_refused(
    recipe: str, name: str, more: dict[str, Any], says: str, source: Path
) -> None:
    out = made(source, "out", recipe)
    before = sorted(os.listdir(source.parent))

    with pytest.raises(lstmprep.LstmprepError, match=says):
        lstmprep.convert(out, source.parent / name, **more)

    assert sorted(os.listdir(source.parent)) == before and lstmprep.check(out).ok


def test_a_lagged_table_is_refused(source: Path) -> None:
    lstmprep.lag(source, output=source.parent / "l.npy", features="a,b", lags="1-2")
    with pytest.raises(RecipeError, match="lagged table"):
        lstmprep.convert(source.parent / "l.npy", source.parent / "new")
    assert not (source.parent / "new").exists()


def test_rows_of_shuffled_samples_stand_once_without_an_index_too(source: Path) -> None:
    out = made(source, "out", "plain", shuffle=True, index=False)
    plain = made(source, "straight", "plain", index=False)
    new, straight = (lstmprep.convert(o, source.parent / f"{o.name}-new", store="series") for o in (out, plain))

    assert new.manifest["arrays"]["series"]["shape"] == straight.manifest["arrays"]["series"]["shape"]
    assert np.array_equal(new.X, lstmprep.load(out).X)
    assert not np.array_equal(new.X, straight.X)


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def last_chunk(out: Path) -> Path:
    return max(p for p in (out / "arrays.zarr" / "X").rglob("*") if p.is_file() and p.name != "zarr.json")


def linked(file: Path, elsewhere: Path) -> None:
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


def edited(out: Path, **change: Any) -> None:
    told = manifest(out)
    told["arrays"]["X"].update(change)
    (out / "manifest.json").write_text(json.dumps(told))


DAMAGE: dict[str, tuple[str, Any]] = {
    "a byte of tensors": ("safetensors", lambda o: flip(o / "arrays.safetensors", -1)),
    "tensors cut": ("safetensors", lambda o: os.truncate(o / "arrays.safetensors", 300)),
    "a header that is none": ("safetensors", lambda o: flip(o / "arrays.safetensors", 8)),
    "a header without end": ("safetensors", lambda o: flip(o / "arrays.safetensors", 6)),
    "a byte of a dataset": ("hdf5", lambda o: flip(o / "arrays.h5", -1)),
    "a file of datasets cut": ("hdf5", lambda o: os.truncate(o / "arrays.h5", 1000)),
    "a byte of a chunk": ("zarr", lambda o: flip(last_chunk(o), 3)),
    "a chunk gone": ("zarr", lambda o: last_chunk(o).unlink()),
    "a link among chunks": ("zarr", lambda o: linked(last_chunk(o), o.parent / "c")),
    "a group gone": ("zarr", lambda o: (o / "arrays.zarr" / "X" / "zarr.json").unlink()),
    "rows cut": ("parquet", lambda o: os.truncate(o / "all.parquet", 300)),
    "rows of a byte less": ("parquet", lambda o: flip(o / "all.parquet", 60)),
    "another shape": ("parquet", lambda o: edited(o, shape=[1, 4, 2], bytes=32)),
    "another type": ("hdf5", lambda o: edited(o, dtype="int32")),
    "a member of an npz": ("npz", lambda o: flip(o / "arrays.npz", 300)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_in_any_format_is_found(name: str, source: Path) -> None:
    made(source, "out", "plain")
    to, damage = DAMAGE[name]
    lstmprep.convert(source.parent / "out", source.parent / "new", to=to)
    damage(source.parent / "new")

    assert not lstmprep.check(source.parent / "new").ok
    with pytest.raises(lstmprep.LstmprepError):  # neither is it taken over into another format
        lstmprep.convert(source.parent / "new", source.parent / "newer", to="npy")
    assert not (source.parent / "newer").exists()
