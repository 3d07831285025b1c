"""Which label a window gets: the rules, ties, padding, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import DataError
from lstmprep.framing import Window, labels
from lstmprep.framing.labels import check_labels, label_of
from tests.core import oracle
from tests.core.test_framing_window import segments_of

RULES = ["last", "first", "mode", "any", "strict"]


@st.composite
def marked(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Codes of some windows, and which of their rows are real: at least one."""
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 7)))
    codes = np.array(draw(st.lists(st.integers(0, 3), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1])))
    real = np.array([draw(st.integers(1, 2 ** shape[1] - 1)) for _ in range(shape[0])])
    return codes.reshape(shape), (real[:, None] >> np.arange(shape[1])) & 1 == 1


@pytest.mark.parametrize("rule", RULES)
@given(drawn=marked(), dtype=st.sampled_from(["int32", "int64"]), classes=st.sampled_from([4, 1 << 21]))
def test_a_label_is_chosen_among_the_real_rows_as_by_the_loop(rule, drawn, dtype, classes):
    """Many classes are counted some windows at a time: the answer is the same."""
    codes, real = drawn

    chosen = label_of(codes.astype(dtype), real, rule, classes)

    seen = [[int(c) for c, ok in zip(*one, strict=True) if ok] for one in zip(codes, real, strict=True)]
    assert chosen.tolist() == [oracle.label_of(s, rule) for s in seen]
    assert chosen.dtype == np.int64


def test_a_tie_of_mode_goes_to_the_latest_of_the_winners():
    codes = np.array([[0, 1, 1, 0], [0, 1, 0, 1], [2, 2, 1, 1], [0, 0, 1, 2]])

    assert label_of(codes, np.ones_like(codes, bool), "mode", 3).tolist() == [0, 1, 1, 0]


def test_padding_does_not_vote():
    codes = np.array([[1, 1, 1, 0]])

    assert label_of(codes, np.array([[False, False, False, True]]), "mode", 2).tolist() == [0]


def strict(sizes: list[int], rows: list[int], **settings: object) -> None:
    window = Window(label_at="strict", **settings)
    frame = window.frame("label")
    runs = window.runs(segments_of(sizes), frame).without_empty()
    check_labels(np.array(rows, np.int32), runs, frame, "strict", ["n", "p"])


@given(
    rows=st.lists(st.integers(0, 1), min_size=4, max_size=16), block=st.sampled_from([1, 3, 1 << 16]),
    settings=st.sampled_from([{}, {"partial": True}, {"dilation": 2}, {"leftover": "pad", "stride": 3}, {"lead": 1}]),
)  # fmt: skip
def test_strict_refuses_mixed_windows_by_number(rows, block, settings):
    settings = {"timesteps": 2, **settings}
    asked = settings | {"label_at": "strict"}
    mixed = [
        i
        for i, at in enumerate(oracle.starts(len(rows), asked, "label"))
        if len({rows[r] for r in oracle.sample("", list(range(len(rows))), at, asked, "label").answers}) > 1
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels, "BLOCK", block)
        if not mixed:
            strict([len(rows)], rows, **settings)
            return
        with pytest.raises(DataError) as refused:
            strict([len(rows)], rows, **settings)
    held = "1 window holds" if len(mixed) == 1 else f"{len(mixed)} windows hold"
    assert refused.value.what == f"{held} more than one label, the first is sample {mixed[0]}"
    assert "--label-at mode" in refused.value.fix


def test_any_is_refused_for_more_than_two_classes():
    window = Window(timesteps=2, label_at="any")
    frame = window.frame("label")
    runs = window.runs(segments_of([4]), frame)

    with pytest.raises(DataError, match="3 classes: a, b, c"):
        check_labels(np.zeros(4, np.int32), runs, frame, "any", ["a", "b", "c"])
    check_labels(np.zeros(4, np.int32), runs, frame, "any", ["a", "b"])
