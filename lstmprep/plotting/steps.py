r"""One sample, feature by feature: its steps, where it is padded, what it is answered with.

temp   ~~~\_/~~~   o      the answer stands where its rows are, when it is in the units of the feature
dewp   __/~~~\__
       0 .. T-1          steps count from 0, as in ``lstmprep show --sample``
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.fits import answer_of
from lstmprep.plotting.placed import recipe_of
from lstmprep.plotting.windows import time_text
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.showing.sample import sample_of
from lstmprep.wording import counted, listed, name_of, shown

PANELS = 6  # features that have a panel each; more are shown as a map
MOST = 40  # rows of a map
Floats = NDArray[np.float64]


@record(frozen=True, eq=False)
class Steps:
    """What a picture of one sample shows.

    Attributes
    ----------
    values : (timesteps, features)
        NaN where a value is missing.
    padded : (timesteps,) bool
        Steps that are padding.
    answers : list of (int, int, float)
        (feature, step, value) of answers that can be drawn in its panel.
    more : int
        Features that are not shown.
    """

    title: str
    about: str
    names: list[str]
    values: Floats
    padded: NDArray[np.bool_]
    answers: list[tuple[int, float, float]]
    more: int


def steps(output: Output, sample: int, split: str) -> Steps:
    """One sample of an output.

    Raises
    ------
    RecipeError
        If there is no such sample.
    """
    one = sample_of(output, sample, split)
    values = np.asarray(one.values, np.float64)
    if one.observed is not None:
        values = np.where(one.observed, values, np.nan)
    names = list(output.made["feature_names"]) or ["value"]
    padded = np.zeros(len(values), bool) if one.mask is None else ~one.mask
    part = "" if split == "all" else f" of {split}"
    answer = _answer(output, one.y)
    about = _about(output, one.about)
    pads = int(padded.sum())
    return Steps(
        title=f"Sample {sample}{part}: {counted(len(values), 'step')} of {counted(len(names), 'feature')}"
        + (f", {pads:,} of them padding" if pads else "")
        + (f"; {answer}" if answer else ""),
        about=about,
        names=[name_of(n) for n in names[:MOST]],
        values=values[:, :MOST],
        padded=padded,
        answers=_answers(output, one.y, names),
        more=max(len(names) - MOST, 0),
    )


def _answer(output: Output, y: Any) -> str:
    """What the sample is answered with, in words."""
    made = output.made
    if y is None:
        return ""
    flat = np.asarray(y).ravel()
    if made["classes"] and flat.size == 1:
        code = int(flat[0])
        return f"class {name_of(made['classes'][code])}" if 0 <= code < len(made["classes"]) else ""
    if made["classes"] or flat.size > 3:
        return counted(flat.size, "label" if made["classes"] else "target")
    return f"target {listed(made['targets'] or ['y'], 3)} {', '.join(f'{v:.6g}' for v in flat.astype(np.float64))}"


def _about(output: Output, row: dict[str, Any]) -> str:
    keys = [f"{name_of(k)} {name_of(str(row[k]))}" for k in output.made["sequences"]["keys"] if k in row]
    out = [", ".join(keys)] if keys else []
    if row.get("first_row") is not None:
        out.append(f"rows {row['first_row'] + 1:,} to {row['last_row'] + 1:,} of {_source(output)}")
    if row.get("first_time") is not None:
        out.append(f"{time_text(row['first_time'])} to {time_text(row['last_time'])}")
    return " · ".join(out)


def _source(output: Output) -> str:
    name = output.made["source"][0]["name"]
    return "the table" if name in ("-", "table") or len(output.made["source"]) > 1 else shown(name)


def _answers(output: Output, y: Any, names: list[str]) -> list[tuple[int, float, float]]:
    """Answers at their rows, where y and the feature are in the same units."""
    made = output.made
    if y is None or made["classes"] or not made["targets"] or made["recipe"].get("flat_y"):
        return []
    fitted = made["fitted"].get("scaling", {})
    recipe = recipe_of(output)
    frame = recipe.framing.frame(answer_of(recipe))
    if frame.dilation is None or not len(frame.targets) or frame.belongs == "steps":
        return []
    values = np.asarray(y, np.float64).reshape(-1, len(made["targets"]))
    if len(values) != len(frame.targets):
        return []
    out = []
    for j, target in enumerate(made["targets"]):
        same = bool(fitted.get("features", {}).get(target)) == bool(fitted.get("targets", {}).get(target))
        if target in names[:PANELS] and same:
            i = names.index(target)
            at = frame.targets / frame.dilation
            out += [(i, float(at[k]), float(values[k, j])) for k in range(len(at))]
    return out
