r"""Stored arrays, looked at with suspicion: header, size, values, digest; never unpickled.

    \x93NUMPY v v   length   {'descr': '<f4', 'fortran_order': False, 'shape': (7, 3, 2), }   values
                    bounded  read by a pattern, never evaluated                        a memory map

A member of an .npz that is stored as it is (ours always are) is the same at another place of the file.
"""

from __future__ import annotations

import io
import math
import os
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan
from lstmprep.panel import Array
from lstmprep.records import record
from lstmprep.shards import Flat
from lstmprep.sinks.npy import header
from lstmprep.wording import listed, quoted, shown, size_of

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 1 << 16
BLOCK = 1 << 20  # bytes looked at in one go
_HEADER = re.compile(
    r"\{\s*'descr':\s*'(?P<descr>[^']{1,12})',\s*'fortran_order':\s*(?P<fortran>True|False),"
    r"\s*'shape':\s*\((?P<shape>[0-9,\sL]*)\),?\s*\}\s*\Z"
)
_NUMBERS = re.compile(r"[<>|=][fiub][0-9]{1,2}\Z")
_LARGEST_AXIS = 19  # digits


class BrokenError(Exception):
    """A file that is no array; the text says why."""


@record(frozen=True, eq=False)
class Stored:
    """An array in a file: its header, and where its values lie.

    Parameters
    ----------
    file : Path
    start : int
        The byte at which the .npy begins: 0, or the place of a member.
    header : int
        Bytes before the values.
    shape, dtype, fortran
        What the header says.
    """

    file: Path
    start: int
    header: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def count(self) -> int:
        """Values."""
        return math.prod(self.shape)

    def values(self) -> Array:
        """The values in the order of the file, flat, as a read-only memory map."""
        if not self.count:
            return np.empty(0, self.dtype)
        found: Array = np.memmap(self.file, self.dtype, "r", self.start + self.header, (self.count,))
        return found.view(np.ndarray)

    def array(self) -> Array:
        """The values in their shape, as a read-only memory map."""
        return self.values().reshape(self.shape, order="F" if self.fortran else "C")

    def head(self) -> bytes:
        """The bytes before the values."""
        with self.file.open("rb") as stream:
            stream.seek(self.start)
            return stream.read(self.header)


@record(frozen=True, eq=False)
class Held(Stored):
    """An array that is no run of bytes in one file: read a stretch at a time.

    Parameters
    ----------
    whole : array
        Indexed for what is needed.
    """

    whole: Any = None

    def values(self) -> Any:
        """The values in the order of a .npy of them."""
        return Flat(self.whole)

    def array(self) -> Any:
        """The array, to be indexed."""
        return self.whole

    def head(self) -> bytes:
        """The bytes before the values in a .npy of them."""
        return header(ArrayPlan("", self.shape, self.dtype, []))


def lying(file: Path, whole: Any) -> Held:
    """An array that is indexed for what is needed, as it would stand in one .npy."""
    return Held(file, 0, 0, tuple(whole.shape), whole.dtype, fortran=False, whole=whole)


def members(path: Path) -> list[str]:
    """Names of the arrays in an .npz.

    Raises
    ------
    BrokenError
        If it is no zip file, or holds a name that is no plain array.
    """
    with _zip(path) as packed:
        names = [info.filename for info in packed.infolist()]
    odd = [n for n in names if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.npy", n)]
    if odd:
        raise BrokenError(f"it holds {listed(odd[:3])}, which is no array")
    if len(set(names)) < len(names):
        raise BrokenError("a name stands twice in it")
    return [n.removesuffix(".npy") for n in names]


def stored(path: Path, member: str | None = None) -> Stored:
    """The array of a ``.npy``, or a member of an ``.npz``.

    Raises
    ------
    BrokenError
        If the header is none, is of objects, or does not fit the bytes that are there.
    """
    size = os.path.getsize(path)
    start, room = (0, size) if member is None else _member(path, f"{member}.npy", size)
    with path.open("rb") as stream:
        stream.seek(start)
        header, shape, dtype, fortran = _read_header(stream, room)
    need = header + math.prod(shape) * dtype.itemsize
    if need != room:
        more = "cut" if room < need else "followed by bytes that are none of its values"
        raise BrokenError(f"it is {more}: {room:,} bytes, and its header {_text(shape)} {dtype} takes {need:,}")
    return Stored(path, start, header, shape, dtype, fortran)


def _text(shape: tuple[int, ...]) -> str:
    return str(shape) if len(shape) < 9 else f"of {len(shape)} axes"


def _zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
        raise BrokenError(f"this is no whole .npz: {shown(error)}") from error


def _member(path: Path, name: str, size: int) -> tuple[int, int]:
    """(first byte, bytes) of a member that is stored as it is."""
    with _zip(path) as packed:
        found = [i for i in packed.infolist() if i.filename == name]
    if len(found) != 1:
        raise BrokenError(
            f"it has no array {quoted(name)}" if not found else f"the array {quoted(name)} stands twice in it"
        )
    info = found[0]
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.file_size != info.compress_size:
        what = "encrypted" if info.flag_bits & 1 else "compressed"
        raise BrokenError(
            f"{quoted(name)} in it is {what} ({size_of(info.file_size)}), and lstmprep stores arrays as they are"
        )
    with path.open("rb") as stream:
        stream.seek(info.header_offset)
        local = stream.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise BrokenError(f"{quoted(name)} is not where the list of the .npz says")
    start = info.header_offset + 30 + sum(struct.unpack("<HH", local[26:30]))
    if start + info.file_size > size:
        raise BrokenError(f"{quoted(name)} is cut")
    return start, info.file_size


def _read_header(stream: io.BufferedIOBase | Any, room: int) -> tuple[int, tuple[int, ...], np.dtype[Any], bool]:
    """(bytes before the values, shape, dtype, fortran) from the first bytes of a .npy."""
    first = stream.read(min(12, room))
    if len(first) < 10 or first[:6] != MAGIC:
        raise BrokenError("this is no .npy file" if room else "it is empty")
    version, wide = first[6], first[6] >= 2
    if version not in (1, 2, 3) or (wide and len(first) < 12):
        raise BrokenError(f"the array is of format {version}, which is none of NumPy's")
    length = int.from_bytes(first[8:12] if wide else first[8:10], "little")
    before = 12 if wide else 10
    if length > min(LONGEST_HEADER, room - before):
        raise BrokenError(f"its header claims {length:,} bytes")
    text = (first[before:] + stream.read(length - (len(first) - before))).decode("latin-1")
    found = _HEADER.match(text)
    if found is None:
        what = (
            "Python objects (a pickle), which are never loaded"
            if "'|O'" in text or "'O'" in text
            else "no plain numbers"
        )
        raise BrokenError(f"its header describes {what}: {quoted(text.strip()[:40])}")
    descr = found["descr"]
    if not _NUMBERS.match(descr):
        objects = (
            "Python objects (a pickle), which are never loaded"
            if "O" in descr
            else f"{quoted(descr)}, which are no numbers"
        )
        raise BrokenError(f"it holds {objects}")
    axes = [a.strip().rstrip("L") for a in found["shape"].split(",") if a.strip()]
    if len(axes) > 32 or any(not a.isdigit() or len(a) > _LARGEST_AXIS for a in axes):
        raise BrokenError(f"its shape is none: ({quoted(found['shape'][:40])})")
    try:
        dtype = np.dtype(descr)
    except TypeError as error:
        raise BrokenError(f"it holds {quoted(descr)}, which are no numbers") from error
    return before + length, tuple(int(a) for a in axes), dtype, found["fortran"] == "True"


def blocks(values: Array, multiple: int = 1) -> Iterator[tuple[int, Array]]:
    """(first value, values) of a flat array, about a megabyte at a time, in whole multiples."""
    step = max(1, BLOCK // max(1, values.itemsize) // multiple) * multiple
    for i in range(0, len(values), step):
        yield i, values[i : i + step]
