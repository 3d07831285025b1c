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
from lstmprep.plotting.titles import of_sample
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.showing.sample import sample_of
from lstmprep.wording import name_of, shown

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
    same = _same(output, names)
    return Steps(
        title=of_sample(output, one, values, padded, same=same),
        about=_about(output, one.about),
        names=[name_of(n) for n in names[:MOST]],
        values=values[:, :MOST],
        padded=padded,
        answers=_answers(output, one.y, names, same),
        more=max(len(names) - MOST, 0),
    )


def _about(output: Output, row: dict[str, Any]) -> str:
    keys = [f"{name_of(k)} {name_of(str(row[k]))}" for k in output.made["sequences"]["keys"] if k in row]
    out = [", ".join(keys)] if keys else []
    if row.get("first_row") is not None:
        out.append(f"rows {row['first_row'] + 1:,} to {row['last_row'] + 1:,} of {_source(output)}")
    return " · ".join(out)


def _source(output: Output) -> str:
    name = output.made["source"][0]["name"]
    return "the table" if name in ("-", "table") or len(output.made["source"]) > 1 else shown(name)


def _same(output: Output, names: list[str]) -> set[str]:
    """The targets that are features too, in the same units."""
    fitted = output.made["fitted"].get("scaling", {})
    scaled = [{name for name, how in fitted.get(of, {}).items() if how} for of in ("features", "targets")]
    return {t for t in output.made["targets"] if t in names and (t in scaled[0]) == (t in scaled[1])}


def _answers(output: Output, y: Any, names: list[str], same: set[str]) -> list[tuple[int, float, float]]:
    """Answers at their rows, where y and the feature are in the same units."""
    made = output.made
    if y is None or made["classes"] or not made["targets"] or made["recipe"].get("flat_y"):
        return []
    recipe = recipe_of(output)
    frame = recipe.framing.frame(answer_of(recipe))
    if frame.dilation is None or not len(frame.targets) or frame.belongs == "steps":
        return []
    values = np.asarray(y, np.float64).reshape(-1, len(made["targets"]))
    if len(values) != len(frame.targets):
        return []
    out = []
    for j, target in enumerate(made["targets"]):
        if target in same and target in names[:PANELS]:
            i = names.index(target)
            at = frame.targets / frame.dilation
            out += [(i, float(at[k]), float(values[k, j])) for k in range(len(at))]
    return out
