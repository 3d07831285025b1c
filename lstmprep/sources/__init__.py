"""Sources of rows. The register: one member per file, one line each in `open_source`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lstmprep.errors import RecipeError
from lstmprep.sources.base import Source
from lstmprep.sources.files import InputFile, format_of
from lstmprep.sources.finding import find_inputs
from lstmprep.urls import is_folder
from lstmprep.wording import natural_file

if TYPE_CHECKING:
    from lstmprep.parts import Reading


def member(file: InputFile, reading: Reading) -> Source:
    """The source that reads this file."""
    kind = format_of(file, reading.input_format)
    if kind == "parquet":
        from lstmprep.sources.arrow import ParquetSource

        return ParquetSource(file)
    if kind == "feather":
        from lstmprep.sources.arrow import FeatherSource

        return FeatherSource(file)
    if kind == "jsonl":
        from lstmprep.sources.jsonl import JsonlSource

        return JsonlSource(file)
    if kind == "npy":
        from lstmprep.sources.npy import NpySource

        return NpySource(file)
    if kind == "hdf5":
        from lstmprep.sources.hdf5 import Hdf5Source

        return Hdf5Source(file, reading.dataset)
    from lstmprep.sources.csv import CsvSource

    return CsvSource(file, reading, tabbed=kind == "tsv")


def _in_memory(data: Any) -> Source:
    """The source of a frame or an array."""
    import numpy as np

    if isinstance(data, np.ndarray):
        from lstmprep.sources.array import ArraySource

        return ArraySource(data)
    from lstmprep.sources.arrow import FrameSource
    from lstmprep.sources.frames import table_of

    return FrameSource(table_of(data))


def open_source(inputs: Any, reading: Reading, *, grouped: bool = False, ways: Sequence[str] = ()) -> Source:
    """The rows of one or several inputs, as one source.

    Parameters
    ----------
    inputs : path, paths, a table in memory, or a source that is open
        Paths may be globs, folders of Parquet, or ``-``.
    reading : Reading
        How bytes become cells.
    grouped : bool
        Whether a key column tells the sequences apart, so that files may be one table.
    ways : sequence of str
        What else than a table a file may be to the command.

    Raises
    ------
    StorageError
        If an input names nothing.
    RecipeError
        If there are several files and nothing says what a file is.
    """
    if isinstance(inputs, Source):
        return inputs
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    if not (isinstance(inputs, Sequence) and all(isinstance(i, (str, os.PathLike)) for i in inputs)):
        return _in_memory(inputs)
    paths = [os.fspath(i) for i in inputs]
    files = find_inputs(paths)
    folder = len(paths) == 1 and (os.path.isdir(paths[0]) or is_folder(paths[0]))
    if len(files) == 1 and reading.file_as not in ("sequence", "sample"):
        return member(files[0], reading)
    if reading.file_as is None and not grouped and not folder:
        raise RecipeError(
            f"{len(files):,} files are given, and a file may be a part of one table or a {' or a '.join(ways or ('sequence',))} of its own",
            fix=f"Add --file-as table or --file-as {' or '.join(ways or ('sequence',))}{'' if 'sample' in ways else ', or name the key of the sequences with --group-by'}.",
        )
    from lstmprep.sources.several import Several

    files = sorted(files, key=lambda f: natural_file(f.name))
    return Several([member(f, reading) for f in files], [f.folder for f in files])
