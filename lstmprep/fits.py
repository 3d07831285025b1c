"""Whether a sample fits into a sequence at all, and the numbers that would fit.

Asked before a single index is made, in Python's own integers: a window of 2**62 steps costs a
sentence, not memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lstmprep.errors import DataError, RecipeError
from lstmprep.framing.base import Answer
from lstmprep.framing.frame import Frame, Ints, Segments
from lstmprep.framing.pad import Pad
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.wording import counted, name_of, ranges

LONGEST_WINDOW = 1 << 24
COARSER = {"ns": "us", "us": "ms", "ms": "s"}


@record(frozen=True)
class Need:
    """The rows that one sample takes, in Python's own integers, and the words for them."""

    need: int
    cover: int
    reach: int
    steps: int
    horizon: int
    asks: bool
    words: str


def need_of(recipe: Recipe, answer: Any) -> Need:
    """What a sample of this recipe needs of a sequence."""
    window = recipe.framing
    steps = window.timesteps if isinstance(window.timesteps, int) else len(window.lags)
    dilation = window.dilation or 1
    cover = max(window.lags) - min(window.lags) + 1 if window.lags else (steps - 1) * dilation + 1
    asks = answer is not None and not window.latest and window.target_mode != "input"
    horizon = 1 if window.target_mode == "per-step" else window.horizon or 1
    reach = max(0, window.lead_for(answer) + horizon - 1) if asks else 0
    if window.tabular and not asks:  # row t itself stands in the table
        reach = min(window.lags)
    need = 1 + reach if window.partial else 1 if window.leftover == "pad" else cover + reach
    parts = [counted(steps, "timestep")] + [f"dilation {dilation:,}"] * (dilation > 1)
    parts += [
        f"the {answer} {window.lead_for(answer):,} ahead" + (f" for {horizon:,} rows" if horizon > 1 else "")
    ] * asks
    if window.lags:
        parts[0] = f"--lags {ranges(window.lags)}"
    return Need(need, cover, reach, steps, horizon, asks, ", ".join(parts))


def answer_of(recipe: Recipe) -> Answer | None:
    """What a sample is answered with row by row; a label of the whole sequence is no row's."""
    return None if recipe.columns.labels is not None else recipe.answer


def require_room(
    recipe: Recipe, segments: Segments, answer: Any, offered: Callable[[int], tuple[str, int]] | None = None
) -> None:
    """Refuse windows that no sequence can hold, before a single index is made.

    Parameters
    ----------
    recipe : Recipe
    segments : Segments
    answer : {"target", "label"} or None
    offered : callable or None
        The most timesteps, up to a number, of which there is a sample without a missing value, as a sentence and a number;
        None where the values are not known.

    Raises
    ------
    LstmprepError
    """
    window = recipe.framing
    if isinstance(window, Pad):
        _require_sequences(window, segments)
        return
    n = segments.lengths
    longest = int(n.max()) if len(n) else 0
    asked = need_of(recipe, answer)
    need, cover, reach, asks, horizon = asked.need, asked.cover, asked.reach, asked.asks, asked.horizon
    steps, dilation = asked.steps, window.dilation or 1
    if window.padding_possible and (steps > LONGEST_WINDOW or cover > 1 << 40):
        raise RecipeError(
            f"a sample of {steps:,} steps covers {cover:,} rows, and the longest sequence has {longest:,}",
            fix=f"Use --timesteps {longest} or less.",
        )
    if need <= longest:
        return
    fits = (longest - 1 - reach) // dilation + 1 if longest > reach else 0
    cells, noun = ("", "row") if recipe.grid.resample is None else (f" of --resample {recipe.grid.resample}", "cell")
    lone = "the table has" if recipe.timing.sections is None else "the only stretch inside --sections has"
    who = lone if len(n) == 1 else f"the longest of {len(n):,} {pieces_of(segments)} has"
    have = f"{who} {counted(longest, noun)}{cells}"
    if fits >= 1 and not window.lags and not window.partial:
        said, works = offered(fits) if offered is not None else ("", fits)
        if works == fits:
            fix = f"The largest that works is --timesteps {fits}" + _choices(segments, reach, dilation, fits)
        else:
            fix = said
    elif window.lags:
        fix = f"Use --lags of {max(longest - (horizon if asks else 1 if window.tabular else 1 - min(window.lags)), 0)} at the most."
    elif asks and longest > (base := 1 if window.partial else cover) + horizon - 1:
        fix = f"Use --lead {longest - base - horizon + 1} or less."
    elif asks and horizon > 1 and longest > base:
        fix = f"Use --horizon {longest - base} or less with --lead 1."
    else:
        fix = f"Give longer sequences, or look back over fewer rows (with --lead 1 and --horizon 1 at most {max(longest - 1, 1)} fit)."
    raise DataError(f"a sample needs {counted(need, 'row')} ({asked.words}), {have}", fix=fix + _other_unit(recipe))


def _other_unit(recipe: Recipe) -> str:
    """On a grid that is too coarse: times of a coarser unit would lie farther apart."""
    unit = recipe.timing.time_unit
    if recipe.grid.resample is None or unit not in COARSER:
        return ""
    return (
        f" Or do the times count {COARSER[unit]}? With --time-unit {COARSER[unit]} they lie 1,000 times as far apart."
    )


def pieces_of(segments: Segments) -> str:
    """What the segments are: whole sequences, or stretches of them where cuts made more."""
    return "sequences" if len(np.unique(segments.sequence)) == len(segments.sequence) else "stretches"


def _piece_of(segments: Segments) -> str:
    """One of them, in words."""
    return "sequence" if pieces_of(segments) == "sequences" else "stretch between two cuts"


def _require_sequences(pad: Pad, segments: Segments) -> None:
    """Refuse samples longer than any sequence can be, and sequences that are all too short."""
    n = segments.lengths
    longest = int(n.max()) if len(n) else 0
    if not pad.counts(n).any():
        raise DataError(
            f"no {_piece_of(segments)} has the {counted(pad.min_steps or 1, 'row')} of --min-steps, the longest of {len(n):,} has {longest:,}",
            fix=f"Use --min-steps {longest} or less.",
        )
    steps = pad.timesteps if isinstance(pad.timesteps, int) else longest
    if steps > LONGEST_WINDOW:
        raise RecipeError(
            f"a sample of {steps:,} steps is too long, and the longest {_piece_of(segments)} has {counted(longest, 'row')}",
            fix=f"Use --timesteps {min(longest, LONGEST_WINDOW)} or less, or cut the sequences with lstmprep window.",
        )


def _choices(segments: Segments, reach: int, dilation: int, fits: int) -> str:
    """How many sequences some lengths of window would keep."""
    n = segments.lengths
    if len(n) == 1:
        return "."
    ranked = np.sort(n)
    told = {fits: _keeps(n, fits, reach, dilation)}
    for length in (int(ranked[(len(ranked) - 1) // 2]), int(ranked[0])):
        steps = (length - 1 - reach) // dilation + 1 if length > reach else 0
        if 0 < steps < fits:
            told[steps] = _keeps(n, steps, reach, dilation)
    first, *others = told.items()
    more = "".join(f"; {steps} keeps {kept:,} of {len(n):,}" for steps, kept in others)
    return f" (keeps {first[1]:,} of {len(n):,} {pieces_of(segments)}{more})."


def _keeps(n: Ints, steps: int, reach: int, dilation: int) -> int:
    """Sequences that hold a sample of so many steps."""
    return int((n >= (steps - 1) * dilation + 1 + reach).sum())


def refuse_leftover(recipe: Recipe, panel: Panel, segments: Segments, frame: Frame) -> None:
    """Under ``--leftover error`` every row must be in a window."""
    rest = recipe.framing.rest(segments, frame)
    at = np.flatnonzero(rest)
    if not len(at):
        return
    i = int(at[0])
    who = f"the sequence {name_of(panel.key_text(int(segments.sequence[i])))}" if panel.keys else "the table"
    n, left, stride = int(segments.lengths[i]), int(rest[i]), recipe.framing.step(frame)
    more = f", and {counted(len(at) - 1, 'other sequence')} too" if len(at) > 1 else ""
    raise DataError(
        f"{who} has {counted(n, 'row')}: windows of {frame.span:,} every {stride:,} leave {counted(left, 'row')} over{more}",
        fix="Use --leftover drop or pad, or a --timesteps that divides the rows.",
    )
