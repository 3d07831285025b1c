"""Arrays without a manifest: ``check X.npy y.npy``. Header, size and values, in bounded memory, never unpickled."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from lstmprep.audit.expect import Asked, Have, compare
from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BrokenError, Stored, blocks, members, stored
from lstmprep.audit.values import finite
from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.wording import shown

MOST = 1000  # members of an .npz that are worth looking at


def check_bare(out: Checked, paths: list[str], want: Asked) -> None:
    """Look at arrays that stand alone.

    Parameters
    ----------
    out : Checked
    paths : list of str
        ``.npy`` files, X first and y second, or one ``.npz``.
    want : Asked
        What a model expects.

    Raises
    ------
    StorageError
        If a file is not there.
    """
    found: dict[str, Stored] = {}
    for path in paths:
        if not os.path.exists(path):
            raise StorageError(
                "no such file", fix="Give an output folder, its manifest, or .npy files.", where=Where(file=path)
            )
        if os.path.isdir(path):
            raise RecipeError(
                "a folder among arrays", fix="Give one output, or X.npy and y.npy.", where=Where(file=path)
            )
        for name, member in _arrays(path, out):
            one = _opened(path, name, member, out)
            if one is not None:
                found[name] = one
    for name, one in found.items():
        finite(name, one, out)
    x, y = _roles(found)
    if x is not None:
        compare(want, _have(x, found[x], y, found.get(y or "")), out)
        out.open.append("rows, leaks and statistics (there is no manifest)")
    if out.ok:
        out.proved.insert(
            0, "arrays: " + ", ".join(f"{n} {one.shape} {one.dtype}" for n, one in found.items()) + ", whole and finite"
        )


def _have(x: str, one: Stored, y: str | None, answer: Stored | None) -> Have:
    coded = answer is not None and answer.dtype.kind in "iu"
    return Have(
        x,
        one.shape,
        y,
        answer.shape if answer is not None else None,
        integer_y=coded,
        classes=_classes(answer) if coded and answer is not None else None,
    )


def _arrays(path: str, out: Checked) -> list[tuple[str, str | None]]:
    """(name, member) of the arrays of a file."""
    if not zipfile.is_zipfile(path):
        return [(path, None)]
    try:
        names = members(Path(path))
    except BrokenError as error:
        out.found("file", shown(path), str(error), "Write it again with numpy.savez.")
        return []
    if len(names) > MOST:
        out.found("file", shown(path), f"it has {len(names):,} arrays", "Give the arrays of one output.")
        return []
    return [(f"{path}, {n}", n) for n in names]


def _opened(path: str, name: str, member: str | None, out: Checked) -> Stored | None:
    try:
        one = stored(Path(path), member)
    except BrokenError as error:
        out.found("file", shown(name, 200), str(error), "Write it again with numpy.save.")
        return None
    except OSError as error:
        raise StorageError.from_os(error, "read it", where=Where(file=path)) from error
    if member is not None and _checksum(one) != _stated(path, member):
        out.found(
            "digest",
            shown(name, 200),
            "its bytes are not those that were written (the checksum differs)",
            "Write it again with numpy.savez.",
        )
    return one


def _checksum(one: Stored) -> int:
    crc = zlib.crc32(one.head())
    for _, block in blocks(one.values()):
        crc = zlib.crc32(np.ascontiguousarray(block).view(np.uint8).data, crc)
    return crc


def _stated(path: str, member: str) -> int:
    with zipfile.ZipFile(path) as packed:
        return packed.getinfo(f"{member}.npy").CRC


def _roles(found: dict[str, Stored]) -> tuple[str | None, str | None]:
    """Which array is X and which is y: by name, else the first and the second."""
    names = list(found)

    def called(letter: str) -> str | None:
        return next((n for n in names if _stem(n).split("_")[0].lower() == letter), None)

    x = called("x") or (names[0] if names else None)
    y = called("y") or next((n for n in names if n != x), None)
    return x, y if y != x else None


def _stem(name: str) -> str:
    file, _, member = name.rpartition(", ")
    return member if file else Path(name).stem


def _classes(one: Stored) -> int:
    high = -1
    for _, block in blocks(one.values()):
        high = max(high, int(block.max()))
    return high + 1
