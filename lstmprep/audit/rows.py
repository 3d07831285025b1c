"""The index against the arrays, and the proof on row numbers that nothing leaks.

index.parquet ── batch by batch ──► samples numbered 0, 1, 2, ... in each part
                                    rows inside the table, times forward, in order
                                    no target row inside its own input (lead 1 or more)
                                    no row of an earlier part among the targets of a later one

Only numbers of rows and times are looked at: the proof holds whatever the values are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from lstmprep.audit.claims import Group, groups_of, samples_of
from lstmprep.audit.findings import Checked
from lstmprep.audit.leaks import clash
from lstmprep.audit.walk import Walk
from lstmprep.panel import Array
from lstmprep.recipe import Recipe
from lstmprep.wording import counted, listed, shown, span_of

_EARLIER = ("train", "val", "test")


def check_index(path: Path, made: dict[str, Any], recipe: Recipe, steps: dict[str, Array], out: Checked) -> None:
    """Findings of the index, and what it proves.

    Parameters
    ----------
    path : Path
        The index.
    made : dict
        The manifest, sane.
    recipe : Recipe
    steps : dict of str to array
        ``lengths`` of each part.
    out : Checked
    """
    walk, before = Walk(made, recipe, out, steps), len(out.findings)
    walk.where = path.name
    try:
        walk.through(path)
    except (pa.ArrowException, OSError, ValueError, KeyError, IndexError, TypeError) as error:
        reason = shown(" ".join(str(error).split()), 160)
        out.found("index", path.name, f"it is damaged or no index of lstmprep: {reason}")
        return
    if len(out.findings) == before:
        _parted(walk)
    if len(out.findings) > before:
        return
    groups = [g for g in groups_of(list(made["arrays"])) if g.name("X") or g.name("values")]
    out.proved.append(
        f"index: {counted(sum(p.samples for p in walk.parts.values()), 'sample')} numbered in order, rows inside the {counted(walk.read, 'row')} read"
    )
    _proofs(walk, groups, made, out)


def _proofs(walk: Walk, groups: list[Group], made: dict[str, Any], out: Checked) -> None:
    """What the walk has shown, in words."""
    for group in groups:
        name = group.name("X") or group.name("values") or ""
        have = walk.parts.get(group.part or "all")
        told = samples_of(made["arrays"][name])
        if have is not None and told is not None and have.samples != told:
            out.found(
                "index",
                walk.where,
                f"it has {counted(have.samples, 'sample')} of {group.part or 'all'}, and {name} has {told:,}",
            )
    if walk.lead:
        out.proved.append("rows: no target row inside its own input")
    if len(walk.parts) > 1:
        names = " and ".join(walk.parts)
        out.proved.append(f"rows: no row seen in an earlier part is a target of a later one ({names})")


def _parted(walk: Walk) -> None:
    """No row that an earlier part has seen is among the targets of a later one."""
    folds = sorted({n.rpartition("/")[0] for n in walk.parts})
    for fold in folds:
        names = [n for e in _EARLIER if (n := f"{fold}/{e}" if fold else e) in walk.parts]
        for i, earlier in enumerate(names):
            for later in names[i + 1 :]:
                _pair(walk, earlier, later)


def _pair(walk: Walk, earlier: str, later: str) -> None:
    one, two = walk.parts[earlier], walk.parts[later]
    by = getattr(getattr(walk.recipe, "split", None), "split_by", None)
    together = one.inputs.bounds.common(two.inputs.bounds) if by == "group" else ()
    if len(together):
        names = {v: k for k, v in walk.keys.items()}
        common = sorted(", ".join(names[k]) for k in together)
        walk.out.found(
            "leak",
            walk.where,
            f"{earlier} and {later} share {counted(len(common), 'group')}: {listed(common, 5)}",
            "Write the output again.",
        )
        return
    context = bool(getattr(getattr(walk.recipe, "split", None), "context", False))
    asked = [("target", two.targets)] + ([] if context else [("input", two.inputs)])
    for what, held in asked:
        hit = clash([one.inputs, one.targets], held)
        if hit is not None:
            _, low, high = hit
            unit = "time" if walk.made["order"]["time"] else "row"
            span = span_of(int(low), int(high)) if unit == "row" else f"times {low} to {high}"
            walk.out.found(
                "leak",
                walk.where,
                f"{earlier} and {later} share rows: {span} of {later} ({what}) are seen in {earlier} already",
            )
            return
