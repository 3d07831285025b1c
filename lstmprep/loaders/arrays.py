"""What `lstmprep.window` and `lstmprep.load` hand out: arrays, index and manifest.

From disk the arrays are memory maps: nothing is read before it is used, and what a caller changes in
place is a copy of that page, never the file (PyTorch takes such arrays without a warning).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lstmprep.errors import DataError, RecipeError, StorageError, Where, located
from lstmprep.loaders.batches import array_name
from lstmprep.loaders.feeds import Feeds
from lstmprep.loaders.files import AGAIN, damaged, inside, joined, mapped, member, places, read_index, refuse_link
from lstmprep.loaders.formats import is_other, other
from lstmprep.loaders.mirror import here
from lstmprep.loaders.parts import Arrays
from lstmprep.panel import Array
from lstmprep.papers import read
from lstmprep.series import framed
from lstmprep.urls import bare, is_url
from lstmprep.wording import listed, quoted


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

    verbs: ClassVar[dict[str, Callable[..., Any]]] = {}  # what the verbs of the api do with an output that is open

    def __init__(
        self,
        manifest: dict[str, Any],
        arrays: Mapping[str, Array],
        index: Any,
        table: Any = None,
        index_path: Path | None = None,
    ) -> None:
        self.manifest, self._index_path = manifest, index_path
        self.arrays = dict(arrays)
        self._index, self._table = index, table
        self.path: str | None = None
        self.learned: dict[Any, Any] = {}  # what apply has understood of the manifest

    @property
    def index_path(self) -> Path | None:
        """The file of the index, fetched when it is behind a URL; None in memory."""
        return None if self._index_path is None else here(self._index_path)

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

    def apply(
        self, data: Any, *, latest: bool = False, no_target: bool = False, fold: int | None = None, **reading: Any
    ) -> Prepared:
        """Prepare new rows in memory as this output was prepared; see `lstmprep.apply`.

        Returns
        -------
        Prepared
            One X, in order; y where the target is present.
        """
        found: Prepared = self.verbs["apply"](
            self, data, latest=latest, no_target=no_target, fold=fold, reading=reading
        )
        return found

    def invert(
        self, pred: Any, *, split: str | None = None, table: Any = None, combine: str = "none", **reading: Any
    ) -> Any:
        """Bring predictions of this output back to rows, times and original units; see `lstmprep.invert`.

        Returns
        -------
        pyarrow.Table
            One row per sample, step and target.
        """
        return self.verbs["invert"](self, pred, split=split, table=table, combine=combine, reading=reading)

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
            recipe = self.manifest.get("recipe") or {}
            if recipe.get("command") == "lag":
                raise RecipeError(
                    "a lagged table has no index: its rows begin with their own keys and times",
                    fix="table() has them; invert brings predictions, in the order of the rows, back to times and units.",
                )
            raise StorageError("this output has no index", fix="Write it without --no-index.")
        if split is None:
            return found
        splits = list(self.manifest["splits"])
        if split not in splits:
            raise RecipeError(f"this output has no part {quoted(split)}", fix=f"It has {listed(splits)}.")
        import pyarrow as pa
        from pyarrow import compute

        return found.filter(compute.equal(found["split"].cast(pa.string()), split))

    @property
    def has_table(self) -> bool:
        """Whether this is a lagged table with its keys and times."""
        return self._table is not None

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
    out : path or URL
        Files behind a URL are fetched when they are first needed, and kept until the process ends.

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
    base, _, index_path = places(out)
    made, manifest_path = _manifest(out)
    arrays: dict[str, Array] = {}
    table = None
    parts = {array_name("X", s): s for s in made["splits"] if s != "all"}
    for name, about in made["arrays"].items():
        if "shards" in about:
            with located(file=str(manifest_path)):
                arrays[name] = joined(base, about, name)  # type: ignore[assignment]
        if "file" not in about:
            continue
        file = inside(base, about["file"], name)
        if file.suffix in (".csv", ".parquet") and "columns" in about:
            from lstmprep.loaders.tables import numbers_of, read_table

            with damaged(file):
                table = table if table is not None else read_table(file, made)  # the parts lie in one file
                arrays[name] = numbers_of(table, about, parts.get(name))
            continue
        with damaged(file):
            arrays[name] = array_of(file, about.get("same_as", name), about)
    with located(file=str(manifest_path)):
        opened = Prepared(made, with_views(made, arrays), lambda: read_index(index_path), table, index_path)
    opened.path = os.fspath(out) if is_url(os.fspath(out)) else os.path.abspath(out)  # a worker opens it again
    return opened


def array_of(file: Path, name: str, about: dict[str, Any]) -> Any:
    """An array of a file, by the format of the file."""
    if file.suffix == ".npz":
        return member(file, name, about)
    return other(file, name, about) if is_other(file) else mapped(file, about)


def manifest_of(out: str | os.PathLike[str]) -> dict[str, Any]:
    """The manifest of an output, its arrays left alone.

    Raises
    ------
    StorageError
        If there is no output.
    """
    return _manifest(out)[0]


def _manifest(out: str | os.PathLike[str]) -> tuple[dict[str, Any], Path]:
    manifest_path = places(out)[1]
    with damaged(manifest_path):
        if not manifest_path.exists():
            raise StorageError(
                "there is no output here (no manifest)",
                fix="Give the folder that lstmprep wrote, or its .npz.",
                where=Where(file=bare(os.fspath(out))),
            )
    refuse_link(manifest_path)
    return read(str(manifest_path)), manifest_path


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
