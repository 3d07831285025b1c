"""What the clock makes of the panel, once its rows stand in order: cuts, cells, features made of times.

steps and holes -> sections -> regular grid, or N rows to one step -> time_delta, calendar -> rows that differences cost
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from lstmprep.columns import Roles
from lstmprep.grid.spacing import Spacing
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources.base import Source
from lstmprep.stores import Shelf

if TYPE_CHECKING:
    from lstmprep.ingest.clock import Clock
    from lstmprep.ingest.regular import Regular
    from lstmprep.ingest.sections import Sections


@record(eq=False)
class Timed:
    """What was found and done.

    Parameters
    ----------
    spacing : Spacing
        Facts of the steps between the rows as they were read.
    holes : int
        Steps above ``--max-gap``.
    sections : Sections or None
    regular : Regular or None
        The grid.
    derived : list of str
        Features made of the times.
    """

    spacing: Spacing = field(default_factory=Spacing)
    holes: int = 0
    sections: Sections | None = None
    regular: Regular | None = None
    derived: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[Source]:
        """Second tables that were read on the way."""
        return [] if self.sections is None else [self.sections.source]


def timed(
    panel: Panel,
    recipe: Recipe,
    roles: Roles,
    clock: Clock | None,
    names: Sequence[str],
    targets: Sequence[str],
    source: Source,
    shelf: Shelf,
) -> Timed:
    """Cut the panel and put it on its grid.

    Parameters
    ----------
    panel : Panel
        Changed in place.
    names, targets : sequence of str
        Columns of the features, those of classes spelled out, and of the targets.

    Raises
    ------
    LstmprepError
        Whatever of the times does not suit the recipe.
    """
    out = Timed()
    if clock is not None:
        from lstmprep.ingest.rhythm import rhythm

        out.spacing, out.holes = rhythm(panel, recipe, clock, source)
        if recipe.timing.sections is not None:
            from lstmprep.ingest.sections import cut_sections

            out.sections = cut_sections(panel, recipe, roles.keys, clock, shelf)
        if recipe.grid.resample is not None:
            from lstmprep.ingest.regular import resampled

            out.regular = resampled(panel, recipe, roles, clock, names, targets, shelf)
    return out


def steps_timed(
    panel: Panel, recipe: Recipe, clock: Clock | None, names: Sequence[str], out: Timed, shelf: Shelf
) -> None:
    """Features of the times of the rows that are framed, and the rows that their differences cost."""
    if clock is not None and (recipe.derived.time_delta or recipe.derived.calendar):
        from lstmprep.ingest.derived import add_derived, derived_names

        out.derived = derived_names(recipe, list(names), clock)
        add_derived(panel, recipe, clock, shelf)
    if recipe.derived.difference is not None:
        from lstmprep.ingest.derived import spend

        spend(panel, recipe.derived.difference)
