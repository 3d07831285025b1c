"""Steps between the rows of the panel: their facts, ``--require-even``, and the holes of ``--max-gap``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmprep.errors import DataError, RecipeError
from lstmprep.grid.cells import cut_at_holes
from lstmprep.grid.spacing import Spacing, spacing
from lstmprep.grid.steps import UNITS, Step, parse_step, told
from lstmprep.ingest.clock import Clock
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.sources.base import Source
from lstmprep.wording import counted, listed, name_of, quoted


def clock_for(recipe: Recipe, columns: tuple[str, ...]) -> Clock | None:
    """The clock that reads these columns; None when there is none."""
    timing = recipe.timing
    if not columns:
        return None
    if timing.time_unit is not None and len(columns) > 1:
        raise RecipeError("--time-unit needs one column of the time", fix=f"Name one of {listed(columns)} with --time.")
    return Clock(columns, recipe.order.time_format, epoch=timing.time_unit, zone=timing.timezone)


def rhythm(panel: Panel, recipe: Recipe, clock: Clock | None, source: Source) -> tuple[Spacing, int]:
    """Cut the panel at the holes of ``--max-gap``.

    Returns
    -------
    Spacing
        Facts of the steps between the rows as they are read.
    int
        How many holes cut the sequences.

    Raises
    ------
    DataError
        If steps are uneven under ``--require-even``.
    """
    if clock is None or panel.times is None:
        return Spacing(), 0
    timing, holes = recipe.timing, 0
    facts = facts_of(panel)
    if timing.max_gap is not None and timing.hole is not None:
        holes = cut_holes(panel, timing.max_gap, timing.hole, clock)
    if timing.require_even:
        require_even(
            panel, facts_of(panel) if holes else facts, clock, source, grid=recipe.downsampling.downsample is None
        )
    return facts, holes


def size_of_step(flag: str, text: str, step: Step, clock: Clock) -> int | float:
    """A step in the unit of the times.

    Raises
    ------
    RecipeError
        If a length of time meets plain numbers, or a bare number meets instants.
    """
    if step.timed and clock.kind != "instant":
        raise RecipeError(
            f"{flag} {quoted(text)} is a length of time, and the times are plain numbers",
            fix=f"Give {flag} a number in the unit of the column, or say what it counts since 1970 with --time-unit.",
        )
    if not step.timed and clock.kind == "instant":
        raise RecipeError(
            f"{flag} {quoted(text)} has no unit, and the times are instants",
            fix=f"Give {flag} a length such as {text.strip()}s, {text.strip()}min or {text.strip()}h.",
        )
    return step.size if not step.timed else int(step.size) // UNITS[clock.unit]


def step_text(size: float, clock: Clock) -> str:
    """A step between two times, for a person."""
    return told(size, clock.unit if clock.kind == "instant" else None)


def require_even(panel: Panel, facts: Spacing, clock: Clock, source: Source, *, grid: bool) -> None:
    """Refuse steps of different length inside the pieces of the panel; `grid` says whether the recipe may have one.

    Raises
    ------
    DataError
        With the first step that is not like the others.
    """
    if not facts.uneven:
        return
    times, at = panel.times, facts.first_uneven
    assert times is not None
    step = (times[at] - times[at - 1]).item()
    who = int(np.flatnonzero((panel.starts <= at) & (at < panel.stops))[0])
    key = f" in the sequence {name_of(panel.key_text(who))}" if panel.keys else ""
    row = int(panel.source(np.array([at]))[0])
    raise DataError(
        f"the step from {clock.text(times[at - 1])} to {clock.text(times[at])} is {step_text(step, clock)}{key}, "
        f"unlike the usual {step_text(facts.median, clock)} ({counted(facts.uneven, 'uneven step')} of {facts.steps:,})",
        fix=_cures(panel, facts, clock, grid=grid),
        where=replace(source.where(row), column=", ".join(clock.columns)),
    )


def gap_above(usual: float, clock: Clock) -> str:
    """A ``--max-gap`` that no usual step is above: half as much again where steps have a fraction, and are rounded."""
    return step_text(usual * 1.5 if clock.kind == "number" else usual, clock)


def _cures(panel: Panel, facts: Spacing, clock: Clock, *, grid: bool) -> str:
    """What makes the steps even: ``--max-gap`` where a trial shows it, since shorter steps stay; a grid, filled where a cell may be empty."""
    gap, usual, out = gap_above(facts.median, clock), step_text(facts.median, clock), []
    step = parse_step(gap)
    assert step is not None
    pieces = cut_at_holes(panel.times, panel.starts, panel.stops, size_of_step("--max-gap", gap, step, clock))
    left = spacing(panel.times, pieces.starts, pieces.stops)
    if left.steps and not left.uneven:
        out.append(f"cut at the holes with --max-gap {gap}")
    if grid:
        fill = "" if facts.high <= facts.median and clock.kind != "number" else " --fill ffill"
        out.append(f"replace --require-even by --resample {usual}{fill}")
    said = f"{', '.join(out)}, or leave it out." if grid else ", or ".join([*out, "leave --require-even out."])
    return said[0].upper() + said[1:]


def cut_holes(panel: Panel, text: str, step: Step, clock: Clock) -> int:
    """Cut the sequences at holes; how many there are."""
    limit = size_of_step("--max-gap", text, step, clock)
    panel.cuts = cut_at_holes(panel.times, panel.starts, panel.stops, limit)
    return len(panel.cuts.starts) - len(panel.starts)


def facts_of(panel: Panel) -> Spacing:
    """Facts of the steps inside the pieces of the panel."""
    pieces = panel.pieces
    return spacing(panel.times, pieces.starts, pieces.stops)
