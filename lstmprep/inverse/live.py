"""The newest windows of a live prediction: what they predict lies beyond the table, and stands on its last rows.

rows of the table      ... y(7) y(8) y(9)           --difference 2, 1 row ahead
predicted changes                         d1 d2
on the values before           y(8) y(9)            y(8) + d1, y(9) + d2
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.inverse.asked import Floats
from lstmprep.inverse.truth import Truth
from lstmprep.loaders.index import Block, key_numbers
from lstmprep.recipe import Recipe
from lstmprep.records import record
from lstmprep.wording import counted


@record(frozen=True, eq=False)
class Live:
    """Where answers beyond the table stand.

    Parameters
    ----------
    lead : int
        Rows from the last input row to the first answer.
    truth : Truth or None
        The table that the newest windows are of.
    lagged : bool
        Whether they are rows of a lagged table instead, and the answers stand in that table.
    """

    lead: int
    truth: Truth | None
    lagged: bool = False

    def before(self, block: Block, keys: list[str], ahead: Ints, lag: int) -> Floats:
        """(samples, steps, targets) values of the table `lag` rows before the answers at these steps.

        Raises
        ------
        DataError
            If there is no table, or the values are not in it.
        """
        if self.truth is None:
            raise DataError(
                "these windows are the newest ones, and the index does not hold the values that their differences stand on",
                fix="Give the table that they were made from with --table FILE.",
            )
        ids: dict[tuple[str, ...], int] = {}
        key, rows, times = key_numbers(block.table, keys, ids), block.ints("last_row"), block.times("last_time")
        assert rows is not None
        timed = None if times is None else np.ones(len(rows), bool)
        at = self.truth.places(list(ids), key, rows, times, timed)
        if (at < 0).any():
            gone = int((at < 0).sum())
            told = (
                f"the last row of {counted(gone, 'window')}" if not self.lagged else f"row t of {counted(gone, 'row')}"
            )
            raise DataError(
                f"{told} is not in the table",
                fix=f"Give the table that {'the lagged one was' if self.lagged else 'the newest windows were'} made from with --table FILE.",
            )
        panel = self.truth.read.panel
        first, stop = self.truth.bounds(at)
        found = at[:, None] + self.lead + ahead - lag
        if ((found >= stop[:, None]) | (found < first[:, None])).any():
            raise DataError(
                f"--difference {lag} cannot be undone {self.lead + int(ahead.max())} rows ahead: the value {counted(lag, 'row')} before is not in the table",
                fix=f"Make the output with --difference {self.lead + int(ahead.max())} or more, or with --lead 1.",
            )
        assert panel.targets is not None
        values = np.asarray(panel.targets[found.ravel()], np.float64).reshape(*found.shape, -1)
        if np.isnan(values).any():
            raise DataError(
                f"{counted(int(np.isnan(values).sum()), 'value')} that predictions stand on is missing in the table",
                fix="Fill it there: a difference is added to the value before.",
            )
        return values


def live_of(made: dict[str, Any], recipe: Recipe, truth: Truth | None) -> Live | None:
    """Where the answers of the newest windows stand; None for other outputs, and on a grid, whose cells are no rows."""
    own = recipe.framing.latest
    latest = (made.get("applied") or {}).get("latest") or own
    if not latest or recipe.command != "window" or recipe.framing.target_mode == "per-step" or recipe.asked is None:
        return None
    if made["order"].get("grid") is not None:
        return None
    framing = replace(recipe.framing, latest=False) if own else recipe.framing  # type: ignore[type-var]
    frame = framing.frame(recipe.asked)
    return Live(int(frame.targets[0] - frame.inputs[-1]), truth)
