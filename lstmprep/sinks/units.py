"""Arrays written in units: some pieces of one file, or a whole shard; in any order, by anyone.

    X.npy    | piece 0 | piece 1 | piece 2 | piece 3 | rest |       a piece is what one digest is taken of
    units    |------ 0 ------|------- 1 -------|---- 2 -----|       each writes its bytes and tells its digests
    X-00007.npy                                                     one unit, named once it is whole

Files get their full size first. No two units touch a page of the disk, the digests of the pieces make the
digest of the file, and so neither the order of work nor who does it can be told from the output.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from lstmprep import digest
from lstmprep.arrays import Part
from lstmprep.digest import joined
from lstmprep.engines import MOST_DEATHS, Engine, LostError
from lstmprep.errors import StorageError
from lstmprep.plan import Plan
from lstmprep.sinks.journal import Journal
from lstmprep.sinks.npy import size_of_file
from lstmprep.sinks.staging import Staging
from lstmprep.sinks.writing import Unit, Writing
from lstmprep.wording import counted

MOST_PIECES = 16  # in a unit: about a second of work
UNITS = 32  # of the largest file, before its units grow


def units_of(parts: list[Part]) -> list[Unit]:
    """All units of a plan, array by array."""
    out = []
    for p, part in enumerate(parts):
        for a, array in enumerate(part.arrays):
            if not array.stored:
                continue
            if array.per_shard is not None:
                sizes = [size_of_file(shard) for shard, _, _ in array.shards()]
                out += [Unit(p, a, 0, -(-size // digest.PIECE), k) for k, size in enumerate(sizes)]
                continue
            pieces = -(-size_of_file(array) // digest.PIECE)
            step = min(MOST_PIECES, max(1, pieces // UNITS))
            out += [Unit(p, a, i, min(i + step, pieces)) for i in range(0, pieces, step)]
    return out


def written(
    plan: Plan,
    staging: Staging,
    engine: Engine,
    progress: Callable[[int, int], None] | None,
    *,
    name: str | None = None,
) -> dict[str, str]:
    """Write every array, whoever does it; the digest of every file by the name of its array or shard."""
    kind, journal = plan.recipe.arrays.digest, staging.journal
    noted = "xxh3" if journal is not None and kind == "none" else kind  # what is done must be known again
    fn = Writing(plan.parts, staging.file("").absolute(), noted, name=name, fsync=staging.fsync, store=staging.store)
    told: dict[str, dict[int, bytes]] = {}
    done = 0

    def take(unit: Unit, pieces: list[bytes]) -> None:
        nonlocal done
        told.setdefault(fn.file(unit).name, {}).update(enumerate(pieces, unit.first))
        low, high = fn.values(unit)
        done += high - low
        if progress is not None:
            progress(done, plan.bytes)

    with staging.writing():
        units = units_of(plan.parts)
        if staging.early is not None:
            units = staging.early.rest(plan, fn, units)
        _prepare(fn, units, staging)
        left = units if journal is None else _unfinished(fn, units, journal, take)
        try:
            for unit, pieces in engine.map_unordered(fn, left):
                take(unit, pieces)
                if journal is not None:
                    journal.add(fn.name(unit), unit.first, pieces)
        except LostError as error:
            raise _lost(fn, error) from error
        if staging.early is not None:
            staging.early.hand_over(take)
    return {file: joined(kind, [pieces[k] for k in sorted(pieces)]) for file, pieces in told.items()}


def _unfinished(
    fn: Writing, units: list[Unit], journal: Journal, take: Callable[[Unit, list[bytes]], None]
) -> list[Unit]:
    """The units that an earlier run has not done, or whose bytes are others now."""
    out = []
    for unit in units:
        pieces = journal.done(fn.name(unit), unit.first)
        if pieces is not None and fn.holds(unit, pieces):
            take(unit, pieces)
        else:
            out.append(unit)
    return out


def _prepare(fn: Writing, units: list[Unit], staging: Staging) -> None:
    """Files of their full size, for units to write to; and the folders of shards."""
    made: set[str] = set()
    for unit in units:
        if unit.shard is None and fn.name(unit) not in made:
            made.add(fn.name(unit))
            size, path = size_of_file(fn.file(unit)), staging.file(fn.name(unit))
            if path.is_file():  # an earlier run has made it
                os.truncate(path, size)
                continue
            staging.create(fn.name(unit), lambda stream, size=size: stream.truncate(size))  # type: ignore[misc]
        elif unit.shard == 0:
            with staging.writing():
                staging.file(fn.name(unit)).parent.mkdir(exist_ok=True)


def _lost(fn: Writing, error: LostError) -> StorageError:
    return StorageError(
        f"{fn.place(error.unit)}: this unit ended its worker {counted(MOST_DEATHS, 'time')} ({error.how})",
        fix="It probably ran out of memory: use fewer --workers, or give each worker more.",
    )
