"""What the settings of time need, and what they forbid each other."""

from __future__ import annotations

from lstmprep.errors import RecipeError
from lstmprep.timing.clock import Timing
from lstmprep.timing.grid import Grid
from lstmprep.timing.timely import Timely


def check_timing(recipe: Timely) -> None:
    """What time needs and excludes.

    Raises
    ------
    RecipeError
    """
    order, timing, grid, derived, gaps, tables = (
        recipe.order, recipe.timing, recipe.grid, recipe.derived, recipe.gaps, recipe.tables
    )  # fmt: skip
    _check_values(recipe)
    needs = {
        "--time-unit": timing.time_unit is not None,
        "--timezone": timing.timezone is not None,
        "--require-even": timing.require_even,
        "--max-gap": timing.max_gap is not None,
        "--sections": timing.sections is not None,
        "--join-asof": tables.join_asof is not None,
        "--time-delta": derived.time_delta,
        "--calendar": bool(derived.calendar),
        "--resample": grid.resample is not None,
    }
    for flag, used in needs.items():
        if used and not order.time:
            raise RecipeError(f"{flag} needs --time", fix="Name the column of the time with --time.")
    if timing.time_unit is not None and order.time_format is not None:
        raise RecipeError(
            "--time-unit and --time-format exclude each other",
            fix="--time-unit is for numbers, --time-format for text: leave one of them out.",
        )
    filled = order.missing not in ("error", "drop") or grid.fill != "missing"
    for flag, used in {"--indicator": gaps.indicator, "--time-since": gaps.time_since}.items():
        if used and not filled:
            raise RecipeError(
                f"{flag} has nothing to tell with --missing {order.missing}",
                fix="Add --missing ffill, interpolate, mean or mask.",
            )
    if grid.aggregate and grid.resample is None and recipe.downsampling.downsample is None:
        other, rows = (
            (" or --downsample", ", or the rows of a step, --downsample 10")
            if recipe.framing.kind == "pad"
            else ("", "")
        )
        raise RecipeError(
            f"--aggregate needs --resample{other}", fix=f"Give the step of the grid, for example --resample 1h{rows}."
        )
    if grid.max_fill is not None and grid.fill == "missing" and order.missing not in ("ffill", "interpolate"):
        raise RecipeError(
            "--max-fill has nothing to fill", fix="Add --fill linear, ffill or zero, or --missing ffill or interpolate."
        )
    if grid.resample is not None:
        _check_grid(timing, grid)


def _check_grid(timing: Timing, grid: Grid) -> None:
    if timing.require_even:
        raise RecipeError(
            "--require-even and --resample exclude each other",
            fix="--resample makes the steps even: leave one of them out.",
        )
    if timing.hole is None or grid.step is None:
        return
    if grid.grid == "common":
        raise RecipeError(
            "--max-gap and --grid common exclude each other",
            fix="A common grid goes through all holes: leave one of them out, or use --grid per-group.",
        )
    if timing.hole.timed == grid.step.timed and timing.hole.size < grid.step.size:
        raise RecipeError(
            f"--max-gap {timing.max_gap} is shorter than the step of --resample {grid.resample}",
            fix=f"Use --max-gap {grid.resample} or more.",
        )


def _check_values(recipe: Timely) -> None:
    w, c = recipe.framing, recipe.columns
    if recipe.timing.sections is not None and c.answer == "label":
        raise RecipeError(
            "--sections and --label exclude each other",
            fix="The label of a section is the class of its windows: leave one of them out.",
        )
    if recipe.order.missing == "mask" and (w.tabular or w.ragged):
        what = "a lagged table" if w.tabular else "--ragged"
        raise RecipeError(
            f"--missing mask writes an array like X beside it, and {what} has none",
            fix="Use --missing drop, ffill, interpolate or mean.",
        )
    if c.categorical and recipe.grid.fill in ("linear", "zero"):
        raise RecipeError(
            f"--fill {recipe.grid.fill} has no value between classes",
            fix="Use --fill ffill with --categorical, or leave the column out.",
        )
