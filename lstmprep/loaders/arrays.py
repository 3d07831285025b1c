"""What `lstmprep.window` and `lstmprep.load` hand out: arrays, index and manifest.

From disk the arrays are memory maps: nothing is read before it is used, and what a caller changes in
place is a copy of that page, never the file (PyTorch takes such arrays without a warning).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.errors import DataError, LstmprepError, RecipeError, StorageError, Where, located
from lstmprep.loaders.feeds import Feeds
from lstmprep.loaders.parts import Arrays
from lstmprep.panel import Array
from lstmprep.papers import read
from lstmprep.series import framed
from lstmprep.wording import listed, quoted, shown

AGAIN = "Write the output again."
HEADER = 1 << 16
_FOLD = re.compile(r"fold[0-9]{1,6}")


class Prepared(Feeds):
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

    def __init__(self, manifest: dict[str, Any], arrays: Mapping[str, Array], index: Any, table: Any = None) -> None:
        self.manifest = manifest
        self.arrays = dict(arrays)
        self._index, self._table = index, table
        self.path: str | None = None

    def __getattr__(self, name: str) -> Any:
        arrays = self.__dict__.get("arrays", {})
        if name in arrays:
            return arrays[name]
        parts = self.parts()
        if name in parts:
            return parts[name]
        have = [*arrays, *parts]
        raise AttributeError(f"this output has no array {name!r}; it has {', '.join(have)}")

    def parts(self) -> dict[str, Arrays]:
        """``train``, ``val`` and ``test``, or every fold, which has its own."""
        splits = [k for k in self.__dict__.get("manifest", {}).get("splits", {}) if k != "all"]
        folders = {k.partition("/")[0]: k.partition("/")[0] + "/" for k in splits if "/" in k}
        if folders:
            return {name: Arrays(self.arrays, folder, splits) for name, folder in folders.items()}
        return Arrays(self.arrays, "", splits).parts()

    def __repr__(self) -> str:
        return f"Prepared({', '.join(f'{n} {tuple(a.shape)}' for n, a in self.arrays.items())})"

    def index(self, split: str | None = None) -> Any:
        """Source rows, keys and times of every sample, as a `pyarrow.Table`.

        Parameters
        ----------
        split : str or None
            Only the samples of this part: ``train``, ``fold0/test``.

        Raises
        ------
        StorageError
            If the output was written without an index.
        """
        found = self._index() if callable(self._index) else self._index
        if found is None:
            raise StorageError("this output has no index", fix="Write it without --no-index.")
        if split is None:
            return found
        splits = list(self.manifest["splits"])
        if split not in splits:
            raise RecipeError(f"this output has no part {quoted(split)}", fix=f"It has {listed(splits)}.")
        import pyarrow as pa
        from pyarrow import compute

        return found.filter(compute.equal(found["split"].cast(pa.string()), split))

    def table(self) -> Any:
        """The rows of a lagged table, keys and time before the numbers, as a `pyarrow.Table`.

        Raises
        ------
        StorageError
            If the output is no table, or its numbers alone were written.
        """
        found = self._table() if callable(self._table) else self._table
        if found is None:
            raise StorageError("this output is no table", fix="lstmprep lag writes one as .csv or .parquet.")
        return found


def load(out: str | os.PathLike[str]) -> Prepared:
    """Open an output: its folder, its one file (``.npz``, ``.npy``, ``.csv``, ``.parquet``), or its manifest.

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
    base, manifest_path, index_path = places(Path(out))
    with _damaged(manifest_path):
        if not manifest_path.exists():
            raise StorageError(
                "there is no output here (no manifest)",
                fix="Give the folder that lstmprep wrote, or its .npz.",
                where=Where(file=str(out)),
            )
    _refuse_link(manifest_path)
    made = read(str(manifest_path))
    arrays: dict[str, Array] = {}
    table = None
    for name, about in made["arrays"].items():
        if "file" not in about:
            continue
        file = _inside(base, about["file"], name)
        if file.suffix in (".csv", ".parquet") and "columns" in about:
            from lstmprep.loaders.tables import numbers_of, read_table

            with _damaged(file):
                table = read_table(file, made)
                arrays[name] = numbers_of(table, about)
            continue
        with _damaged(file):
            arrays[name] = (
                _member(file, about.get("same_as", name), about) if file.suffix == ".npz" else _mapped(file, about)
            )
    with located(file=str(manifest_path)):
        opened = Prepared(made, with_views(made, arrays), lambda: _read_index(index_path), table)
    opened.path = os.path.abspath(out)  # a worker opens it again
    return opened


def with_views(manifest: dict[str, Any], arrays: dict[str, Array]) -> dict[str, Array]:
    """All arrays that a manifest names: those that are stored, and those that are a view or the same as another.

    Raises
    ------
    DataError
        If the manifest names an array that is not there, or a start lies outside the rows.
    """
    out: dict[str, Any] = {}
    for name, about in manifest["arrays"].items():
        source = about.get("same_as")
        if "view" in about:
            out[name] = _viewed(name, about, arrays)
        elif name in arrays:
            out[name] = arrays[name]
        elif source in out:
            out[name] = out[source]
        else:
            raise DataError(f"the manifest gives no values for {quoted(name)}", fix=AGAIN)
    return out


def _viewed(name: str, about: dict[str, Any], arrays: dict[str, Array]) -> Any:
    """The windows into a series, once every start is known to lie inside it."""
    view, shape = about["view"], about["shape"]
    nothing = np.empty(0)
    series, starts = arrays.get(view["series"], nothing), arrays.get(view["starts"], nothing)
    fits = series.ndim == 2 and starts.ndim == 1 and starts.dtype == np.int64 and len(shape) == 3 and shape[1] > 0
    if fits and [shape[0], shape[2]] == [len(starts), series.shape[1]]:
        reach = (shape[1] - 1) * view["dilation"]
        if not len(starts) or (int(starts.min()) >= 0 and int(starts.max()) + reach < len(series)):
            return framed(series, starts, shape[1], view["dilation"])
    raise DataError(f"the rows that {quoted(name)} is made of are not what the manifest says", fix=AGAIN)


def places(path: Path) -> tuple[Path, Path, Path]:
    """(folder of the arrays, manifest, index)."""
    if path.name.endswith(".manifest.json"):
        return path.parent, path, path.parent / (path.name.removesuffix(".manifest.json") + ".index.parquet")
    if path.name == "manifest.json":
        return path.parent, path, path.parent / "index.parquet"
    if path.suffix in (".npz", ".npy", ".csv", ".parquet"):
        return path.parent, path.with_name(path.stem + ".manifest.json"), path.with_name(path.stem + ".index.parquet")
    return path, path / "manifest.json", path / "index.parquet"


def _inside(base: Path, name: Any, array: str) -> Path:
    """A file of the output: nothing outside its folder is opened, whatever the manifest says."""
    text = name if isinstance(name, str) else ""
    folder, slash, bare = text.rpartition("/")
    plain = os.path.basename(bare) == bare and bare not in ("", ".", "..")
    if not plain or (slash and not _FOLD.fullmatch(folder)):
        raise DataError(
            f"the manifest gives {quoted(name)} as the file of {array}, which is no file of the output",
            fix="Write the output again.",
            where=Where(file=str(base)),
        )
    if slash:
        _refuse_link(base / folder)
    file = base / text
    _refuse_link(file)
    if not file.exists():
        raise StorageError("a file of the output is gone", fix="Write the output again.", where=Where(file=str(file)))
    return file


def _refuse_link(file: Path) -> None:
    if file.is_symlink():
        raise DataError("this is a symbolic link, which an output never has", fix=AGAIN, where=Where(file=str(file)))


def _mapped(file: Path, about: dict[str, Any]) -> Array:
    """A .npy as a memory map, once its header agrees with the manifest; what is changed stays in memory."""
    with file.open("rb") as stream:
        _require_header(stream, about, file)
    found: Array = np.load(file, mmap_mode="c", allow_pickle=False)
    return found


def _member(file: Path, name: str, about: dict[str, Any]) -> Array:
    """A member of an .npz, read once its header and size agree with the manifest."""
    import zipfile

    with zipfile.ZipFile(file) as packed:
        members = {m.filename: m for m in packed.infolist()}
        if f"{name}.npy" not in members:
            raise DataError(f"there is no array {quoted(name)} in it; it has {listed(list(members))}", fix=AGAIN)
        with packed.open(f"{name}.npy") as inside:
            _require_header(inside, about, file)
        size = math.prod(about["shape"]) * np.dtype(about["dtype"]).itemsize
        if members[f"{name}.npy"].file_size > size + HEADER:
            raise DataError(f"{name} is larger than the manifest says", fix=AGAIN)
        with packed.open(f"{name}.npy") as inside:
            found: Array = np.lib.format.read_array(inside, allow_pickle=False)
    return found


def _require_header(stream: Any, about: dict[str, Any], file: Path) -> None:
    """The header alone: a shape is compared before anything is given room."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise DataError(f"the array is of format {version}, not (1, 0)", fix=AGAIN, where=Where(file=str(file)))
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if list(shape) != about["shape"] or str(dtype) != about["dtype"] or fortran:
        raise DataError(
            f"the file holds {shape} {dtype}, and the manifest says {tuple(about['shape'])} {about['dtype']}",
            fix=AGAIN,
            where=Where(file=str(file)),
        )


def _read_index(path: Path) -> Any:
    with _damaged(path):
        if not path.exists():
            return None
        _refuse_link(path)
        from pyarrow import parquet

        return parquet.ParquetFile(path).read()


@contextmanager
def _damaged(file: Path) -> Iterator[None]:
    """Whatever reading a damaged file raises becomes one answer."""
    with located(file=str(file)):
        try:
            yield
        except (LstmprepError, MemoryError):
            raise
        except Exception as error:  # zip, zlib, struct, Arrow and NumPy each have their own
            reason = shown(" ".join(str(error).split()), 160)
            raise DataError(f"the file is damaged or no output of lstmprep: {reason}", fix=AGAIN) from error
