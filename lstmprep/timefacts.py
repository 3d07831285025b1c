"""What the manifest says of the steps between rows, of the grid, and of what was filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstmprep.framing.frame import Segments
from lstmprep.ingest import Ingested
from lstmprep.recipe import Recipe


def filled(recipe: Recipe, read: Ingested) -> dict[str, Any]:
    """How many missing values were filled, and whether that looked ahead."""
    facts = read.filled
    found = dict(facts.policy) if facts is not None else {}
    ahead = recipe.order.missing == "interpolate" or recipe.grid.fill == "linear"
    return {"filled": found, "looks_ahead": ahead}


def _gridded(recipe: Recipe, read: Ingested) -> dict[str, Any] | None:
    """The regular grid."""
    made, grid = read.timed.regular, recipe.grid
    if made is None:
        return None
    return {
        "step": grid.resample, "cells": made.cells, "several_rows": made.several, "without_rows": made.empty, "aggregate": made.hows,
        "fill": grid.fill, "max_fill": grid.max_fill, "filled": dict(read.filled.grid) if read.filled is not None else {}, "span": grid.grid,
    }  # fmt: skip


def rhythm(recipe: Recipe, read: Ingested) -> dict[str, Any]:
    """How evenly rows follow one another, and what cuts them."""
    facts, timing = read.timed.spacing, recipe.timing
    steps = {
        "steps": facts.steps, "min": facts.low, "median": facts.median, "max": facts.high, "uneven": facts.uneven,
        "uneven_share": round(facts.share, 6), "rates": [{"step": s, "sequences": n} for s, n in facts.rates.items()],
    }  # fmt: skip
    unit = "seconds" if read.clock is not None and read.clock.kind == "instant" else "units of the time column"
    return {
        "timezone": timing.timezone,
        "spacing": steps if read.clock else None,
        "max_gap": timing.max_gap,
        "holes": read.timed.holes,
        "grid": _gridded(recipe, read),
        "time_delta": unit if recipe.derived.time_delta else None,
    }


def span(read: Ingested) -> Callable[[Segments], tuple[Any, Any]]:
    """Reads the first and the last time of some segments."""

    def ends(segments: Segments) -> tuple[Any, Any]:
        clock, panel = read.clock, read.panel
        assert clock is not None
        low, high = min(panel.when(segments.starts)), max(panel.when(segments.stops - 1))
        return (clock.text(low), clock.text(high)) if clock.kind == "instant" else (low.item(), high.item())

    return ends
