"""Part of the recipe: sequences made shorter before they are framed, N rows to one.

--downsample 3 --aggregate mean     rows 0 1 2 | 3 4 5 | 6      steps 3, the last of what is left

How rows become one is said by ``--aggregate``, the setting of the grid: a recipe has the one or the other.
"""

from __future__ import annotations

from lstmprep.errors import RecipeError
from lstmprep.parts import Columns, Order
from lstmprep.records import record
from lstmprep.serde import setting
from lstmprep.timing.grid import BLOCKS, Grid, require_known

_HEADING = "Shorter sequences"


@record(frozen=True, kw_only=True)
class Downsampling:
    """Blocks of rows that become one step each."""

    downsample: int | None = setting(
        "int",
        "Make one step of every N rows of a sequence, the last one of the rows that are left; --aggregate says how.",
        heading=_HEADING,
        metavar="N",
    )

    def __post_init__(self) -> None:
        if self.downsample is not None and self.downsample < 2:
            raise RecipeError(f"--downsample is {self.downsample}", fix="Give the rows of one step, 2 or more.")


def aggregates_of(grid: Grid) -> tuple[str, ...]:
    """What becomes of the features of a block, in the order asked for.

    Examples
    --------
    >>> aggregates_of(Grid(aggregate=("mean,std",))), aggregates_of(Grid())
    (('mean', 'std'), ('mean',))
    """
    return tuple(w.strip() for text in grid.aggregate for w in text.split(",")) or ("mean",)


def check_downsampling(made: Downsampling, grid: Grid, columns: Columns, order: Order) -> None:
    """Refuse blocks of rows that have no meaning.

    Raises
    ------
    RecipeError
    """
    if made.downsample is None:
        return
    if grid.resample is not None:
        raise RecipeError(
            "--resample and --downsample exclude each other",
            fix=f"--resample makes steps of a length of time, --downsample of {made.downsample} rows: use a --resample {made.downsample} times as long, or leave it out.",
        )
    hows = aggregates_of(grid)
    by_column = next((how for how in hows if ":" in how), None)
    if by_column is not None:
        raise RecipeError(
            f"--aggregate {by_column} goes by column, and with --downsample every column has the same",
            fix=f"Use --aggregate {by_column.partition(':')[0]}, or --resample with the length of a step in time.",
        )
    require_known(hows, BLOCKS)
    if len(set(hows)) < len(hows):
        raise RecipeError(f"--aggregate {','.join(hows)} names one twice", fix="Name each once.")
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
