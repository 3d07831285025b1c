"""The manifest that an output had if each array were one .npy with a digest: what a run into nothing gives.

Values are compared by digests. Those of shards, of rows that stand once, and of arrays that were written
without are taken anew, as if the array were one file.
"""

from __future__ import annotations

from typing import Any

from lstmprep.audit.files import Files
from lstmprep.audit.stored import lying
from lstmprep.audit.values import digest_of
from lstmprep.series import framed

SETTINGS = ("digest", "shard_size")


def as_written_plainly(made: dict[str, Any], files: Files) -> dict[str, Any]:
    """The manifest of the same values in whole files with digests; the manifest itself where that is what it is.

    Parameters
    ----------
    made : dict
    files : Files
        What lies there.
    """
    recipe, arrays = made["recipe"], made["arrays"]
    views = any("view" in a for a in arrays.values())
    other = views != (recipe.get("store") == "series") or any("of_samples" in a for a in arrays.values())
    if not other and not any(n in recipe for n in SETTINGS) and not any("shards" in a for a in arrays.values()):
        return made
    behind = {n for a in arrays.values() if other and "view" in a for n in (a["view"]["series"], a["view"]["starts"])}
    out = {name: _entry(name, made, files, other=other) for name in arrays if name not in behind}
    gone = (*SETTINGS, "store") if other else SETTINGS
    return made | {"recipe": {k: v for k, v in recipe.items() if k not in gone}, "arrays": out}


def _entry(name: str, made: dict[str, Any], files: Files, *, other: bool) -> dict[str, Any]:
    """What the manifest would say of an array."""
    about = made["arrays"][name]
    source = about.get("same_as", name)
    view = made["arrays"][source].get("view")
    if view is not None and not other:
        return dict(about)
    if view is not None:
        series, starts = files.array(view["series"]), files.array(view["starts"])
        assert series is not None and starts is not None, "a file that is gone was said already"
        where = files.arrays[view["series"]].file
        digest = digest_of(lying(where, framed(series, starts, about["shape"][1], view["dilation"])))
    else:
        digest = files.digest(source)
    kept = {k: v for k, v in about.items() if k not in ("shards", "view", "digest")}
    return kept | {"digest": digest}
