"""Whole units to parts: groups, sections, or samples that share no row.

    units in order of their keys   a b c d e f g h i j
    --split 0.7,0.3                train a..g, test h..j       part i ends at floor(n * (f1+..+fi) + 1e-9)
    --seed 3                       the same of the units in an order drawn by chance
    --stratify                     the same for the units of every class; shares rounded to the nearest

Pure numpy; knows numbers of units, not what they are.
"""

from __future__ import annotations

import math

import numpy as np

from lstmprep.framing.frame import Ints
from lstmprep.split.bounds import too_many
from lstmprep.split.spec import Parts


def assigned(units: int, parts: Parts, *, seed: int | None, classes: Ints | None, noun: str) -> Ints:
    """The part of every unit.

    Parameters
    ----------
    units : int
    parts : Parts
        Fractions or numbers of units.
    seed : int or None
        Of the order in which units are dealt out; None takes them as they stand.
    classes : (units,) int64 or None
        With it every class is divided by itself.
    noun : str
        What a unit is, for messages.

    Returns
    -------
    (units,) int64
        0 for the first part, and so on; -1 for units beyond the last part.

    Raises
    ------
    DataError
        If more units are asked for than there are.

    Examples
    --------
    >>> assigned(5, Parts("fraction", (0.7, 0.3)), seed=None, classes=None, noun="group").tolist()
    [0, 0, 0, 1, 1]
    """
    if parts.kind == "rows" and sum(parts.values) > units:
        raise too_many(parts, units, "the table has", noun)
    order = np.arange(units) if seed is None else np.random.Generator(np.random.PCG64(seed)).permutation(units)
    out = np.full(units, -1, np.int64)
    if classes is None:
        _deal(out, order, parts.ends(units))
        return out
    for code in np.unique(classes):  # as many as there are classes
        members = order[classes[order] == code]
        _deal(out, members, _nearest(parts, len(members), units))
    return out


def _deal(out: Ints, members: Ints, ends: list[int]) -> None:
    """Neighbours in the order go to one part."""
    for part, (first, stop) in enumerate(zip([0, *ends], ends, strict=False)):
        out[members[first:stop]] = part


def _nearest(parts: Parts, n: int, units: int) -> list[int]:
    """Where each part of the n units of one class ends, rounded to the nearest so that small classes reach train."""
    whole = 1.0 if parts.kind == "fraction" else float(units)
    return [min(n, math.floor(n * math.fsum(parts.values[: i + 1]) / whole + 0.5)) for i in range(len(parts.values))]
