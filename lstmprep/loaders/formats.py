"""Arrays of other formats, opened as they lie: nothing is read before it is used, nothing is run, no link followed.

Safetensors and HDF5 hold plain values at a place of the file: a memory map. Zarr and Parquet hold pieces of
some megabytes: a few of them are kept in memory at a time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.formats import column_of, required, samples_axis
from lstmprep.loaders.files import damaged
from lstmprep.panel import Array
from lstmprep.shards import Shards
from lstmprep.wording import quoted

AGAIN = "Write the output again."
LONGEST_HEADER = 64 << 20
KEPT = 4  # pieces of some megabytes that stay in memory
DTYPES = {"F16": "float16", "F32": "float32", "F64": "float64", "I32": "int32", "I64": "int64", "BOOL": "bool"}


def is_other(file: Path) -> bool:
    """Whether a file is of one of these formats."""
    return file.suffix in READERS


def other(file: Path, name: str, about: dict[str, Any]) -> Any:
    """An array of a file of another format, once its shape and type agree with the manifest.

    Parameters
    ----------
    file : Path
    name : str
        The array that holds the values.
    about : dict
        What the manifest says of it.

    Raises
    ------
    DataError
        If the file is not what the manifest says.
    RecipeError
        If the library of the format is not installed.
    """
    return READERS[file.suffix](file, name, about)


def _agree(name: str, shape: Any, dtype: Any, about: dict[str, Any]) -> None:
    if list(shape) != about["shape"] or str(dtype) != about["dtype"]:
        raise DataError(
            f"{name} is {tuple(shape)} {dtype} in it, and the manifest says {tuple(about['shape'])} {about['dtype']}",
            fix=AGAIN,
        )


def _mapped(file: Path, start: int, about: dict[str, Any]) -> Array:
    """Values that lie at a place of a file; what is changed stays in memory."""
    shape, dtype = tuple(about["shape"]), np.dtype(about["dtype"])
    size = math.prod(shape) * dtype.itemsize
    if start < 0 or start + size > file.stat().st_size:
        raise DataError("the file is cut", fix=AGAIN)
    if not size:
        return np.empty(shape, dtype)
    return np.memmap(file, dtype, "c", start, shape).view(np.ndarray)


def safetensors(file: Path, name: str, about: dict[str, Any]) -> Array:
    """A tensor of a .safetensors: 8 bytes of length, a header in JSON, the values."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(LONGEST_HEADER, file.stat().st_size - 8):
            raise DataError(f"its header claims {length:,} bytes", fix=AGAIN)
        header = json.loads(stream.read(length))
    found = header.get(name) if isinstance(header, dict) else None
    if not isinstance(found, dict):
        raise DataError(f"there is no tensor {quoted(name)} in it", fix=AGAIN)
    _agree(name, found["shape"], DTYPES.get(found["dtype"], found["dtype"]), about)
    first, stop = found["data_offsets"]
    if stop - first != math.prod(about["shape"]) * np.dtype(about["dtype"]).itemsize or first < 0:
        raise DataError(f"the place of {quoted(name)} does not fit its shape", fix=AGAIN)
    return _mapped(file, 8 + length + first, about)


def hdf5(file: Path, name: str, about: dict[str, Any]) -> Array:
    """A dataset of an HDF5 file, contiguous and of its own file."""
    h5py = required("hdf5")
    with file.open("rb") as stream, h5py.File(stream, "r") as store:
        found = store.get(name, getlink=True)
        dataset = store[name] if isinstance(found, h5py.HardLink) else None
        if not isinstance(dataset, h5py.Dataset):
            raise DataError(f"there is no dataset {quoted(name)} in it", fix=AGAIN)
        _agree(name, dataset.shape, dataset.dtype, about)
        if dataset.chunks or dataset.is_virtual or dataset.external:
            raise DataError(f"{quoted(name)} does not lie in one piece, as lstmprep writes it", fix=AGAIN)
        start = dataset.id.get_offset() if dataset.size else 0
    return _mapped(file, -1 if start is None else start, about)


def zarr(file: Path, name: str, about: dict[str, Any]) -> Shards:
    """An array of a Zarr group, read chunk by chunk."""
    library = required("zarr")
    if any(p.is_symlink() for p in (file, *file.rglob("*"))):
        raise DataError("there is a symbolic link in it, which an output never has", fix=AGAIN)
    found = library.open_array(store=str(file), path=name, mode="r")
    _agree(name, found.shape, found.dtype, about)
    axis = samples_axis(about["axes"])
    return _pieces(partial(_of_zarr, file, found, axis), found.chunks[axis], about, axis)


def _of_zarr(file: Path, found: Any, axis: int, first: int, stop: int) -> Array:
    with damaged(file):
        return np.asarray(found[(slice(None),) * axis + (slice(first, stop),)])


def parquet(file: Path, name: str, about: dict[str, Any]) -> Shards:
    """A column of a Parquet file with a row for every sample, read group of rows by group."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    column = column_of(name)[1]
    axis = samples_axis(about["axes"])
    with pq.ParquetFile(file) as opened:
        meta, kind = opened.metadata, opened.schema_arrow.field(column).type
        lengths = [meta.row_group(k).num_rows for k in range(meta.num_row_groups)]
    inner: list[int] = []
    while pa.types.is_fixed_size_list(kind):
        inner.append(kind.list_size)
        kind = kind.value_type
    shape = [*inner[:axis], sum(lengths), *inner[axis:]]
    _agree(name, shape, np.dtype(kind.to_pandas_dtype()), about)
    if not lengths:
        return Shards([partial(np.empty, tuple(shape), about["dtype"])], [0], tuple(shape), about["dtype"], axis)
    pieces = [partial(_of_parquet, file, k, column, about, axis) for k in range(len(lengths))]
    return Shards(pieces, lengths, tuple(shape), np.dtype(about["dtype"]), axis, keep=KEPT)


def _of_parquet(file: Path, group: int, column: str, about: dict[str, Any], axis: int) -> Array:
    import pyarrow as pa
    from pyarrow import parquet as pq

    from lstmprep.arrow import flags

    with damaged(file), pq.ParquetFile(file) as opened:
        values = opened.read_row_group(group, columns=[column]).column(0).combine_chunks()
    rows = len(values)
    while pa.types.is_fixed_size_list(values.type):
        values = values.flatten()
    if values.null_count:
        raise DataError(f"{column} holds cells without a value", fix=AGAIN)
    plain = flags(values) if pa.types.is_boolean(values.type) else values.to_numpy(zero_copy_only=True)
    shape = about["shape"]
    return np.moveaxis(np.asarray(plain).reshape(rows, *shape[:axis], *shape[axis + 1 :]), 0, axis)


def _pieces(read: Callable[[int, int], Array], each: int, about: dict[str, Any], axis: int) -> Shards:
    shape = tuple(about["shape"])
    spans = [(a, min(a + each, shape[axis])) for a in range(0, max(shape[axis], 1), max(each, 1))]
    pieces = [partial(read, a, b) for a, b in spans]
    return Shards(pieces, [b - a for a, b in spans], shape, np.dtype(about["dtype"]), axis, keep=KEPT)


READERS: dict[str, Callable[[Path, str, dict[str, Any]], Any]] = {
    ".safetensors": safetensors,
    ".h5": hdf5,
    ".hdf5": hdf5,
    ".zarr": zarr,
    ".parquet": parquet,
}
