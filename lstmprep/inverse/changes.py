"""Trend, difference and logarithm of the targets undone, in the opposite order of how they were taken.

    prediction + line of its sequence at its time -> + the value N rows before -> exp

The values before the first differences stand in the index (``before_1_y``), of steps that lie apart those before each; later ones
follow from those just found.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmprep.errors import DataError
from lstmprep.framing.frame import Ints
from lstmprep.grid.change import anchors, undifferenced
from lstmprep.inverse.asked import Asked, Floats
from lstmprep.inverse.live import Live
from lstmprep.loaders.index import Block, key_numbers


class Changed:
    """What was done to the targets of one output before they were scaled.

    Parameters
    ----------
    made : dict
        Its manifest.
    asked : Asked
    live : Live or None
        Where answers beyond the table stand.

    Raises
    ------
    DataError
        If the index and the manifest do not hold what would undo it.
    """

    def __init__(self, made: dict[str, Any], asked: Asked, live: Live | None = None) -> None:
        self._live = live
        fitted, self._names, self._order = made["fitted"], asked.names, made["order"]
        self._offsets, self._per_step = asked.offsets, asked.per_step
        self._side = (made["padding"] or {}).get("side")
        self._keys = list(made["sequences"]["keys"])
        self._learned = {"": fitted, **(fitted.get("folds") or {})}
        self.any = any(k in f for f in self._learned.values() for k in ("log", "difference", "detrend"))
        if asked.inputs and any(k in f for f in self._learned.values() for k in ("difference", "detrend")):
            raise DataError(
                "windows of differences or without their trend hold nothing that brings their values back",
                fix="Make the output with --target, or without --difference and --detrend.",
            )

    def undone(self, values: Floats, block: Block) -> Floats:
        """(samples, steps, targets) as they stood in the table."""
        fitted, first = self._learned.get(block.split.rpartition("/")[0], {}), self._first(block)
        if fitted.get("detrend"):
            values = values + self._lines(fitted["detrend"], first, block)
        if fitted.get("difference"):
            lag = fitted["difference"]
            before = self._before(lag, first, block, self._logged(fitted))
            values = undifferenced(values, before, lag, self._offsets, first)
        logged = self._logged(fitted)
        return np.where(logged, np.exp(np.where(logged, values, 0)), values) if logged.any() else values

    def _logged(self, fitted: dict[str, Any]) -> Any:
        return np.array([n in (fitted.get("log") or ()) for n in self._names])

    def _first(self, block: Block) -> Ints | None:
        """(samples,) the first real step of each; None where every step is real."""
        steps = block.ints("steps") if self._per_step else None
        if steps is None:
            return None
        return np.maximum(len(self._offsets) - steps, 0) if self._side == "pre" else np.zeros(block.rows, np.int64)

    def _before(self, lag: int, first: Ints | None, block: Block, logged: Any) -> Floats:
        kept, _ = anchors(self._offsets, lag, padded=first is not None)
        if self._live is not None:
            values = self._live.before(block, self._keys, self._offsets[kept], lag)
            return np.where(logged, np.log(np.where(logged, values, 1.0)), values)
        columns = [[f"before_{s + 1}_{n}" for n in self._names] for s in kept]
        if any(name not in block.table.schema.names for row in columns for name in row):
            if self._order.get("grid") is not None and block.ints("target_first_row") is None:
                raise DataError(
                    "the newest windows of a grid hold no value that their differences could be added to",
                    fix="Make the output without --difference, or without --resample.",
                )
            raise DataError(
                "the index does not hold the values before the differences",
                fix="Make the output again with its index.",
            )
        found = [[block.table.column(name).to_numpy(zero_copy_only=False) for name in row] for row in columns]
        return np.asarray(np.moveaxis(np.array(found, np.float64), 2, 0))

    def _lines(self, told: dict[str, Any], first: Ints | None, block: Block) -> Floats:
        """The lines at the target rows."""
        ids: dict[tuple[str, ...], int] = {}
        group = key_numbers(block.table, self._keys, ids) if self._keys else np.zeros(block.rows, np.int64)
        number = {tuple(key): i for i, key in enumerate(told["keys"])}
        at = np.array([number[key] for key in ids] if self._keys else [0], np.int64)[group]
        x = self._places(told, first, block) - np.array(told["origin"])[at][:, None]
        level, slope = (np.array([told["columns"][n][k] for n in self._names])[:, at].T for k in ("level", "slope"))
        return np.asarray(level[:, None, :] + slope[:, None, :] * x[:, :, None])

    def _places(self, told: dict[str, Any], real: Ints | None, block: Block) -> Floats:
        """Where the target rows lie: seconds, numbers of the clock, or rows of the one sequence."""
        steps = len(self._offsets)
        spacing, per = self._order.get("spacing") or {}, {"us": 1e6, "ns": 1e9}.get(self._order.get("unit") or "", 1.0)
        first = block.times("target_first_time") if told["x"] == "time" else block.ints("target_first_row")
        grid = self._order.get("grid") is not None
        step = spacing["median"] / per if told["x"] == "time" and spacing.get("steps") else 1.0
        live = self._live if first is None and not (told["x"] == "time" and spacing.get("uneven")) else None
        if live is not None:  # beyond the table, as far as even steps lead
            last = block.times("last_time") if told["x"] == "time" else block.ints("last_row")
            first = None if last is None else last + live.lead * step * per
        if (
            first is None
            or (told["x"] == "row" and self._keys)
            or (steps > 1 and told["x"] == "time" and (spacing.get("uneven") or grid))
        ):
            raise DataError(
                "where the predicted rows lie on their trend cannot be told from the index",
                fix="Use --time and even steps with --detrend, or --difference instead.",
            )
        ahead = (
            self._offsets[None, :]
            - (self._offsets[:1] if real is None else self._offsets[np.minimum(real, steps - 1)])[:, None]
        )
        return np.asarray(first / per)[:, None] + ahead * step
