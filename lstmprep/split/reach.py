"""Samples of a part whose inputs may reach back before it.

    windows of 3, target 1 ahead     rows      3 4 5 | 6 7 8        the part begins at row 6
    floor 3, strides count from it   sample 0 [i i i | t]           first target: the part's own first row
                                     sample 1   [i i | i t]

    partial, the earlier part has rows 5.. only      sample 0  . .[5 | t]

Pure numpy; sees row numbers, never a value.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmprep.framing.base import Framing
from lstmprep.framing.frame import Frame, Runs, Segments
from lstmprep.split.cut import Cut


def reach_back(frame: Frame) -> int:
    """Rows before a part's first row that its inputs can need: its first target is that row then.

    Examples
    --------
    >>> reach_back(Frame(np.array([0, 1, 2]), np.array([3]), 1))
    3
    """
    return int(frame.targets.min()) if len(frame.targets) else frame.cover - 1


def within_reach(cut: Cut) -> Segments:
    """The rows that samples of the part may take, those before it included."""
    return Segments(cut.segments.sequence, cut.floors, cut.segments.stops)


def runs_of(framing: Framing, cut: Cut, frame: Frame) -> Runs:
    """The samples of a part: inputs from its floors on, targets from its own rows alone.

    Examples
    --------
    >>> from lstmprep.framing import Window
    >>> one = np.array([0]); cut = Cut("test", Segments(one, one + 6, one + 9), one + 3)
    >>> window = Window(timesteps=3); frame = window.frame("target")
    >>> runs = runs_of(window, cut, frame); runs.first, runs.count
    (array([3]), array([3]))
    """
    lows = cut.floors
    if (
        framing.partial and frame.belongs == "last"
    ):  # the first sample answers on the part's first row, however few its steps
        lows = np.maximum(lows, cut.segments.starts - (reach_back(frame) - frame.cover + 1))
    runs = framing.runs(Segments(cut.segments.sequence, lows, cut.segments.stops), frame)
    return replace(runs, floor=cut.floors) if lows is not cut.floors else runs
