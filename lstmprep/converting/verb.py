"""The verb convert: as Python calls it."""

from __future__ import annotations

import os

from lstmprep.audit.trusted import trusting
from lstmprep.converting import Wanted, written_again
from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.formats import FORMATS
from lstmprep.loaders.arrays import Prepared, load
from lstmprep.run import Progress


@trusting
def convert(
    out: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    store: str | None = None,
    to: str | None = None,
    shard_size: int | str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Prepared:
    """Write an output again, in another store or format: the same values, bit by bit.

    Parameters
    ----------
    out : path
        The output: its folder, one file, or manifest.
    output : path
        Where to.
    store : {"windows", "series"}, optional
        Every sample, or every row once and where samples start; what it is now when not given.
    to : {"npy", "npz", "parquet", "zarr", "safetensors", "hdf5"}, optional
        The format; what the name says when not given, else npy.
    shard_size : int or str, optional
        Cut every array into files of this size at most: ``"256MiB"``. Not given, every array is one file.
    overwrite : bool
        Replace an output of lstmprep that exists.
    progress : callable or None
        Called with (phase, done, total).

    Returns
    -------
    Prepared
        The new output.

    Raises
    ------
    RecipeError
        If the output cannot lie like that, or the library of the format is not installed.
    DataError
        If the bytes are not those that were written.
    StorageError
        If something cannot be read or written.

    Examples
    --------
    >>> import numpy as np, tempfile, os
    >>> from lstmprep import window
    >>> folder = tempfile.mkdtemp()
    >>> data = window(np.arange(20.0).reshape(10, 2), timesteps=3, output=os.path.join(folder, "out"))
    >>> new = convert(os.path.join(folder, "out"), os.path.join(folder, "new"), store="series")
    >>> bool((new.X == data.X).all()), sorted(os.listdir(os.path.join(folder, "new")))
    (True, ['index.parquet', 'manifest.json', 'series.npy', 'starts.npy'])
    """
    for name, value, choices in (("store", store, ("windows", "series")), ("to", to, FORMATS)):
        if value is not None and value not in choices:
            raise RecipeError(
                f"{name} {value!r} is not one of its choices",
                fix=f"{did_you_mean(str(value), list(choices))}The choices are {', '.join(choices)}.",
            )
    wanted = Wanted(store=store, to=to, shard_size=shard_size, overwrite=overwrite)
    written_again(os.fspath(out), os.fspath(output), wanted, progress)
    return load(output)
