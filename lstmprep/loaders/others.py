"""JAX batches, and Parquet that Hugging Face datasets read back as arrays.

    jax_batches     tuples of jax arrays: (X, y), with lengths where steps are padded
    to_hf           OUT/train.parquet: a row per sample, X a nested list of fixed size
                    fixed_size_list<fixed_size_list<float>[features]>[timesteps]

Arrow's own tensor type is no type of `datasets`; nested lists of fixed size come back as (timesteps, features).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.loaders.batches import Part, batches, orders, require_size

GROUP_BYTES = 32 << 20


def jax_batches(
    part: Part,
    *,
    batch_size: int = 32,
    shuffle: bool = False,
    seed: int | None = None,
    epoch: int = 0,
    drop: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """One epoch of batches as JAX arrays.

    Parameters
    ----------
    part : Part
    batch_size : int
    shuffle : bool
    seed : int or None
        With `epoch` it decides the order.
    epoch : int
    drop : bool
        Leave out a last batch that is not full: a compiled step then sees one shape.

    Raises
    ------
    RecipeError
        If JAX is not installed.
    """
    require_size(batch_size)
    try:
        import jax.numpy as jnp
    except ImportError as error:
        raise RecipeError("JAX is not installed", fix="Install it: pip install 'lstmprep[jax]'.") from error
    names = [n for n in ("X", "y", "lengths") if part.has(n)]
    order = orders(len(part), shuffle=shuffle, seed=seed, epoch=epoch)

    def made() -> Iterator[tuple[Any, ...]]:
        for samples in batches(len(part), batch_size, order, drop=drop):
            yield tuple(jnp.asarray(_narrow(part.take(n, samples))) for n in names)

    return made()


def _narrow(values: Any) -> Any:
    """JAX has 32 bits unless it is told otherwise: codes of classes fit, and it is no surprise then."""
    return values.astype(np.int32) if values.dtype == np.int64 else values


def to_hf(parts: dict[str, Part], folder: str | os.PathLike[str]) -> dict[str, str]:
    """A Parquet file per part, a row per sample.

    Parameters
    ----------
    parts : dict of str to Part
    folder : path
        A new or empty folder.

    Returns
    -------
    dict of str to str
        The file of each part, as ``datasets.load_dataset("parquet", data_files=...)`` takes it.

    Raises
    ------
    StorageError
        If the folder holds files already, or cannot be written to.
    """
    where = os.fspath(folder)
    try:
        os.makedirs(where, exist_ok=True)
        if os.listdir(where):
            raise StorageError("the folder is not empty", fix="Give a new folder.", where=Where(file=where))
        return {name: _written(part, os.path.join(where, _file(name))) for name, part in parts.items()}
    except OSError as error:
        raise StorageError.from_os(error, "write there", where=Where(file=where)) from error


def _file(split: str) -> str:
    return f"{split.replace('/', '-')}.parquet"


def _sample_shape(part: Part, role: str) -> list[int]:
    """The shape of an array without its samples."""
    return [n for n, axis in zip(part.arrays[role].shape, part.axes[role], strict=True) if axis != "samples"]


def _written(part: Part, path: str) -> str:
    """One part, in groups of some megabytes; under its name only when it is whole."""
    import pyarrow as pa
    from pyarrow import parquet

    from lstmprep.arrow import nested, nested_type

    kinds = {role: nested_type(part.arrays[role].dtype, _sample_shape(part, role)) for role in part.axes}
    schema = pa.schema([pa.field(role, kind, nullable=False) for role, kind in kinds.items()])
    row = sum(part.arrays[r].nbytes for r in part.axes) // max(len(part), 1)
    size = max(1, GROUP_BYTES // max(row, 1))
    half = f"{path}.part"
    try:
        with parquet.ParquetWriter(half, schema, compression="zstd") as writer:
            for samples in batches(len(part), size, None):
                columns = [nested(part.take(role, samples), kinds[role]) for role in kinds]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        os.replace(half, path)
    finally:
        if os.path.exists(half):
            os.unlink(half)
    return path
