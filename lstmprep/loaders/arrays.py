"""What `lstmprep.window` and `lstmprep.load` hand out: arrays, index and manifest.

From disk the arrays are read-only memory maps: nothing is read before it is used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.errors import DataError, StorageError, Where
from lstmprep.panel import Array
from lstmprep.papers import read
from lstmprep.wording import listed, quoted


class Prepared:
    """The arrays of one output, by name, with index and manifest.

    Attributes
    ----------
    manifest : dict
        What was done.
    arrays : dict of str to array
        ``X`` (samples, timesteps, features), ``y`` (samples, targets), ``lengths``, ``mask``, ...

    Examples
    --------
    >>> import lstmprep, numpy as np
    >>> data = lstmprep.window(np.arange(10.0)[:, None], timesteps=3)
    >>> data.X.shape, data.manifest["samples"], data.index().num_rows
    ((8, 3, 1), 8, 8)
    """

    def __init__(self, manifest: dict[str, Any], arrays: Mapping[str, Array], index: Any) -> None:
        self.manifest = manifest
        self.arrays = dict(arrays)
        self._index = index

    def __getattr__(self, name: str) -> Array:
        arrays = self.__dict__.get("arrays", {})
        if name in arrays:
            found: Array = arrays[name]
            return found
        raise AttributeError(f"this output has no array {name!r}; it has {', '.join(arrays)}")

    def __repr__(self) -> str:
        return f"Prepared({', '.join(f'{n} {tuple(a.shape)}' for n, a in self.arrays.items())})"

    def index(self) -> Any:
        """Source rows, keys and times of every sample, as a `pyarrow.Table`.

        Raises
        ------
        StorageError
            If the output was written without an index.
        """
        found = self._index() if callable(self._index) else self._index
        if found is None:
            raise StorageError("this output has no index", fix="Write it without --no-index.")
        return found


def load(out: str | os.PathLike[str]) -> Prepared:
    """Open an output: its folder, its ``.npz`` or ``.npy``, or its manifest.

    Parameters
    ----------
    out : path

    Returns
    -------
    Prepared
        Arrays of a folder or ``.npy`` are memory-mapped; those of an ``.npz`` are read.

    Raises
    ------
    StorageError
        If there is no output, or a file of it is gone.
    DataError
        If a file is not what the manifest says.
    """
    path = Path(out)
    base, manifest_path, index_path = _places(path)
    if not manifest_path.exists():
        raise StorageError(
            "there is no output here (no manifest)",
            fix="Give the folder that lstmprep wrote, or its .npz.",
            where=Where(file=str(path)),
        )
    made = read(str(manifest_path))
    arrays: dict[str, Array] = {}
    packed: dict[str, Any] = {}
    for name, about in made["arrays"].items():
        file = _inside(base, about.get("file"), name)
        if file.suffix == ".npz" and str(file) not in packed:
            packed[str(file)] = _opened(file)
        arrays[name] = (
            _member(packed[str(file)], about.get("same_as", name), file) if file.suffix == ".npz" else _opened(file)
        )
        if list(arrays[name].shape) != about["shape"] or str(arrays[name].dtype) != about["dtype"]:
            raise DataError(
                f"{name} is {arrays[name].shape} {arrays[name].dtype}, and the manifest says {tuple(about['shape'])} {about['dtype']}",
                fix="Write the output again.",
                where=Where(file=str(file)),
            )
    return Prepared(made, arrays, lambda: _read_index(index_path))


def _places(path: Path) -> tuple[Path, Path, Path]:
    """(folder of the arrays, manifest, index)."""
    if path.name.endswith(".manifest.json"):
        return path.parent, path, path.parent / (path.name.removesuffix(".manifest.json") + ".index.parquet")
    if path.name == "manifest.json":
        return path.parent, path, path.parent / "index.parquet"
    if path.suffix in (".npz", ".npy"):
        return path.parent, path.with_name(path.stem + ".manifest.json"), path.with_name(path.stem + ".index.parquet")
    return path, path / "manifest.json", path / "index.parquet"


def _inside(base: Path, name: Any, array: str) -> Path:
    """A file of the output: nothing outside its folder is opened, whatever the manifest says."""
    if not isinstance(name, str) or os.path.basename(name) != name or name in ("", ".", ".."):
        raise DataError(
            f"the manifest gives {quoted(name)} as the file of {array}, which is no file of the output",
            fix="Write the output again.",
            where=Where(file=str(base)),
        )
    file = base / name
    if file.is_symlink():
        raise DataError(
            "this is a symbolic link, which an output never has",
            fix="Write the output again.",
            where=Where(file=str(file)),
        )
    if not file.exists():
        raise StorageError("a file of the output is gone", fix="Write the output again.", where=Where(file=str(file)))
    return file


def _opened(file: Path) -> Any:
    try:
        if file.suffix == ".npz":
            return np.load(file, allow_pickle=False)
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"the array cannot be read: {error}", fix="Write the output again.", where=Where(file=str(file))
        ) from None


def _member(packed: Any, name: str, file: Path) -> Array:
    if name not in packed.files:
        raise DataError(
            f"there is no array {quoted(name)} in it; it has {listed(packed.files)}",
            fix="Write the output again.",
            where=Where(file=str(file)),
        )
    found: Array = packed[name]
    return found


def _read_index(path: Path) -> Any:
    if not path.exists():
        return None
    from pyarrow import parquet

    return parquet.ParquetFile(path).read()
