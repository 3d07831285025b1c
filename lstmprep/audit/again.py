"""The recipe once more on the source: the same numbers must come out.

The strongest proof there is: not only digests of files but every value, every fitted number (a mean of
the train rows) and every count is made again from the table, and compared by name.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lstmprep.audit.findings import Checked
from lstmprep.errors import LstmprepError
from lstmprep.recipe import Recipe
from lstmprep.run import Place, Progress, run
from lstmprep.taught import again
from lstmprep.wording import counted, listed, shown

_COMPARED = (
    "fitted",
    "rows",
    "sequences",
    "splits",
    "samples",
    "feature_names",
    "targets",
    "classes",
    "padding",
    "order",
    "missing",
    "arrays",
    "hints",
)


def find_source(made: dict[str, Any], base: Path) -> Any:
    """The inputs by their names, in the working folder or beside the output; None when one of them is not there."""
    second = {
        os.path.basename(str(made["recipe"].get(k)))
        for k in ("labels", "target_file", "sections", "join", "join_asof")
        if made["recipe"].get(k)
    }
    names = [s["name"] for s in made["source"] if os.path.basename(s["name"]) not in second or s is made["source"][0]]
    for folder in (Path(), base, base.parent):
        found = [folder / n for n in names]
        whole = all(
            _plain(n) and p.is_file() and p.stat().st_size == s["bytes"]
            for n, p, s in zip(names, found, made["source"], strict=False)
        )
        if whole and names:
            return [str(p) for p in found]
    return None


def _plain(name: str) -> bool:
    """Whether a name in a manifest leads nowhere but below the folder it is looked for in."""
    return (
        name not in ("-", "table", "") and not os.path.isabs(name) and ".." not in Path(name).parts and "\0" not in name
    )


class Nowhere:
    """A stream that keeps nothing: a run into it only makes digests."""

    def write(self, data: Any) -> int:
        """All of the bytes are taken."""
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Nothing waits."""


def once_more(
    source: Any, made: dict[str, Any], recipe: Recipe, out: Checked, *, given: bool, progress: Progress | None
) -> None:
    """Carry the recipe out again and compare.

    Parameters
    ----------
    source : path, paths or table
    given : bool
        Whether the user named it; a source that was only found by its name and has changed proves nothing.
    made : dict
        The manifest.
    recipe : Recipe
    out : Checked
    progress : callable or None
        Called with (phase, done, total).
    """
    try:
        file = next(iter(made["arrays"].values())).get("file", "") if recipe.framing.tabular else ""
        redone = run(
            source, recipe, Place(stream=Nowhere(), table=Path(file).suffix[1:]), progress, again(made)
        ).manifest
    except LstmprepError as error:
        if given:
            out.found(
                "source",
                "source",
                f"the recipe cannot be carried out on it again: {error.where}: {error.what}".replace(": : ", ": "),
                error.fix,
            )
        else:
            out.open.append(
                "statistics and values against the source (a file of its name was found, and the recipe cannot be carried out on it: --table FILE)"
            )
        return
    changed = [
        a["name"] for a, b in zip(made["source"], redone["source"], strict=False) if a.get("digest") != b.get("digest")
    ]
    in_memory = any(s.get("digest") is None for s in redone["source"])
    if changed and not in_memory:
        if given:
            out.found(
                "source",
                listed(changed, 3),
                "it is not the table that was read (its digest differs)",
                "Give the table as it was, or write the output again.",
            )
        else:
            out.open.append(f"statistics and values against the source ({listed(changed, 3)} has changed since)")
        return
    different = list(differences(_claims(made), _claims(redone)))
    if len(made["source"]) == len(redone["source"]):
        told, gives = ([{"rows": s["rows"]} for s in m["source"]] for m in (made, redone))
        different += differences(told, gives, "source")
    for path, was, now in different[:10]:
        code = "fitted" if path.startswith("fitted") else "source"
        out.found(code, f"manifest.{path}", f"{was}, and the source gives {now}", "Write the output again.")
    if not different:
        fitted = (
            "every value and fitted number (statistics of the train rows)"
            if set(made["fitted"]) - {"range"}
            else "every value"
        )
        name = listed([s["name"] for s in made["source"]], 3)
        out.proved.append(f"source: {fitted} made again from {name}, and equal")


def _claims(made: dict[str, Any]) -> dict[str, Any]:
    return {k: made[k] for k in _COMPARED}


def differences(was: Any, now: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(field, what stands there, what should) where two manifests differ; files are not compared.

    Examples
    --------
    >>> list(differences({"a": {"mean": 4.5}}, {"a": {"mean": 3.0}}))
    [('a.mean', '4.5', '3.0')]
    """
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*was, *now]):
            if key == "file" and path.startswith("arrays"):
                continue
            yield from differences(was.get(key), now.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for i, (a, b) in enumerate(zip(was, now, strict=True)):
            yield from differences(a, b, f"{path}[{i}]")
    elif was != now and not (isinstance(was, float) and isinstance(now, float) and math.isnan(was) and math.isnan(now)):
        yield path, _told(was), _told(now)


def _told(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return counted(len(value), "entry", "entries")
    return "nothing" if value is None else shown(value)
