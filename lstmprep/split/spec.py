"""The settings of splits, and what the text of --split means.

    0.7,0.3                  fractions of the rows      train, test
    0.7,0.15,0.15                                       train, val, test
    300,100,100              rows
    2019-01-01,2020-01-01    instants where val and test begin
    at:700,900               the same for times that are numbers
    rows:6,4  fraction:0.6,0.4                          spelt out

Knows no table: rows and instants are found in `cutting`.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from lstmprep.errors import RecipeError
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import quoted

Kind = Literal["fraction", "rows", "time"]
By = Literal["time", "sequence", "group", "section", "random"]
NAMES = {2: ("train", "test"), 3: ("train", "val", "test")}
NEARLY = 1e-9
_HEADING = "Split"
_MARKS: dict[str, Kind] = {"at": "time", "rows": "rows", "fraction": "fraction"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_HOW = "Give the parts as fractions (0.7,0.3), rows (300,100,100) or dates where later parts begin (2019-01-01,2020-01-01)."


@record(frozen=True)
class Parts:
    """What the text of ``--split`` means.

    Parameters
    ----------
    kind : {"fraction", "rows", "time"}
    values : tuple of float
        Fractions or rows of every part; empty for times.
    times : tuple of str
        Texts of the instants where later parts begin.
    """

    kind: Kind
    values: tuple[float, ...] = ()
    times: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """``train, test`` or ``train, val, test``."""
        return NAMES[len(self.times) + 1 if self.kind == "time" else len(self.values)]

    def ends(self, n: int) -> list[int]:
        """Where each part of n units ends: ``floor(n * (f1 + ... + fi) + 1e-9)``, or the sums of the rows.

        Examples
        --------
        >>> Parts("fraction", (0.57, 0.43)).ends(100), Parts("rows", (6.0, 3.0)).ends(10)
        ([57, 100], [6, 9])
        """
        sums = [math.fsum(self.values[: i + 1]) for i in range(len(self.values))]
        if self.kind == "rows":
            return [int(s) for s in sums]
        return [min(math.floor(n * s + NEARLY), n) for s in sums[:-1]] + [n]


def parse(words: tuple[str, ...]) -> Parts:
    """What ``--split`` asks for.

    Raises
    ------
    RecipeError
        If it is neither fractions, rows nor times, or they make no whole.

    Examples
    --------
    >>> parse(("0.7", "0.3"))
    Parts(kind='fraction', values=(0.7, 0.3), times=())
    >>> parse(("at:700", "900")).times
    ('700', '900')
    """
    text = ",".join(words)
    mark, colon, rest = text.partition(":")
    marked = _MARKS.get(mark.strip()) if colon else None
    items = [w.strip() for w in (rest if marked else text).split(",")]
    if not all(items):
        raise RecipeError(f"--split {quoted(text)} has an empty part", fix=_HOW)
    numeric = all(_NUMBER.match(w) for w in items)
    kind = marked or ("time" if not numeric else "rows" if all(float(w) >= 1 for w in items) else "fraction")
    if kind == "time":
        return _times(text, items, marked=marked is not None)
    if not numeric:
        raise RecipeError(f"--split {quoted(text)}: {quoted(next(w for w in items if not _NUMBER.match(w)))} is no number", fix=_HOW)  # fmt: skip
    values = tuple(float(w) for w in items)
    if len(values) == 1:
        raise _one(text, items[0], kind)
    if len(values) not in NAMES:
        raise RecipeError(
            f"--split {quoted(text)} has {len(values)} parts",
            fix="Give two (train, test) or three (train, val, test); --folds K makes more pairs.",
        )
    if not all(v > 0 and math.isfinite(v) for v in values):
        raise RecipeError(f"--split {quoted(text)} has a part of nothing", fix=_HOW)
    return _fractions(text, values) if kind == "fraction" else _rows(text, values)


def _one(text: str, word: str, kind: Kind) -> RecipeError:
    value = float(word)
    if kind == "fraction" and 0 < value < 1:
        return RecipeError(
            f"--split {quoted(text)} is one part only", fix=f"Name them all: --split {word},{round(1 - value, 12):g}."
        )
    return RecipeError(
        f"--split {quoted(text)} is one part only",
        fix=f"A time where test begins is written --split at:{word}, rows --split ROWS,ROWS.",
    )


def _times(text: str, items: list[str], *, marked: bool) -> Parts:
    if len(items) + 1 not in NAMES:
        raise RecipeError(
            f"--split {quoted(text)} has {len(items)} times",
            fix="Give one (where test begins) or two (where val and test begin).",
        )
    odd = [w for w in items if not any(c.isdigit() for c in w)]
    if odd and not marked:
        raise RecipeError(f"--split {quoted(text)}: {quoted(odd[0])} is no fraction, no rows and no time", fix=_HOW)
    return Parts("time", times=tuple(items))


def _fractions(text: str, values: tuple[float, ...]) -> Parts:
    total = math.fsum(values)
    if abs(total - 1) > NEARLY:
        last = 1 - math.fsum(values[:-1])
        works = [*values[:-1], last] if last > NEARLY else [v / total for v in values]
        raise RecipeError(
            f"--split {quoted(text)} adds up to {total:.12g}, not to 1",
            fix=f"Use --split {','.join(f'{v:.4g}' for v in works)}.",
        )
    return Parts("fraction", values)


def _rows(text: str, values: tuple[float, ...]) -> Parts:
    odd = [v for v in values if v != int(v)]
    if odd:
        raise RecipeError(f"--split {quoted(text)}: {odd[0]:g} is no whole number of rows", fix=_HOW)
    return Parts("rows", values)


@record(frozen=True, kw_only=True)
class Split:
    """Which rows are train, val and test; cut before windows are made.

    Raises
    ------
    RecipeError
        If a text means nothing, or two settings exclude each other.

    Examples
    --------
    >>> Split(split=("0.7", "0.3")).parts
    Parts(kind='fraction', values=(0.7, 0.3), times=())
    """

    split: tuple[str, ...] = setting(
        "words",
        "Parts, cut before windows are made: 0.7,0.15,0.15, rows 300,100,100, or dates where later parts begin.",
        heading=_HEADING,
        basic=True,
        metavar="PARTS",
    )
    split_by: str | None = setting(
        "choice",
        "What is divided: all sequences at one time (time), each by its own rows (sequence), whole sequences (group), whole --sections (section), or samples that share no row (random).  [default: time; without --time sequence]",
        choices=("time", "sequence", "group", "section", "random"),
        heading=_HEADING,
        basic=True,
    )
    context: bool = setting(
        "flag",
        "Inputs (never targets) of a later part may reach back into the part before.",
        heading=_HEADING,
        basic=True,
    )
    embargo: int = setting(
        "int",
        "Rows of every sequence taken from the end of the earlier part.",
        default=0,
        heading=_HEADING,
        metavar="ROWS",
    )
    stratify: bool = setting(
        "flag", "Every class in its share in every part, with --split-by group or random.", heading=_HEADING
    )
    folds: int | None = setting(
        "int",
        "Walk forward: so many pairs of train and test, each test later than its train.",
        heading=_HEADING,
        metavar="K",
    )
    fold_train: int | None = setting(
        "int", "Rows of train in every fold.  [default: all before test]", heading=_HEADING, metavar="ROWS"
    )

    def __post_init__(self) -> None:
        for name, low in (("embargo", 0), ("folds", 1), ("fold_train", 1)):
            value = getattr(self, name)
            if value is not None and value < low:
                raise RecipeError(f"--{name.replace('_', '-')} is {value}", fix=f"Give a whole number, {low} or more.")
        if self.split:
            parts = parse(self.split)
            self._check_kind(parts)
        self._check_pairs()

    def _check_kind(self, parts: Parts) -> None:
        if parts.kind == "time" and self.split_by not in (None, "time"):
            raise RecipeError(
                f"--split {quoted(','.join(self.split))} names times, and --split-by {self.split_by} divides no time",
                fix="Give fractions (0.7,0.3), or leave --split-by out.",
            )
        if self.folds is not None:
            raise RecipeError(
                "--split and --folds exclude each other",
                fix="--folds makes its own pairs of train and test: leave one of them out.",
            )

    def _check_pairs(self) -> None:
        needs = {
            "--split-by": self.split_by is not None,
            "--context": self.context,
            "--embargo": self.embargo > 0,
            "--stratify": self.stratify,
        }
        for flag, used in needs.items():
            if used and not self.active:
                raise RecipeError(
                    f"{flag} needs --split", fix=f"Name the parts, for example --split 0.7,0.3 {flag} ..."
                )
        if self.fold_train is not None and self.folds is None:
            raise RecipeError("--fold-train needs --folds", fix="Say how many folds, for example --folds 5.")
        whole = self.split_by in ("group", "section", "random")
        if self.folds is not None and whole:
            raise RecipeError(
                f"--folds and --split-by {self.split_by} exclude each other",
                fix="Folds walk forward in time: use --split-by time or sequence.",
            )
        if whole and (self.context or self.embargo):
            flag = "--context" if self.context else "--embargo"
            raise RecipeError(
                f"{flag} and --split-by {self.split_by} exclude each other: no part is later than another",
                fix=f"Leave {flag} out, or split by time.",
            )
        if self.stratify and self.split_by not in ("group", "random"):
            raise RecipeError(
                "--stratify needs --split-by group or random",
                fix="A cut in time takes classes as they come: add --split-by group, or leave --stratify out.",
            )

    @property
    def active(self) -> bool:
        """Whether there is more than one part."""
        return bool(self.split) or self.folds is not None

    @property
    def parts(self) -> Parts | None:
        """What ``--split`` means; None without it."""
        return parse(self.split) if self.split else None

    def by(self, *, timed: bool) -> By:
        """What is divided, given whether rows have a time."""
        return self.split_by or ("time" if timed else "sequence")  # type: ignore[return-value]
