"""How a table is looked at before its columns get their parts: vectors spread, keys side by side, tokens counted.

    source  ->  Vectors (--vector)  ->  Wide (--pivot) or Counts (--tokens)  ->  roles, rows, panel  ->  finish
                COL_0, COL_1, ...       a column for each key; ids beside        as if the table were so     rows of the
                                                                                                             table again

Each is a source around the one before. The recipe goes along: what a view has settled, the pass over it need not know.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmprep.columns import Roles, assign
from lstmprep.errors import Where
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources.around import Around
from lstmprep.sources.base import Source
from lstmprep.sources.several import FOLDER_KEY, Several
from lstmprep.stores import Shelf
from lstmprep.taught import Taught

if TYPE_CHECKING:
    from lstmprep.ingest.joins import Joined

PIECE = 1 << 20  # rows looked through at a time


@record(eq=False)
class View:
    """A source as it is to be read, and the recipe for it.

    Attributes
    ----------
    groups : mapping of name to names
        Columns that one name stands for.
    own : tuple of str
        Key columns that the reading adds.
    wide : Wide or None
    counts : Counts or None
    in_force : Recipe or None
        The recipe before a view has settled any of it.
    joins : list of Joined
        Other tables whose columns stand beside those of the table.
    """

    source: Source
    recipe: Recipe
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    wide: Any = None
    counts: Any = None
    in_force: Recipe | None = None
    joins: list[Joined] = field(default_factory=list)

    def roles(self, *, typed: bool) -> Roles:
        """The part of every column."""
        source = self.source
        found = assign(
            self.recipe,
            source.names,
            source.look(),
            typed=typed,
            own=self.own,
            groups=self.groups,
            own_label=FOLDER_KEY if self.recipe.columns.label_from else None,
        )
        if self.wide is not None and self.recipe.layout.layout == "panel":
            found = replace(found, features=self.wide.gridded(found.features))
        return found

    def expand(self, panel: Panel, shelf: Shelf) -> None:
        """Put the ids of tokens in the place of their numbers, once rows are in order."""
        if self.counts is not None:
            from lstmprep.ingest.tokens import expand, refuse_reserved

            framing = self.recipe.framing
            if not getattr(framing, "ragged", False):
                refuse_reserved(self.counts, framing.pad_value or 0)
            expand(panel, self.counts, shelf)

    def finish(self, out: Any) -> None:
        """Tell the rows of the panel as rows of the table, after all that looks at rows of the view."""
        if self.wide is not None:
            self.wide.finish(out.panel)
            out.pivot, out.rows, told = self.wide.pivoted, self.wide.inner.rows, ByTable(self.wide)
            out.sources = [told if s is self.wide else s for s in out.sources]
            out.where = told.where
            out.removed, out.averaged = self.wide.cells.removed, self.wide.cells.averaged
        if self.counts is not None:
            out.tokens, out.vocabulary = self.counts.told, self.counts.vocabulary(self.recipe.framing.pad_value)


class ByTable(Around):
    """A wide table whose rows are asked for by the rows of the long one: a cell is still found by its wide column."""

    def _wide(self, row: int) -> int:
        """The row of the wide table that a row of the long one stands in; -1 for one that was left out."""
        cells = self.inner.cells  # type: ignore[attr-defined]
        for at in range(0, len(cells.first), PIECE):
            found = np.flatnonzero(cells.first[at : at + PIECE] == row)
            if len(found):
                return int(np.searchsorted(cells.starts, at + found[0], side="right")) - 1
        return -1

    def where(self, row: int, column: str | None = None) -> Where:
        """The address of the cell of this column, at the time of this row."""
        wide = self._wide(row) if column is not None else -1
        return self.inner.where(wide, column) if wide >= 0 else self.inner.inner.where(row, column)  # type: ignore[attr-defined]

    def cell(self, row: int, column: str) -> str | None:
        """The text of that cell."""
        wide = self._wide(row)
        return self.inner.cell(wide, column) if wide >= 0 else None


def viewed(source: Source, recipe: Recipe, shelf: Shelf, own: tuple[str, ...], taught: Taught | None = None) -> View:
    """The source as this recipe looks at it, or as an output that is applied did.

    Raises
    ------
    LstmprepError
        If a cell holds no list, two rows go to one cell, or a name is unknown.
    """
    view = View(source, recipe, own=own)
    if recipe.columns.vector:
        from lstmprep.ingest.vectors import Vectors

        view.source = spread = Vectors(source, recipe.columns.vector, recipe.reading)
        view.groups = spread.groups
    if recipe.tables.join is not None or recipe.tables.join_asof is not None:
        from lstmprep.ingest.joins import joined

        view.source, view.joins = joined(view.source, recipe, shelf)
    if taught is not None:
        recipe = taught.fitted_to(view.source.names, source.folders if isinstance(source, Several) else ())
    view.in_force = recipe
    if recipe.columns.vector:  # by the names they were found under
        recipe = replace(recipe, columns=replace(recipe.columns, vector=tuple(view.groups)))
    view.recipe = recipe
    if recipe.order.pivot is not None:
        from lstmprep.ingest.wide import Wide

        view.wide = view.source = Wide(view.source, view.recipe, shelf, own, view.groups)
        view.recipe, view.groups = view.wide.narrowed(view.recipe), view.wide.groups
    if recipe.tokens.tokens is not None:
        from lstmprep.ingest.tokens import Counts

        grouped = bool(own or recipe.order.group_by)
        view.counts = view.source = Counts(view.source, recipe, shelf, grouped=grouped)
        view.recipe, view.own = view.counts.narrowed(recipe), own + view.counts.own
    return view
