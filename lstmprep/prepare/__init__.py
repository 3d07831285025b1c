"""Values are rewritten once a row, after the split and before any window: classes, scaling, the last cast.

    panel (float64) + parts -> what train rows teach -> panel in the output's type
                                      └──────────────> fitted numbers of the manifest

    rework    holes filled, differences and trends taken, signs of what was missing
    columns   which method scales which column
    classes   classes of train rows, and the others
    scale     shift and factor of every column

Whatever is learned is learned from the rows of train, each once. With folds every fold has a train
of its own, and so a panel of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.panel import Array, Panel
from lstmprep.prepare.classes import Address, Lacking, Names, of_features, of_labels, refuse, told
from lstmprep.prepare.columns import methods_of
from lstmprep.prepare.scale import Learned, learn
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.split.cutting import Cutting
from lstmprep.stores import Shelf
from lstmprep.transforms.affine import Affine, Owners, rescaled
from lstmprep.unread import Unread, UnreadError
from lstmprep.wording import name_of, number

if TYPE_CHECKING:
    from lstmprep.prepare.gaps import Filled
    from lstmprep.prepare.rework import Reworked

__all__ = ["Names", "Rewritten", "prepare"]
BLOCK = 1 << 17  # values rewritten at a time


@record(eq=False)
class Rewritten:
    """The values that are framed, what they are called, and what was learned on the way.

    Parameters
    ----------
    panels : dict of str to Panel
        Of every folder of parts.
    names : Names
        As they are now: features of classes that no train holds are gone.
    fitted : dict
        Plain JSON values; ``folds`` holds those of every fold.
    notes : list of (code, text)
    filled : Filled or None
        How many missing values were filled, by column; of the first fold. None when nothing was reworked.
    """

    panels: dict[str, Panel]
    names: Names
    fitted: dict[str, Any] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    filled: Filled | None = None


def prepare(
    recipe: Recipe,
    panel: Panel,
    cutting: Cutting,
    names: Names,
    shelf: Shelf,
    address: Address,
    *,
    per_second: int = 1,
    known: Mapping[str, Any] | None = None,
) -> Rewritten:
    """Learn from train and rewrite.

    Parameters
    ----------
    recipe : Recipe
    panel : Panel
        float64 where the recipe computes, else in the output's type.
    cutting : Cutting
        The parts; the first of every folder is its train.
    names : Names
    shelf : Shelf
        Where rows are kept.
    address : callable
        ``(row, column) -> Where`` in the table.
    per_second : int
        Units of a time in a second; 1 for plain numbers.
    known : mapping or None
        ``fitted`` of the run that is replayed: fills and lines are not learned again.

    Returns
    -------
    Rewritten

    Raises
    ------
    DataError
        If a later part holds a class that train lacks, or values cannot be scaled.
    RecipeError
        If ``--scale-columns`` names what is not there.
    """
    folders = list(dict.fromkeys(cut.folder for cut in cutting.cuts))
    folds = [[cut for cut in cutting.cuts if cut.folder == folder] for folder in folders]
    policy = recipe.scaling.unknown
    reworked: list[Reworked] = []
    if recipe.reworks:
        from lstmprep.prepare.rework import rework, sign_names

        reworked = [rework(recipe, panel, f, names, shelf, address, per_second=per_second, known=known) for f in folds]
        panel = replace(panel, labels=reworked[0].panel.labels)
        signs = sign_names(recipe, names)
        names.features, names.binary = [*names.features, *signs], [*names.binary, *signs]
    found: list[Lacking] = []
    panels = of_labels(panel, folds, names, policy, shelf, found)
    if recipe.reworks:
        panels = [p.with_values_of(r.panel) for p, r in zip(panels, reworked, strict=True)]
    panels, kept, blank = of_features(panels, folds, names, policy, found)
    if policy == "error":
        refuse(found, panel, address)
    out = Rewritten({}, names, notes=told(found, policy), filled=reworked[0].filled if reworked else None)
    hot = {name: [names.features[j] for j in at.tolist()] for name, at in names.hot.items()}
    methods = methods_of(
        recipe.scaling, names.features, names.targets, names.future, classes=hot, binary=names.binary, groups=names.groups, static=names.static
    )  # fmt: skip
    columns = {"features": names.features, "targets": names.targets, "future": names.future}
    by_group = recipe.scaling.scale_by_group
    for folder, made in zip(folders if reworked else [], reworked, strict=True):
        if made.fitted and folder:
            out.fitted.setdefault("folds", {}).setdefault(folder.rstrip("/"), {}).update(made.fitted)
        elif made.fitted:
            out.fitted.update(made.fitted)
    for fold_number, lacks in names.lacking.items():
        out.fitted.setdefault("folds", {}).setdefault(folders[fold_number].rstrip("/"), {})["lacks"] = lacks
    for folder, fold, mine, zero in zip(folders, folds, panels, blank, strict=True):
        learned = learn(mine, fold[0], methods, columns, kept, by_group=by_group)
        out.panels[folder] = _rewritten(recipe, mine, learned, kept, zero, columns, shelf, address)
        if learned.fitted and folder:
            out.fitted.setdefault("folds", {}).setdefault(folder.rstrip("/"), {})["scaling"] = learned.fitted
        elif learned.fitted:
            out.fitted["scaling"] = learned.fitted
        where = f"{folder.rstrip('/')}: " if folder else ""
        out.notes += [(code, f"{where}{text}") for code, text in learned.notes]
    return out


def pad_of(recipe: Recipe) -> float | None:
    """What stands where a value is missing, under ``--missing mask``."""
    return (recipe.framing.pad_value or 0.0) if recipe.order.missing == "mask" else None


def _rewritten(
    recipe: Recipe,
    panel: Panel,
    learned: Learned,
    kept: Ints,
    zero: Ints,
    names: dict[str, list[str]],
    shelf: Shelf,
    address: Address,
) -> Panel:
    """The panel with scaled values, in the output's type; columns that are as they should be stay where they are."""
    dtype = np.dtype(recipe.arrays.dtype)
    rewrite = Rewriter(panel, dtype, shelf, address)
    changed: dict[str, Any] = {}
    pad, reread = pad_of(recipe), panel.reread
    whole = len(kept) == panel.features.shape[1] and not len(zero)
    for role in ("features", "targets", "future"):
        values: Array | None = getattr(panel, role)
        affine = learned.arrays.get(role)
        same = affine is None and (role != "features" or (whole and pad is None))
        if values is None or (same and (values.dtype == dtype or values.dtype.kind == "i")):  # ids stay what they are
            continue
        some = None if role != "features" or len(kept) == values.shape[1] else kept
        blank = pad if role == "features" else None
        changed[role] = rewrite(values, affine, names[role], some, zero if role == "features" else zero[:0], blank)
        alike = some is None and blank is None and not (role == "features" and len(zero))
        if reread is not None and alike and reread.holds(role, values):
            reread = reread.scaled(role, changed[role], affine)
    if panel.observed is not None and len(kept) < panel.observed.shape[1]:
        from lstmprep.prepare.rework import some_columns

        changed["observed"] = some_columns(panel.observed, kept, shelf)
    return replace(panel, reread=reread, **changed) if changed else panel


class Rewriter:
    """Block by block: columns chosen, scaled, cast, stored."""

    def __init__(self, panel: Panel, dtype: np.dtype[Any], shelf: Shelf, address: Address) -> None:
        self._panel, self._dtype, self._shelf, self._address = panel, dtype, shelf, address

    @cached_property
    def _owners(self) -> Owners:
        return Owners(self._panel.starts)

    def __call__(
        self, values: Array, affine: Affine | None, names: list[str], some: Ints | None, zero: Ints, pad: float | None
    ) -> Array:
        if isinstance(values, Unread):
            if pad is not None or some is not None or len(zero):
                raise UnreadError
            return self._elsewhere(values, affine)
        store = self._shelf.store(len(names), self._dtype)
        step = max(1, BLOCK // max(len(names), 1))
        rows = min(step, len(values))
        room, casts = np.empty((rows, len(names))), np.empty((rows, len(names)), self._dtype)
        several = affine is not None and len(affine.shift) > 1
        for i in range(0, len(values), step):
            block = values[i : i + step] if some is None else values[i : i + step][:, some]
            cast = casts[: len(block)]
            group = self._owners.of(i, i + len(block)) if several else None
            made = rescaled(block, affine, group, room[: len(block)], cast)
            if len(zero):
                cast[:, zero] = np.where(np.isnan(cast[:, zero]), cast[:, zero], 0)
            if np.isinf(cast).any():
                self._refuse(
                    block, made, cast, i, names, self._panel.first_of(1) if len(values) < self._panel.rows else 1
                )
            if pad is not None:
                cast[np.isnan(cast)] = pad
            store.append(cast)
        return store.view()

    def _elsewhere(self, values: Unread, affine: Affine | None) -> Array:
        """Rows that are rewritten where they are read, unless a value may be too large: scaling keeps the order of values."""
        with np.errstate(over="ignore", invalid="ignore"):
            for end in values.ends:
                scaled = end if affine is None else (end - affine.shift) / affine.factor
                if not np.isfinite(scaled.astype(self._dtype)).all():
                    raise UnreadError
        made: Any = values.cast(self._dtype)
        out: Array = made
        return out

    def _refuse(self, block: Array, made: Array, cast: Array, first: int, names: list[str], each: int) -> None:
        at, column = (int(v) for v in np.argwhere(np.isinf(cast))[0])
        row = int(self._panel.source(np.array([(first + at) * each]))[0])
        value, scaled = float(block[at, column]), float(made[at, column])
        said = f"{number(value)} is" if value == scaled else f"{number(value)}, scaled to {number(scaled)}, is"
        wider = "float32" if self._dtype == np.float16 and abs(scaled) < float(np.finfo("f4").max) else "float64"
        raise DataError(
            f"{said} beyond the largest {self._dtype} ({float(np.finfo(self._dtype).max):.6g})",
            fix=f"Add --dtype {wider}, or leave the column out with --exclude {name_of(names[column])}.",
            where=self._address(row, names[column]),
        )
