"""Arrays that are there already, written in any format; the register: one function per format.

Each takes the arrays as they are to lie (`Given`), makes its files in the hidden folder, and answers with the
file of every array and its digest: that of the .npy of the array, whatever holds the values, so that the same
values have the same digest in every format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan
from lstmprep.arrow import nested, nested_type
from lstmprep.digest import Digest
from lstmprep.formats import ONE_FILE, PIECE, column_of, required, samples_axis
from lstmprep.manifest import Files
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.shards import Flat
from lstmprep.sinks.npy import header, write_npy
from lstmprep.sinks.staging import Staging, writing
from lstmprep.sinks.whole import put

BLOCK = 1 << 20
TYPES = {"float16": "F16", "float32": "F32", "float64": "F64", "int32": "I32", "int64": "I64", "bool": "BOOL"}
Written = tuple[Files, dict[str, str]]


@record(frozen=True, eq=False)
class Given:
    """An array to be written.

    Parameters
    ----------
    plan : ArrayPlan
        Its name, shape, type and cuts.
    values : array
        Indexed for what is needed.
    told : callable or None
        Called with the bytes of every block that was read.
    """

    plan: ArrayPlan
    values: Any
    told: Callable[[int], None] | None = None

    def blocks(self) -> Iterator[Array]:
        """The values in C order, flat, about a megabyte at a time."""
        flat, step = Flat(self.values), max(1, BLOCK // self.plan.dtype.itemsize)
        for i in range(0, len(flat), step):
            block = flat[i : i + step]
            yield block
            self._tell(block.nbytes)

    def cuts(self, each: int) -> Iterator[Array]:
        """The values of `each` samples after the other, samples first."""
        axis = samples_axis(self.plan.axes)
        for first in range(0, self.plan.shape[axis], each):
            found = np.asarray(self.values[(slice(None),) * axis + (slice(first, first + each),)])
            yield np.moveaxis(found, axis, 0)
            self._tell(found.nbytes)

    def digest(self, kind: str) -> str:
        """The digest of the .npy of it."""
        digest = Digest(kind)
        digest.update(header(self.plan))
        for block in Given(self.plan, self.values).blocks() if kind != "none" else ():
            digest.update(np.ascontiguousarray(block))
        return digest.text()

    @property
    def rows(self) -> int:
        """Bytes of one sample."""
        return max(1, self.plan.bytes // max(1, self.plan.shape[samples_axis(self.plan.axes)]))

    def _tell(self, size: int) -> None:
        if self.told is not None:
            self.told(size)


def to_npy(staging: Staging, arrays: list[Given], kind: str, name: str) -> Written:
    """A .npy for every array, or for every shard of it; under one name the only one there is."""
    files: Files = {}
    digests: dict[str, str] = {}

    def write(file: str, plan: ArrayPlan, blocks: Iterator[Array]) -> None:
        make = staging.create if plan.per_shard is None else staging.replace
        make(file, lambda stream: digests.update({plan.name: write_npy(stream, plan, blocks, kind)}))

    for given in arrays:
        plan = given.plan
        if plan.per_shard is None:
            files[plan.name] = name or f"{plan.name}.npy"
            write(str(files[plan.name]), plan, given.blocks())
            continue
        axis = samples_axis(plan.axes)
        shards = list(plan.shards())
        files[plan.name] = [f"{shard.name}.npy" for shard, _, _ in shards]
        for shard, first, stop in shards:
            values = given.values[(slice(None),) * axis + (slice(first, stop),)]
            write(f"{shard.name}.npy", shard, Given(shard, values, given.told).blocks())
    return files, digests


def to_npz(staging: Staging, arrays: list[Given], kind: str, name: str) -> Written:
    """One zip file of .npy members, stored as they are."""
    import zipfile

    digests: dict[str, str] = {}

    def fill(stream: Any) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as zipped:
            for given in arrays:
                member = zipfile.ZipInfo(f"{given.plan.name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                with zipped.open(member, "w", force_zip64=True) as inside:
                    digests[given.plan.name] = write_npy(inside, given.plan, given.blocks(), kind)

    return _one(staging, arrays, "npz", name, fill), digests


def to_safetensors(staging: Staging, arrays: list[Given], kind: str, name: str) -> Written:
    """One .safetensors: a header in JSON, then the values, wide types first so that each lies on its own boundary."""
    ordered = sorted(arrays, key=lambda g: (-g.plan.dtype.itemsize, g.plan.name))
    ends = np.cumsum([0, *(g.plan.bytes for g in ordered)], dtype=object)
    about = {
        g.plan.name: {"dtype": TYPES[str(g.plan.dtype)], "shape": list(g.plan.shape), "data_offsets": [int(a), int(b)]}
        for g, a, b in zip(ordered, ends[:-1], ends[1:], strict=True)
    }
    text = json.dumps(about, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    digests: dict[str, str] = {}

    def fill(stream: Any) -> None:
        put(stream, len(text).to_bytes(8, "little") + text)
        for given in ordered:
            digests[given.plan.name] = _raw(stream, given, kind)

    files = _one(staging, arrays, "safetensors", name, fill)
    return files, digests


def to_hdf5(staging: Staging, arrays: list[Given], kind: str, name: str) -> Written:
    """One HDF5 file of contiguous datasets: the library lays them out, the values are written where they lie."""
    h5py = required("hdf5")
    digests: dict[str, str] = {}

    def fill(stream: Any) -> None:
        with h5py.File(stream.name, "w", locking=False) as store:
            offsets = {given.plan.name: _dataset(h5py, store, given.plan) for given in arrays}
        for given in arrays:
            stream.seek(offsets[given.plan.name])
            digests[given.plan.name] = _raw(stream, given, kind)

    return _one(staging, arrays, "hdf5", name, fill), digests


def _dataset(h5py: Any, store: Any, plan: ArrayPlan) -> int:
    """Make room for an array in one piece; where it is."""
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.CONTIGUOUS)
    how.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    how.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    how.set_obj_track_times(False)
    folder, _, last = plan.name.rpartition("/")
    group = store.require_group(folder) if folder else store
    space = h5py.h5s.create_simple(plan.shape)
    made = h5py.h5d.create(group.id, last.encode(), h5py.h5t.py_create(plan.dtype, logical=True), space, how)
    return made.get_offset() or 0


def to_zarr(staging: Staging, arrays: list[Given], kind: str, name: str) -> Written:  # noqa: ARG001 (a folder names its files)
    """A Zarr group (format 3) of arrays in chunks of whole samples, uncompressed."""
    library = required("zarr")
    place, digests = staging.file("arrays.zarr"), {}
    with writing(staging.target):
        group = library.create_group(store=str(place))
        for given in arrays:
            plan, axis = given.plan, samples_axis(given.plan.axes)
            each = max(1, min(PIECE // given.rows, max(plan.shape[axis], 1)))
            chunks = tuple(each if i == axis else max(n, 1) for i, n in enumerate(plan.shape))
            made = group.create_array(
                plan.name, shape=plan.shape, dtype=plan.dtype, chunks=chunks, compressors=None, fill_value=0,
                dimension_names=plan.axes,
            )  # fmt: skip
            for i, block in enumerate(given.cuts(each)):
                made[(slice(None),) * axis + (slice(i * each, i * each + len(block)),)] = np.moveaxis(block, 0, axis)
            digests[plan.name] = given.digest(kind)
        staging.settle(place)
    return {g.plan.name: "arrays.zarr" for g in arrays}, digests


def to_parquet(staging: Staging, arrays: list[Given], kind: str, name: str) -> Written:  # noqa: ARG001 (a folder names its files)
    """A Parquet file for every part: a row for every sample, a column for every array."""
    files = {g.plan.name: column_of(g.plan.name)[0] for g in arrays}
    for file in dict.fromkeys(files.values()):
        together = [g for g in arrays if files[g.plan.name] == file]
        staging.create(file, lambda stream, together=together: _part(stream, together))  # type: ignore[misc]
    return {**files}, {g.plan.name: g.digest(kind) for g in arrays}


def _part(stream: Any, arrays: list[Given]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    fields = [
        pa.field(column_of(g.plan.name)[1], nested_type(g.plan.dtype, _sample_shape(g.plan)), nullable=False)
        for g in arrays
    ]
    schema, each = pa.schema(fields), max(1, PIECE // sum(g.rows for g in arrays))
    with parquet.ParquetWriter(
        stream, schema, compression="none", use_dictionary=False, write_statistics=False
    ) as writer:
        for blocks in zip(*(g.cuts(each) for g in arrays), strict=True):
            columns = [nested(block, field.type) for block, field in zip(blocks, fields, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=each)


def _sample_shape(plan: ArrayPlan) -> list[int]:
    """The shape of an array without its samples."""
    axis = samples_axis(plan.axes)
    return [n for i, n in enumerate(plan.shape) if i != axis]


def _one(staging: Staging, arrays: list[Given], to: str, name: str, fill: Callable[[Any], None]) -> Files:
    file = name or f"arrays{ONE_FILE[to]}"
    staging.create(file, fill)
    return {g.plan.name: file for g in arrays}


def _raw(stream: Any, given: Given, kind: str) -> str:
    """The values alone, and the digest of the .npy of them."""
    digest = Digest(kind)
    digest.update(header(given.plan))
    for block in given.blocks():
        data = np.ascontiguousarray(block, given.plan.dtype).view(np.uint8).data
        digest.update(data)
        put(stream, data)
    return digest.text()


def bytes_of(arrays: list[Given]) -> int:
    """Bytes of all values."""
    return sum(math.prod(g.plan.shape) * g.plan.dtype.itemsize for g in arrays)


FORMATS: dict[str, Callable[[Staging, list[Given], str, str], Written]] = {
    "npy": to_npy,
    "npz": to_npz,
    "parquet": to_parquet,
    "zarr": to_zarr,
    "safetensors": to_safetensors,
    "hdf5": to_hdf5,
}
