"""Where arrays go. The register: one function per kind of output.

folder   X.npy, y.npy, ..., index.parquet, manifest.json; with shards X-00000.npy, X-00001.npy, ...
URL      the same, in shards always
npz      NAME.npz, NAME.index.parquet, NAME.manifest.json
npy      NAME.npy (X alone), and the two beside it
csv, parquet  NAME.csv, NAME.parquet: the rows of a lagged table, and NAME.manifest.json
-        .npy (X alone), .npz or CSV on standard output
memory   NumPy arrays
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan
from lstmprep.engines import Engine
from lstmprep.errors import RecipeError
from lstmprep.execute import execute
from lstmprep.manifest import Files
from lstmprep.panel import Array
from lstmprep.plan import Plan
from lstmprep.recipe import Recipe
from lstmprep.scratch import MANY, give_back
from lstmprep.sinks.npy import write_npy
from lstmprep.sinks.staging import Staging
from lstmprep.sinks.target import Target
from lstmprep.sinks.units import written
from lstmprep.sources.ahead import aside
from lstmprep.urls import is_away, is_url, local_path
from lstmprep.wording import listed, quoted, shown

Progress = Callable[[int, int], None]
Digests = dict[str, str]
PIECES = ("", "folder", "npy")  # kinds of output that can be written in any order; memory is nobody else's


def require_kind(plan: Plan, kind: str, name: str, *, applied: bool = False) -> None:
    """Refuse arrays that a single .npy cannot hold, and shards outside a folder (`applied`: nobody asked for them here)."""
    if plan.recipe.arrays.shard_size is not None and kind != "folder" and not applied:
        raise RecipeError(
            f"--shard-size makes several files of an array, and {quoted(name)} is one place for all",
            fix="Write a folder with -o NAME/, or leave --shard-size out.",
        )
    arrays = [a.name for a in plan.arrays if a.stored]
    if kind == "npy" and len(arrays) > 1:
        stem = shown(name.removesuffix(".npy"))
        if plan.recipe.framing.tabular:
            raise RecipeError(
                f"a .npy file holds one array, and the split makes {len(arrays)}: {listed(arrays)}",
                fix=f"Write {stem}.csv or {stem}.parquet: their column split says which part a row belongs to.",
            )
        raise RecipeError(
            f"a .npy file holds one array, and there are {len(arrays)}: {listed(arrays)}",
            fix=f"Write {stem}.npz, or the folder {stem}/ (y stands beside X there).",
        )


def require_pieces(engine: str, kind: str, name: str, *, resume: bool = False) -> None:
    """Refuse an output that only one hand can write at one time, when several are asked for, or several times."""
    if (engine == "local" and not resume) or kind in PIECES:
        return
    stem = shown(name.removesuffix(".npz"))
    ways = {
        "npz": f"Write the folder {stem}/ instead",
        "csv": "Write NAME.npy, the numbers alone,",
        "parquet": "Write NAME.npy, the numbers alone,",
    }
    asked = f"--engine {engine}" if engine != "local" else "--resume"
    raise RecipeError(
        f"{asked} writes files piece by piece, and {'standard output' if kind == '-' else shown(name)} is one stream",
        fix=f"{ways.get(kind, 'Give -o the name of a folder')} or leave {asked.split(maxsplit=1)[0]} out.",
    )


def file_names(plan: Plan, kind: str, name: str) -> Files:
    """The file of each array, as the manifest names it; a list where it is cut into several."""
    kept = {a.name: a for a in plan.arrays if a.stored}
    held = [(a.name, a.same_as or a.name) for a in plan.arrays]
    out: Files = {}
    for array, at in held:
        if at in kept and kept[at].per_shard is not None and kind == "folder":
            out |= {array: [f"{s.name}.npy" for s, _, _ in kept[at].shards()]} if array == at else {}
        elif at in kept:
            out[array] = f"{at}.npy" if kind == "folder" else name
    return out


def told_names(files: Files) -> list[str]:
    """The files for a person, each once; shards by the first and the last of them."""
    told = [f if isinstance(f, str) else f[0] if len(f) == 1 else f"{f[0]}..{f[-1]}" for f in files.values()]
    return list(dict.fromkeys(told))


def to_folder(plan: Plan, staging: Staging, progress: Progress | None, engine: Engine) -> Digests:
    """One .npy file per array, or one per shard."""
    return written(plan, staging, engine, progress)


def to_npy(plan: Plan, staging: Staging, progress: Progress | None, engine: Engine) -> Digests:
    """X alone, under the output's own name."""
    return written(plan, staging, engine, progress, name=staging.target.path.name)


def to_index(plan: Plan, time_type: Any, staging: Staging, stopped: Event | None = None) -> str:
    """index.parquet; its digest. Who has another thread make it may stop it in the middle."""
    from lstmprep.sinks.index import write_index

    if plan.samples > MANY:
        give_back()
    digest: list[str] = []
    staging.create("index.parquet", lambda stream: digest.append(write_index(stream, plan, time_type, stopped)))
    return digest[0]


@contextmanager
def indexing(plan: Plan, time_type: Any, staging: Staging, *, beside: bool) -> Iterator[Callable[[], str]]:
    """Make index.parquet while something else is written, or afterwards; what is given waits for it and tells its digest.

    Parameters
    ----------
    plan : Plan
    time_type : pyarrow.DataType or None
        Of the times in it.
    staging : Staging
    beside : bool
        Whether a second core may work on it. When the block inside fails, the index is left as it is.
    """
    stopped = Event()
    made = aside(lambda: to_index(plan, time_type, staging, stopped)) if beside else lambda: None

    def told() -> str:
        digest = made()
        if digest is None and beside:  # refused: once more, and now it is told why
            staging.file("index.parquet").unlink(missing_ok=True)
        return to_index(plan, time_type, staging) if digest is None else digest

    try:
        yield told
    except BaseException:
        stopped.set()
        made()
        raise


def to_npz(plan: Plan, staging: Staging, progress: Progress | None, _: Engine) -> Digests:
    """All arrays in one zip file, stored as they are."""
    digests: Digests = {}
    staging.create(staging.target.path.name, lambda stream: digests.update(write_npz(stream, plan, progress)))
    return digests


def write_npz(stream: Any, plan: Plan, progress: Progress | None = None) -> Digests:
    """A zip of .npy members, written as a stream; `numpy.load` reads it."""
    import zipfile

    digests: Digests = {}
    kind = plan.recipe.arrays.digest
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as zipped:

        def write(array: ArrayPlan, blocks: Iterator[Array]) -> None:
            member = zipfile.ZipInfo(f"{array.name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            with zipped.open(member, "w", force_zip64=True) as inside:
                digests[array.name] = write_npy(inside, array, blocks, kind)

        execute(plan, write, progress)
    return digests


def to_csv(plan: Plan, staging: Staging, progress: Progress | None, _: Engine) -> Digests:
    """The rows of a lagged table as CSV."""
    from lstmprep.sinks.table import write_csv

    return _one_file(staging, plan, lambda stream: write_csv(stream, plan, progress))


def to_parquet(plan: Plan, staging: Staging, progress: Progress | None, _: Engine) -> Digests:
    """The rows of a lagged table as Parquet."""
    from lstmprep.sinks.table import write_parquet

    return _one_file(staging, plan, lambda stream: write_parquet(stream, plan, progress))


def _one_file(staging: Staging, plan: Plan, fill: Callable[[Any], str]) -> Digests:
    """The parts of a split lie in one file, and have its digest."""
    found: list[str] = []
    staging.create(staging.target.path.name, lambda stream: found.append(fill(stream)))
    return {array.name: found[0] for array in plan.arrays}


def to_stream(plan: Plan, stream: Any, progress: Progress | None, *, table: str = "csv") -> Digests:
    """A table as CSV, or what else `table` says; X as .npy when it stands alone, else all arrays as .npz."""
    if plan.recipe.framing.tabular and table != "npy":
        from lstmprep.sinks.table import write_csv, write_parquet

        digest = (write_parquet if table == "parquet" else write_csv)(stream, plan, progress)
        return {array.name: digest for array in plan.arrays}
    if len([a for a in plan.arrays if a.stored]) > 1:
        return write_npz(stream, plan, progress)
    digests: Digests = {}
    kind = plan.recipe.arrays.digest
    execute(plan, lambda array, blocks: digests.update({array.name: write_npy(stream, array, blocks, kind)}), progress)
    return digests


def to_memory(plan: Plan) -> dict[str, Array]:
    """NumPy arrays by name."""
    out: dict[str, Array] = {}

    def write(array: ArrayPlan, blocks: Iterator[Array]) -> None:
        flat = np.empty(int(np.prod(array.shape, dtype=object)), array.dtype)
        at = 0
        for block in blocks:
            flat[at : at + block.size] = block.reshape(-1)
            at += block.size
        out[array.name] = flat.reshape(array.shape)

    execute(plan, write)
    for array in plan.arrays:
        if array.same_as in out:
            out[array.name] = out[array.same_as]
    return out


def recipe_at(recipe: Recipe, output: str | None) -> Recipe:
    """The recipe of an output at a place: behind a URL there are shards alone."""
    if output is None or not is_away(output):
        return recipe
    from lstmprep.sinks.away import in_shards

    return in_shards(recipe, output)


def target_of(output: str, inputs: list[str], *, kind: str | None = None, tabular: bool = False, **how: bool) -> Target:
    """Where an output goes: a place of this machine, or a folder behind a URL."""
    if not is_away(output):
        return Target(local_path(output) if is_url(output) else output, inputs, kind=kind, tabular=tabular, **how)
    from lstmprep.sinks.away import AwayTarget

    return AwayTarget(output, inputs, **how)


def staging_of(target: Target, *, fsync: bool, resume: bool = False) -> Staging:
    """Where it is made."""
    if target.store is None:
        return Staging(target, fsync=fsync, resume=resume)
    from lstmprep.sinks.away import Away, AwayTarget

    assert isinstance(target, AwayTarget)
    return Away(target, fsync=fsync, resume=resume)


WRITERS: dict[str, Callable[[Plan, Staging, Progress | None, Engine], Digests]] = {
    "folder": to_folder,
    "npz": to_npz,
    "npy": to_npy,
    "csv": to_csv,
    "parquet": to_parquet,
}
__all__ = [
    "WRITERS", "Staging", "Target", "file_names", "indexing", "recipe_at", "require_kind", "require_pieces", "staging_of", "target_of", "to_memory", "to_stream",
    "told_names",
]  # fmt: skip
