"""Prove an output whole, consistent and free of leaks; say what a model would choke on.

    check OUT                  manifest, arrays, index, and the source when it is at hand
    check X.npy y.npy          header, size and values of arrays without a manifest
    --expect T,F               against the input shape of a model
    --expect-output N          against the units of its last layer

Nothing is changed, nothing is unpickled, and nothing outside the output is read on its word.
"""

from __future__ import annotations

import os
from typing import Any

from lstmprep.audit.expect import asked
from lstmprep.audit.findings import Checked, Finding
from lstmprep.errors import RecipeError, StorageError, Where
from lstmprep.loaders.files import places
from lstmprep.loaders.mirror import forget
from lstmprep.run import Progress
from lstmprep.urls import bare as shown_url
from lstmprep.urls import is_url

__all__ = ["Checked", "Finding", "check"]


def check(
    paths: list[str], *, expect: Any, expect_output: int | None, table: Any, progress: Progress | None = None
) -> Checked:
    """Check an output, or arrays without a manifest; see `lstmprep.api.check`."""
    want = asked(expect, expect_output)
    if not paths:
        raise RecipeError(
            "there is nothing to check", fix="Give an output folder, its .npz, its manifest, or X.npy and y.npy."
        )
    forget()
    out = Checked(shown_url(paths[0]) if len(paths) == 1 else ", ".join(os.path.basename(p) for p in paths))
    if len(paths) == 1 and _has_manifest(paths[0]):
        from lstmprep.audit.output import check_output

        check_output(out, paths[0], want, table, progress)
        return out
    if table is not None:
        raise RecipeError(
            "--table needs an output with a manifest",
            fix="Give the output folder, its .npz or its manifest; or leave --table out.",
        )
    for path in paths:
        _require_array(path)
    from lstmprep.audit.bare import check_bare

    check_bare(out, paths, want)
    return out


def _has_manifest(path: str) -> bool:
    try:
        return places(path)[1].is_file()
    except (OSError, ValueError):
        return False
    except StorageError:
        if is_url(path):  # nothing else than an output is looked for there
            raise
        return False


def _require_array(path: str) -> None:
    """Refuse what is neither an output nor an array."""
    if os.path.isdir(path):
        raise StorageError(
            "there is no output here (no manifest)",
            fix="Give the folder that lstmprep wrote, its .npz, or .npy files.",
            where=Where(file=path),
        )
    if not os.path.exists(path):
        raise StorageError(
            "there is no output and no array of this name",
            fix="Give the folder that lstmprep wrote, its .npz, or .npy files.",
            where=Where(file=path),
        )
    if path.endswith(".json"):
        raise StorageError("this is no manifest", fix="Give the manifest.json of an output.", where=Where(file=path))
