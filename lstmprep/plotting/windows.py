r"""Where the samples of one sequence lie: a bar per sample under the series they were cut from.

    series   ~~~~\__/~~~~\__/~~~
    sample 0 [i i i]. t             inputs, rows not used, targets: offsets of the frame
    sample 1     [i i i]. t         placed by its rows in the index, else by the clock, else by the stride

The series is put together from X itself, so nothing but the output is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmprep.fits import answer_of
from lstmprep.framing.frame import Frame
from lstmprep.plotting.placed import Placed, placed, places, recipe_of
from lstmprep.plotting.thin import broken, thinned
from lstmprep.plotting.titles import of_windows, time_text, what_is_unused
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.showing.output import Output
from lstmprep.showing.sample import values_of
from lstmprep.wording import counted, listed, name_of

BARS, HEAD, TAIL = 60, 14, 3
WIDEST, SHOWN = 40, 16  # spans of a sample: the most that are shown at once, and how many when there are more
TILES = 2000  # samples that the series is put together from
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@record(frozen=True, eq=False)
class Windows:
    """What a picture of windows shows.

    Attributes
    ----------
    inputs, targets : int64
        Offsets of one sample from its first row.
    numbers, places : (bars,) int64
        Samples, and the place of the first row of each.
    starts, stops : (bars,) int64
        The places of the first real row and of that after the last: elsewhere a sample is padding.
    head, between : int
        Bars before those that are left out, and how many are.
    rows, values : (points,)
        The series; NaN breaks it.
    left : list of (int, int)
        Rows ``low <= row < high`` that no sample uses, where that is known.
    ticks : list of (int, str)
        Places and what stands there.
    low, high : int
        What is shown of the series.
    """

    title: str
    about: str
    inputs: Ints
    targets: Ints
    numbers: Ints
    places: Ints
    starts: Ints
    stops: Ints
    head: int
    between: int
    rows: Floats
    values: Floats
    name: str
    axis: str
    left: list[tuple[int, int]]
    ticks: list[tuple[int, str]]
    low: int
    high: int


def windows(output: Output, sample: int, split: str) -> Windows:
    """The samples of the sequence that a sample belongs to.

    Parameters
    ----------
    output : Output
        Of ``lstmprep window``, with an index.
    sample : int
    split : str

    Raises
    ------
    RecipeError
        If there is no such sample.
    """
    output.require_sample(sample, split)
    recipe = recipe_of(output)
    frame = recipe.framing.frame(answer_of(recipe))
    found = placed(output, sample, split)
    at, kind = places(output, recipe, frame, found)
    left = _left(output) if kind == "rows" else []
    span = int(max(frame.inputs[-1], *frame.targets, frame.inputs[-1])) + 1 if len(frame.targets) else frame.cover
    low, high = int(at[0]), max(int(at[-1]) + span, *(b for _, b in left), 0)
    starts, stops = _real(frame, found, at, kind)
    if high - low > WIDEST * span:
        shown = at < low + (SHOWN - 1) * span
        high, left = int(at[shown][-1]) + span, []
        numbers, at, starts, stops = found.numbers[shown], at[shown], starts[shown], stops[shown]
    else:
        numbers = found.numbers
    rows, values, name = _series(output, split, frame, numbers, at)
    bars = np.arange(len(at))
    cut = len(bars) > BARS
    if cut:
        bars = np.concatenate([bars[:HEAD], bars[-TAIL:]])
    return Windows(
        title=of_windows(output, recipe, frame, split, alone=found.total < 2),
        about=_about(output, recipe, frame, found, split, shown=len(at)),
        inputs=frame.inputs,
        targets=frame.targets,
        numbers=numbers[bars],
        places=at[bars],
        starts=starts[bars],
        stops=stops[bars],
        head=HEAD if cut else len(bars),
        between=len(at) - len(bars),
        rows=rows,
        values=values,
        name=name,
        axis=_axis(output, kind),
        left=[(a, b) for a, b in left if a >= low],
        ticks=_ticks(output, split, numbers, starts, kind),
        low=low,
        high=high,
    )


def _real(frame: Frame, found: Placed, places: Ints, kind: str) -> tuple[Ints, Ints]:
    """(samples,) where the real rows of each sample begin and end."""
    if kind == "rows":
        return found.first, found.last + 1
    return places, places + frame.cover


def _left(output: Output) -> list[tuple[int, int]]:
    """Rows that no sample uses and whose place is known."""
    if output.made["sequences"]["count"] != 1 or list(output.made["splits"]) != ["all"]:
        return []
    unused = output.made["rows"]["unused"]
    return [(u["first"], u["last"] + 1) for u in unused if u["last"] - u["first"] + 1 == u["rows"]]


def _series(output: Output, split: str, frame: Frame, numbers: Ints, places: Ints) -> tuple[Floats, Floats, str]:
    """(rows, values, name) of one feature, put together from samples that lie side by side."""
    names = output.made["feature_names"]
    name = next((t for t in output.made["targets"] if t in names), names[0])
    column = names.index(name)
    tiles = _tiles(places, frame)
    if len(tiles) > TILES:
        tiles = tiles[np.linspace(0, len(tiles) - 1, TILES).astype(np.int64)]
    rows = (places[tiles][:, None] + frame.inputs).ravel()
    mask = output.array("mask", split)
    parts = []
    for number in numbers[tiles].tolist():  # a sample at a time: X may be larger than the memory
        one = np.asarray(values_of(output, number, split)[:, column], np.float64)
        parts.append(np.where(np.asarray(mask[number], bool), one, np.nan) if mask is not None else one)
    values = np.concatenate(parts)
    real = ~np.isnan(values)
    rows, values = rows[real], values[real]
    rows, at = np.unique(rows, return_index=True)
    x, y = thinned(*broken(rows, values[at], int(np.diff(frame.inputs).max(initial=1))))
    scaling = output.made["fitted"].get("scaling", {}).get("features", {}).get(name)
    return np.asarray(x, np.float64), y, f"{name_of(name)} (scaled)" if scaling else name_of(name)


def _tiles(places: Ints, frame: Frame) -> Ints:
    """Samples that cover the rows, each beginning where the one before ends; all of them where steps are apart."""
    if frame.dilation != 1:
        return np.arange(len(places))
    out, at = [0], 0
    while at < len(places) - 1:
        after = int(np.searchsorted(places, places[at] + frame.cover, side="right")) - 1
        at = max(after, at + 1)
        out.append(at)
    return np.array(out)


def _about(output: Output, recipe: Recipe, frame: Frame, found: Placed, split: str, *, shown: int) -> str:
    made = output.made
    out = []
    if len(frame.targets):
        out.append(f"target {listed(made['targets'] or ['label'], 3)}")
    if made["sequences"]["keys"] and len(found.numbers):
        row = output.index_row(int(found.numbers[0]), split) or {}
        key = ", ".join(f"{name_of(k)} {name_of(str(row[k]))}" for k in made["sequences"]["keys"] if k in row)
        out.append(f"{key}, one of {counted(made['sequences']['count'], 'sequence')}")
    if shown < found.total:
        out.append(f"the first {shown:,} of {counted(found.total, 'sample')} shown")
    stride = recipe.framing.step(frame)
    out += [f"a sample every {counted(stride, 'row')}"] if stride > 1 and found.total > 1 else []
    out += [what_is_unused(made)] if split == "all" else []
    return " · ".join(o for o in out if o)


def _axis(output: Output, kind: str) -> str:
    time = output.made["order"]["time"]
    if kind == "rows" and not time:
        name = output.made["source"][0]["name"]
        return "row" if name in ("-", "table") else f"row of {name_of(name)}"
    if time and kind in ("rows", "clock"):
        return listed(time)
    return "row of the sequence, counted by windows"


def _ticks(output: Output, split: str, numbers: Ints, places: Ints, kind: str) -> list[tuple[int, str]]:
    """What stands under the axis: times where the index has them, else rows from 1."""
    if not output.made["order"]["time"] or kind == "counted":
        return []
    target = np.linspace(places[0], places[-1], 6)
    at = np.unique([int(np.argmin(np.abs(places - t))) for t in target])
    out = []
    for i in at.tolist():
        row = output.index_row(int(numbers[i]), split) or {}
        if row.get("first_time") is None:
            return []
        out.append((int(places[i]), time_text(row["first_time"])))
    return out
