"""Classes of the train rows: codes of labels and 0/1 features, and what becomes of a class that train lacks.

    --unknown error   named with its row                 (rows of later parts alone count)
    --unknown drop    its samples are left out
    --unknown code    code -1 in y, 0 in every class of X and of --one-hot

With folds a class has one code in all of them; a fold whose own train lacks it treats it as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

import numpy as np

from lstmprep.errors import DataError, Where
from lstmprep.framing.frame import Flags, Ints, Segments
from lstmprep.naming import Groups
from lstmprep.panel import Array, Panel
from lstmprep.records import record
from lstmprep.split import Cut
from lstmprep.split.cut import of_answers
from lstmprep.split.reach import within_reach
from lstmprep.stores import Shelf
from lstmprep.transforms.classes import LACKING, first_lacking, renumbered, rows_in, seen_codes, seen_columns
from lstmprep.transforms.pieces import taken
from lstmprep.wording import counted, listed, name_of, quoted

BLOCK = 1 << 16
Address = Callable[[int, "str | None"], Where]
Fold = Sequence[Cut]


@record(eq=False)
class Names:
    """What the numbers of a panel are called.

    Parameters
    ----------
    features, targets, future : list of str
    classes : list of str or None
        Names of the label's codes.
    categories : dict of str to list of str
        Classes of each ``--categorical`` column.
    hot : dict of str to (classes,) int64
        Where the 0/1 features of each such column stand.
    label : str
        The column of the label.
    binary : list of str
        Columns of true and false, and others that are on a scale of their own.
    derived : list of str
        Features that are made of the times.
    groups : mapping of str to sequence of str
        Columns that one name stands for: those of a vector, or of all keys of a pivot.
    static : sequence of str
        Columns of the array beside X.
    lacking : dict of int to dict
        Of every fold by its number, the classes of a column that only trains of other folds hold.
    """

    features: list[str]
    targets: list[str] = field(default_factory=list)
    future: list[str] = field(default_factory=list)
    classes: list[str] | None = None
    categories: dict[str, list[str]] = field(default_factory=dict)
    hot: dict[str, Ints] = field(default_factory=dict)
    label: str = ""
    binary: list[str] = field(default_factory=list)
    groups: Groups = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)
    static: tuple[str, ...] = ()
    lacking: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def lack(self, fold: int, column: str, texts: list[str]) -> None:
        """Note the classes that the train of a fold does not hold."""
        if texts:
            self.lacking.setdefault(fold, {})[column] = texts


@record(eq=False)
class Lacking:
    """Rows of a later part that hold a class which train lacks."""

    column: str
    texts: list[str]
    rows: int
    first: int
    part: str
    train: list[str]


def of_labels(
    panel: Panel, folds: Sequence[Fold], names: Names, policy: str, shelf: Shelf, found: list[Lacking]
) -> list[Panel]:
    """Codes of the classes that some train holds; the panel of every fold."""
    per_sequence = panel.sequence_labels is not None
    labels = panel.sequence_labels if per_sequence else panel.labels
    if labels is None or names.classes is None:
        return [panel] * len(folds)
    total = len(names.classes)
    of_rows = _sequences if per_sequence else partial(of_answers, panel)
    known = [seen_codes(labels, of_rows(fold[0].segments), total) for fold in folds]
    seen = np.logical_or.reduce(known)
    for fold, mine in zip(folds, known, strict=True):
        for cut in fold[1:]:
            count, first = first_lacking(labels, of_rows(cut.segments), mine)
            if count:
                texts = [
                    names.classes[c] for c in np.flatnonzero(~mine & seen_codes(labels, of_rows(cut.segments), total))
                ]
                train = [t for t, ok in zip(names.classes, mine, strict=True) if ok]
                row = int(panel.starts[first]) if per_sequence else panel.first_of(first)
                found.append(Lacking(names.label, texts, count, row, cut.folder + cut.name, train))
    for number, mine in enumerate(known):
        names.lack(number, names.label, [names.classes[c] for c in np.flatnonzero(seen & ~mine)])
    if seen.all() and not found:
        return [panel] * len(folds)
    names.classes = [text for text, ok in zip(names.classes, seen, strict=True) if ok]
    return [recoded(panel, renumbered(seen, mine), policy, shelf) for mine in known]


def _sequences(segments: Segments) -> Segments:
    """The sequences of some segments, as if they were rows."""
    which = np.unique(segments.sequence)
    return Segments(which, which, which + 1)


def recoded(panel: Panel, codes: Array, policy: str, shelf: Shelf) -> Panel:
    """The panel with new codes; rows of unknown classes marked where they spoil a sample."""
    none = np.zeros(panel.rows, bool)
    if panel.sequence_labels is not None:
        labels = codes[panel.sequence_labels]
        spoiled = none.copy()
        for s in np.flatnonzero(labels == LACKING).tolist():  # sequences of unknown classes are few
            spoiled[panel.starts[s] : panel.stops[s]] = True
        return replace(panel, sequence_labels=labels, unknown=(spoiled, none) if policy == "drop" else None)
    assert panel.labels is not None
    store = shelf.store(0, np.int32)
    for i in range(0, len(panel.labels), BLOCK):
        store.append(codes[panel.labels[i : i + BLOCK]])
    labels = store.view()
    spoils = np.repeat(labels == LACKING, panel.first_of(1))  # a flag for every row of the panel
    return replace(panel, labels=labels, unknown=(none, spoils) if policy == "drop" else None)


def of_features(
    panels: list[Panel], folds: Sequence[Fold], names: Names, policy: str, found: list[Lacking]
) -> tuple[list[Panel], Ints, list[Ints]]:
    """0/1 features of the classes that some train holds.

    Returns
    -------
    panels : list of Panel
        Of every fold, with the rows that spoil a sample marked.
    kept : (features,) int64
        Where the features that stay stand in the panel.
    blank : list of (n,) int64
        Of every fold, those of them that are 0 in it because its own train lacks the class.
    """
    total = len(names.features)
    nothing = np.zeros(0, np.int64)
    if not names.hot:
        return panels, np.arange(total), [nothing] * len(folds)
    columns = np.concatenate(list(names.hot.values()))
    values = panels[0].features
    known = [seen_columns(values, fold[0].segments, columns) for fold in folds]
    seen = np.logical_or.reduce(known)
    owner = [name for name, at in names.hot.items() for _ in at]
    texts = [t for name in names.hot for t in names.categories[name]]
    out = []
    for number, (panel, fold, mine) in enumerate(zip(panels, folds, known, strict=True)):
        lacks = np.flatnonzero(~mine)
        for name in names.hot:
            names.lack(number, name, [texts[k] for k in lacks if seen[k] and owner[k] == name])
        for cut in fold[1:] if len(lacks) else ():
            _note_lacking(values, cut, columns, lacks, owner, texts, mine, found)
        out.append(_spoiled(panel, values, columns[lacks]) if policy == "drop" and len(lacks) else panel)
    gone = set(columns[~seen].tolist())
    for name, at in names.hot.items():
        stay = [t for t, j in zip(names.categories[name], at.tolist(), strict=True) if j not in gone]
        if not stay:
            raise DataError(
                f"{name_of(name)} has no class in the train rows", fix=f"Leave it out with --exclude {name_of(name)}."
            )
        names.categories[name] = stay
    kept = np.array([j for j in range(total) if j not in gone], np.int64)
    names.features = [names.features[j] for j in kept.tolist()]
    place = {j: i for i, j in enumerate(kept.tolist())}
    names.hot = {
        name: np.array([place[j] for j in at.tolist() if j in place], np.int64) for name, at in names.hot.items()
    }
    blank = [np.array([place[j] for j in columns[seen & ~mine].tolist()], np.int64) for mine in known]
    return out, kept, blank


def _note_lacking(
    values: Array,
    cut: Cut,
    columns: Ints,
    lacks: Ints,
    owner: list[str],
    texts: list[str],
    mine: Flags,
    found: list[Lacking],
) -> None:
    reach = within_reach(cut)
    here = seen_columns(values, reach, columns[lacks])
    for name in dict.fromkeys(owner[k] for k in lacks[here].tolist()):
        which = [k for k in lacks[here].tolist() if owner[k] == name]
        count, first = _rows_of(values, reach, columns[which])
        train = [t for t, o, ok in zip(texts, owner, mine, strict=True) if o == name and ok]
        found.append(Lacking(name, [texts[k] for k in which], count, first, cut.folder + cut.name, train))


def _rows_of(values: Array, segments: Segments, columns: Ints) -> tuple[int, int]:
    """(rows of these with a 1 in the columns, the first of them)."""
    found = []
    for rows, _, _ in rows_in(segments).pieces():
        places = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        found.append(places[(taken(values, rows, columns) == 1).any(axis=0)])
    every = np.concatenate(found)
    return len(every), int(every.min())


def _spoiled(panel: Panel, values: Array, columns: Ints) -> Panel:
    inputs = np.zeros(panel.rows, bool)
    for i in range(0, panel.rows, BLOCK):
        inputs[i : i + BLOCK] = (values[i : i + BLOCK][:, columns] == 1).any(axis=1)
    before = panel.unknown or (inputs, np.zeros(panel.rows, bool))
    return replace(panel, unknown=(before[0] | inputs, before[1]))


def refuse(found: list[Lacking], panel: Panel, address: Address) -> None:
    """Name the first class that train lacks, its row and its part.

    Raises
    ------
    DataError
    """
    if not found:
        return
    one = min(found, key=lambda f: int(panel.source(np.array([f.first]))[0]))
    row = int(panel.source(np.array([one.first]))[0])
    more = f" ({counted(one.rows, 'row')} of {one.part} hold such)" if one.rows > 1 else ""
    also = f"; {one.part} holds {listed(one.texts, 6)}" if len(one.texts) > 1 else ""
    raise DataError(
        f"the class {quoted(one.texts[0])} stands in {one.part} and not in train, which has {listed(one.train, 8)}{also}{more}",
        fix="Give train rows of it (--split-by group or random --stratify does), or use --unknown drop or --unknown code.",
        where=address(row, one.column or None),
    )


def told(found: list[Lacking], policy: str) -> list[tuple[str, str]]:
    """A note for every column with classes that train lacks."""
    how = "their samples are left out" if policy == "drop" else "code -1, or 0 in every class"
    out: list[tuple[str, str]] = []
    for name in dict.fromkeys(f.column for f in found):
        mine = [f for f in found if f.column == name]
        texts = list(dict.fromkeys(t for f in mine for t in f.texts))
        rows: Any = sum(f.rows for f in mine)
        out.append(
            (
                "unknown-class",
                f"{name_of(name or 'the label')}: train lacks {listed(texts, 8)} ({counted(rows, 'row')} of later parts): {how} (--unknown {policy})",
            )
        )
    return out
