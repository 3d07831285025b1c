"""Rows that spoil a sample, and the longest window that finds a place between them.

rows     0 1 2 3 4 5 6 7 8      rows 2 and 6 hold a missing value
windows  . . # . . . # . .      of 3 timesteps one fits, of 4 none, though there are nine rows

Asked for once windows were refused: what is offered then has been tried. Pure numpy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from lstmprep.fits import answer_of
from lstmprep.framing.drop import bad_in_all, bad_rows, without_bad
from lstmprep.framing.frame import Flags
from lstmprep.framing.lag import Lag
from lstmprep.framing.window import Window
from lstmprep.panel import Panel
from lstmprep.recipe import Recipe
from lstmprep.split import Cut
from lstmprep.split.reach import reach_back, runs_of
from lstmprep.wording import counted, ranges

DESCENTS = 64  # lengths that are tried one by one where a longer window may fit though a shorter one does not
WORK = 1 << 28  # rows looked at for one length, at the most, where steps do not follow one another


class Holes:
    """The rows of each folder of parts that spoil a sample.

    Parameters
    ----------
    recipe : Recipe
    panels : mapping of str to Panel
        The values of each folder.
    cuts : sequence of Cut
        The parts.
    folder : str or None
        Where marks for many rows may be kept.
    """

    def __init__(
        self, recipe: Recipe, panels: Mapping[str, Panel], cuts: Sequence[Cut], folder: str | None = None
    ) -> None:
        self._recipe, self._panels, self._cuts, self._folder = recipe, panels, cuts, folder

    @cached_property
    def bad(self) -> dict[str, tuple[Flags, Flags]]:
        """By folder of parts: rows with a missing feature, and with a missing answer; nothing where those are refused."""
        policy = self._recipe.order.missing
        if policy == "error":
            return {}
        masked, answer = policy == "mask", answer_of(self._recipe)
        return {
            name: bad_rows(values, answer, masked=masked, folder=self._folder) for name, values in self._panels.items()
        }

    @cached_property
    def rows(self) -> int:
        """Rows with a missing value, in the folder that has most."""
        return max(map(bad_in_all, self.bad.values()), default=0)

    def offered(self, limit: int) -> tuple[str, int]:
        """The most timesteps, up to a limit, of which every part holds a sample: in words, and 0 where there are none.

        Where a longer window may fit though a shorter one does not, and too many lengths would have to be tried, the
        words do not say that it is the largest.
        """
        framing, split = self._recipe.framing, self._recipe.split
        divided = split.active and split.split_by != "random"  # samples dealt by chance are cut for their own length
        if not (isinstance(framing, Window) and (self.rows or divided)):
            return f"The largest that works is --timesteps {limit}.", limit
        sure = True
        if (framing.dilation or 1) > 1 or framing.padding_possible:
            capped = max(WORK // max(p.rows for p in self._panels.values()), 1)
            sure, limit = limit <= capped, min(limit, capped)
        steps = self._longest(limit)
        if steps and ((framing.stride or 1) > 1 or framing.no_overlap):
            tried = range(steps, max(steps - DESCENTS, 0), -1)
            found = next((t for t in tried if self._fits(t)), None)
            halves = (steps >> n for n in range(1, steps.bit_length()))
            sure, steps = found is not None, found or next((t for t in halves if self._fits(t)), 0)
        return self._said(steps, sure=sure), steps

    def _said(self, steps: int, *, sure: bool) -> str:
        whole = " without a missing value" if self.rows else ""
        if not steps:
            last = (
                "leave the emptiest columns out with --exclude, or fill the cells first"
                if whole
                else "give it more rows"
            )
            return f"There is no sample of any length{whole}{' in every part' if self._recipe.split.active else ''}: {last}."
        more = "with more, a part has no sample" if self._recipe.split.active else "no longer sample is"
        return f"{'The largest that works is' if sure else 'Use'} --timesteps {steps}: {more}{whole}."

    def told(self, name: str, rows: int) -> str:
        """What to do where every sample of a folder of parts, of so many rows, holds a missing value."""
        framing, bad = self._recipe.framing, bad_in_all(self.bad[name])
        ways = ["leave the emptiest columns out with --exclude", "fill the cells first"]
        if isinstance(framing, Window) and framing.timesteps is not None:
            said, steps = self.offered(framing.timesteps - 1)
            offer = said.partition(":")[0]
            ways = [*([offer[0].lower() + offer[1:]] if steps else []), *ways]
        elif isinstance(framing, (Window, Lag)) and framing.lags and (fewer := self._fewer(framing)):
            ways.insert(0, f"use --lags {ranges(fewer)}")
        has = "has" if bad == 1 else "have"
        return f"{counted(bad, 'row')} of {rows:,} {has} one: {', '.join(ways[:-1])}, or {ways[-1]}."

    def _fewer(self, framing: Window | Lag) -> list[int]:
        """Lags of which every part holds a sample: the newest as many as do, else the oldest; empty where none do.

        Of windows at every row fewer lags fit where more do, so that their number is found by halving; else some are tried.
        """
        lags = sorted(framing.lags)
        for some in ([lags[:n] for n in range(1, len(lags))], [lags[-n:] for n in range(1, len(lags))]):
            if framing.step(framing.frame(answer_of(self._recipe))) > 1:
                tried = some[: -DESCENTS - 1 : -1]
                found = next((kept for kept in tried if self._hold(replace(framing, lags=tuple(kept)))), [])
            else:
                n = bisect_left(some, x=True, key=lambda kept: not self._hold(replace(framing, lags=tuple(kept))))
                found = some[n - 1] if n else []
            if found:
                return found
        return []

    def _longest(self, limit: int) -> int:
        """The most timesteps with a window at every row: a shorter one fits where a longer one does."""
        good, bad = 0, limit + 1
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._fits(middle, stride=1) else (good, middle)
        return good

    def _fits(self, steps: int, *, stride: int | None = None) -> bool:
        """Whether every part holds a sample of so many timesteps without a missing value."""
        framing = self._recipe.framing
        assert isinstance(framing, Window)
        framing = replace(framing, timesteps=steps)
        if stride is not None:
            framing = replace(framing, stride=stride, no_overlap=False)
        return self._hold(framing)

    def _hold(self, framing: Window | Lag) -> bool:
        """Whether every part holds a sample of this framing without a missing value."""
        frame = framing.frame(answer_of(self._recipe))
        for given in self._cuts:  # a shorter sample reaches less far into the part before
            cut = replace(given, floors=np.maximum(given.floors, given.segments.starts - reach_back(frame)))
            runs = runs_of(framing, cut, frame).without_empty()
            if runs.total and self.rows:
                runs = without_bad(runs, frame, *self.bad[cut.folder], folder=self._folder)
            if not runs.total:
                return False
        return True
