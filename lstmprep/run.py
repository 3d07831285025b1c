"""One run of a recipe: read, plan, write; and nothing half-done is left.

    recipe + place -> target refused or staged -> ingest -> plan -> sinks -> manifest -> published

What one run adds to a recipe (where to, overwrite, dry run) is a `Place`; what came of it is `Done`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import field
from typing import TYPE_CHECKING, Any

import lstmprep
from lstmprep.digest import PIECE
from lstmprep.engines import Engine, engine_of
from lstmprep.errors import StorageError
from lstmprep.ingest import Ingested
from lstmprep.manifest import About, Files, dumps, manifest, without_places
from lstmprep.notes import notes_of
from lstmprep.place import Place
from lstmprep.plan import Plan
from lstmprep.planning import planned
from lstmprep.recipe import Recipe, to_flat
from lstmprep.records import record
from lstmprep.sinks import (
    WRITERS,
    Staging,
    file_names,
    indexing,
    recipe_at,
    require_kind,
    require_pieces,
    staging_of,
    target_of,
    to_memory,
    to_stream,
    told_names,
)  # fmt: skip
from lstmprep.sinks.brought import files_brought
from lstmprep.sinks.carried import carried_bytes
from lstmprep.sinks.ready import Ready
from lstmprep.sinks.staging import writing
from lstmprep.sources.finding import require_inputs
from lstmprep.taught import Taught
from lstmprep.timefacts import filled, rhythm, span
from lstmprep.timenotes import spacing_note
from lstmprep.wording import size_of

if TYPE_CHECKING:
    from lstmprep.sinks.early import Early
    from lstmprep.sinks.gathered import Gathered

__all__ = ["Done", "Place", "Progress", "index_of", "planned", "run", "table_of"]

Progress = Callable[[str, int, int], None]
IN_MEMORY = 256 << 20
LONG = 32 << 20  # bytes of a table from which it pays to write while it is read
INDEX_BYTES = 80  # of one sample at the most, for the check of the disk


@record(eq=False)
class Done:
    """A finished run: the plan, what was read, the manifest, the files."""

    plan: Plan
    read: Ingested
    manifest: dict[str, Any]
    files: list[str] = field(default_factory=list)
    arrays: dict[str, Any] | None = None


def run(
    data: Any, recipe: Recipe, place: Place, progress: Progress | None = None, taught: Taught | None = None
) -> Done:
    """Carry out a recipe: read, plan, write.

    Parameters
    ----------
    data : path, paths or table
    recipe : Recipe
    place : Place
        Where to, and how.
    progress : callable or None
        Called with (phase, done, total).

    Returns
    -------
    Done

    Raises
    ------
    LstmprepError
        Nothing is left under the output's name then.
    """
    paths = [
        os.fspath(p)
        for p in ([data] if isinstance(data, (str, os.PathLike)) else data if isinstance(data, (list, tuple)) else [])
        if isinstance(p, (str, os.PathLike))
    ]
    if place.output is None or place.stream is not None:
        return _unstaged(data, recipe, place, progress, taught)
    require_inputs(paths)
    recipe = recipe_at(recipe, place.output)
    target = target_of(
        place.output,
        [*paths, *recipe.second_tables.values()],
        overwrite=place.overwrite,
        dry_run=place.dry_run,
        tabular=recipe.framing.tabular,
        resume=place.resume,
    )
    if place.dry_run:
        with writing(None, "keep rows there"):
            plan, read = planned(data, recipe, place.shelf(), _phase(progress, "reading"), taught)
        require_kind(plan, target.kind, place.output, applied=taught is not None)
        return Done(plan, read, _manifest(plan, read, None, None, source_digests=False, taught=taught))
    require_pieces(place.engine, target.kind, place.output, resume=place.resume)
    engine = engine_of(place.engine, place.workers, place.scheduler, place.scheduler_file)
    with closing(engine), staging_of(target, fsync=place.fsync, resume=place.resume) as staging:
        engine.preflight(Ready(staging.folder.absolute(), store=staging.store))
        return _staged(data, recipe, place, staging, progress, taught, engine, paths)


def _unstaged(data: Any, recipe: Recipe, place: Place, progress: Progress | None, taught: Taught | None) -> Done:
    """In memory, on standard output, or only planned."""
    require_pieces(place.engine, "-" if place.stream is not None else "", "-", resume=place.resume)
    shelf = place.shelf(limit=1 << 20 if place.stream is not None or place.dry_run else IN_MEMORY)
    with writing(None, "keep rows there"):
        plan, read = planned(data, recipe, shelf, _phase(progress, "reading"), taught)
    if place.stream is not None:
        require_kind(plan, "stream" if len(plan.arrays) > 1 else "npy", "-", applied=taught is not None)
    if place.dry_run:
        return Done(plan, read, _manifest(plan, read, None, None, source_digests=False, taught=taught))
    for source in read.sources:
        source.require_unchanged()
    if place.stream is None:
        _require_memory(plan)
        arrays = to_memory(plan)
        return Done(plan, read, _manifest(plan, read, None, None, source_digests=True, taught=taught), arrays=arrays)
    digests = to_stream(plan, place.stream, _phase(progress, "writing"), table=place.table)
    place.stream.flush()
    return Done(plan, read, _manifest(plan, read, None, digests, source_digests=True, taught=taught))


def _staged(
    data: Any,
    recipe: Recipe,
    place: Place,
    staging: Staging,
    progress: Progress | None,
    taught: Taught | None,
    engine: Engine,
    paths: list[str],
) -> Done:
    target = staging.target
    indexed = recipe.arrays.index and not recipe.framing.tabular  # the rows of a table say where they are from
    shelf = place.shelf(str(staging.folder))
    shelf.apart = place.engine != "local"
    shelf.hands = engine if shelf.apart and taught is None else None
    alone = place.engine == "local" and place.workers != 1 and not place.resume
    if alone and taught is None:
        shelf.follower = staging.early = _early(paths, recipe, staging)
    with writing(target):
        plan, read = planned(data, recipe, shelf, _phase(progress, "reading"), taught)
    require_kind(plan, target.kind, place.output or "", applied=taught is not None)
    beside = carried_bytes(plan.parts) if shelf.apart else 0
    if shelf.apart and (read_by_workers := files_brought(plan.parts)):
        from lstmprep.sources.again import Seeing

        engine.preflight(Seeing(read_by_workers))
    staging.require_room(plan.bytes + plan.samples * INDEX_BYTES * indexed, beside, recipe.arrays.shard_size)
    staging.note(_about(plan, read))
    files = file_names(plan, target.kind, target.path.name)
    staging.begin([name for held in files.values() for name in ([held] if isinstance(held, str) else held)])
    time_type = read.clock.arrow_type() if read.clock else None
    beside_x = indexed and alone and staging.store is None and plan.bytes > LONG
    with indexing(plan, time_type, staging, beside=beside_x) as to_index:
        digests = WRITERS[target.kind](plan, staging, _phase(progress, "writing"), engine)
        index = to_index() if indexed else None
    names = told_names(files) + ["index.parquet"] * indexed
    made = _manifest(plan, read, files, digests, source_digests=True, index=index, taught=taught)
    staging.create("manifest.json", lambda stream: stream.write(dumps(made).encode()))
    names.append("manifest.json")
    for source in read.sources:
        source.require_unchanged()
    staging.publish(names)
    shown = (
        names
        if target.kind == "folder"
        else [names[0], *([target.index.name] if indexed else []), target.manifest.name]
    )
    return Done(plan, read, made, shown)


def _early(paths: list[str], recipe: Recipe, staging: Staging) -> Early | Gathered | None:
    """Who writes windows while rows are still read, where files are long enough to be worth it."""
    if sum(os.path.getsize(p) for p in paths if os.path.isfile(p)) <= LONG:
        return None
    from lstmprep.sinks.early import early_at

    return early_at(recipe, staging)


def _manifest(
    plan: Plan,
    read: Ingested,
    files: Files | None,
    digests: dict[str, str] | None,
    *,
    source_digests: bool,
    index: str | None = None,
    taught: Taught | None = None,
) -> dict[str, Any]:
    clock = read.clock
    sources = _sources(read, digests=source_digests)
    order = {
        "time": list(read.roles.time), "kind": clock.kind if clock else None, "unit": clock.unit if clock and clock.kind == "instant" else None,
        "zone": ("UTC" if clock.aware else None) if clock and clock.kind == "instant" else None, "rows_out_of_order": read.out_of_order,
        "sorted": bool(read.out_of_order), "on_duplicate": plan.recipe.order.on_duplicate if clock else None,
        "shuffled": plan.recipe.batching.shuffle, "stateful": plan.recipe.batching.stateful, **rhythm(plan.recipe, read),
    }  # fmt: skip
    cells = {n: f.missing - f.odd.count for n, f in read.facts.items() if f.missing and n not in read.roles.unread}
    missing = {
        "policy": plan.recipe.order.missing,
        "cells": cells,
        "rows": plan.missing_rows,
        "samples_left_out": plan.dropped,
        **filled(plan.recipe, read),
    }
    about = About(
        sources,
        read.feature_names,
        read.target_names,
        read.classes,
        read.categories,
        order,
        missing,
        span(read) if clock is not None else None,
        [*(spacing_note(read, taught) if taught else []), *notes_of(plan, read)],
        index,
        taught,
        read.vocabulary,
    )
    return manifest(plan, about, files, digests)


def _sources(read: Ingested, *, digests: bool) -> list[dict[str, Any]]:
    """The tables that were read."""
    out = []
    for part in read.source_parts():
        entry: dict[str, Any] = {"name": part.name, "format": part.format, "rows": part.rows, "bytes": part.bytes}
        out.append(entry | ({"digest": digest} if digests and (digest := part.digest()) else {}))
    return out


def _about(plan: Plan, read: Ingested) -> dict[str, Any]:
    """What tells one plan from another, for a run that may be finished by a later one."""
    return {
        "lstmprep": lstmprep.__version__,
        "recipe": to_flat(without_places(plan.recipe)),
        "source": _sources(read, digests=True),
        "arrays": [[a.name, list(a.shape), a.dtype.str] for a in plan.arrays],
        "fitted": plan.fitted,
        "piece": PIECE,
    }


def index_of(plan: Plan, read: Ingested) -> Any:
    """The index of a plan, in memory: a `pyarrow.Table`."""
    from lstmprep.sinks.index import as_table

    return as_table(plan, read.clock.arrow_type() if read.clock else None)


def table_of(plan: Plan) -> Any:
    """The rows of a plan that is a table, in memory: a `pyarrow.Table`."""
    from lstmprep.sinks.table import as_table

    return as_table(plan)


def _phase(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(name, done, total)


def _require_memory(plan: Plan) -> None:
    """Refuse arrays that memory cannot hold, before they are made."""
    try:
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return
    if plan.bytes > free:
        raise StorageError(
            f"the arrays need {size_of(plan.bytes)} of memory and the machine has {size_of(free)}",
            fix="Write them to disk with output=..., and load() them as memory maps.",
        )
