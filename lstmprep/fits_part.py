"""Whether every part of a split holds a sample, and the split that would.

--split 0.7,0.3 of 10 rows, windows of 3 and a target 1 ahead: a sample needs 4 rows
train 7, test 3        test is too small: --split 0.6,0.4, or --context, or --timesteps 2
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from lstmprep.errors import DataError
from lstmprep.fits import Need, answer_of, need_of, pieces_of, require_room
from lstmprep.framing.base import Answer
from lstmprep.framing.frame import Frame, Ints
from lstmprep.framing.pad import Pad
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.split import Cut, whole
from lstmprep.split.bounds import instants
from lstmprep.split.cutting import cut_in_time
from lstmprep.split.reach import reach_back, runs_of, within_reach
from lstmprep.split.spec import Parts, Split
from lstmprep.wording import counted


def require_part(
    recipe: Recipe,
    panel: Panel,
    cut: Cut,
    answer: Answer | None,
    times: Sequence[Any] = (),
    offered: Callable[[int], tuple[str, int]] | None = None,
) -> None:
    """Refuse a part without room for a sample, with numbers that work; `times` are those that ``--split`` names, `offered` as in `require_room`.

    Raises
    ------
    DataError
        If no sequence holds a sample, or none does inside this part.
    """
    require_room(recipe, whole(panel)[0].segments, answer, offered)
    reached = within_reach(cut)
    n = reached.lengths
    if isinstance(recipe.framing, Pad):
        _require_sequence(recipe.framing, cut, n)
        return
    longest, asked = int(n.max()) if len(n) else 0, need_of(recipe, answer)
    if asked.need <= longest:
        return
    have = "has no row" if not len(n) else f"has {counted(longest, 'row')}"
    if len(n) > 1:
        have = f"has {counted(longest, 'row')} in the longest of its {len(n):,} {pieces_of(reached)}"
    raise DataError(
        f"{cut.folder}{cut.name} {have}, and a sample needs {counted(asked.need, 'row')} ({asked.words})",
        fix=_fix(recipe, panel, cut, asked, longest, times, offered),
    )


def _require_sequence(pad: Pad, cut: Cut, n: Ints) -> None:
    if not pad.counts(n).any():
        have = f"{counted(len(n), 'sequence')}, none with {counted(pad.min_steps or 1, 'row')}" if len(n) else "no row"
        raise DataError(
            f"{cut.folder}{cut.name} has {have}",
            fix="Give it a larger part of --split, or use a smaller --min-steps.",
        )


def require_samples(recipe: Recipe, cut: Cut, samples: int, answer: Answer | None) -> None:
    """Refuse a part whose own rows do not hold the targets of a sample, though its inputs may reach back.

    Raises
    ------
    DataError
    """
    if samples:
        return
    asked, longest = need_of(recipe, answer), int(cut.segments.lengths.max())
    raise DataError(
        f"{cut.folder}{cut.name} has {counted(longest, 'row')} of its own, and a sample needs {asked.horizon:,} for its targets",
        fix=f"Use a smaller --horizon, or give {cut.name} more rows.",
    )


def _fix(
    recipe: Recipe,
    panel: Panel,
    cut: Cut,
    asked: Need,
    longest: int,
    times: Sequence[Any],
    offered: Callable[[int], tuple[str, int]] | None,
) -> str:
    """What would make room in the part, most likely first."""
    split, ways = recipe.split, []
    in_time = split.by(timed=panel.times is not None) in ("time", "sequence")
    later = in_time and cut.name != "train" and not split.context and recipe.framing.target_mode != "input"
    if later and longest >= asked.need - _reach(recipe):
        ways.append("add --context (its inputs may reach back into the part before)")
    works = split_that_works(recipe, panel, asked)
    if works and in_time and not _works(recipe, _cuts_at(recipe, panel, works)):  # holes, sections
        works = ""
    if in_time and not works:
        works = split_nearby(recipe, panel)
    if works:
        ways.append(f"use --split {works}")
    dilation = recipe.framing.dilation or 1
    fits = (longest - 1 - asked.reach) // dilation + 1 if longest > asked.reach else 0
    if fits >= 1 and recipe.framing.timesteps is not None and not recipe.framing.partial:
        fits = offered(fits)[1] if offered is not None else fits
        ways += [f"use --timesteps {fits}"] * (fits > 0)
    ways += _other_numbers(recipe, panel, times, in_time=in_time)
    if not ways:
        ways.append("choose parts with more rows")
    said = ", or ".join(ways)
    return said[0].upper() + said[1:] + "."


def _other_numbers(recipe: Recipe, panel: Panel, times: Sequence[Any], *, in_time: bool) -> list[str]:
    """The --folds, --fold-train and --embargo nearest to those asked for that leave every part a sample."""
    split, ways = recipe.split, []

    def works(name: str, value: int) -> bool:
        changed: dict[str, Any] = {name: value}
        return _works(recipe, _cuts_of(recipe, panel, replace(split, **changed), times))

    if split.folds is not None and split.folds > 1 and (n := _nearest(1, split.folds, partial(works, "folds"))):
        ways.append(f"use --folds {n}")
    if split.fold_train is not None and (n := _nearest(panel.held, split.fold_train, partial(works, "fold_train"))):
        ways.append(f"use --fold-train {n}")
    fits = _nearest(0, split.embargo, partial(works, "embargo")) if split.embargo and in_time else None
    if fits is not None:
        ways.append(f"use --embargo {fits}" if fits else "leave --embargo out")
    return ways


def _nearest(good: int, bad: int, works: Callable[[int], bool]) -> int | None:
    """The number nearest to the bad one that works, from a good one on; None when that does not work either.

    Examples
    --------
    >>> _nearest(0, 100, lambda n: n <= 7), _nearest(60, 2, lambda n: n >= 5), _nearest(0, 3, lambda n: False)
    (7, 5, None)
    """
    if not works(good):
        return None
    while abs(bad - good) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if works(middle) else (good, middle)
    return good


def _cuts_of(recipe: Recipe, panel: Panel, split: Split, times: Sequence[Any]) -> list[Cut]:
    """The parts that these settings of a split make."""
    by = split.by(timed=panel.times is not None)
    return cut_in_time(split, panel, whole(panel)[0].segments, _frame(recipe), by=by, times=times).cuts


def _frame(recipe: Recipe) -> Frame:
    """How far the inputs of a part reach back: not at all without ``--context``."""
    frame = recipe.framing.frame(answer_of(recipe))
    return frame if recipe.split.context else Frame(frame.inputs[:1], frame.targets[:0], 0)


def _reach(recipe: Recipe) -> int:
    """Rows before a part that its inputs may take with ``--context``."""
    return reach_back(recipe.framing.frame(answer_of(recipe)))


def split_that_works(recipe: Recipe, panel: Panel, asked: Need) -> str:
    """Parts near those asked for that each hold a sample, as ``--split`` takes them; empty when none do."""
    split = recipe.split
    parts, by = split.parts, split.by(timed=panel.times is not None)
    if parts is None or parts.kind == "time" or by in ("section", "random"):
        return ""
    one = len(panel.starts) == 1
    if by == "group":
        n, least = len(panel.starts), [1] * len(parts.values)
    elif one or by == "sequence":
        n = int(panel.lengths.max())
        reach = _reach(recipe) if split.context else 0
        least = [asked.need]
        for _ in parts.values[1:]:  # inputs reach into the part before, as far as it goes
            least.append(max(1, asked.need - min(reach, least[-1])))
        least = [need + split.embargo * (i + 1 < len(least)) for i, need in enumerate(least)]
    else:
        return ""
    ends = parts.ends(n)
    sizes = _enlarged([b - a for a, b in zip([0, *ends], ends, strict=False)], least, n)
    if not sizes:
        return ""
    return ",".join(map(str, sizes)) if parts.kind == "rows" else _as_fractions(sizes, n)


def split_nearby(recipe: Recipe, panel: Panel) -> str:
    """The fractions, in tenths or twentieths, nearest to those asked for whose every part holds a sample; empty when none do.

    They are tried one after the other as a run would: sequences differ in length, and begin and end when they do.
    """
    parts, total = recipe.split.parts, panel.held
    if parts is None:
        return ""
    asked = parts.values if parts.kind == "fraction" else tuple(v / total for v in parts.values)
    asked = asked or ((0.7, 0.3) if len(parts.names) == 2 else (0.7, 0.15, 0.15))
    one_clock = len(panel.starts) > 1 and recipe.split.by(timed=panel.times is not None) == "time"
    ranks: dict[int, Any] = {}
    for pieces in (10, 20):
        tried = [tuple(n / pieces for n in sizes) for sizes in _compositions(pieces, len(asked))]
        tried.sort(key=lambda shares: sum(abs(a - b) for a, b in zip(shares, asked, strict=True)))
        bounds = [Parts("fraction", shares).ends(total) for shares in tried]
        if one_clock:  # the instants of all of them at once
            wanted = sorted({end for ends in bounds for end in ends[:-1]})
            ranks = dict(zip(wanted, instants(panel, wanted), strict=True))
        for shares, ends in zip(tried, bounds, strict=True):
            text = ",".join(f"{share:g}" for share in shares)
            edges = [ranks[end] for end in ends[:-1]] if one_clock else None
            if _works(recipe, _cuts_at(recipe, panel, text, edges)):
                sizes = [b - a for a, b in zip([0, *ends], ends, strict=False)]
                return ",".join(map(str, sizes)) if parts.kind == "rows" and one_clock else text
    return ""


def _compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    """All ways to write a number as a sum of so many numbers of 1 or more.

    Examples
    --------
    >>> _compositions(4, 2)
    [(1, 3), (2, 2), (3, 1)]
    """
    if parts == 1:
        return [(total,)]
    return [(n, *rest) for n in range(1, total - parts + 2) for rest in _compositions(total - n, parts - 1)]


def _cuts_at(recipe: Recipe, panel: Panel, text: str, edges: list[Any] | None = None) -> list[Cut]:
    """The parts that this text of --split makes, or that begin at these instants."""
    split = recipe.split
    words = tuple(text.split(",")) if edges is None else ("at:" + ",".join("0" for _ in edges),)
    by = split.by(timed=panel.times is not None)
    other = replace(split, split=words, split_by=split.split_by if edges is None else None)
    segments = whole(panel)[0].segments
    return cut_in_time(other, panel, segments, _frame(recipe), by=by, times=edges or []).cuts


def _works(recipe: Recipe, cuts: list[Cut]) -> bool:
    """Whether each of these parts holds a sample."""
    frame = recipe.framing.frame(answer_of(recipe))
    return all(len(cut.segments.starts) and runs_of(recipe.framing, cut, frame).total > 0 for cut in cuts)


def _enlarged(sizes: list[int], least: list[int], n: int) -> list[int]:
    """The sizes with at least so many each, the largest giving what the others lack."""
    if sum(least) > n or sum(sizes) > n:
        return []
    out = [max(size, need) for size, need in zip(sizes, least, strict=True)]
    while sum(out) > n:
        spare = [size - need for size, need in zip(out, least, strict=True)]
        at = spare.index(max(spare))
        out[at] -= min(spare[at], sum(out) - n)
    return out


def _as_fractions(sizes: list[int], n: int) -> str:
    """Fractions with few digits that divide n rows like this."""
    wanted = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    for digits in range(1, 7):
        shares = [math.ceil(size / n * 10**digits - 1e-9) / 10**digits for size in sizes[:-1]]
        shares.append(round(1 - sum(shares), digits))
        if shares[-1] > 0 and Parts("fraction", tuple(shares)).ends(n) == wanted:
            return ",".join(f"{share:g}" for share in shares)
    return ""
