"""What an output has learned, for new rows: the recipe in force, the columns it needs, its classes and ranges.

    manifest + the columns of a new table -> recipe without split and shuffle, features by name, the trained length
                                             y only where the target is there, only the newest windows with latest

The numbers themselves are replayed in `prepare.replay`. Pure: sees names and settings, never a value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from lstmprep.commands import settings_of_command
from lstmprep.downsampling import aggregates_of
from lstmprep.earlier import READING, number_of, of_fold, recipe_of
from lstmprep.errors import DataError, RecipeError, did_you_mean
from lstmprep.framing import Batching, Reshape
from lstmprep.grid.calendar import names_of
from lstmprep.naming import resolve, still_named
from lstmprep.recipe import Recipe, to_flat
from lstmprep.records import record
from lstmprep.serde import spell
from lstmprep.split.spec import Split
from lstmprep.timing import Grid
from lstmprep.wording import counted, listed, quoted

FILE_KEY = "file"
_ANSWERS = ("lead", "horizon", "flat_y", "target_mode", "reverse_target", "label_at", "one_hot")


@record(frozen=True, eq=False)
class Taught:
    """An output that new rows are prepared like.

    Parameters
    ----------
    made : dict
        Its manifest.
    name : str
        What it is called in the new manifest.
    latest : bool
        Only the newest window of every sequence, without y.
    target : bool
        Whether y is wanted where the target is present.
    fold : int or None
        Of an output with folds, the one whose numbers count; None for the last.
    reading : mapping of str to value
        Settings of `earlier.READING` in which the new rows differ from those of the output.

    Raises
    ------
    RecipeError
        If there is no such fold, or a setting is none of reading.
    DataError
        If the output has learned nothing that new rows could be prepared by.
    """

    made: dict[str, Any]
    name: str = "output"
    latest: bool = False
    target: bool = True
    fold: int | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        before = self.made.get("applied") or {}
        folds = self.made["fitted"].get("folds")
        if folds is None and self.fold not in (None, before.get("fold")):
            raise RecipeError(
                f"--fold {self.fold}: this output has no folds", fix="Leave --fold out: there is one set of numbers."
            )
        if folds is not None:
            object.__setattr__(self, "fold", number_of(list(folds), self.fold))
            object.__setattr__(self, "made", of_fold(self.made, self.fold or 0))
        elif "fold" in before:
            object.__setattr__(self, "fold", before["fold"])
        if self.latest and self.recipe.framing.tabular:
            raise RecipeError(
                "--latest is for windows, and this output is a lagged table",
                fix="Leave --latest out: its last row of each sequence is the newest one.",
            )

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the output was made by, its rows read as the new ones are."""
        return recipe_of(self.made, self.reading)

    @cached_property
    def read_as(self) -> dict[str, Any]:
        """How the new rows are read where that is not the recipe's way, as plain JSON values."""
        full = to_flat(self.recipe)
        was = self.made["recipe"]
        asked = {**(self.made.get("applied") or {}).get("reading", {}), **self.reading}
        gone = [n for n in READING if n in was and n not in full and n not in asked]
        return {n: full.get(n, list(v) if isinstance(v, tuple) else v) for n, v in asked.items()} | dict.fromkeys(gone)

    @property
    def applied(self) -> dict[str, Any]:
        """What the manifest of the new output says of this."""
        return {
            "latest": self.latest,
            "target": self.target,
            **({"fold": self.fold} if self.fold is not None else {}),
            **({"reading": self.read_as} if self.read_as else {}),
        }

    @property
    def words(self) -> list[str]:
        """The words of the command line that say how."""
        flags = (("--latest", self.latest), ("--no-target", not self.target))
        known = {s.name: s for s in settings_of_command(self.recipe.command)}
        said = [f for f, on in flags if on] + (["--fold", str(self.fold)] if self.fold is not None else [])
        for name, value in self.read_as.items():
            said += spell(known[name], tuple(value) if isinstance(value, list) else value) if value is not None else []
        return said

    def fitted_to(self, names: Sequence[str], folders: Sequence[str] = ()) -> Recipe:
        """The recipe in force for a table with these columns, of files in these folders.

        Raises
        ------
        DataError
            If the table lacks a column that the output was made from.
        """
        present = list(names)
        recipe = self.recipe
        numbered = recipe.tokens.tokens is not None and not recipe.order.group_by  # a row is its own sequence
        own = recipe.reading.file_as in ("sequence", "sample") or numbered
        keys = [k for k in self.made["sequences"]["keys"] if k in present or not own]
        asked = [*features_of(self.made), *keys, *self.made["order"]["time"]]
        if recipe.order.pivot is None and not recipe.columns.vector and not _named_anew(recipe):
            self._require([n for n in asked if n not in present], present)
        return self.in_force(target=self.target and self._answered(recipe, present, folders))

    def classed(self, folders: Sequence[str]) -> bool:
        """Whether folders are called like classes, with ``--label-from parent``: else new files have none yet."""
        return self.target and bool({*folders} & {*(self.made["classes"] or ())})

    def require_like(self, names: Sequence[str], steps: int | None) -> None:
        """Refuse samples of a reshape that are none for a model of the output: other features, or fewer or more steps.

        Raises
        ------
        DataError
        """
        old, before, recipe = self.made["feature_names"], self.made["timesteps"], self.recipe
        columns = "Give a table with the same columns in the same order."
        turned = isinstance(recipe.framing, Reshape) and recipe.framing.series_in == "rows"
        if list(names) != old:
            rows = turned and len(names) != len(old)
            raise DataError(
                f"the features are {listed(names, 8)}, and the output was made of {listed(old, 8)}",
                fix=f"Give a table of {counted(len(old), 'row')}: each of them is a feature." if rows else columns,
            )
        if steps == before:
            return
        what, fix = "a sample", f"Give as many rows as there were: {before:,} for a sample."
        if recipe.framing.by_row:
            what, fix = "a row", "Give a table with the same lags."
        elif turned:
            what, fix = "a row", f"Give a table of {counted(before, 'column')}."
        elif recipe.reading.file_as == "timestep":
            fix = f"Give {counted(before, 'file')}: each of them is a timestep."
        elif recipe.reading.file_as == "sample":
            what, fix = "a file", f"Give files of {counted(before, 'row')}."
        raise DataError(f"{what} has {counted(steps or 0, 'timestep')}, and {before:,} in the output", fix=fix)

    def in_force(self, *, target: bool) -> Recipe:
        """The recipe that new rows are prepared by: features by name, no split, no shuffle."""
        known = self._in_force.get(target)
        if known is None:
            known = self._in_force[target] = _in_force(self.made, self.recipe, latest=self.latest, target=target)
        return known

    @cached_property
    def _in_force(self) -> dict[bool, Recipe]:
        return {}

    def _require(self, gone: list[str], present: list[str]) -> None:
        if gone:
            more = f" (and {listed(gone[1:])})" if len(gone) > 1 else ""
            raise DataError(
                f"there is no column {quoted(gone[0])}{more}, from which the output was made",
                fix=f"{did_you_mean(gone[0], present)}The table has: {listed(present)}.",
            )

    def _answered(self, recipe: Recipe, present: list[str], folders: Sequence[str]) -> bool:
        """Whether the table holds what answers a sample."""
        c = recipe.columns
        if c.target_file is not None or c.labels is not None:
            return False
        if c.label_from is not None:
            return self.classed(folders)
        if c.label is not None:
            return bool(_found([c.label], present))
        gone = [t for t in self.made["targets"] if t not in present]
        if gone and len(gone) < len(self.made["targets"]):
            raise DataError(
                f"there is no column {quoted(gone[0])}, one of the targets {listed(self.made['targets'])}",
                fix="Give a table with all of them, or make X alone with --no-target.",
            )
        return not gone


def _found(tokens: Sequence[str], names: list[str]) -> tuple[str, ...]:
    try:
        return resolve(tokens, names, "--label")
    except RecipeError:
        return ()


def _named_anew(recipe: Recipe) -> bool:
    """Whether a reshape names its features by other names than those of columns."""
    w = recipe.framing
    turned = isinstance(w, Reshape) and (w.series_as == "samples" or w.series_in == "rows")
    return turned or bool(w.lag_columns or w.steps) or recipe.reading.file_as == "timestep"


def _in_force(made: dict[str, Any], recipe: Recipe, *, latest: bool, target: bool) -> Recipe:
    spread = any((recipe.columns.vector, recipe.tokens.tokens, recipe.order.pivot)) or _named_anew(recipe)
    columns = replace(
        recipe.columns,
        features=recipe.columns.features if spread else tuple(features_of(made)),
        exclude=recipe.columns.exclude if spread else (),
        target=tuple(made["targets"]) if recipe.columns.target else (),
        categorical=tuple(made["fitted"].get("categories") or ()),
    )
    length = made["fitted"].get("timesteps")
    framing = recipe.framing if length is None else replace(recipe.framing, timesteps=length)  # type: ignore[type-var]
    scaling, batching = recipe.scaling, replace(recipe.batching, shuffle=False)
    if latest or not target:
        none: dict[str, Any] = dict.fromkeys(("label", "label_from", "labels", "target_file"))
        columns = replace(columns, target=(), label_key=(), future=(), **none)
        own = {f.name: f.default for f in dataclasses.fields(framing) if f.name in _ANSWERS}  # type: ignore[arg-type]
        framing = replace(framing, **own)  # type: ignore[type-var]
        scaling = replace(scaling, scale_target=False)
        recipe = _without_answers(recipe, features_of(made), [*made["targets"], *recipe.columns.future])
    if latest:
        batching = Batching()
        if any(f.name == "latest" for f in dataclasses.fields(framing)):  # type: ignore[arg-type]
            framing = replace(framing, latest=True)  # type: ignore[type-var]
    return replace(recipe, framing=framing, columns=columns, scaling=scaling, batching=batching, split=Split())


def _without_answers(recipe: Recipe, features: list[str], answers: list[str]) -> Recipe:
    """Without what --log and --aggregate say of columns that are not read."""
    log, chosen = still_named(recipe.derived.log, features, answers), recipe.grid.chosen if recipe.grid.resample else ()
    left = [(how, still_named([text] if text else [], features, answers)) for how, text in chosen]
    ways = tuple(":".join([how, *([",".join(n)] if n else [])]) for (how, n), (_, text) in zip(left, chosen, strict=True) if n or not text)  # fmt: skip
    grid = replace(recipe.grid, aggregate=ways) if chosen else recipe.grid
    return replace(recipe, derived=replace(recipe.derived, log=log), grid=grid)


def effective(made: dict[str, Any]) -> Recipe:
    """The recipe in force of any output: its own, or for one made by ``apply`` what that made of it."""
    taught = again(made)
    return recipe_of(made) if taught is None else taught.in_force(target=taught.target)


def again(made: dict[str, Any]) -> Taught | None:
    """What the rows of an output made by ``apply`` were prepared like; None for other outputs."""
    applied = made.get("applied")
    return None if applied is None else Taught(made, latest=applied["latest"], target=applied["target"])


def features_of(made: dict[str, Any]) -> list[str]:
    """Columns of the table behind the features: one for all the classes of a text column, none for what is made of times.

    Examples
    --------
    >>> made = {"feature_names": ["x", "k=a", "k=b"], "fitted": {"categories": {"k": ["a", "b"]}}}
    >>> features_of(made)
    ['x', 'k']
    """
    recipe = made.get("recipe") or {}
    fields = [f.strip() for text in recipe.get("calendar", []) for f in text.split(",")]
    times = bool(recipe.get("time_delta")) + sum(len(names_of(f, cyclic=bool(recipe.get("cyclic")))) for f in fields)
    signs = bool(recipe.get("indicator")) + bool(recipe.get("time_since"))
    left = {n: [f"{n}={c}" for c in classes] for n, classes in (made["fitted"].get("categories") or {}).items()}
    names, out, at = made["feature_names"], [], 0
    while at < len(names):
        column = next((n for n, hot in left.items() if names[at : at + len(hot)] == hot), None)
        if column is None:
            out.append(names[at])
            at += 1
        else:
            out.append(column)
            at += len(left.pop(column))
    out = out[: (len(out) - times) // (1 + signs)]  # what is made of times, and signs of each column, stand behind
    many = len(aggregates_of(Grid(aggregate=tuple(recipe.get("aggregate", ()))))) if recipe.get("downsample") else 1
    if many == 1:
        return out
    return [name.rpartition("_")[0] for name in out[::many]]  # a_mean, a_std of every column a
