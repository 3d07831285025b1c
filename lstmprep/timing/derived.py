"""Features made of the times, and values replaced by what they change by."""

from __future__ import annotations

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.wording import listed, quoted

FIELDS = ("dow", "month", "hour", "minute", "second", "doy", "day", "week", "weekend", "quarter", "year")
_DERIVED = "Derived columns"


@record(frozen=True, kw_only=True)
class Derived:
    """Features made of the times, and values replaced by what they change by."""

    time_delta: bool = setting(
        "flag",
        "A feature time_delta: since the row before, in seconds or in the unit of plain numbers.",
        heading=_DERIVED,
    )
    calendar: tuple[str, ...] = setting(
        "list",
        "Features of the calendar: dow (Monday is 0), month, hour, minute, second, doy (day of the year), day, week, weekend, quarter, year.",
        heading=_DERIVED,
        metavar="FIELDS",
    )
    cyclic: bool = setting("flag", "Calendar features as sine and cosine, hour_sin and hour_cos.", heading=_DERIVED)
    difference: int | None = setting(
        "int", "Values minus those N rows before; invert undoes it.", heading=_DERIVED, metavar="N"
    )
    detrend: str | None = setting(
        "choice",
        "Values minus a line fitted to the train rows of their sequence; invert undoes it.",
        choices=("linear",),
        heading=_DERIVED,
    )
    log: tuple[str, ...] = setting(
        "list", "Columns replaced by their natural logarithm; invert undoes it.", heading=_DERIVED, metavar="COLS"
    )

    def __post_init__(self) -> None:
        for name in self.fields:
            if name not in FIELDS:
                raise RecipeError(
                    f"--calendar {quoted(name)} is not one of its choices",
                    fix=f"{did_you_mean(name, list(FIELDS))}The choices are {listed(FIELDS)}.",
                )
        if len(set(self.fields)) < len(self.fields):
            raise RecipeError(f"--calendar {','.join(self.fields)} names a field twice", fix="Name each field once.")
        if self.cyclic and not self.calendar:
            raise RecipeError("--cyclic needs --calendar", fix="Name the fields with --calendar, for example dow,hour.")
        if self.difference is not None and self.difference < 1:
            raise RecipeError(f"--difference is {self.difference}", fix="Give the rows to look back, 1 or more.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the calendar, one by one."""
        return tuple(word.strip() for text in self.calendar for word in text.split(","))

    @property
    def changes(self) -> bool:
        """Whether values are replaced by others."""
        return bool(self.difference or self.detrend or self.log)
