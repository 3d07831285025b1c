"""What padding and cutting did to the sequences, counted; and real steps that look like padding.

    a  0 1 2 3 4 5   timesteps 4    [2 3 4 5]   cut: 2 rows
    b  6 7                          [6 7 . .]   padded: 2 of 8 steps

A model that masks by value (Keras' Masking) skips a real step that equals the pad value in every
feature: such rows are found in one pass over the panel, with a value that no row has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lstmprep.arrays import Part
from lstmprep.framing.answers import real_rows
from lstmprep.framing.frame import Ints
from lstmprep.panel import Array
from lstmprep.records import record

BLOCK = 1 << 16
PIECE = 1 << 16  # sequences at a time
OFFERS = (-1.0, -10.0, -99.0, -999.0)


@record(eq=False)
class Padding:
    """Counts over all parts, and the rows that a mask by value would lose."""

    samples: int = 0
    steps: int = 0
    sequences_padded: int = 0
    steps_padded: int = 0
    sequences_cut: int = 0
    rows_cut: int = 0
    like_padding: int = 0
    first_like_padding: int = -1  # a row of the panel
    free_value: float | None = None

    @property
    def first_rows(self) -> Ints:
        """(1,) or (0,) the row of the panel that looks like padding and comes first in the table."""
        return np.array([self.first_like_padding] if self.like_padding else [], np.int64)

    @property
    def share(self) -> float:
        """The part of the tensor that is padding."""
        return self.steps_padded / self.steps if self.steps else 0.0


def padding_of(parts: Sequence[Part], value: float) -> Padding:
    """Count what was cut and padded.

    Parameters
    ----------
    parts : sequence of Part
        Of a framing with one sample per sequence.
    value : float
        What stands on padded steps.
    """
    out = Padding()
    for part in parts:
        t = part.frame.timesteps
        out.samples += part.samples
        if part.padded:
            out.steps += part.samples * t
            out.steps_padded += part.samples * t
        for i in range(0, len(part.runs.first), PIECE):
            runs = part.runs.chosen(slice(i, i + PIECE))
            low, high = real_rows(runs, part.frame, runs.first, np.arange(len(runs.first)))
            n = high - low
            cut = runs.ceiling - runs.floor - n
            out.sequences_cut += int(np.count_nonzero(cut))
            out.rows_cut += int(cut.sum())
            if part.padded:
                out.sequences_padded += int(np.count_nonzero(n < t))
                out.steps_padded -= int(n.sum())
            else:
                out.steps += int(n.sum())
        if part.padded:
            _look_alikes(part, value, out)
    if out.like_padding:
        out.free_value = _free(parts)
    return out


def _look_alikes(part: Part, value: float, out: Padding) -> None:
    """Count the rows of a part's samples that hold the pad value in every feature."""
    runs, real_of = part.runs, None
    for rows in _rows_of(part.panel.features, value):
        if real_of is None:
            low, high = real_rows(runs, part.frame, runs.first, np.arange(len(runs.first)))
            order = np.argsort(low, kind="stable")
            real_of = low[order], high[order]
        low, high = real_of
        at = np.searchsorted(low, rows, side="right") - 1
        real = rows[(at >= 0) & (rows < high[np.maximum(at, 0)])]
        if len(real):
            out.like_padding += len(real)
            first = int(real[np.argmin(part.panel.source(real))])
            if out.first_like_padding < 0 or part.panel.source(np.array([first])) < part.panel.source(
                np.array([out.first_like_padding])
            ):
                out.first_like_padding = first


def _rows_of(features: Array, value: float) -> Iterator[Ints]:
    """Rows that are this value in every feature, some at a time."""
    for i in range(0, len(features), BLOCK):
        block = features[i : i + BLOCK]
        rows = np.flatnonzero(block[:, 0] == value)
        if len(rows) and block.shape[1] > 1:
            rows = rows[(block[rows, 1:] == value).all(axis=1)]
        if len(rows):
            yield rows + i


def _free(parts: Sequence[Part]) -> float | None:
    """A value that is no row's value in every feature, and that the type of the numbers holds."""
    panels = list({id(p.panel): p.panel for p in parts}.values())
    lows = [np.fmin.reduce(p.features[i : i + BLOCK], axis=None) for p in panels for i in range(0, p.rows, BLOCK)]
    low = float(np.floor(np.fmin.reduce(lows)))  # missing values have no say
    kind = panels[0].features.dtype
    for offer in (*OFFERS, low - 1, low * 2 - 1):
        with np.errstate(over="ignore"):
            held = float(np.asarray(offer).astype(kind)) == offer
        if held and not any(len(rows) for p in panels for rows in _rows_of(p.features, offer)):
            return offer
    return None
