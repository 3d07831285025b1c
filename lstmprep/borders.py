"""What a person should hear about a split: where parts meet, and which windows that costs.

train | test      rows ... 5 6 7 | 8 9 ...
windows of 4 rows that begin in the last 3 rows of train would cross: they are in neither part
with --context they belong to test, and read rows 5-7 as inputs alone
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from lstmprep.arrays import Part
from lstmprep.plan import Plan
from lstmprep.split import whole
from lstmprep.wording import counted, listed, name_of

Note = tuple[str, str]
_STEPS = {"day": 86400, "h": 3600, "min": 60}
_PER_SECOND = {"us": 10**6, "ns": 10**9}


def about_split(plan: Plan, time_text: Callable[[Any], str] | None, unit: str | None) -> list[Note]:
    """How the table was divided, and what the borders cost.

    Parameters
    ----------
    plan : Plan
    time_text : callable or None
        A time for a person; None without ``--time``.
    unit : str or None
        Of times that are instants; None for plain numbers.
    """
    split = plan.recipe.split
    if not split.active:
        return []
    by = split.by(timed=plan.panel.times is not None)
    folders = list(dict.fromkeys(p.cut.folder for p in plan.parts))
    parts = list({p.cut.name: p for p in plan.parts if p.cut.folder == folders[0]}.values())  # buckets are one part
    if by == "random":
        kept = ", ".join(f"{p.cut.name} {p.framed.total:,}" for p in parts)
        return [("split", f"samples dealt out by chance (--seed {plan.recipe.batching.drawn_by}): {kept}")]
    if by in {"group", "section"}:
        return [("split", _by_unit(plan, parts))]
    said = [_border(plan, a, b, time_text, unit) for a, b in pairwise(parts)]
    if folders[0]:
        said[0] = (
            f"{counted(len(folders), 'fold')}, each later than the one before; in {folders[0].rstrip('/')}: {said[0]}"
        )
    return [("split", text) for text in said]


def _by_unit(plan: Plan, parts: list[Part]) -> str:
    said = []
    for part in parts:
        which = np.unique(part.cut.segments.sequence)
        names = [plan.panel.key_text(s) for s in which[:6].tolist()]
        more = f" and {len(which) - 6:,} more" if len(which) > 6 else ""
        said.append(f"{part.cut.name} has {counted(len(which), 'sequence')} ({', '.join(map(name_of, names))}{more})")
    order = (
        "in the order of their keys" if plan.recipe.batching.seed is None else f"by --seed {plan.recipe.batching.seed}"
    )
    return f"{', '.join(said)}, dealt out {order}"


def _border(plan: Plan, early: Part, late: Part, time_text: Callable[[Any], str] | None, unit: str | None) -> str:
    """One border: where, and the windows that would cross it."""
    segments, times = late.cut.segments, plan.panel.times
    embargo = plan.recipe.split.embargo
    name = f"{early.cut.name} | {late.cut.name}"
    at = int(np.argmin(times[segments.starts])) if times is not None else 0
    row = int(segments.starts[at])
    where = f"row {int(plan.panel.source(np.array([row]))[0]) + 1:,}"
    if times is not None and time_text is not None:
        where = f"{time_text(times[row])}" + (f" ({where})" if len(segments.starts) == 1 else "")
    each = "" if len(plan.panel.starts) == 1 else f" in each of {counted(len(segments.starts), 'sequence')}"
    span = plan.frame.span
    if embargo:
        where += f", {counted(embargo, 'row')} before it taken by --embargo"
    if plan.recipe.split.context:
        return f"{name} at {where}: inputs of {late.cut.name} reach back over {counted(late.context_rows, 'row')}, its targets never do"
    if plan.recipe.framing.kind == "pad":
        return f"{name} at {where}: a sequence is cut there, and each part makes a sample of its own rows"
    if plan.panel.by_row:
        return f"{name} at {where}: a row is a sample, and none is in both"
    n = crossing(plan, late)
    lost = f"{_crossed(plan, n, span)} {'is' if n == 1 else 'are'} in neither"
    if span > 1 and n:
        lost += f": those that begin in the last {counted(span - 1, 'row')} of {early.cut.name}{_as_time(plan, late, row, span - 1, unit)}{each}"
    return f"{name} at {where}: {lost}"


def _crossed(plan: Plan, n: int, span: int) -> str:
    """``3 windows of 4 rows that would cross``."""
    if plan.recipe.framing.tabular:
        reach = counted(span, "row")
        return f"{counted(n, 'row')} of the lagged table that would cross ({'it reaches' if n == 1 else 'they reach'} over {reach})"
    return f"{counted(n, 'window')} of {counted(span, 'row')} that would cross"


def crossing(plan: Plan, late: Part) -> int:
    """How many windows of the sequences as they are would lie on both sides of where a part begins, embargo included."""
    panel, frame = plan.panel, plan.frame
    begins = np.full(len(panel.starts), -1, np.int64)
    for segments in (late.cut.emptied, late.cut.segments):
        if segments is not None:
            order = np.argsort(segments.starts, kind="stable")[::-1]
            begins[segments.sequence[order]] = segments.starts[order]  # of several segments the first one
    runs = plan.recipe.framing.runs(whole(panel)[0].segments, frame).without_empty()
    at = begins[runs.sequence]
    inside = (runs.floor < at) & (at < runs.ceiling)
    # the first row of a window that reaches the border, or what is taken before it
    low = at - plan.recipe.split.embargo - frame.span + 1
    since = np.maximum(-(-(low - runs.first) // runs.stride), 0)
    until = np.minimum((at - 1 - runs.first) // runs.stride, runs.count - 1)
    return int(np.where(inside, np.maximum(until - since + 1, 0), 0).sum())


def _as_time(plan: Plan, late: Part, row: int, rows: int, unit: str | None) -> str:
    """`` (3 days)``: the time that so many rows before a border take."""
    times = plan.panel.times
    sequence = int(late.cut.segments.sequence[np.flatnonzero(late.cut.segments.starts == row)[0]])
    first = row - rows
    if times is None or first < int(plan.panel.starts[sequence]):
        return ""
    step = times[row] - times[first]
    return f" ({duration(int(step), unit)})" if unit is not None else f" ({float(step):g} of time)"


def duration(steps: int, unit: str) -> str:
    """A length of time in days, hours, minutes and seconds, two of them at the most.

    Examples
    --------
    >>> duration(93_600_000_000, "us"), duration(1_500_000, "us")
    ('1 day 2 h', '1.5 s')
    """
    left, said = steps / _PER_SECOND[unit], []
    for name, seconds in _STEPS.items():
        n = int(left // seconds)
        left -= n * seconds
        if n:
            said.append(counted(n, "day") if name == "day" else f"{n} {name}")
    if left or not said:
        said.append(f"{left:.6g} s")
    return " ".join(said[:2])


def scaling_text(fitted: dict[str, Any], *, noun: str = "row") -> str:
    """``scaled: a, b (standard), y y (standard); learned from 7 rows of train``; empty when nothing is."""
    folds: dict[str, Any] = fitted.get("folds", {"": {}})
    scaling = fitted.get("scaling") or next(iter(folds.values())).get("scaling")
    if not scaling:
        return ""
    said, rows = [], 0
    for role in ("features", "future", "targets"):
        by: dict[str, list[str]] = {}
        for name, about in scaling.get(role, {}).items():
            by.setdefault(about["method"], []).append(name)
            rows = max(rows, about["rows"])
        of = {"features": "", "future": "future ", "targets": "y "}[role]
        said += [f"{of}{listed(names, 8)} ({method})" for method, names in by.items()]
    groups = (
        f", {counted(len(scaling['by_group']['keys']), 'sequence')} by numbers of its own"
        if "by_group" in scaling
        else ""
    )
    fold = " in fold0" if "folds" in fitted else ""
    return f"scaled: {', '.join(said)}; learned from {counted(rows, noun)} of train{fold}{groups}"
