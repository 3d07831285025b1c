"""Where arrays go. The register: one function per kind of output.

folder   X.npy, y.npy, ..., index.parquet, manifest.json
npz      NAME.npz, NAME.index.parquet, NAME.manifest.json
npy      NAME.npy (X alone), and the two beside it
csv, parquet  NAME.csv, NAME.parquet: the rows of a lagged table, and NAME.manifest.json
-        .npy (X alone), .npz or CSV on standard output
memory   NumPy arrays
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lstmprep.arrays import ArrayPlan
from lstmprep.errors import RecipeError
from lstmprep.execute import execute
from lstmprep.panel import Array
from lstmprep.plan import Plan
from lstmprep.sinks.npy import write_npy
from lstmprep.sinks.staging import Staging
from lstmprep.sinks.target import Target
from lstmprep.wording import listed, shown

Progress = Callable[[int, int], None]
Digests = dict[str, str]


def require_kind(plan: Plan, kind: str, name: str) -> None:
    """Refuse arrays that a single .npy cannot hold."""
    arrays = [a.name for a in plan.arrays if a.stored]
    if kind == "npy" and len(arrays) > 1:
        stem = shown(name.removesuffix(".npy"))
        raise RecipeError(
            f"a .npy file holds one array, and there are {len(arrays)}: {listed(arrays)}",
            fix=f"Write {stem}.npz, or the folder {stem}/ (y stands beside X there).",
        )


def file_names(plan: Plan, kind: str, name: str) -> dict[str, str]:
    """The file of each array, as the manifest names it."""
    kept = {a.name for a in plan.arrays if a.stored}
    held = [(a.name, a.same_as or a.name) for a in plan.arrays]
    return {array: f"{at}.npy" if kind == "folder" else name for array, at in held if at in kept}


def to_folder(plan: Plan, staging: Staging, progress: Progress | None) -> Digests:
    """One .npy file per array."""
    digests: Digests = {}
    kind = plan.recipe.arrays.digest

    def write(array: ArrayPlan, blocks: Iterator[Array]) -> None:
        staging.create(
            f"{array.name}.npy", lambda stream: digests.update({array.name: write_npy(stream, array, blocks, kind)})
        )

    execute(plan, write, progress)
    return digests


def to_npy(plan: Plan, staging: Staging, progress: Progress | None) -> Digests:
    """X alone, under the output's own name."""
    digests: Digests = {}
    name, kind = staging.target.path.name, plan.recipe.arrays.digest
    execute(
        plan,
        lambda array, blocks: staging.create(
            name, lambda stream: digests.update({array.name: write_npy(stream, array, blocks, kind)})
        ),
        progress,
    )
    return digests


def to_npz(plan: Plan, staging: Staging, progress: Progress | None) -> Digests:
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


def to_csv(plan: Plan, staging: Staging, progress: Progress | None) -> Digests:
    """The rows of a lagged table as CSV."""
    from lstmprep.sinks.table import write_csv

    return _one_file(staging, lambda stream: write_csv(stream, plan, progress))


def to_parquet(plan: Plan, staging: Staging, progress: Progress | None) -> Digests:
    """The rows of a lagged table as Parquet."""
    from lstmprep.sinks.table import write_parquet

    return _one_file(staging, lambda stream: write_parquet(stream, plan, progress))


def _one_file(staging: Staging, fill: Callable[[Any], str]) -> Digests:
    digests: Digests = {}
    staging.create(staging.target.path.name, lambda stream: digests.update(X=fill(stream)))
    return digests


def to_stream(plan: Plan, stream: Any, progress: Progress | None, *, table: str = "csv") -> Digests:
    """A table as CSV, or what else `table` says; X as .npy when it stands alone, else all arrays as .npz."""
    if plan.recipe.framing.tabular and table != "npy":
        from lstmprep.sinks.table import write_csv, write_parquet

        return {"X": (write_parquet if table == "parquet" else write_csv)(stream, plan, progress)}
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


WRITERS: dict[str, Callable[[Plan, Staging, Progress | None], Digests]] = {
    "folder": to_folder,
    "npz": to_npz,
    "npy": to_npy,
    "csv": to_csv,
    "parquet": to_parquet,
}
__all__ = ["WRITERS", "Staging", "Target", "file_names", "require_kind", "to_memory", "to_stream"]
