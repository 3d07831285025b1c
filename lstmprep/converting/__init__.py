"""The same output in another store or format, bit-identical; nothing is made anew.

    arrays as they lie ──► as they shall lie ──► a writer of the format ──► manifest, index as they are
                           windows or rows once
                           whole or in shards

The recipe and all the manifest says of rows, samples and numbers stay; only ``arrays`` tells other files. Back in
the store and format it had, an output is the one that it was, byte for byte.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.agree import check_shards, check_store
from lstmprep.arrays import ArrayPlan, View, sharded
from lstmprep.audit.stored import BrokenError, stored
from lstmprep.audit.trusted import require_schema
from lstmprep.converting.stores import as_series, as_windows, parted
from lstmprep.errors import DataError, RecipeError, Where
from lstmprep.formats import IN_PIECES, NEEDS, ONE_FILE, SUFFIXES, required
from lstmprep.loaders.arrays import array_of, manifest_of, with_views
from lstmprep.loaders.files import damaged, inside, joined, places, refuse_link
from lstmprep.loaders.mirror import here
from lstmprep.manifest import dumps, entry_of
from lstmprep.parts import Arrays, Storing
from lstmprep.records import record
from lstmprep.run import Progress
from lstmprep.sinks import Staging, staging_of, target_of, told_names
from lstmprep.sinks.away import SHARD
from lstmprep.sinks.formats import FORMATS, Given, bytes_of
from lstmprep.sizes import bytes_of as size_in
from lstmprep.taught import effective
from lstmprep.urls import bare, is_away
from lstmprep.wording import listed, quoted, shown


@record(frozen=True, kw_only=True)
class Wanted:
    """How the output shall lie.

    Parameters
    ----------
    store : {"windows", "series"} or None
        None is the one it has.
    to : str or None
        A format; None is what the name says, else npy.
    shard_size : int, str or None
        Bytes of a file at most; None is one file for an array.
    """

    store: str | None = None
    to: str | None = None
    shard_size: int | str | None = None
    overwrite: bool = False
    fsync: bool = False


@record(eq=False)
class Converted:
    """What was written: the manifest, and the files for a person."""

    manifest: dict[str, Any]
    files: list[str]


def written_again(out: str, output: str, wanted: Wanted, progress: Progress | None = None) -> Converted:
    """Write an output again, in another store or format.

    Parameters
    ----------
    out : str
        The output: folder, one file, or manifest.
    output : str
        Where to.
    wanted : Wanted
    progress : callable or None
        Called with (phase, done, total).

    Raises
    ------
    LstmprepError
        Nothing is left under the new name then.
    """
    to, kind = _format(output, wanted.to)
    wanted = _away(output, wanted, to) if is_away(output) else wanted
    made = manifest_of(out)
    require_schema(made, str(places(out)[1]))
    _refuse(made, out, wanted, to)
    base, manifest_path, index_path = places(out)
    target = target_of(output, [out, str(manifest_path)], overwrite=wanted.overwrite, kind=kind)
    with staging_of(target, fsync=wanted.fsync) as staging:
        given = _laid(made, _values(made, base), wanted, staging)
        _require_one(to, kind, given, output)
        staging.require_room(bytes_of(given))
        arrays = [Given(g.plan, g.values, _told(progress, bytes_of(given))) for g in given]
        name = "" if kind == "folder" else target.path.name
        digests_of = made["recipe"].get("digest", "xxh3")
        files, digests = FORMATS[to](staging, [a for a in arrays if a.plan.stored], digests_of, name)
        _require_same(made, given, digests)
        told = told_names(files)
        for g in given:  # what is the same as another array lies in its file
            held = files.get(g.plan.same_as or "")
            files |= {g.plan.name: held} if isinstance(held, str) and g.plan.view is None else {}
        new = made | {"arrays": {g.plan.name: entry_of(g.plan, files, digests) for g in given}}
        if "index" in made:
            with damaged(index_path):
                refuse_link(here(index_path))
                staging.create("index.parquet", lambda stream: _copy(index_path, stream))
        staging.create("manifest.json", lambda stream: stream.write(dumps(new).encode()))
        names = [*told, *(["index.parquet"] if "index" in made else []), "manifest.json"]
        staging.publish(names)
    final = [target.finals[n].name for n in names] if kind != "folder" else names
    return Converted(new, final)


def _format(output: str, to: str | None) -> tuple[str, str]:
    """(format, kind of place) by the name and by what was asked for."""
    suffix = Path(output.rstrip("/")).suffix
    named = SUFFIXES.get(suffix)
    if suffix in (".parquet", ".csv"):
        raise RecipeError(
            f"--output {quoted(output)}: an output is several files in this format",
            fix=f"Give a folder: -o {shown(Path(output).stem)}/ --to parquet.",
        )
    if to is not None and named is not None and to != named:
        raise RecipeError(
            f"--output {quoted(output)} is no name for the format {to}",
            fix="Leave --to out, or give another name with -o.",
        )
    found = to or named or "npy"
    if found in NEEDS:
        required(found)
    return found, suffix[1:] if named is not None and (found in ONE_FILE or found == "npy") else "folder"


def _away(output: str, wanted: Wanted, to: str) -> Wanted:
    """Behind a URL there are shards alone."""
    if to != "npy":
        raise RecipeError(
            f"--output {quoted(bare(output))}: behind a URL an output is a folder of shards, and the format {to} has none",
            fix="Leave --to out, or write to this machine and copy it.",
        )
    return wanted if wanted.shard_size is not None else replace(wanted, shard_size=SHARD)


def _refuse(made: dict[str, Any], out: str, wanted: Wanted, to: str) -> None:
    """What cannot lie like that."""
    recipe = effective(made)
    if recipe.framing.tabular:
        raise RecipeError(
            "this output is a lagged table",
            fix="Write it again with lstmprep lag -o NAME.csv, NAME.parquet or NAME.npy.",
            where=Where(file=out),
        )
    store = _store(made, wanted)
    if store == "series" and recipe.command != "window":
        raise RecipeError(
            f"--store series is for windows, and this output was made by lstmprep {recipe.command}",
            fix="Leave --store out.",
            where=Where(file=out),
        )
    if store == "series" and to in IN_PIECES:
        raise RecipeError(
            f"--store series and the format {to} exclude each other",
            fix="A view of the rows needs them in one piece: add --store windows, or take npy, npz, safetensors or hdf5.",
        )
    check_store(Storing(store=store), recipe.framing, recipe.batching, recipe.layout)
    if wanted.shard_size is not None:
        if to != "npy":
            raise RecipeError(
                f"--shard-size and the format {to} exclude each other",
                fix="Shards are .npy files: leave one of them out.",
            )
        check_shards(Arrays(shard_size=_size(wanted)), Storing(store=store), recipe.framing)


def _store(made: dict[str, Any], wanted: Wanted) -> str:
    held = "series" if any("view" in a for a in made["arrays"].values()) else "windows"
    return wanted.store or held


def _size(wanted: Wanted) -> int | None:
    size = wanted.shard_size
    found = size_in(size, "--shard-size") if isinstance(size, str) else size
    if found is not None and found < 1:
        raise RecipeError(f"--shard-size is {found}", fix="Give a size, for example 256MiB.")
    return found


def _values(made: dict[str, Any], base: Path) -> dict[str, Any]:
    """The arrays as they lie, none of them in memory."""
    arrays: dict[str, Any] = {}
    for name, about in made["arrays"].items():
        if "shards" in about:
            arrays[name] = joined(base, about, name)
        elif "file" in about and "same_as" not in about:
            file = inside(base, about["file"], name)
            with damaged(file):
                arrays[name] = _member(file, name, about) if file.suffix == ".npz" else array_of(file, name, about)
    return with_views(made, arrays)


def _member(file: Path, name: str, about: dict[str, Any]) -> Any:
    try:
        found = stored(file, name)
    except BrokenError as error:
        raise DataError(str(error), fix="Write the output again.") from error
    if list(found.shape) != about["shape"] or str(found.dtype) != about["dtype"] or found.fortran:
        raise DataError(f"{name} is not what the manifest says", fix="Write the output again.")
    return found.array()


def _laid(made: dict[str, Any], values: dict[str, Any], wanted: Wanted, staging: Staging) -> list[Given]:
    """The arrays as they shall lie."""
    given = [Given(_plan(name, about), values[name]) for name, about in made["arrays"].items()]
    store = _store(made, wanted)
    if store == "windows":
        given = as_windows(given)
    elif not any(g.plan.view for g in given):
        given = as_series(given, made, staging)
    size = _size(wanted)
    return given if size is None else _cut(given, size)


def _require_one(to: str, kind: str, given: list[Given], output: str) -> None:
    """Refuse arrays that a single .npy cannot hold."""
    stored_ones = [g.plan.name for g in given if g.plan.stored]
    if to == "npy" and kind != "folder" and len(stored_ones) > 1:
        raise RecipeError(
            f"a .npy file holds one array, and there are {len(stored_ones)}: {listed(stored_ones)}",
            fix=f"Write {shown(Path(output).stem)}.npz, or a folder.",
        )


def _cut(given: list[Given], size: int) -> list[Given]:
    """All arrays of a part cut at the same samples."""
    parts: dict[str, list[ArrayPlan]] = {}
    for g in given:
        parts.setdefault(parted(g.plan.name), []).append(g.plan)
    plans = {p.name: p for part in parts.values() for p in sharded(part, size)}
    return [Given(plans[g.plan.name], g.values) for g in given]


def _plan(name: str, about: dict[str, Any]) -> ArrayPlan:
    view = about.get("view")
    return ArrayPlan(
        name,
        tuple(about["shape"]),
        np.dtype(about["dtype"]),
        about["axes"],
        about.get("same_as"),
        view=View(**view) if view else None,
        of_samples=about.get("of_samples", False),
    )


def _require_same(made: dict[str, Any], given: list[Given], digests: dict[str, str]) -> None:
    """What was read must be what was written once: the digest of an array is the same wherever it lies."""
    for g in given:
        before, now = made["arrays"].get(g.plan.name, {}).get("digest"), digests.get(g.plan.name)
        if before and now and before != now:
            raise DataError(
                f"the bytes of {g.plan.name} are not those that were written (the digest differs)",
                fix="Write the output again; lstmprep check tells what is wrong with it.",
            )


def _copy(path: Path, stream: Any) -> None:
    with path.open("rb") as source:
        shutil.copyfileobj(source, stream, 1 << 20)


def _told(progress: Progress | None, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    done = 0

    def told(size: int) -> None:
        nonlocal done
        done += size
        progress("writing", min(done, total), total)

    return told


__all__ = ["Converted", "Wanted", "written_again"]
