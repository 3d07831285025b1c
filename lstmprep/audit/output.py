"""An output of lstmprep, looked at from its manifest: every claim held against the files.

manifest ── schema, sums ──► arrays ── header, size, digest, values ──► index ── rows ──► leaks
                                                                         └── source ── once more ──► equal?
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.audit.again import find_source, once_more
from lstmprep.audit.claims import Group, agree, groups_of, sane
from lstmprep.audit.expect import Asked, Have, compare
from lstmprep.audit.files import Files, held, opened, undigested
from lstmprep.audit.findings import Checked
from lstmprep.audit.plainly import as_written_plainly
from lstmprep.audit.stored import Stored
from lstmprep.audit.values import codes, file_digest, finite, mask_and_lengths, pad_of, padded_values
from lstmprep.audit.views import view_of_rows
from lstmprep.errors import DataError, LstmprepError
from lstmprep.loaders.files import places
from lstmprep.loaders.mirror import here
from lstmprep.panel import Array
from lstmprep.papers import check_version, read, read_json
from lstmprep.recipe import Recipe
from lstmprep.run import Progress
from lstmprep.taught import effective
from lstmprep.wording import counted, listed


def check_output(
    out: Checked, path: str, want: Asked, table: Any, progress: Progress | None, *, again: bool = True
) -> None:
    """Everything that can be said of an output.

    Parameters
    ----------
    out : Checked
        Where findings go.
    path : str
        Folder, ``.npz``, ``.npy`` or manifest.
    want : Asked
        What a model expects.
    table : path, paths, table or None
        The source, when it is given.
    progress : callable or None
        Called with (phase, done, total).
    again : bool
        Carry out the recipe once more when the source is at hand.

    Raises
    ------
    LstmprepError
        If there is no output, or no manifest that could be read.
    """
    base, manifest_path, index_path = places(path)
    made = read_json(str(manifest_path))
    if "manifest_version" not in made:
        made = read(str(manifest_path))  # which says what it lacks
    check_version(made, str(manifest_path))
    if not sane(made, out):
        return
    agree(made, out)
    try:
        files = _looked_at(base, made, index_path, want, out)
        if again:
            _source(table, base, made, files, out, progress)
    except DataError as error:  # values of other formats are read when they are looked at
        out.found("file", os.path.basename(error.where.file or str(base)), error.what)


def _looked_at(base: Path, made: dict[str, Any], index_path: Path, want: Asked, out: Checked) -> Files:
    """The files, held against a manifest that agrees with itself."""
    files = opened(base, made, out)
    for group in groups_of(list(made["arrays"])):
        _group(group, made, files, out)
    if not out.findings:
        shapes = ", ".join(f"{n} {tuple(a['shape'])}" for n, a in made["arrays"].items())
        out.proved.insert(0, f"arrays: {shapes}, as the manifest says")
    _rows(index_path, made, files, out)
    _fills(made, out)
    _model(made, want, out)
    return files


def _group(group: Group, made: dict[str, Any], files: Files, out: Checked) -> None:
    """The values of the arrays of one part."""
    pad, side = pad_of(made)
    mask_name, lengths_name = group.name("mask"), group.name("lengths")
    mask, lengths = files.array(mask_name), files.array(lengths_name)
    if mask is not None and lengths is not None and mask.ndim == 2 and len(mask) == len(lengths):
        mask_and_lengths(mask_name or "mask", mask, lengths, side, out)
    before = len(out.findings)
    checked = []
    for role, name in group.arrays.items():
        one, about = files.arrays.get(name), made["arrays"][name]
        if "view" in about:
            _view(name, about, files, out)
            checked.append(name)
        if one is None or about.get("same_as") is not None or role == "series":
            continue
        if one.dtype.kind == "f":
            checked.append(name)
        if role == "X" and mask is not None and mask.ndim == 2:
            padded_values(name, one, about["axes"], mask, pad, out)
        elif role == "y" and one.dtype == np.int64:
            codes(name, one, len(made["classes"] or []), out)
        else:
            finite(name, one, out, None if np.isfinite(pad) or mask is None else _unpadded(one, mask, about["axes"]))
    if len(out.findings) == before and checked:
        words = f"values: {listed(checked)} finite"
        out.proved.append(
            words + (", padding and mask and lengths agree" if mask is not None and lengths is not None else "")
        )


def _view(name: str, about: dict[str, Any], files: Files, out: Checked) -> None:
    series, starts = (files.arrays.get(about["view"][n]) for n in ("series", "starts"))
    if series is None or starts is None or starts.dtype != np.int64 or series.fortran:
        out.found("shape", f"manifest.arrays.{name}", "what it is a view of could not be opened")
        return
    view_of_rows(name, about, series, starts, out)


def _unpadded(one: Stored, mask: Array, axes: list[str]) -> Callable[[int, Array], Array]:
    """Which values of y and its like must be finite although the pad value is not: those of samples that are real."""
    per = max(1, one.count // max(1, len(mask)))
    steps_first = axes[0] == "timesteps"

    def allowed(i: int, bad: Array) -> Array:
        at = np.arange(i, i + len(bad))
        sample = at // max(1, one.count // max(1, one.shape[0] * len(mask))) % len(mask) if steps_first else at // per
        real = mask[np.minimum(sample, len(mask) - 1)]
        return np.asarray(bad & real.all(axis=1))

    return allowed


def _rows(index: Path, made: dict[str, Any], files: Files, out: Checked) -> None:
    recipe = _recipe(made)
    if recipe is None:
        return
    if recipe.framing.tabular:  # its rows say themselves where they are from
        return
    if not recipe.arrays.index:
        out.open.append("rows and leaks (written with --no-index)")
        return
    if index.is_symlink() or not here(index).is_file():
        out.found(
            "gone",
            index.name,
            "the index is gone" if not index.is_symlink() else "this is a symbolic link, which an output never has",
        )
        return
    about = made.get("index")
    if about is None or ("digest" not in about and not undigested(made)):
        out.found("index", "manifest", f"it does not describe {index.name}")
    else:
        held(index.name, about, made, out, lambda kind: file_digest(index, kind))
    from lstmprep.audit.rows import check_index

    steps = {g.part: a for g in groups_of(list(made["arrays"])) if (a := files.array(g.name("lengths"))) is not None}
    check_index(index, made, recipe, steps, out)


def _fills(made: dict[str, Any], out: Checked) -> None:
    """Flag values that were filled from rows behind them."""
    grid = made["order"].get("grid") or {}
    filled = {
        "--missing interpolate": sum((made["missing"].get("filled") or {}).values()),
        "--fill linear": sum((grid.get("filled") or {}).values()),
    }
    asked = {
        "--missing interpolate": made["missing"].get("policy") == "interpolate",
        "--fill linear": grid.get("fill") == "linear",
    }
    for how, count in filled.items():
        if asked[how] and count:
            out.flagged.append(
                f"look-ahead: {how} filled {counted(count, 'value')} from later rows, as no live prediction can"
            )


def _recipe(made: dict[str, Any]) -> Recipe | None:
    try:
        return effective(made)
    except LstmprepError:  # said already
        return None


def _model(made: dict[str, Any], want: Asked, out: Checked) -> None:
    """Every X against what the model expects."""
    tabular = any("columns" in a for a in made["arrays"].values())
    for group in groups_of(list(made["arrays"])) if not tabular else ():
        x, y = group.name("X"), group.name("y")
        if x is None:
            continue
        arrays = made["arrays"]
        compare(
            want,
            Have(
                x, tuple(arrays[x]["shape"]), y, tuple(arrays[y]["shape"]) if y else None, made["feature_names"],
                len(made["classes"]) if made["classes"] else None, bool(y) and arrays[y]["dtype"] == "int64", made["recipe"], made["command"],
            ),
            out,
        )  # fmt: skip


def _source(
    table: Any, base: Path, made: dict[str, Any], files: Files, out: Checked, progress: Progress | None
) -> None:
    """The recipe once more on the source, when it is at hand."""
    recipe = _recipe(made)
    if recipe is None or out.findings:
        return
    given = table is not None
    source = table if given else find_source(made, base)
    if source is None:
        out.open.append("statistics and values against the source (it is not at hand: --table FILE)")
        return
    plain = as_written_plainly(made, files)
    if plain is not made:
        made, recipe = plain, effective(plain)
    once_more(source, made, recipe, out, given=given, progress=progress)
