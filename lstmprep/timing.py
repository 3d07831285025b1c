"""Parts of the recipe about time: how instants are read, holes, the regular grid, derived columns.

Each is a frozen dataclass that declares its settings and checks itself; what it forbids other
parts stands in `check_timing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmprep.errors import RecipeError
from lstmprep.grid.steps import Step, parse_step
from lstmprep.serde import setting
from lstmprep.wording import listed, quoted

if TYPE_CHECKING:
    from lstmprep.parts import Order

HOWS = ("mean", "sum", "min", "max", "first", "last", "count")
FIELDS = ("dow", "month", "hour", "minute", "second", "doy", "day", "week", "weekend", "quarter", "year")
_ORDER, _GRID, _DERIVED = "Order and sequences", "Regular grid", "Derived columns"


def step_of(flag: str, text: str) -> Step:
    """The step that an option says.

    Raises
    ------
    RecipeError
        If the text is no length of time.
    """
    step = parse_step(text)
    if step is None:
        months = (
            " A month and a year have no fixed length."
            if text.strip().lstrip("0123456789.") in ("M", "Y", "y", "ME", "MS")
            else ""
        )
        raise RecipeError(
            f"{flag} {quoted(text)} is no step of time",
            fix=f"Give a length such as 15min, 2h or 1d, or a number in the unit of the time column.{months}",
        )
    return step


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How instants are read, and what may not be bridged."""

    time_unit: str | None = setting(
        "choice",
        "What numbers of the time count since 1970 in UTC.  [default: numbers are an order]",
        choices=("s", "ms", "us", "ns"),
        heading=_ORDER,
    )
    timezone: str | None = setting(
        "text",
        "Zone of times that say none, for example Europe/Berlin.",
        heading=_ORDER,
        metavar="ZONE",
    )
    require_even: bool = setting("flag", "Refuse steps of different length between rows.", heading=_ORDER)
    max_gap: str | None = setting(
        "text", "No sample bridges a step above this: 2h, or 5 for plain numbers.", heading=_ORDER, metavar="STEP"
    )

    def __post_init__(self) -> None:
        if self.max_gap is not None:
            step_of("--max-gap", self.max_gap)

    @property
    def hole(self) -> Step | None:
        """The largest step that is no hole."""
        return None if self.max_gap is None else step_of("--max-gap", self.max_gap)


def check_timing(order: Order, timing: Timing) -> None:
    """What time needs and excludes.

    Raises
    ------
    RecipeError
    """
    needs = {
        "--time-unit": timing.time_unit is not None,
        "--timezone": timing.timezone is not None,
        "--require-even": timing.require_even,
        "--max-gap": timing.max_gap is not None,
    }
    for flag, used in needs.items():
        if used and not order.time:
            raise RecipeError(f"{flag} needs --time", fix="Name the column of the time with --time.")
    if timing.time_unit is not None and order.time_format is not None:
        raise RecipeError(
            "--time-unit and --time-format exclude each other",
            fix="--time-unit is for numbers, --time-format for text: leave one of them out.",
        )
    if timing.time_unit is not None and len(order.time) > 1:
        raise RecipeError(
            "--time-unit needs one column of the time", fix=f"Name one of {listed(order.time)} with --time."
        )
