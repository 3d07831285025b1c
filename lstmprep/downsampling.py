"""Part of the recipe: sequences made shorter before they are framed, N rows to one.

--downsample 3 --aggregate mean     rows 0 1 2 | 3 4 5 | 6      steps 3, the last of what is left
"""

from __future__ import annotations

from dataclasses import dataclass

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.parts import Columns, Order
from lstmprep.serde import setting
from lstmprep.wording import listed, quoted

AGGREGATES = ("mean", "std", "sum", "min", "max", "first", "last")
_HEADING = "Shorter sequences"


@dataclass(frozen=True, kw_only=True)
class Downsampling:
    """Blocks of rows that become one step each."""

    downsample: int | None = setting(
        "int",
        "Make one step of every N rows of a sequence, the last one of the rows that are left.",
        heading=_HEADING,
        metavar="N",
    )
    aggregate: tuple[str, ...] = setting(
        "list",
        "With --downsample: what becomes of the features of a block; several make features a_mean, a_std.  [default: mean]",
        heading=_HEADING,
        metavar="mean,std,...",
    )

    @property
    def aggregates(self) -> tuple[str, ...]:
        """The aggregates in force, in the order asked for."""
        return tuple(w.strip() for text in self.aggregate for w in text.split(",")) or ("mean",)

    def __post_init__(self) -> None:
        if self.downsample is not None and self.downsample < 2:
            raise RecipeError(f"--downsample is {self.downsample}", fix="Give the rows of one step, 2 or more.")
        if self.aggregate and self.downsample is None:
            raise RecipeError("--aggregate needs --downsample", fix="Say how many rows make a step: --downsample 10.")
        for word in self.aggregates:
            if word not in AGGREGATES:
                raise RecipeError(
                    f"--aggregate {quoted(word)} is not one of its choices",
                    fix=f"{did_you_mean(word, list(AGGREGATES))}The choices are {listed(AGGREGATES)}.",
                )
        if len(set(self.aggregates)) < len(self.aggregates):
            raise RecipeError(f"--aggregate {','.join(self.aggregates)} names one twice", fix="Name each once.")


def check_downsampling(made: Downsampling, columns: Columns, order: Order) -> None:
    """Refuse blocks of rows that have no meaning.

    Raises
    ------
    RecipeError
    """
    if made.downsample is None:
        return
    if columns.categorical:
        raise RecipeError(
            "--downsample and --categorical exclude each other",
            fix="A block of rows has no one class: leave one of them out.",
        )
    if order.pivot is not None:
        raise RecipeError(
            "--downsample and --pivot exclude each other",
            fix="Downsample the long table first, in a run of its own, or leave one of them out.",
        )
