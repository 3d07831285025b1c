"""From a table to a plan: read, divided, rewritten, framed; nothing is written yet.

ingest -> panel -> divide -> parts -> prepare -> scaled panel of every fold -> plan
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from lstmprep.arrays import Heading
from lstmprep.divide import divide
from lstmprep.earlier import READING
from lstmprep.errors import DataError, LstmprepError, RecipeError, located
from lstmprep.framing.lag import require_single
from lstmprep.ingest import Ingested, ingest
from lstmprep.plan import Plan, make_plan
from lstmprep.prepare import Names, prepare
from lstmprep.recipe import Recipe
from lstmprep.scratch import MANY, give_back
from lstmprep.split.cutting import Cutting
from lstmprep.stores import Shelf
from lstmprep.taught import Taught
from lstmprep.transforms.classes import extremes
from lstmprep.unread import Unread, UnreadError
from lstmprep.wording import quoted


def planned(
    data: Any,
    recipe: Recipe,
    shelf: Shelf,
    progress: Callable[[int, int], None] | None,
    taught: Taught | None = None,
) -> tuple[Plan, Ingested]:
    """Read a table, divide it, learn from train, and plan what is written.

    Parameters
    ----------
    data : path, paths or table
    recipe : Recipe
    shelf : Shelf
        Where rows are kept.
    progress : callable or None
        Called with (rows read, 0).
    taught : Taught or None
        An output whose numbers are used instead of learning from these rows.

    Returns
    -------
    plan : Plan
    read : Ingested
        Its names are those of what is written: features and classes that no train holds are gone.

    Raises
    ------
    LstmprepError
        Whatever of recipe, data and storage forbids the request.
    """
    if taught is None:
        return _learned(data, recipe, shelf, progress)
    try:
        return _planned(data, recipe, shelf, progress, taught)
    except LstmprepError as error:
        error.fix = as_applied(error.fix)
        raise


def _learned(
    data: Any, recipe: Recipe, shelf: Shelf, progress: Callable[[int, int], None] | None
) -> tuple[Plan, Ingested]:
    """A plan that learns from its own rows; with all values here as soon as one is needed that was left to those who work."""
    if shelf.hands is not None:
        try:
            plan, read = _planned(data, recipe, shelf, progress, None)
            require_brought(plan)
        except UnreadError:
            shelf.hands = None
        else:
            return plan, read
    return _planned(data, recipe, shelf, progress, None)


def require_brought(plan: Plan) -> None:
    """Make sure that those who write read whatever was not read here.

    Raises
    ------
    UnreadError
    """
    panels = [part.panel for part in plan.parts]
    unread = {r for p in panels for r in ("features", "targets", "future") if isinstance(getattr(p, r), Unread)}
    if unread:
        from lstmprep.sinks.brought import brought

        if not unread <= {*brought(plan.parts)}:
            raise UnreadError


def as_applied(fix: str) -> str:
    """What to do, where new rows are prepared like an output: most options can only be changed there.

    Examples
    --------
    >>> as_applied("Leave them out with --missing drop.")
    'Mend the rows, or make the output again with other options. Leave them out with --missing drop.'
    >>> as_applied("Read it as missing with --na-values 'x'.")
    "Read it as missing with --na-values 'x'."
    """
    named = {word.replace("-", "_") for word in re.findall(r"--([a-z][a-z-]*)", fix)}
    if named <= {*READING, "latest", "no_target", "fold", "memory_limit", "output"} or "make the output again" in fix:
        return fix
    return f"Mend the rows, or make the output again with other options. {fix}"


def _planned(
    data: Any,
    recipe: Recipe,
    shelf: Shelf,
    progress: Callable[[int, int], None] | None,
    taught: Taught | None,
) -> tuple[Plan, Ingested]:
    try:
        read = ingest(data, recipe, shelf, progress, taught)
    except RecipeError as error:
        if taught is None:
            raise
        raise DataError(error.what, fix=error.fix, where=error.where) from error  # the recipe has worked before
    recipe = read.recipe or recipe
    if len(read.panel.starts) > MANY:  # what reading is done with makes room for arrays of a number a sequence
        give_back()
    with located(file=read.sources[0].name):
        names = _names(read)
        cutting = divide(recipe, read.panel, times=times_of_split(recipe, read))
        ranges = {} if taught else _ranges(recipe, read, names, cutting)
        per_second = read.clock.per_second if read.clock else 1
        if taught:
            from lstmprep.prepare.replay import replay

            made = replay(recipe, read.panel, taught.made, names, shelf, read.where, per_second=per_second)
        else:
            made = prepare(recipe, read.panel, cutting, names, shelf, read.where, per_second=per_second)
        read.feature_names, read.classes, read.categories = (
            made.names.features,
            made.names.classes,
            made.names.categories,
        )
        plan = make_plan(
            recipe,
            read.panel,
            read=read.rows,
            removed=read.removed,
            classes=read.classes,
            features=len(read.feature_names),
            folder=shelf.folder,
            cutting=cutting,
            panels=made.panels,
        )
        plan.fitted = made.fitted if taught else {**_fitted(read, ranges, made.fitted), **plan.fitted}
        plan.learned = [*_which_fold(taught), *made.notes]
        read.filled = made.filled
        if recipe.framing.tabular:
            plan.heading = _heading(plan, read)
    return plan, read


def _fitted(read: Ingested, ranges: dict[str, dict[str, list[float]]], learned: dict[str, Any]) -> dict[str, Any]:
    """Every number and name learned, as JSON; with folds each has its own."""
    names = frozenset(read.feature_names)  # made once: there may be a hundred thousand
    known = {folder: {n: r for n, r in of.items() if n in names} for folder, of in ranges.items()}
    out: dict[str, Any] = {"categories": read.categories} if read.categories else {}
    if known.get(""):
        out["range"] = known[""]
    out |= learned
    if "" not in known:
        had = learned.get("folds") or {}
        out["folds"] = {f: {**({"range": r} if r else {}), **had.get(f, {})} for f, r in known.items()}
    return out


def _which_fold(taught: Taught | None) -> list[tuple[str, str]]:
    """Whose numbers count, where an output has several sets of them."""
    if taught is None or taught.fold is None:
        return []
    return [("fold", f"scaled and coded by what fold{taught.fold} has learned (--fold N takes another)")]


def _ranges(recipe: Recipe, read: Ingested, names: Names, cutting: Cutting) -> dict[str, dict[str, list[float]]]:
    """The smallest and the largest value of each number among the features, of the rows of train; of every fold."""
    hot = {int(j) for at in names.hot.values() for j in at}
    plain = [j for j in range(len(names.features)) if j not in hot]
    mine = [names.features[j] for j in plain]
    ends: dict[str, dict[str, tuple[Any, Any]]] = {}
    if not recipe.split.active and recipe.grid.resample is None and all(n in read.facts for n in mine):
        ends[""] = {n: (read.facts[n].low, read.facts[n].high) for n in mine}
    else:
        for cut in (c for c in cutting.cuts if c.name in ("all", "train")):
            low, high = extremes(read.panel.features, cut.segments, np.array(plain, np.int64))
            ends[cut.folder.rstrip("/")] = dict(zip(mine, zip(low.tolist(), high.tolist(), strict=True), strict=True))
    return {folder: _finite(found) for folder, found in ends.items()}


def _finite(ends: dict[str, tuple[Any, Any]]) -> dict[str, list[float]]:
    return {n: [float(a), float(b)] for n, (a, b) in ends.items() if np.isfinite(a) and np.isfinite(b) and a <= b}


def _names(read: Ingested) -> Names:
    """What the columns of the panel are called."""
    hot, at = {}, 0
    for name in read.roles.features:
        width = len(read.categories.get(name, "1"))
        if name in read.categories:
            hot[name] = np.arange(at, at + width)
        at += width
    binary = [n for n, facts in read.facts.items() if facts.words]
    if read.timed.derived:
        from lstmprep.ingest.derived import DELTA

        binary += [n for n in read.timed.derived if n != DELTA]
    return Names(
        list(read.feature_names), list(read.target_names), list(read.roles.future), classes=read.classes,
        categories=dict(read.categories), hot=hot, label=read.roles.label or "", binary=binary, derived=read.timed.derived, groups=read.groups, static=read.roles.static,
    )  # fmt: skip


def times_of_split(recipe: Recipe, read: Ingested) -> list[Any]:
    """The instants that ``--split`` names, as the panel keeps times."""
    parts = recipe.split.parts
    if parts is None or parts.kind != "time":
        return []
    from lstmprep.ingest.edges import split_times

    clock, panel = read.clock, read.panel
    assert clock is not None and panel.times is not None
    found = split_times(clock, parts.times)
    low, high = panel.times[panel.starts].min(), panel.times[panel.stops - 1].max()
    outside = [word for word, at in zip(parts.times, found, strict=True) if not low < at <= high]
    if outside:
        raise DataError(
            f"--split {quoted(outside[0])} leaves a part without a row: the times run from {clock.text(low)} to {clock.text(high)}",
            fix="Name times inside, where val and test begin.",
        )
    return found


def _heading(plan: Plan, read: Ingested) -> Heading:
    """The columns of a table: keys and time of row t, then the numbers."""
    numbers = plan.recipe.framing.columns(read.feature_names, read.target_names)
    clock = read.clock
    time, kind = ("_".join(clock.columns), clock.arrow_type()) if clock else (None, None)
    found = Heading(list(plan.panel.keys), time, kind, numbers, "split" if plan.recipe.split.active else None)
    require_single(found.names)
    return found
