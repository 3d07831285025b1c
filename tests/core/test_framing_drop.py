"""Samples with a bad row are left out: by brute force over every sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.framing import Window, drop
from lstmprep.framing.drop import without_bad
from tests.conftest import lengths, windows
from tests.core import oracle
from tests.core.test_framing_window import segments_of

answered = st.sampled_from([None, "target", "label"]).flatmap(lambda a: st.tuples(st.just(a), windows(a)))


@given(given=answered, sizes=lengths, block=st.sampled_from([1, 2, 5, 1 << 20]), data=st.data())
def test_the_samples_that_stay_are_those_without_a_bad_row(given, sizes, block, data):
    answer, settings = given
    window, segments, rows = Window(**settings), segments_of(sizes), sum(sizes)
    bad = st.sets(st.integers(0, rows - 1), max_size=max(1, rows // 4))
    bad_inputs, bad_targets = data.draw(bad), data.draw(bad)
    frame = window.frame(answer)
    runs = window.runs(segments, frame).without_empty()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drop, "BLOCK", block)
        kept = without_bad(
            runs, frame, np.isin(np.arange(rows), list(bad_inputs)), np.isin(np.arange(rows), list(bad_targets))
        )

    left = []
    for i, (start, n) in enumerate(zip(segments.starts.tolist(), sizes, strict=True)):
        for at in oracle.starts(n, settings, answer):
            one = oracle.sample("", list(range(start, start + n)), at, settings, answer)
            if not bad_inputs & set(one.inputs) and not bad_targets & set(one.answers):
                left.append((i, start + at))
    numbers = np.arange(kept.total)
    assert kept.sequence[kept.run_of(numbers)].tolist() == [i for i, _ in left]
    assert kept.starts(numbers).tolist() == [at for _, at in left]
    assert (kept.count > 0).all()


@given(block=st.sampled_from([1, 3, 1 << 20]))
def test_samples_on_both_sides_of_a_block_stay_one_run(block):
    """Blocks are a matter of memory: they must not cut runs, or lanes of a stateful model break."""
    window = Window(timesteps=2)
    frame = window.frame(None)
    bad = np.arange(20) == 9

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drop, "BLOCK", block)
        kept = without_bad(window.runs(segments_of([20]), frame), frame, bad, bad)

    assert kept.first.tolist() == [0, 10]
    assert kept.count.tolist() == [8, 9]


def test_nothing_is_left_when_every_row_is_bad():
    window = Window(timesteps=2)
    frame = window.frame(None)
    bad = np.ones(6, bool)

    assert without_bad(window.runs(segments_of([6]), frame), frame, bad, bad).total == 0
