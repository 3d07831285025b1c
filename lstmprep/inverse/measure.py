"""How far predictions are from what happened: MAE and RMSE per target and step, or the share of right classes."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np

from lstmprep.panel import Array
from lstmprep.records import record


@record(eq=False)
class Errors:
    """Sums over all predictions whose true value is known.

    Attributes
    ----------
    lost : int
        True values whose prediction is missing: NaN, or a code below 0.

    Examples
    --------
    >>> errors = Errors(["y"], 2)
    >>> errors.add(np.array([[[1.0], [2.0]]]), np.array([[[1.0], [5.0]]]))
    >>> errors.told()[1]
    {'target': 'y', 'step': 2, 'predictions': 1, 'mae': 3.0, 'rmse': 3.0}
    """

    names: list[str]
    steps: int
    classes: bool = False
    lost: int = 0
    _sums: Array = field(init=False)

    def __post_init__(self) -> None:
        self._sums = np.zeros((3, self.steps, len(self.names)))

    def add(self, predicted: Array, actual: Array) -> None:
        """Take in (samples, steps, targets) of both; NaN where either is not known."""
        self.lost += int((np.isnan(predicted) & ~np.isnan(actual)).sum())
        error = predicted - actual
        known = ~np.isnan(error)
        error = np.where(known, error, 0.0)
        self._sums += np.array([known.sum(axis=0), np.abs(error).sum(axis=0), (error * error).sum(axis=0)])

    def add_classes(self, predicted: Array, actual: Array) -> None:
        """Take in (samples, steps) codes of both; below 0 where either is not known."""
        self.lost += int(((predicted < 0) & (actual >= 0)).sum())
        known = (predicted >= 0) & (actual >= 0)
        wrong = (known & (predicted != actual)).sum(axis=0)[:, None]
        self._sums += np.array([known.sum(axis=0)[:, None], wrong, wrong])

    def told(self) -> list[dict[str, Any]]:
        """One entry per target and step that has a true value."""
        out: list[dict[str, Any]] = []
        for j, name in enumerate(self.names):
            for k in range(self.steps):
                n, first, second = (float(v) for v in self._sums[:, k, j])
                if not n:
                    continue
                entry: dict[str, Any] = {"target": name, "step": k + 1, "predictions": int(n)}
                entry |= {"right": 1 - first / n} if self.classes else {"mae": first / n, "rmse": (second / n) ** 0.5}
                out.append(entry)
        return out
