"""Lengths of time among the settings."""

from __future__ import annotations

from lstmprep.errors import RecipeError
from lstmprep.grid.steps import Step, parse_step
from lstmprep.wording import quoted


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
