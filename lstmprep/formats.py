"""Formats an output can stand in: their files, the names inside, and the library each needs.

    npy          X.npy, y.npy, ...                 a file for every array, or several (shards)
    npz          arrays.npz                        a member for every array
    safetensors  arrays.safetensors                raw values behind a header in JSON
    hdf5         arrays.h5                         a contiguous dataset for every array
    zarr         arrays.zarr/                      chunks of whole samples
    parquet      train.parquet, test.parquet       a row for every sample, a column for every array

Beside a folder's ``manifest.json`` the names are these; one that was asked for by name (``NAME.npz``) has its own.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from lstmprep.errors import RecipeError

ONE_FILE = {"npz": ".npz", "safetensors": ".safetensors", "hdf5": ".h5"}  # formats that hold all arrays in one file
SUFFIXES = {suffix: to for to, suffix in ONE_FILE.items()} | {".npy": "npy", ".hdf5": "hdf5", ".zarr": "zarr"}
FORMATS = ("npy", "npz", "parquet", "zarr", "safetensors", "hdf5")
NEEDS = {"hdf5": "h5py", "zarr": "zarr"}  # the extra has the name of the format
IN_PIECES = ("zarr", "parquet")  # formats that hold no array in one piece
PIECE = 4 << 20  # bytes of a chunk or a group of rows
_NAME = re.compile(r"(?:(?P<folder>[^/]+)/)?(?P<role>[a-zX]+(?:_splits)?)(?:_(?P<part>.+))?\Z")


def required(to: str) -> Any:
    """The library of a format.

    Raises
    ------
    RecipeError
        If it is not installed; it names the extra.
    """
    try:
        return importlib.import_module(NEEDS[to])
    except ModuleNotFoundError:
        raise RecipeError(
            f"the format {to} needs the library {NEEDS[to]}, which is not installed",
            fix=f"Install it: pip install 'lstmprep[{to}]'.",
        ) from None


def column_of(name: str) -> tuple[str, str]:
    """(file, column) of an array in Parquet: the arrays of one part stand side by side.

    Examples
    --------
    >>> column_of("X"), column_of("fold0/y_train"), column_of("mask_test_len7"), column_of("series")
    (('all.parquet', 'X'), ('fold0/train.parquet', 'y'), ('test_len7.parquet', 'mask'), ('series.parquet', 'series'))
    """
    found = _NAME.match(name)
    assert found is not None, "names of arrays are ours"
    role, folder = found["role"], f"{found['folder']}/" if found["folder"] else ""
    whole = role in ("series", "values", "row_splits")  # rows, not samples
    return f"{folder}{role if whole else found['part'] or 'all'}.parquet", role


def samples_axis(axes: list[str]) -> int:
    """The axis along which an array is cut: that of its samples, or the first."""
    return axes.index("samples") if "samples" in axes else 0
