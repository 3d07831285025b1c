"""Rows at irregular times as cells of a regular grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.grid.steps import Step
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.timing.steps import step_of
from lstmprep.wording import listed, quoted

HOWS = ("mean", "sum", "min", "max", "first", "last", "count")
BLOCKS = ("mean", "std", "sum", "min", "max", "first", "last")  # of N rows of --downsample
_GRID = "Regular grid"


def require_known(hows: Iterable[str], known: Sequence[str], more: str = "") -> None:
    """Refuse a way to join rows that does not exist.

    Raises
    ------
    RecipeError
    """
    for how in hows:
        if how not in known:
            raise RecipeError(
                f"--aggregate {quoted(how)} is not one of its choices",
                fix=f"{did_you_mean(how, list(known))}The choices are {listed(known)}{more}.",
            )


@record(frozen=True, kw_only=True)
class Grid:
    """Rows at irregular times become cells of a regular grid."""

    resample: str | None = setting(
        "text", "One row per step: 15min, 1h, 1d, or 5 for plain numbers.", heading=_GRID, metavar="STEP"
    )
    aggregate: tuple[str, ...] = setting(
        "list",
        "How the rows of a cell become one: mean, sum, min, max, first, last, count; by column sum:rain,mean:temp.  [default: mean]",
        heading=_GRID,
        metavar="HOW",
    )
    fill: str = setting(
        "choice",
        "What a cell without a value gets, inside a split: nothing, a line between its neighbours, the value before, or 0.",
        default="missing",
        choices=("missing", "linear", "ffill", "zero"),
        heading=_GRID,
    )
    max_fill: int | None = setting("int", "The longest hole that is filled, in rows.", heading=_GRID, metavar="N")
    grid: str = setting(
        "choice",
        "From the first to the last row of each sequence, or of all of them.",
        default="per-group",
        choices=("per-group", "common"),
        heading=_GRID,
    )

    def __post_init__(self) -> None:
        if self.resample is not None:
            step_of("--resample", self.resample)
        if self.max_fill is not None and self.max_fill < 1:
            raise RecipeError(
                f"--max-fill is {self.max_fill}", fix="Give the rows of the longest hole to fill, 1 or more."
            )
        for flag, used in {
            "--fill": self.fill != "missing",
            "--grid": self.grid != "per-group",
        }.items():
            if used and self.resample is None:
                raise RecipeError(
                    f"{flag} needs --resample", fix="Give the step of the grid, for example --resample 1h."
                )
        if self.resample is not None:
            self._check_ways()

    def _check_ways(self) -> None:
        require_known((how for how, _ in self.chosen), HOWS, "; by column --aggregate sum:rain,mean:temp")
        if len([how for how, columns in self.chosen if not columns]) > 1:
            raise RecipeError(
                "--aggregate names two ways for all columns",
                fix="Give one for all, and others by column: --aggregate mean --aggregate sum:rain.",
            )

    @property
    def step(self) -> Step | None:
        """The step of the grid."""
        return None if self.resample is None else step_of("--resample", self.resample)

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """(how, columns) of ``--aggregate`` in the order given; no columns means all.

        Examples
        --------
        >>> Grid(resample="1h", aggregate=("sum:rain,snow,mean:temp",)).chosen
        (('sum', 'rain,snow'), ('mean', 'temp'))
        """
        mark = re.compile(rf",\s*(?=(?:{'|'.join(HOWS)})(?::|\s*(?:,|$)))")
        pairs = [part.partition(":") for text in self.aggregate for part in mark.split(text)]
        return tuple((how.strip(), columns) for how, _, columns in pairs)

    @property
    def orders(self) -> bool:
        """Whether the order of rows inside a cell matters."""
        return any(how in ("first", "last") for how, _ in self.chosen)
