"""An output of lstmprep, looked at from its manifest: every claim held against the files.

manifest ── schema, sums ──► arrays ── header, size, digest, values ──► index ── rows ──► leaks
                                                                         └── source ── once more ──► equal?
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lstmprep.audit.again import find_source, once_more
from lstmprep.audit.claims import Group, agree, groups_of, sane
from lstmprep.audit.expect import Asked, Have, compare
from lstmprep.audit.findings import Checked
from lstmprep.audit.stored import BrokenError, Stored, stored
from lstmprep.audit.values import codes, digest_of, file_digest, finite, mask_and_lengths, pad_of, padded_values
from lstmprep.audit.views import view_of_rows
from lstmprep.errors import LstmprepError
from lstmprep.loaders.files import places
from lstmprep.panel import Array
from lstmprep.papers import check_version, read, read_json
from lstmprep.recipe import Recipe
from lstmprep.run import Progress
from lstmprep.taught import effective
from lstmprep.wording import counted, listed, quoted, shown


@dataclass(eq=False)
class Files:
    """The arrays of an output that could be opened."""

    arrays: dict[str, Stored]

    def array(self, name: str | None) -> Array | None:
        """The values of one, in their shape."""
        found = self.arrays.get(name or "")
        return None if found is None else found.array()


def check_output(out: Checked, path: str, want: Asked, table: Any, progress: Progress | None) -> None:
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

    Raises
    ------
    LstmprepError
        If there is no output, or no manifest that could be read.
    """
    base, manifest_path, index_path = places(Path(path))
    made = read_json(str(manifest_path))
    if "manifest_version" not in made:
        made = read(str(manifest_path))  # which says what it lacks
    check_version(made, str(manifest_path))
    if not sane(made, out):
        return
    agree(made, out)
    files = _files(base, made, out)
    for group in groups_of(list(made["arrays"])):
        _group(group, made, files, out)
    if not out.findings:
        shapes = ", ".join(f"{n} {tuple(a['shape'])}" for n, a in made["arrays"].items())
        out.proved.insert(0, f"arrays: {shapes}, as the manifest says")
    _rows(index_path, made, files, out)
    _model(made, want, out)
    _source(table, base, made, out, progress)


def _files(base: Path, made: dict[str, Any], out: Checked) -> Files:
    """Open what the manifest names: headers, sizes, digests."""
    found: dict[str, Stored] = {}
    told = 0
    for name, about in made["arrays"].items():
        if "view" in about or ("same_as" in about and "file" not in about):
            continue
        where = shown(about.get("file", name))
        if where.endswith((".csv", ".parquet")) and "columns" in about:  # a table of rows, not an array
            told += _table(base, name, about, out)
            continue
        one = _opened(base, name, about, out)
        if one is None:
            continue
        if about.get("same_as") is None and "digest" in about:
            if digest_of(one) != about["digest"]:
                out.found(
                    "digest", _named(where, name), "its bytes are not those that were written (the digest differs)"
                )
            else:
                told += 1
        found[name] = one
    if told and not out.findings:
        out.proved.append(f"digests: {counted(told, 'array')}, byte for byte what was written")
    return Files(found)


def _table(base: Path, name: str, about: dict[str, Any], out: Checked) -> int:
    """Hold a lagged table against its digest; 1 when it is what was written."""
    path = _place(base, name, about, out)
    if path is None:
        return 0
    if file_digest(path) != about.get("digest"):
        out.found("digest", shown(path.name), "its bytes are not those that were written (the digest differs)")
        return 0
    return 1


def _named(file: str, name: str) -> str:
    return f"{file}, {name}" if file.endswith(".npz") else file


def _place(base: Path, name: str, about: dict[str, Any], out: Checked) -> Path | None:
    """Where a file lies, when it is there and inside the output."""
    file = about.get("file", "")
    where = _named(shown(file), name)
    parts = Path(file).parts
    path: Path = base / file
    if (
        not file
        or os.path.isabs(file)
        or len(parts) > 2
        or any(p in ("..", ".") or "\\" in p or "\0" in p for p in parts)
    ):
        out.found(
            "path",
            f"manifest.arrays.{name}",
            f"{quoted(file)} is no file of the output",
            "Nothing outside the folder of an output is read: write the output again.",
        )
        return None
    if path.is_symlink() or (len(parts) == 2 and path.parent.is_symlink()):
        out.found("path", where, "this is a symbolic link, which an output never has")
        return None
    if not path.is_file():
        out.found("gone", where, "the file is gone")
        return None
    return path


def _opened(base: Path, name: str, about: dict[str, Any], out: Checked) -> Stored | None:
    path = _place(base, name, about, out)
    if path is None:
        return None
    where = _named(shown(about["file"]), name)
    try:
        one = stored(path, about.get("same_as", name) if path.suffix == ".npz" else None)
    except BrokenError as error:
        out.found("file", where, str(error))
        return None
    except OSError as error:
        out.found("file", where, f"it cannot be read: {(error.strerror or str(error)).lower()}")
        return None
    if list(one.shape) != about["shape"] or str(one.dtype) != about["dtype"] or one.fortran:
        out.found(
            "shape",
            where,
            f"it holds {one.shape} {one.dtype}, and the manifest says {tuple(about['shape'])} {about['dtype']}",
        )
        return None
    return one


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
    if index.is_symlink() or not index.is_file():
        out.found(
            "gone",
            index.name,
            "the index is gone" if not index.is_symlink() else "this is a symbolic link, which an output never has",
        )
        return
    about = made.get("index")
    if about is None or "digest" not in about:
        out.found("index", "manifest", f"it does not describe {index.name}")
    elif file_digest(index) != about.get("digest"):
        out.found("digest", index.name, "its bytes are not those that were written (the digest differs)")
    from lstmprep.audit.rows import check_index

    steps = {g.part: a for g in groups_of(list(made["arrays"])) if (a := files.array(g.name("lengths"))) is not None}
    check_index(index, made, recipe, steps, out)


def _recipe(made: dict[str, Any]) -> Recipe | None:
    try:
        return effective(made)
    except LstmprepError:  # said already
        return None


def _model(made: dict[str, Any], want: Asked, out: Checked) -> None:
    """Every X against what the model expects."""
    for group in groups_of(list(made["arrays"])) if "columns" not in made["arrays"].get("X", {}) else ():
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


def _source(table: Any, base: Path, made: dict[str, Any], out: Checked, progress: Progress | None) -> None:
    """The recipe once more on the source, when it is at hand."""
    recipe = _recipe(made)
    if recipe is None or out.findings:
        return
    given = table is not None
    source = table if given else find_source(made, base)
    if source is None:
        out.open.append("statistics and values against the source (it is not at hand: --table FILE)")
        return
    once_more(source, made, recipe, out, given=given, progress=progress)
