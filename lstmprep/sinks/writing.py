"""What a worker does of an output: one unit, some pieces of one file or a whole shard.

    unit  ->  bytes of its file, written where they belong  ->  digests of its pieces

`Writing` is what is sent to it: the parts of a plan, with their large arrays in a file beside the output.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep import digest
from lstmprep.arrays import ArrayPlan, Part
from lstmprep.digest import Digest
from lstmprep.execute import Filler
from lstmprep.portions import of_samples
from lstmprep.records import record
from lstmprep.remote import Folder
from lstmprep.sinks.brought import Brought
from lstmprep.sinks.carried import carried
from lstmprep.sinks.npy import header, size_of_file
from lstmprep.sinks.whole import put

BLOCK = 1 << 20


@record(frozen=True)
class Unit:
    """Pieces first..last of the file of an array, or of one of its shards, by its place in the plan."""

    part: int
    array: int
    first: int
    last: int
    shard: int | None = None


class Writing:
    """Writes units; can be sent to another process, which then reads the rows beside the output.

    Parameters
    ----------
    parts : list of Part
    folder : Path
        Where the files are.
    kind : str
        Of the digests.
    name : str or None
        Of the one file there is; None names files for their arrays.
    fsync : bool
    piece : int or None
        Bytes of a piece.
    store : Folder or None
        Where shards are sent to as they are done.
    """

    def __init__(
        self,
        parts: list[Part],
        folder: Path,
        kind: str,
        *,
        name: str | None,
        fsync: bool,
        piece: int | None = None,
        store: Folder | None = None,
    ) -> None:
        self.parts, self._folder, self._kind, self._name, self._fsync = parts, folder, kind, name, fsync
        self._piece, self._store = piece or digest.PIECE, store
        self._sent: list[Part] | None = None
        self._filler: type[Filler] = Filler

    def __reduce__(self) -> Any:
        if self._sent is None:
            self._sent = carried(self.parts, self._folder.parent / "rows")
        return _received, (self._sent, self._folder, self._kind, self._name, self._fsync, self._piece, self._store)

    def file(self, unit: Unit) -> ArrayPlan:
        """The array that the file of a unit holds."""
        array = self.parts[unit.part].arrays[unit.array]
        return array if unit.shard is None else array.shard(unit.shard)[0]

    def name(self, unit: Unit) -> str:
        """The name of the file of a unit."""
        return self._name or f"{self.file(unit).name}.npy"

    def values(self, unit: Unit) -> tuple[int, int]:
        """The bytes of its file's array that a unit writes."""
        array, head = self.file(unit), self.head(unit)
        return max(unit.first * self._piece - head, 0), max(min(unit.last * self._piece - head, array.bytes), 0)

    def head(self, unit: Unit) -> int:
        """Bytes before the values of its file."""
        return len(header(self.file(unit)))

    def __call__(self, unit: Unit) -> list[bytes]:
        """Write a unit; the digests of its pieces."""
        final = self._folder / self.name(unit)
        if unit.shard is None:
            return self._write(unit, final, "r+b")
        beside = self._folder.parent / f"{os.urandom(8).hex()}.part"  # another worker may be at the same shard
        told = self._write(unit, beside, "xb")
        if self._store is None:
            beside.replace(final)
        else:
            self._send(self._store, self.name(unit), beside)
        return told

    def _send(self, store: Folder, name: str, made: Path) -> None:
        store.put_file(name, made)
        made.unlink(missing_ok=True)
        if not self._folder.exists():  # the run has ended meanwhile, and has taken away what it knew of
            store.remove([name])

    def holds(self, unit: Unit, pieces: list[bytes] | None) -> bool:
        """Whether the bytes of a unit stand in its file, with these digests."""
        path = self._folder / self.name(unit)
        if pieces and self._store is not None:
            told = Digest(self._kind, self._piece)
            for data in self._store.blocks(self.name(unit)):
                told.update(data)
            return told.pieces() == pieces
        if not pieces or not path.is_file() or path.stat().st_size != size_of_file(self.file(unit)):
            return False
        return self._read(unit) == pieces

    def headed(self, unit: Unit) -> list[bytes]:
        """The digests of the first unit of a file, whose values stand there already and get their header now."""
        with open(self._folder / self.name(unit), "r+b", buffering=0) as stream:
            put(stream, header(self.file(unit)))
        return self._read(unit)

    def _read(self, unit: Unit) -> list[bytes]:
        """The digests of the pieces of a unit, as they stand in its file."""
        told = Digest(self._kind, self._piece)
        with open(self._folder / self.name(unit), "rb", buffering=0) as stream:
            stream.seek(unit.first * self._piece)
            left = (unit.last - unit.first) * self._piece
            while left and (data := stream.read(min(left, BLOCK))):
                told.update(data)
                left -= len(data)
        return told.pieces()

    def _write(self, unit: Unit, path: Path, mode: str) -> list[bytes]:
        told = Digest(self._kind, self._piece)
        with open(path, mode, buffering=0) as stream:
            stream.seek(unit.first * self._piece)
            for data in self._bytes(unit):
                told.update(data)
                put(stream, data)
            if self._fsync:
                os.fsync(stream.fileno())
        return told.pieces()

    def _bytes(self, unit: Unit) -> Iterator[memoryview]:
        """What stands in the file there."""
        array = self.file(unit)
        if head := memoryview(header(array))[unit.first * self._piece : unit.last * self._piece]:
            yield head
        for block in self._blocks(unit):
            yield np.ascontiguousarray(block).reshape(-1).view(np.uint8).data

    def _blocks(self, unit: Unit) -> Iterator[Any]:
        """The values of a unit, flat and in their type; where it begins or ends inside one, their bytes."""
        array, part = self.parts[unit.part].arrays[unit.array], self.parts[unit.part]
        low, high = self.values(unit)
        if unit.shard is not None:
            _, first, stop = array.shard(unit.shard)
            blocks = of_samples(array, self._filler(part).stretch, first, stop) if high else iter(())
            yield from (np.ascontiguousarray(block, array.dtype) for block in blocks)
            return
        for at, block in self._filler(part).stretch(array, low, high) if low < high else ():
            solid = np.ascontiguousarray(block, array.dtype).reshape(-1).view(np.uint8)
            yield solid[max(low - at, 0) : high - at]

    def place(self, unit: Unit) -> str:
        """A unit in words: its file, and which samples of which rows it holds."""
        array, (low, high), part = self.file(unit), self.values(unit), self.parts[unit.part]
        row = max(1, array.bytes // max(array.shape[0], 1))
        first, last = low // row, max(-(-high // row), low // row + 1)
        told = f"{self.name(unit)}, {array.axes[0]} {first:,}-{last - 1:,}"
        if array.axes[0] != "samples":
            return told
        before = 0 if unit.shard is None else part.arrays[unit.array].shard(unit.shard)[1]
        starts, _, _ = Filler(part).starts(before + first, before + last)
        ends = np.array([starts.min(), starts.max() + part.frame.span - 1])
        rows = part.panel.source(np.clip(ends, 0, part.panel.rows - 1))
        return f"{told} (rows {int(rows[0]) + 1:,}-{int(rows[1]) + 1:,} of the table)"


def _received(parts: list[Part], folder: Path, kind: str, name: str | None, *rest: Any) -> Writing:
    fsync, piece, store = rest
    made = Writing(parts, folder, kind, name=name, fsync=fsync, piece=piece, store=store)
    made._filler = Brought  # noqa: SLF001 (of this module)
    return made
