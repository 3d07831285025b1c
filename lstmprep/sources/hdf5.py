"""HDF5: one dataset of a file, read as a table block by block. Needs the extra ``hdf5`` (h5py).

    a dataset (rows,) or (rows, columns) of numbers    columns c0, c1, ...
    a compound dataset (rows,)                         its fields by name

A file that holds one such dataset needs no name for it, else ``--dataset`` says which. Nothing outside the
file is read on its word: external links are not followed, datasets whose numbers lie elsewhere are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from lstmprep.errors import DataError, RecipeError, Where, did_you_mean, located
from lstmprep.sources.array import Grid, rows_of
from lstmprep.sources.arrow import FileSource, readable
from lstmprep.sources.files import InputFile
from lstmprep.wording import counted, listed, name_of, quoted

MOST = 10_000  # datasets that are looked at


class Hdf5Source(FileSource):
    """A dataset of an HDF5 file.

    Parameters
    ----------
    file : InputFile
    dataset : str or None
        Its name with the groups before it, ``group/name``; None is the only one there is.

    Raises
    ------
    RecipeError
        If h5py is not installed, or the dataset is none or not the only one.
    DataError
        If it is no table of numbers, or the file is damaged.
    """

    format = "hdf5"

    def __init__(self, file: InputFile, dataset: str | None) -> None:
        require_h5py(file.name)
        with located(file=file.name), readable(file.name, "HDF5"), _opened(file) as store:
            self.dataset = _chosen(store, dataset)
            found = store[self.dataset]
            _require_own(found, self.dataset)
            self._texts = frozenset(n for n in found.dtype.names or () if _is_text(found.dtype[n]))
            self._grid = Grid(found.shape, self._plain(found.dtype))
        super().__init__(file, self._grid.schema)

    def _plain(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """The element type, texts of any length as texts of one length."""
        if not self._texts:
            return dtype
        return np.dtype([(n, "S1" if n in self._texts else dtype[n]) for n in dtype.names or ()])

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns; of a compound dataset the other fields are not read."""
        with readable(self.name, "HDF5"), _opened(self.file) as store:
            found = store[self.dataset]
            fields = list(dict.fromkeys(str(self._grid.columns[self._grid.places[n]][2]) for n in columns))

            def block(first: int, stop: int) -> Any:
                if not found.dtype.names:
                    return found[first:stop]
                read = found.fields(fields)[first:stop]
                return {n: read[n].astype("S") if n in self._texts else read[n] for n in fields}

            yield from rows_of(self._grid, block, columns)


def require_h5py(name: str) -> None:
    """Refuse an HDF5 file where nothing reads it."""
    try:
        import h5py  # noqa: F401
    except ModuleNotFoundError:
        raise RecipeError(
            "this is an HDF5 file, and h5py, which reads it, is not installed",
            fix="Install it: pip install 'lstmprep[hdf5]'.",
            where=Where(file=name),
        ) from None


@contextmanager
def _opened(file: InputFile) -> Iterator[Any]:
    """The file through a stream of ours: the library would lock one of its own."""
    import h5py

    with file.open() as stream, h5py.File(stream, "r") as store:
        yield store


def _is_text(dtype: np.dtype[Any]) -> bool:
    import h5py

    return dtype.kind == "O" and h5py.check_string_dtype(dtype) is not None


def _tables(store: Any) -> dict[str, tuple[int, ...]]:
    """Shapes of the datasets that could be a table, by name; links out of the file are not followed."""
    import h5py

    out: dict[str, tuple[int, ...]] = {}

    def visit(name: str, found: Any) -> bool | None:
        table = isinstance(found, h5py.Dataset) and found.shape and len(found.shape) <= 2
        if table and (found.dtype.names or found.dtype.kind in "fiub"):
            out[name] = found.shape
        return True if len(out) >= MOST else None

    store.visititems(visit)
    return out


def _chosen(store: Any, asked: str | None) -> str:
    known = _tables(store)
    told = listed([f"{n} ({' x '.join(f'{k:,}' for k in shape)})" for n, shape in known.items()], 8)
    if asked is not None:
        name = asked.strip("/")
        if name in known:
            return name
        raise RecipeError(
            f"there is no dataset {quoted(asked)} that is a table of numbers",
            fix=f"{did_you_mean(name, list(known))}The file has: {told or 'none'}.",
        )
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise DataError(
            "the file holds no dataset of numbers with one or two axes",
            fix="Give a file with a dataset (rows,) or (rows, columns), or a compound one.",
        )
    raise RecipeError(
        f"the file holds {counted(len(known), 'dataset')}: {told}",
        fix=f"Name one of them: --dataset {name_of(next(iter(known)))}.",
    )


def _require_own(found: Any, name: str) -> None:
    if found.is_virtual or found.external:
        raise DataError(
            f"the numbers of the dataset {quoted(name)} lie in other files",
            fix="Write them into this file first: h5repack, or h5py's copy.",
        )
