"""A framing answers with neutral values for the settings it does not have."""

from __future__ import annotations

import numpy as np

from lstmprep.framing import Framing, Lag, Window
from lstmprep.framing.frame import Frame, Ints, Runs, Segments


class Bare(Framing):
    """A framing without a setting of its own."""

    def frame(self, answer: str | None) -> Frame:
        return Window(timesteps=2).frame(None)

    def runs(self, segments: Segments, frame: Frame) -> Runs:
        return Window(timesteps=2).runs(segments, frame)

    def rest(self, segments: Segments, frame: Frame) -> Ints:
        return segments.lengths


def test_a_framing_without_settings_pads_nothing_asks_nothing_and_learns_nothing():
    bare = Bare()

    assert (bare.padding_possible, bare.unequal, bare.padding_side, bare.one_label) == (False, False, None, False)
    assert (bare.label_rule, bare.needs_label, bare.lead_for("target")) == ("last", False, 0)
    assert bare.fitted(np.array([3])) is bare
    assert bare.step(bare.frame(None)) == 2
    assert bare.words.after == "left over after the last window"


def test_only_the_rows_of_a_lagged_table_name_their_numbers():
    assert Bare().columns(["a"], ["y"]) == Window(timesteps=2).columns(["a"], ["y"]) == []
    assert Lag(lags=(1,)).columns(["a"], ["y"]) == ["a(t-1)", "y(t)"]
