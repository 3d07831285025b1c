"""What a survey is asked: settings of its own, and those of other parts that it shares.

A survey has no recipe: it frames nothing. It reads as `window` reads, so the settings of reading,
columns, order and type are the recipe's own, declared there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.parts import Arrays, Columns, Order, Reading
from lstmprep.records import record
from lstmprep.serde import Setting, build, setting, settings_of
from lstmprep.split.spec import Split
from lstmprep.tabular import Tokens
from lstmprep.wording import listed, quoted

_HEAD = "What is looked at"
SHARED: dict[str, tuple[type, tuple[str, ...]]] = {
    "columns": (Columns, ("features", "exclude", "target", "label", "vector")),
    "order": (Order, ("time", "time_format", "time_unit", "timezone", "group_by", "pivot")),
    "tokens": (Tokens, ("tokens",)),
    "split": (Split, ("split", "split_by")),
    "reading": (Reading, ()),
    "arrays": (Arrays, ("dtype",)),
}


@record(frozen=True, kw_only=True)
class Look:
    """What is counted beyond the facts of the table."""

    timesteps: tuple[int, ...] = setting(
        "ints",
        "Lengths of a sample to count samples for.  [default: 10,24,50]",
        heading=_HEAD,
        basic=True,
        short="-t",
        metavar="10,24,50",
    )
    lookback: str | None = setting(
        "text",
        "How far this column depends on its own past: correlation (ACF), correlation less what nearer rows explain (PACF), mutual information (dependence of any kind).",
        heading=_HEAD,
        basic=True,
        metavar="COL",
    )
    max_lag: int | None = setting(
        "int",
        "Rows that --lookback goes back at the most.  [default: 40, or half of the rows]",
        heading=_HEAD,
        basic=True,
        metavar="N",
    )
    rows: int | None = setting(
        "int", "Count for a table of so many rows, without a file.", heading=_HEAD, basic=True, metavar="N"
    )
    columns: int | None = setting(
        "int", "Features of that table.  [default: 1]", heading=_HEAD, basic=True, metavar="F"
    )

    def __post_init__(self) -> None:
        if any(t < 1 for t in self.timesteps):
            raise RecipeError("--timesteps holds 0", fix="A sample has 1 timestep or more: --timesteps 10,24,50.")
        for name, low in (("max_lag", 1), ("rows", 1), ("columns", 1)):
            value = getattr(self, name)
            if value is not None and value < low:
                flag = "--" + name.replace("_", "-")
                raise RecipeError(f"{flag} is {value}", fix=f"Give {flag} a whole number, {low} or more.")
        if self.max_lag is not None and self.lookback is None:
            raise RecipeError("--max-lag needs --lookback", fix="Name the column to look at: --lookback COL.")
        if self.columns is not None and self.rows is None:
            raise RecipeError(
                "--columns needs --rows", fix="Give both, for example --rows 600 --columns 10, and no file."
            )
        if self.rows is not None and self.lookback is not None:
            raise RecipeError(
                "--rows and --lookback exclude each other",
                fix="--lookback needs the values of a file: leave --rows out.",
            )


@record(frozen=True, kw_only=True)
class Ask:
    """A survey as it was asked for."""

    look: Look = field(default_factory=Look)
    columns: Columns = field(default_factory=Columns)
    order: Order = field(default_factory=Order)
    tokens: Tokens = field(default_factory=Tokens)
    split: Split = field(default_factory=Split)
    reading: Reading = field(default_factory=Reading)
    arrays: Arrays = field(default_factory=Arrays)

    def __post_init__(self) -> None:
        if self.split.active and self.look.lookback is None:
            raise RecipeError(
                "--split is for --lookback, which then looks at train alone",
                fix="Name the column to look at with --lookback COL, or leave --split out.",
            )
        self.tokens.check(
            self.columns, self.order, None, computes="--lookback" if self.look.lookback is not None else ""
        )

    @property
    def reshapes(self) -> bool:
        """Whether the features are none of the columns, or the rows none of the table."""
        return bool(self.columns.vector) or self.order.pivot is not None or self.tokens.tokens is not None


def survey_settings() -> list[Setting]:
    """Every setting of a survey, in the order of help."""
    shared = [s for part, names in SHARED.values() for s in settings_of(part) if not names or s.name in names]
    shared = [replace(s, choices=("table", "sequence")) if s.name == "file_as" else s for s in shared]
    return [*settings_of(Look), *shared]


def ask_of(data: Mapping[str, Any]) -> Ask:
    """The survey that flat plain data spells.

    Raises
    ------
    RecipeError
        If a name is unknown, a value has the wrong type, or settings exclude each other.

    Examples
    --------
    >>> ask_of({"timesteps": "10,24", "time": "t"}).look.timesteps
    (10, 24)
    """
    names = [s.name for s in survey_settings()]
    for key in data:
        if key not in names:
            raise RecipeError(
                f"inspect() has no setting {quoted(key)}",
                fix=f"{did_you_mean(key, names)}The settings are {listed(names, 80)}.",
            )
    own = {s.name for s in settings_of(Look)}
    shared = {k: v for k, v in data.items() if k not in own}
    return Ask(look=build(Look, data), **{name: build(part, shared) for name, (part, _) in SHARED.items()})
