"""What stands over a picture of windows or of one sample: the finding, in words.

26 samples of 22 steps from 309 rows: each shares 11 steps with the next, the 5 targets begin 3 rows after the inputs; ...
Sample 13: 22 steps of 1 feature; SUNACTIVITY goes from 47 at the last input to 111.3 at the last of 5 targets; ...
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.fits import answer_of
from lstmprep.framing.frame import Frame
from lstmprep.plotting.placed import recipe_of
from lstmprep.recipe import Recipe
from lstmprep.showing.output import Output
from lstmprep.showing.sample import Sample
from lstmprep.wording import counted, listed, name_of


def of_windows(output: Output, recipe: Recipe, frame: Frame, split: str, *, alone: bool) -> str:
    """How many samples come of how many rows, what neighbours share, where the targets lie, what is left.

    Parameters
    ----------
    output : Output
    recipe : Recipe
        Of ``lstmprep window``.
    frame : Frame
        The rows of one sample.
    split : str
    alone : bool
        Whether no sequence that is shown holds a second sample.
    """
    made = output.made
    part, rows = ("", made["rows"]["read"]) if split == "all" else (f"{split}: ", made["splits"][split]["rows"])
    said = f"{part}{counted(output.samples(split), 'sample')} of {counted(made['timesteps'], 'step')} from {counted(rows, 'row')}"
    found = [] if alone else [_shared(recipe, frame)]
    found += _ahead(frame)
    said += f": {', '.join(found)}" if found else ""
    if split != "all":
        return said
    unused = made["rows"]["unused"]
    n = sum(u["rows"] for u in unused)
    if not n:
        return f"{said}; every row is used"
    over = frame.dilation == 1 and all(
        "left over" in u["reason"] or u["reason"] == "between two windows" for u in unused
    )
    return f"{said}; {counted(n, 'row')} {'left over' if over else 'in no sample'}"


def _shared(recipe: Recipe, frame: Frame) -> str:
    """The input steps that a sample has in common with the next one."""
    step = recipe.framing.step(frame)
    shared = len(np.intersect1d(frame.inputs, frame.inputs + step))
    if not shared:
        apart = step - frame.cover
        return "no two share a step" + (f", {counted(apart, 'row')} between them" if apart > 0 else "")
    given: Any = recipe.framing
    most = "up to " if getattr(given, "partial", False) or getattr(given, "leftover", "") == "pad" else ""
    return f"each shares {most}{counted(shared, 'step')} with the next"


def _ahead(frame: Frame) -> list[str]:
    """Where the answer lies, if it lies after the inputs."""
    k = len(frame.targets)
    if not k or frame.belongs != "last":
        return []
    first = int(frame.targets[0] - frame.inputs[-1])
    if first > 1:
        return [f"the {'target lies' if k == 1 else f'{k:,} targets begin'} {first:,} rows after the inputs"]
    if first < 1:
        return []
    return ["the target is the next row" if k == 1 else f"the targets are the next {k:,} rows"]


def what_is_unused(made: dict[str, Any]) -> str:
    """Why rows are in no sample, the most frequent reason first; empty where all are used.

    Examples
    --------
    >>> unused = [{"reason": "between two windows", "rows": 2}, {"reason": "left over after the last window", "rows": 5}]
    >>> what_is_unused({"rows": {"unused": unused}})
    'in no sample: 5 rows left over after the last window, 2 rows between two windows'
    """
    unused = sorted(made["rows"]["unused"], key=lambda u: -u["rows"])
    told = [f"{counted(u['rows'], 'row')} {u['reason']}" for u in unused[:2] if u["rows"]]
    told += [f"{len(unused) - 2} more reasons"] if len(unused) > 3 else []
    return f"in no sample: {', '.join(told)}" if told else ""


def of_sample(output: Output, one: Sample, values: Any, padded: Any, *, same: set[str]) -> str:
    """What one sample is answered with, seen from its last input, and what of it is padding or missing.

    Parameters
    ----------
    output : Output
    one : Sample
    values : (timesteps, features)
        Its values, NaN where one is missing.
    padded : (timesteps,) bool
    same : set of str
        Targets that are features too, in the same units.
    """
    part = "" if one.split == "all" else f" of {one.split}"
    real = values[~padded]
    names = list(output.made["feature_names"]) or ["value"]
    size = f"{counted(len(values), 'step')} of {counted(len(names), 'feature')}"
    if one.about.get("first_time") is not None:
        size += f", {time_text(one.about['first_time'])} to {time_text(one.about['last_time'])}"
    found = [
        _change(output, real, one.y, names, same) or _answer(output, one.y, names, same),
        _lacking(real, int(padded.sum())),
    ]
    return f"Sample {one.number:,}{part}: {size}; {'; '.join(f for f in found if f)}"


def _change(output: Output, real: Any, y: Any, names: list[str], same: set[str]) -> str:
    """From the last input to the last target, where one target is a feature in the same units."""
    targets = output.made["targets"]
    if y is None or output.made["classes"] or len(targets) != 1 or targets[0] not in same or not len(real):
        return ""
    recipe = recipe_of(output)
    if not _ahead(recipe.framing.frame(answer_of(recipe))):
        return ""
    before = float(real[-1, names.index(targets[0])])
    answers = np.asarray(y, np.float64).ravel()
    if not answers.size or not np.isfinite([before, answers[-1]]).all():
        return ""
    where = "at the target" if answers.size == 1 else f"at the last of {answers.size:,} targets"
    ends = f"{before:.6g}", f"{answers[-1]:.6g}"
    from_to = f"stays at {ends[0]}" if ends[0] == ends[1] else f"goes from {ends[0]} at the last input to {ends[1]}"
    return f"{name_of(targets[0])} {from_to} {where}"


def _answer(output: Output, y: Any, names: list[str], same: set[str]) -> str:
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
    scaled = made["fitted"].get("scaling") and any(t in names and t not in same for t in made["targets"])
    told = f"target {listed(made['targets'] or ['y'], 3)} {', '.join(f'{v:.6g}' for v in flat.astype(np.float64))}"
    return f"{told}, which is not scaled" if scaled and not made["fitted"]["scaling"].get("targets") else told


def _lacking(real: Any, padded: int) -> str:
    """What is no value: steps of padding, missing values."""
    missing = int(np.isnan(real).sum())
    told = [f"{counted(padded, 'step')} of padding"] if padded else []
    told += [f"{missing:,} of {real.size:,} values missing"] if missing else []
    return ", ".join(told) or "no padding, nothing missing"


def time_text(time: Any) -> str:
    """A time as short as it can be said.

    Examples
    --------
    >>> from datetime import datetime
    >>> time_text(datetime(2013, 11, 1, 4)), time_text(datetime(2013, 11, 1)), time_text(1700)
    ('2013-11-01 04:00', '2013-11-01', '1700')
    """
    if hasattr(time, "isoformat"):
        text = str(time.replace(tzinfo=None).isoformat(sep=" "))
        return text.removesuffix(":00").removesuffix(" 00:00")
    return f"{time:,.10g}".replace(",", "") if isinstance(time, (int, float)) else str(time)
