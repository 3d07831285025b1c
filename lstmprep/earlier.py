"""What an earlier output was made by: its recipe as rows are read now, and one set of numbers.

    recipe + reading      delimiter ;  ->  the same of a table that is written in another way
    fitted.folds + fold   fold2        ->  the numbers of one fold; of the last one, whose train is the newest

Pure: sees a manifest and settings, never a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmprep.errors import RecipeError, did_you_mean
from lstmprep.recipe import Recipe, from_flat
from lstmprep.wording import listed, quoted

READING = (
    "input_format", "delimiter", "decimal", "thousands", "encoding", "dataset", "no_header", "na_values",
    "time_format", "time_unit", "timezone",
)  # fmt: skip
_MARKS = ("delimiter", "decimal")


def recipe_of(made: dict[str, Any], reading: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe of a manifest, its rows read as those of the output were, or as `reading` says.

    A mark of thousands that is now another mark is no mark of thousands any more.

    Raises
    ------
    RecipeError
        If a setting is none of reading, or of none that the command has.
    """
    flat = {k: v for k, v in made["recipe"].items() if k != "command"}
    own = {**((made.get("applied") or {}).get("reading") or {}), **(reading or {})}
    odd = [n for n in own if n not in READING]
    if odd:
        raise RecipeError(
            f"there is no setting {quoted(odd[0])} of new rows",
            fix=f"{did_you_mean(odd[0], list(READING))}How they are read is said by {listed(READING, 20)}.",
        )
    if "thousands" not in own and any(own.get(n) == flat.get("thousands") is not None for n in _MARKS):
        own["thousands"] = None
    return from_flat({**flat, **own}, command=made["recipe"]["command"])


def of_fold(made: dict[str, Any], fold: int) -> dict[str, Any]:
    """The manifest of an output as if one of its folds were all that it has learned.

    Examples
    --------
    >>> of_fold({"fitted": {"timesteps": 3, "folds": {"fold0": {"log": ["a"]}}}}, 0)
    {'fitted': {'timesteps': 3, 'log': ['a']}}
    """
    rest = {k: v for k, v in made["fitted"].items() if k != "folds"}
    return {**made, "fitted": rest | made["fitted"]["folds"][f"fold{fold}"]}


def number_of(folds: list[str], asked: int | None) -> int:
    """The number of the fold that is asked for; of the last one when none is."""
    if asked is None:
        return len(folds) - 1
    if f"fold{asked}" not in folds:
        raise RecipeError(
            f"--fold {asked}: the output has {listed(folds, 8)}", fix=f"Give a number from 0 to {len(folds) - 1}."
        )
    return asked
