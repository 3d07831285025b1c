"""Every kind of output holds the same arrays, an index that tells where each came from, and a manifest that is true."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from click.testing import CliRunner
from pyarrow import parquet

import lstmprep
from lstmprep import digest
from lstmprep.arrays import ArrayPlan
from lstmprep.cli import cli
from lstmprep.errors import LstmprepError, RecipeError, StorageError
from lstmprep.sinks import index as index_module
from lstmprep.sinks.npy import header, write_npy
from lstmprep.sinks.staging import Staging
from lstmprep.stores import RowStore
from tests.core import oracle
from tests.edges.sink_suite import ALONE, ANSWER, MEMBERS, RECIPES, TABLE, Written, command_of, stored

PAIRS = [(m, r) for m in MEMBERS for r in RECIPES if m != "npy" or r in ALONE]


@pytest.fixture(scope="module")
def memory() -> dict[str, Written]:
    """What each recipe gives in memory."""
    return {n: Written(done.arrays, manifest=done.manifest) for n, done in _done().items()}


def _done() -> dict[str, Any]:
    return {name: lstmprep.window(pa.table(TABLE), **recipe) for name, recipe in RECIPES.items()}


def by_definition(data: bytes, piece: int) -> str:
    """The digest of the digests of the pieces, in order."""
    pieces = [data[i : i + piece] for i in range(0, len(data), piece)] or [b""]
    return "xxh3:" + xxhash.xxh3_128(b"".join(xxhash.xxh3_128(p).digest() for p in pieces)).hexdigest()


@pytest.mark.parametrize(("member", "recipe"), PAIRS)
def test_every_kind_of_output_holds_the_same_arrays(
    tmp_path: Path, member: str, recipe: str, memory: dict[str, Written]
) -> None:
    expected = memory[recipe].arrays

    found = MEMBERS[member](tmp_path, RECIPES[recipe])

    assert set(found.arrays) == set(expected)
    for name, array in expected.items():
        assert found.arrays[name].dtype == array.dtype
        assert found.arrays[name].shape == array.shape
        assert found.arrays[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(("member", "recipe"), [(m, r) for m, r in PAIRS if m in ("folder", "npz", "npy")])
def test_the_manifest_tells_shape_type_size_and_digest_of_every_array(tmp_path: Path, member: str, recipe: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "PIECE", 500)
        found = MEMBERS[member](tmp_path, RECIPES[recipe])

    assert found.manifest is not None
    assert list(found.manifest["arrays"]) == list(found.arrays)
    for name, about in found.manifest["arrays"].items():
        array, data = found.arrays[name], found.files[name]
        assert about["shape"] == list(array.shape)
        assert len(about["axes"]) == array.ndim
        assert about["dtype"] == str(array.dtype)
        assert about["bytes"] == array.nbytes == len(data) - 128
        assert about["digest"] == by_definition(data, 500)
    assert found.manifest["samples"] == found.arrays["X"].shape[about_axis(found, "samples")]
    assert found.manifest["input_shape"] == [found.manifest["timesteps"], found.manifest["features"]]


def about_axis(found: Written, axis: str) -> int:
    assert found.manifest is not None
    place: int = found.manifest["arrays"]["X"]["axes"].index(axis)
    return place


@pytest.mark.parametrize(("member", "recipe"), [(m, r) for m, r in PAIRS if m in ("folder", "npz", "npy")])
def test_an_output_opens_as_what_was_written(
    tmp_path: Path, member: str, recipe: str, memory: dict[str, Written]
) -> None:
    found = MEMBERS[member](tmp_path, RECIPES[recipe])
    name = {"folder": "out", "npz": "out.npz", "npy": "out.npy"}[member]
    opened = lstmprep.load(tmp_path / name)

    assert opened.manifest == found.manifest
    assert {n: a.tobytes() for n, a in opened.arrays.items()} == {n: a.tobytes() for n, a in found.arrays.items()}
    expected = lstmprep.window(pa.table(TABLE), **RECIPES[recipe]).index()
    assert opened.index().to_pydict() == expected.to_pydict()
    if member != "npz":
        assert all(isinstance(a, np.memmap) and a.mode == "c" for a in opened.arrays.values())
        before = opened.X.tobytes()
        opened.X[...] = 0
        assert lstmprep.load(tmp_path / name).X.tobytes() == before, "a change in place never reaches the file"


@pytest.mark.parametrize("member", ["folder", "npz", "npy"])
def test_two_runs_write_the_same_bytes(tmp_path: Path, member: str) -> None:
    seen = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        MEMBERS[member](tmp_path / place, RECIPES["X alone" if member == "npy" else "padded"])
        files = sorted(p for p in (tmp_path / place).rglob("*") if p.is_file())
        seen.append({str(p.relative_to(tmp_path / place)): p.read_bytes() for p in files})

    assert seen[0] == seen[1]
    assert len(seen[0]) >= 3


@pytest.mark.parametrize("recipe", ["X alone", "padded"])
def test_standard_output_carries_the_bytes_of_the_file_and_nothing_else(tmp_path: Path, recipe: str) -> None:
    suffix = "npy" if recipe == "X alone" else "npz"
    source = stored(tmp_path)
    done = CliRunner().invoke(cli, command_of(RECIPES[recipe], source, "-"))
    CliRunner().invoke(cli, command_of(RECIPES[recipe], source, str(tmp_path / f"out.{suffix}")))

    assert done.stdout_bytes == (tmp_path / f"out.{suffix}").read_bytes()


def test_members_of_an_npz_are_stored_plainly_and_carry_no_clock(tmp_path: Path) -> None:
    lstmprep.window(pa.table(TABLE), output=tmp_path / "out.npz", **RECIPES["padded"])
    with zipfile.ZipFile(tmp_path / "out.npz") as zipped:
        members = zipped.infolist()

    assert [m.filename for m in members] == ["X.npy", "y.npy", "lengths.npy", "mask.npy"]
    assert {m.compress_type for m in members} == {zipfile.ZIP_STORED}
    assert {m.date_time for m in members} == {(1980, 1, 1, 0, 0, 0)}


# ---- .npy ----


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "int32", "bool"])
@pytest.mark.parametrize("shape", [(0, 3, 2), (1,), (7, 3, 2), (2, 3, 4, 5, 1), (10**12, 64, 8), (2**62,)])
def test_a_header_is_that_of_numpy_and_has_128_bytes_for_any_shape(dtype: str, shape: tuple[int, ...]) -> None:
    made = header(ArrayPlan("X", shape, np.dtype(dtype), []))
    stream = io.BytesIO(made)

    assert np.lib.format.read_magic(stream) == (1, 0)
    assert np.lib.format.read_array_header_1_0(stream) == (shape, False, np.dtype(dtype))
    assert len(made) == stream.tell() == 128


class Slow(io.BytesIO):
    """A stream that takes a few bytes at a time, as a pipe may."""

    def write(self, data: Any, /) -> int:
        return super().write(memoryview(data).cast("B")[:7])


def test_a_stream_that_takes_a_few_bytes_at_a_time_gets_them_all() -> None:
    values = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
    stream = Slow()
    told = write_npy(stream, ArrayPlan("X", (4, 3, 2), values.dtype, []), iter([values[:1], values[1:]]))

    assert np.load(io.BytesIO(stream.getvalue())).tobytes() == values.tobytes()
    assert told == by_definition(stream.getvalue(), 64 << 20)


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 250])
@pytest.mark.parametrize("step", [1, 33, 100, 1000])
def test_a_digest_does_not_depend_on_how_the_bytes_arrive(
    monkeypatch: pytest.MonkeyPatch, size: int, step: int
) -> None:
    monkeypatch.setattr(digest, "PIECE", 100)
    data = bytes(i % 251 for i in range(size))
    taken = digest.Digest()
    for i in range(0, size, step):
        taken.update(data[i : i + step])

    assert taken.text() == by_definition(data, 100)


def test_the_digest_of_a_source_is_by_the_same_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "PIECE", 100)
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "".join(f"{i}\n" for i in range(300)))
    [entry] = lstmprep.window(path, timesteps=3).manifest["source"]

    assert entry["digest"] == by_definition(path.read_bytes(), 100)
    assert (entry["name"], entry["format"], entry["rows"]) == ("t.csv", "csv", 300)
    assert entry["bytes"] == path.stat().st_size


# ---- the index ----

INDEXED = {
    "plain": ANSWER | {"timesteps": 3, "stride": 2}, "no answer": {"features": "a,b", "group_by": "key", "time": "t", "timesteps": 2}, "partial": ANSWER | {"timesteps": 4, "partial": True},
    "ahead": ANSWER | {"timesteps": 2, "lead": 2, "horizon": 3, "dilation": 2}, "end": ANSWER | {"timesteps": 2, "stride": 3, "anchor": "end"}, "lags": ANSWER | {"lags": [1, 3]},
    "leftover": {"features": "a,b", "group_by": "key", "time": "t", "timesteps": 4, "no_overlap": True, "leftover": "pad"}, "same row": ANSWER | {"timesteps": 2, "lead": 0},
    "latest": {"features": "a,b", "group_by": "key", "time": "t", "timesteps": 3, "latest": True},
}  # fmt: skip


def addresses(recipe: dict[str, Any]) -> dict[str, list[Any]]:
    """The index by the obvious loop."""
    answer = "target" if "target" in recipe else None
    table = dict(TABLE)
    ranks = {k: i for i, k in enumerate(sorted(set(TABLE["key"])))}  # one key is no number: by code point
    table["key"] = [str(ranks[k]) for k in TABLE["key"]]
    found = oracle.samples(table, recipe, answer)
    out = oracle.index(found)
    out["key"] = [sorted(ranks)[int(k)] for k in out["key"]]
    for name in ("first", "last", "target_first", "target_last"):
        out[f"{name}_time"] = [None if r is None else TABLE["t"][r] for r in out[f"{name}_row"]]
    out["split"] = ["all"] * len(found)
    return out


@pytest.mark.parametrize("recipe", INDEXED)
@pytest.mark.parametrize("block", [1, 7, 1 << 16])
def test_the_index_tells_rows_keys_and_times_of_every_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str, block: int
) -> None:
    monkeypatch.setattr(index_module, "BLOCK", block)
    monkeypatch.setattr(index_module, "PIECE", 5)
    expected = addresses(INDEXED[recipe])
    lstmprep.window(pa.table(TABLE), output=tmp_path / "out", **INDEXED[recipe])

    found = parquet.ParquetFile(tmp_path / "out" / "index.parquet").read().to_pydict()

    assert found == {n: expected[n] for n in found}
    wanted = {"split", "sample", "key", "first_row", "last_row", "first_time", "last_time"}
    if "target" in INDEXED[recipe]:
        wanted |= {"target_first_row", "target_last_row", "target_first_time", "target_last_time"}
    if INDEXED[recipe].get("partial") or INDEXED[recipe].get("leftover") == "pad":
        wanted.add("steps")
    assert set(found) == wanted


def test_rows_of_the_index_lead_back_to_the_values(tmp_path: Path) -> None:
    data = lstmprep.window(pa.table(TABLE), **ANSWER | {"timesteps": 3, "stride": 2})
    index = data.index().to_pydict()

    for sample in range(len(data.X)):
        assert data.X[sample, 0, 0] == index["first_row"][sample]
        assert data.X[sample, -1, 0] == index["last_row"][sample]
        assert data.y[sample, 0] == np.float32(TABLE["y"][index["target_first_row"][sample]])
        assert TABLE["key"][index["first_row"][sample]] == index["key"][sample]


def test_the_index_reads_in_pandas_and_polars(tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl

    lstmprep.window(pa.table(TABLE), output=tmp_path / "out", **RECIPES["padded"])
    path = tmp_path / "out" / "index.parquet"
    expected = parquet.ParquetFile(path).read().to_pydict()

    assert pd.read_parquet(path)["key"].astype(str).tolist() == expected["key"]
    assert pl.read_parquet(path)["first_row"].to_list() == expected["first_row"]


def test_an_index_of_many_blocks_is_one_table(tmp_path: Path) -> None:
    rows = (1 << 16) * 2 + 10
    lstmprep.window(np.arange(float(rows))[:, None], output=tmp_path / "out", timesteps=2)
    found = parquet.ParquetFile(tmp_path / "out" / "index.parquet").read()

    assert found["sample"].to_numpy().tolist() == list(range(rows - 1))
    assert found["last_row"].to_numpy().tolist() == list(range(1, rows))
    assert (tmp_path / "out" / "index.parquet").stat().st_size < rows


def test_without_index_there_is_none(tmp_path: Path) -> None:
    for name in ("out", "out.npz"):
        data = lstmprep.window(pa.table(TABLE), output=tmp_path / name, timesteps=3, features="a", index=False)
        assert not list(tmp_path.rglob("*index*"))
        with pytest.raises(StorageError, match="no index"):
            data.index()


# ---- places ----


def test_a_npy_holds_x_alone(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"a .npy file holds one array"):
        lstmprep.window(pa.table(TABLE), output=tmp_path / "out.npy", **RECIPES["classes"])

    assert not list(tmp_path.iterdir())


def test_the_manifest_is_made_last_and_gets_its_name_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    placed: list[str] = []
    create, link = Staging.create, os.link

    def creating(self: Staging, name: str, fill: Any) -> None:
        create(self, name, fill)
        made.append(name)

    def linking(source: Any, place: Any) -> None:
        link(source, place)
        placed.append(Path(place).name)

    monkeypatch.setattr(Staging, "create", creating)
    monkeypatch.setattr(os, "link", linking)
    lstmprep.window(pa.table(TABLE), output=tmp_path / "out", **RECIPES["classes"])
    assert made == ["X.npy", "y.npy", "index.parquet", "manifest.json"]
    made.clear()
    lstmprep.window(pa.table(TABLE), output=tmp_path / "out.npz", **RECIPES["classes"])

    assert made == ["out.npz", "index.parquet", "manifest.json"]
    assert placed == ["out.npz", "out.index.parquet", "out.manifest.json"]


@pytest.mark.parametrize("name", ["out", "out.npz"])
def test_overwriting_leaves_the_new_output_and_nothing_of_the_old(tmp_path: Path, name: str) -> None:
    lstmprep.window(pa.table(TABLE), output=tmp_path / name, **RECIPES["padded"])
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(StorageError, match="the output exists"):
        lstmprep.window(pa.table(TABLE), output=tmp_path / name, **RECIPES["X alone"])
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before

    data = lstmprep.window(pa.table(TABLE), output=tmp_path / name, overwrite=True, index=False, **RECIPES["X alone"])

    assert set(data.arrays) == {"X"}
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == ({"out/X.npy", "out/manifest.json"} if name == "out" else {"out.npz", "out.manifest.json"})


def test_an_output_that_the_disk_cannot_hold_is_refused_before_a_byte_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmprep.sinks.staging.free_bytes", lambda _: 1000)
    with pytest.raises(StorageError, match=r"the output needs .* and the disk has 1000 B free"):
        lstmprep.window(np.zeros((5000, 1)), output=tmp_path / "out", timesteps=10)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out", "out.npz", "out.npy"])
def test_what_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def broken(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lstmprep.sinks.index.write_index", broken)
    with pytest.raises(StorageError, match="space"):
        lstmprep.window(pa.table(TABLE), output=tmp_path / name, **RECIPES["X alone"])

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.h5", "", "..", ".", "/"])
def test_a_name_that_is_no_place_for_tensors_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LstmprepError) as refused:
        lstmprep.window(pa.table(TABLE), output=name, **RECIPES["X alone"])

    assert refused.value.exit_code in (2, 4)
    assert not list(tmp_path.iterdir())


def test_rows_that_outgrow_memory_give_the_same_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = lstmprep.window(pa.table(TABLE), **RECIPES["padded"])
    append = RowStore.append
    stored_rows: list[bool] = []

    def small(self: RowStore, block: np.ndarray) -> None:
        self._limit = 16
        append(self, block)
        stored_rows.append(self._file is not None)

    monkeypatch.setattr(RowStore, "append", small)
    found = lstmprep.window(pa.table(TABLE), output=tmp_path / "out", **RECIPES["padded"])

    assert any(stored_rows)
    assert {n: a.tobytes() for n, a in found.arrays.items()} == {n: a.tobytes() for n, a in expected.arrays.items()}
    assert found.index().to_pydict() == expected.index().to_pydict()


def test_the_plan_as_json_is_the_manifest_without_files_and_digests(tmp_path: Path) -> None:
    source = stored(tmp_path)
    words = command_of(RECIPES["padded"], source, str(tmp_path / "out"))
    planned = json.loads(CliRunner().invoke(cli, [*words, "--dry-run", "--json"]).stdout)
    assert not (tmp_path / "out").exists()
    written = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)

    for about in written["arrays"].values():
        del about["digest"], about["file"]
    for entry in written["source"]:
        del entry["digest"]
    del written["index"]["digest"]
    assert planned == written
