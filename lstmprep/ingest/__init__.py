"""A table becomes a panel, once: the only place where text turns into numbers.

source -> roles of columns -> one pass (rows) -> arrange -> panel
               ^                    |
               └── a pass that learns something about a column begins again with it
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmprep.columns import Roles, no_feature
from lstmprep.commands import ways_of
from lstmprep.downsampling import aggregates_of
from lstmprep.errors import DataError, RecipeError, Where, located
from lstmprep.framing import Reshape
from lstmprep.ingest.arrange import arrange
from lstmprep.ingest.faults import Restart
from lstmprep.ingest.numbers import ColumnFacts
from lstmprep.ingest.rows import Progress, Reader, Rows
from lstmprep.ingest.timed import Timed, steps_timed, timed
from lstmprep.ingest.views import viewed
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.sources import open_source
from lstmprep.sources.around import Around, innermost, parts_of
from lstmprep.sources.base import Source
from lstmprep.sources.several import FILE_KEY, FOLDER_KEY, Several
from lstmprep.stores import Shelf
from lstmprep.taught import Taught
from lstmprep.wording import counted, listed, name_of

if TYPE_CHECKING:
    from lstmprep.ingest.clock import Clock
    from lstmprep.ingest.joins import Joined
    from lstmprep.ingest.second import SecondTargets

__all__ = ["Ingested", "ingest"]

#: Empty columns that a refusal names one by one.
MOST_SPELLED = 6


@record(eq=False)
class Ingested:
    """The panel, and what the way to it has shown."""

    panel: Panel
    sources: list[Source]
    roles: Roles
    feature_names: list[str]
    target_names: list[str]
    rows: int
    columns: int
    clock: Clock | None
    facts: dict[str, ColumnFacts]
    out_of_order: int
    classes: list[str] | None = None
    categories: dict[str, list[str]] = field(default_factory=dict)
    removed: Any = None
    averaged: int = 0
    where: Any = None
    timed: Timed = field(default_factory=Timed)
    pivot: str = ""  # what --pivot did, in words
    tokens: str = ""  # what is odd about ids of --tokens, in words
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)  # columns that one name stands for
    recipe: Recipe | None = None  # the one in force
    vocabulary: int | None = None  # rows of an embedding of the --tokens
    joins: list[Joined] = field(default_factory=list)
    spare_labels: list[str] = field(default_factory=list)  # keys of --labels that no sequence has
    filled: Any = None  # what was filled on the way to the plan

    def source_parts(self) -> list[Source]:
        """Every file that was read."""
        return [part for source in self.sources for part in parts_of(source)]


def ingest(
    inputs: Any, recipe: Recipe, shelf: Shelf, progress: Progress | None = None, taught: Taught | None = None
) -> Ingested:
    """Read the inputs into a panel.

    Parameters
    ----------
    inputs : path, paths or table
    recipe : Recipe
    shelf : Shelf
        Where rows are kept.
    progress : callable or None
        Called with (rows read, 0).
    taught : Taught or None
        An output that these rows are prepared like; it says the recipe in force once the columns are known.

    Returns
    -------
    Ingested

    Raises
    ------
    LstmprepError
        Whatever of recipe, data and storage forbids the request; the address says where.
    """
    source = open_source(inputs, recipe.reading, grouped=bool(recipe.order.group_by), ways=ways_of(recipe.command))
    with located(file=source.name):
        own = (FILE_KEY,) if recipe.reading.file_as in ("sequence", "sample") and isinstance(source, Several) else ()
        if own and FILE_KEY in source.names:
            raise DataError(
                f"the table has a column {FILE_KEY!r}, the name that --file-as {recipe.reading.file_as} gives the file",
                fix="Rename the column.",
            )
        files = source if isinstance(source, Several) and recipe.columns.label_from is not None else None
        if files is not None and (taught is None or taught.classed(files.folders)):
            files.require_folders()
            if FOLDER_KEY in source.names:
                raise DataError(
                    f"the table has a column {FOLDER_KEY!r}, the name that --label-from parent gives the class",
                    fix="Rename the column, or name it with --label.",
                )
        if recipe.reading.dataset is not None and source.format != "hdf5":
            raise RecipeError("--dataset belongs to HDF5, and this is none", fix="Leave --dataset out.")
        typed = source.format != "csv"
        _refuse_headerless(source, recipe)
        view = viewed(source, recipe, shelf, own, taught)
        source, recipe = view.source, view.recipe
        roles = view.roles(typed=typed)
        clock = _clock(recipe, roles)
        rows, roles = _passes(source, recipe, roles, shelf, clock, progress)
        second = _second(recipe, rows.rows, shelf)
        if second:
            rows.targets, rows.facts = second.targets, {**rows.facts, **second.facts}
        _require_whole(rows, recipe, roles, source)
        arranged = arrange(rows, recipe, roles, source, shelf)
        targets = list(second.names if second else roles.targets)
        timing = timed(arranged.panel, recipe, roles, clock, arranged.feature_names, targets, source, shelf)
        if isinstance(recipe.framing, Reshape):
            from lstmprep.ingest.reshaped import reshape

            reshape(arranged, recipe, roles, source, shelf)
            if taught is not None:
                taught.require_like(arranged.feature_names, arranged.panel.steps)
        if recipe.downsampling.downsample is not None:
            from lstmprep.ingest.downsample import downsampled

            arranged.panel, arranged.feature_names = downsampled(
                arranged.panel,
                arranged.feature_names,
                recipe.downsampling.downsample,
                aggregates_of(recipe.grid),
                shelf,
            )
        steps_timed(arranged.panel, recipe, clock, arranged.feature_names, timing, shelf)
        view.expand(arranged.panel, shelf)
    out = Ingested(
        panel=arranged.panel, sources=[source, *(j.right for j in view.joins), *timing.files], roles=roles, feature_names=[*arranged.feature_names, *timing.derived],
        target_names=targets, rows=rows.rows, columns=len(innermost(source).names), clock=clock,
        facts=rows.facts, out_of_order=rows.out_of_order, categories=arranged.categories, removed=arranged.removed,
        averaged=arranged.averaged, where=source.where, timed=timing, joins=view.joins, groups=dict(view.groups), recipe=view.in_force,
    )  # fmt: skip
    view.finish(out)
    if second:
        out.sources.append(second.source)
    if rows.labels is not None:
        out.classes = [str(v) for v in rows.labels[0].to_pylist()]
    if timing.sections is not None and recipe.labelled_by_sections:
        out.classes = timing.sections.classes
    if recipe.columns.labels is not None:
        from lstmprep.ingest.second import sequence_labels

        found = sequence_labels(recipe, arranged.panel, roles)
        arranged.panel.sequence_labels, out.classes, out.spare_labels = found.codes, found.classes, found.spare
        out.sources.append(found.source)
    return out


def _clock(recipe: Recipe, roles: Roles) -> Clock | None:
    """What reads the columns of the time."""
    if not roles.time:
        return None
    from lstmprep.ingest.rhythm import clock_for

    return clock_for(recipe, roles.time)


def _second(recipe: Recipe, rows: int, shelf: Shelf) -> SecondTargets | None:
    """The targets of ``--target-file``."""
    if recipe.columns.target_file is None:
        return None
    from lstmprep.ingest.second import target_table

    return target_table(recipe, rows, shelf)


def _refuse_headerless(source: Source, recipe: Recipe) -> None:
    """A first line of numbers is no header, unless columns are chosen by these names."""
    from lstmprep.sources.csv import CsvSource

    first = parts_of(source)[0]
    chosen = recipe.columns.features or recipe.columns.target or recipe.order.group_by or recipe.framing.by_row
    if isinstance(first, CsvSource) and not chosen and first.looks_headerless():
        raise first.headerless()


def _passes(
    source: Source, recipe: Recipe, roles: Roles, shelf: Shelf, clock: Clock | None, progress: Progress | None
) -> tuple[Rows, Roles]:
    """Passes over the source until nothing new is learned about a column; numbers are left to those who work, where they can be."""
    if shelf.hands is not None:
        from lstmprep.ingest.apart import rows_apart

        found = rows_apart(source, recipe, roles, shelf, clock, progress)
        if found is not None:
            return found, roles
    while True:
        try:
            rows = Reader(source, recipe, roles, shelf, clock).read(progress)
        except Restart:
            continue
        if not rows.demoted:
            return rows, roles
        kept = tuple(f for f in roles.features if f not in rows.demoted)
        if not kept:
            raise no_feature({**roles.left_out, **rows.demoted}, classes=recipe.framing.kind != "reshape")
        roles = replace(
            roles,
            features=kept,
            tentative=roles.tentative & set(kept),
            unread=(),
            left_out={**roles.left_out, **rows.demoted},
        )


def _require_whole(rows: Rows, recipe: Recipe, roles: Roles, source: Source) -> None:
    """Under ``--missing error`` no value may be missing."""
    used = {*roles.numeric_features, *roles.targets, *roles.future}
    holes = {
        n: f
        for n, f in rows.facts.items()
        if f.missing and (n in used or n not in roles.static) and n not in roles.unread
    }
    if recipe.order.missing != "error":
        return
    if holes:
        stated = isinstance(recipe.framing, Reshape) and not recipe.framing.drops(recipe.reading)
        name = min(holes, key=lambda n: holes[n].first_missing)
        facts = holes[name]
        if facts.missing == rows.rows:
            empty = [n for n in holes if holes[n].missing == rows.rows]
            also = f"; so {'is' if len(empty) == 2 else 'are'} {listed(empty[1:])}" if len(empty) > 1 else ""
            spelled = " ".join(f"--exclude {name_of(n)}" for n in empty)
            raise DataError(
                f"the column is empty: every value is missing{also}",
                fix=f"Leave {'them' if also else 'it'} out with {spelled}."
                if len(empty) <= MOST_SPELLED
                else "Name the columns that you want with --features.",
                where=Where(source.name, column=name),
            )
        gap = source.absent(facts.first_missing, name) if isinstance(source, Around) else None
        if gap:
            raise DataError(
                f"{gap} ({counted(sum(f.missing for f in holes.values()), 'missing value')} in all)",
                fix=f"Add the row, {'or ' if stated else ''}leave the key out with --exclude '*@{name.partition('@')[2]}'"
                f"{'' if stated else ', or leave out the samples that hold a gap with --missing drop'}.",
                where=source.where(facts.first_missing, name),
            )
        others = [f"{name_of(n)} {f.missing:,}" for n, f in holes.items() if n != name]
        more = f"; also missing: {', '.join(others[:4])}" if others else ""
        text = source.cell(facts.first_missing, name) if name in source.names else None
        spelled = f" ({text.strip()!r})" if text and text.strip() and text.strip() not in ("None", "nan") else ""
        raise DataError(
            f"{counted(facts.missing, 'missing value')}, the first here{spelled}{more}",
            fix="Fill the cells first: a stated shape holds every value."
            if stated
            else "Leave out the samples that hold one with --missing drop, or fill them with --missing ffill, interpolate or mean.",
            where=source.where(facts.first_missing, name),
        )
    for name in roles.categorical:
        gone = np.flatnonzero(rows.categories[name][1] < 0)
        if len(gone):
            raise _missing_class(name, len(gone), int(gone[0]), source)
    if rows.missing_labels:
        raise _missing_class(roles.label or "", rows.missing_labels, rows.first_missing_label, source)


def _missing_class(name: str, count: int, row: int, source: Source) -> DataError:
    return DataError(
        f"{counted(count, 'missing class', 'missing classes')}, the first here",
        fix="Leave out the samples that hold one with --missing drop, or fill the cells first.",
        where=source.where(row, name),
    )
