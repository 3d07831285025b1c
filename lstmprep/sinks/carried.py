"""What workers need of a plan, small enough to be sent: large arrays stand in one file beside the output.

    parts of the plan  ->  some kilobytes          to every worker with its unit
                           .out.../rows            features | targets | order | ...     read there as memory maps

Nothing is made before the plan is sent: who works in this process never pays for it. The file is read by
those who were sent its address, and gone with the hidden folder.
"""

from __future__ import annotations

import copy
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.arrays import Part
from lstmprep.framing.frame import Segments
from lstmprep.panel import Array
from lstmprep.sinks.brought import brought
from lstmprep.sinks.whole import put

SMALL = 1 << 12  # bytes of an array that are sent along
BLOCK = 1 << 20
ALIGNED = 64


def carried(parts: list[Part], path: Path) -> list[Part]:
    """Parts to send: their large arrays are written to a new file of this path, and are maps of it where they arrive."""
    read = brought(parts)
    if read and not carried_bytes(parts):
        kept = _Kept(path, None)
        return [kept.light(_bare(part, read)) for part in parts]
    with open(path, "xb", buffering=0) as stream:
        kept = _Kept(path, stream)
        return [kept.light(_bare(part, read)) for part in parts]


def carried_bytes(parts: list[Part]) -> int:
    """The size of that file, before it is written."""
    kept, read = _Kept(Path(), None), brought(parts)
    for part in parts:
        kept.light(_bare(part, read))
    return kept.size


def _bare(part: Part, read: list[str]) -> Part:
    """A part without what only the plan, the index and the manifest need, and without the rows that workers `read`."""
    keys: dict[str, Any] = {}
    gone: dict[str, Any] = {role: _Gone(getattr(part.panel, role)) for role in read}
    reread = part.panel.reread.sent(read) if read and part.panel.reread is not None else None
    panel = replace(
        part.panel, keys=keys, times=None, left_out=[], base=None, cuts=None, unknown=None, reread=reread, **gone
    )
    if not panel.by_row:
        panel = replace(panel, source_rows=None, source_bounds=None)
    none = np.zeros(0, np.int64)
    cut = replace(part.cut, segments=Segments(none, none, none), floors=none)
    return replace(part, panel=panel, cut=cut, framed=part.runs, known=part.runs, whole=part.runs, numbers=None)


class _Gone:
    """Stands for rows that are read where they are needed: an array of their shape arrives, and no value of it."""

    def __init__(self, like: Array) -> None:
        self._like = like.shape, like.dtype.str

    def __reduce__(self) -> Any:
        return _empty, self._like


def _empty(shape: tuple[int, ...], kind: str) -> Array:
    return np.broadcast_to(np.zeros((), kind), shape)


class _Map:
    """Stands for an array on the way, and is one when it arrives."""

    def __init__(self, *address: Any) -> None:
        self._address = address

    def __reduce__(self) -> Any:
        return _opened, self._address


def _opened(path: Path, at: int, shape: tuple[int, ...], kind: str) -> Array:
    return np.memmap(path, np.dtype(kind), "r", at, shape).view(np.ndarray)


class _Kept:
    """Arrays written one after the other, each once; without a stream they are but counted."""

    def __init__(self, path: Path, stream: Any) -> None:
        self._path, self._stream, self.size = path, stream, 0
        self._known: dict[int, tuple[Any, _Map]] = {}  # by identity; the arrays are held so that it stays theirs

    def light(self, value: Any) -> Any:
        """The same value, large arrays in it replaced."""
        if isinstance(value, np.ndarray) and value.nbytes >= SMALL:
            if id(value) not in self._known:
                self._known[id(value)] = value, _Map(self._path, self.size, value.shape, value.dtype.str)
                self._write(value)
            return self._known[id(value)][1]
        if not is_dataclass(value) or isinstance(value, type):
            return value
        out = copy.copy(value)
        out.__dict__.update({name: self.light(inner) for name, inner in value.__dict__.items()})
        return out

    def _write(self, array: Array) -> None:
        if self._stream is None:
            self.size += array.nbytes + -array.nbytes % ALIGNED
            return
        rows = max(1, BLOCK // max(1, array.nbytes // len(array)))
        for i in range(0, len(array), rows):
            self._put(np.ascontiguousarray(array[i : i + rows]).reshape(-1).view(np.uint8).data)
        self._put(memoryview(bytes(-self.size % ALIGNED)))

    def _put(self, data: memoryview) -> None:
        self.size += put(self._stream, data)
