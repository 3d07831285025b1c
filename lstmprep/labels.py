"""Classes of the samples of a part: as codes, or as 0 and 1 per class; -1, or no 1 at all, on padding.

Pure numpy; which class a window has is decided in `framing.labels`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmprep.arrays import ArrayPlan, Part
from lstmprep.framing.labels import label_of
from lstmprep.panel import Array
from lstmprep.places import Places


class Labels(Places):
    """Labels of the samples of a part, by their places in the arrays."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self._panel = part.panel

    def _real(self, first: int, stop: int) -> NDArray[np.bool_]:
        """(samples,) False for samples that only fill a batch."""
        real = self._numbers(first, stop)[1]
        return np.ones(stop - first, bool) if real is None else real

    def _labels(self, array: ArrayPlan, first: int, stop: int) -> Array:
        """Codes, -1 on padding; or 0 and 1 per class, all 0 on padding."""
        panel, window = self._panel, self.part.recipe.framing
        real = self._real(first, stop)
        if panel.sequence_labels is not None:
            run = self._runs.run_of(self._numbers(first, stop)[0])
            codes = np.maximum(panel.sequence_labels[self._runs.sequence[run]].astype(np.int64), -1)
        else:
            assert panel.labels is not None
            rows, valid, _ = self.answers(first, stop)
            codes = np.maximum(panel.labels[panel.once(rows)].astype(np.int64), -1)  # no class, or one that train lacks
            if window.target_mode == "per-step":
                codes = np.where(valid, codes, -1)
            elif (window.horizon or 1) == 1:
                codes = label_of(codes, valid | ~real[:, None], window.label_rule, len(self.part.classes or []))
        return self._coded(array, np.where(real.reshape(-1, *[1] * (codes.ndim - 1)), codes, -1))

    def _coded(self, array: ArrayPlan, codes: Array) -> Array:
        """Codes as they are, or as 0 and 1 per class."""
        classes = np.arange(len(self.part.classes or []))
        return (codes[..., None] == classes).astype(array.dtype) if self.part.recipe.framing.one_hot else codes
