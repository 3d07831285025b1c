"""The verbs: what the command line and Python call.

    window(input, ...)   table -> arrays, in memory or written
    pad(input, ...)      the same, one sample per sequence
    lag(input, ...)      table -> the lagged table
    reshape(input, ...)  table -> every value once, in a stated shape
    load(OUT)            an output that was written
    apply(OUT, input)    the same preparation on new data, with the numbers learned before
    invert(OUT, pred)    predictions back to rows, times and units
    check(OUT)           prove it whole, consistent and leak-free
    convert(OUT, NEW)    the same output in another store or format
    inspect(input, ...)  what a table holds
    plot(OUT or input)   a picture
    report(OUT)          one page about it

A verb is silent, never changes what it is given, and raises `LstmprepError`s; progress comes
through a callback.
"""

from __future__ import annotations

import os
from typing import Any

from lstmprep.converting.verb import convert
from lstmprep.framed import framed
from lstmprep.loaders.arrays import Prepared, load
from lstmprep.outputs import apply, check, invert
from lstmprep.plotting.picture import plot
from lstmprep.reporting.page import report
from lstmprep.run import Progress
from lstmprep.survey.findings import inspect

__all__ = [
    "apply",
    "check",
    "convert",
    "inspect",
    "invert",
    "lag",
    "load",
    "pad",
    "plot",
    "report",
    "reshape",
    "window",
]


def window(
    data: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Prepared:
    """Frame a table into fixed-length windows ``(samples, timesteps, features)``.

    Parameters
    ----------
    data : path, paths, pandas or polars DataFrame, pyarrow.Table, or (rows, columns) array
        The table; it is not changed. Columns of an array are c0, c1, ...
    output : path or None
        Also write the output there, as ``lstmprep window -o`` does.
    overwrite : bool
        Replace an output of lstmprep that exists.
    progress : callable or None
        Called with (phase, done, total).
    **settings
        The long options of ``lstmprep window`` with underscores: timesteps, target, group_by, ...
        Those of one run too: ``workers``, ``memory_limit``; with an output ``engine``, ``scheduler``, ``scheduler_file``, ``resume``, ``fsync``.

    Returns
    -------
    Prepared
        Arrays by name; ``X`` is (samples, timesteps, features).

    Raises
    ------
    RecipeError
        If a setting is unknown or settings exclude each other.
    DataError
        If the values or counts of the table forbid it.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np
    >>> data = window(np.arange(20.0).reshape(10, 2), timesteps=3, target="c1")
    >>> data.X.shape, data.y[:, 0].tolist()
    ((7, 3, 2), [7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0])
    """
    return framed("window", data, settings, output, overwrite=overwrite, progress=progress)


def pad(
    data: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Prepared:
    """One sample per sequence, padded and truncated to one length ``(samples, timesteps, features)``.

    Parameters
    ----------
    data : path, paths, pandas or polars DataFrame, pyarrow.Table, or (rows, columns) array
        The table; it is not changed. Columns of an array are c0, c1, ...
    output : path or None
        Also write the output there, as ``lstmprep pad -o`` does.
    overwrite : bool
        Replace an output of lstmprep that exists.
    progress : callable or None
        Called with (phase, done, total).
    **settings
        The long options of ``lstmprep pad`` with underscores: group_by, timesteps, padding, ...
        Those of one run too: ``workers``, ``memory_limit``; with an output ``engine``, ``scheduler``, ``scheduler_file``, ``resume``, ``fsync``.

    Returns
    -------
    Prepared
        Arrays by name; ``lengths`` (samples,) and ``mask`` (samples, timesteps) say which steps are real.

    Raises
    ------
    RecipeError
        If a setting is unknown or settings exclude each other.
    DataError
        If the values or counts of the table forbid it.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([[1, 0.1], [1, 0.2], [2, 0.3]])
    >>> data = pad(table, group_by="c0", dtype="float64")
    >>> data.X[:, :, 0].tolist(), data.lengths.tolist()
    ([[0.1, 0.2], [0.3, 0.0]], [2, 1])
    """
    return framed("pad", data, settings, output, overwrite=overwrite, progress=progress)


def reshape(
    data: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Prepared:
    """Give a table, or the lag columns in it, a stated shape ``(samples, timesteps, features)``: every value once.

    Parameters
    ----------
    data : path, paths, pandas or polars DataFrame, pyarrow.Table, or (rows, columns) array
        The table; it is not changed. Columns of an array are c0, c1, ...
    output : path or None
        Also write the output there, as ``lstmprep reshape -o`` does.
    overwrite : bool
        Replace an output of lstmprep that exists.
    progress : callable or None
        Called with (phase, done, total).
    **settings
        The long options of ``lstmprep reshape`` with underscores: shape, series_as, lag_columns, steps, ...
        Those of one run too: ``workers``, ``memory_limit``; with an output ``engine``, ``scheduler``, ``scheduler_file``, ``resume``, ``fsync``.

    Returns
    -------
    Prepared
        Arrays by name; ``X`` is (samples, timesteps, features).

    Raises
    ------
    RecipeError
        If a setting is unknown or settings exclude each other.
    DataError
        If the shape does not hold every value once, or would mix series.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np
    >>> reshape(np.arange(20.0).reshape(10, 2), shape=(-1, 5, 2)).X.shape
    (2, 5, 2)
    >>> reshape(np.array([[13.0, 12.0, 11.0]]), steps="c=c2,c1,c0").X[0].tolist()
    [[11.0], [12.0], [13.0]]
    """
    return framed("reshape", data, settings, output, overwrite=overwrite, progress=progress)


def lag(
    data: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Prepared:
    """Make the lagged table: each row beside the rows before it.

    Parameters
    ----------
    data : path, paths, pandas or polars DataFrame, pyarrow.Table, or (rows, columns) array
        The table; it is not changed. Columns of an array are c0, c1, ...
    output : path or None
        Also write the table there: ``.csv``, ``.parquet``, or ``.npy`` (the numbers alone).
    overwrite : bool
        Replace an output of lstmprep that exists.
    progress : callable or None
        Called with (phase, done, total).
    **settings
        The long options of ``lstmprep lag`` with underscores: lags, target, horizon, group_by, ...
        Those of one run too: ``workers``, ``memory_limit``; with an output ``engine``, ``scheduler``, ``scheduler_file``, ``resume``, ``fsync``.

    Returns
    -------
    Prepared
        ``X`` is (samples, columns), the columns named in ``manifest["arrays"]["X"]["columns"]``;
        `Prepared.table` has keys and time of row t before them.

    Raises
    ------
    RecipeError
        If a setting is unknown or settings exclude each other.
    DataError
        If the values or counts of the table forbid it.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np
    >>> made = lag(np.arange(10.0).reshape(5, 2), features="c0", target="c1", lags="1-2")
    >>> made.table().column_names
    ['c0(t-2)', 'c0(t-1)', 'c1(t)']
    >>> made.X[0].tolist()
    [0.0, 2.0, 5.0]
    """
    return framed("lag", data, settings, output, overwrite=overwrite, progress=progress)
