"""Rows that are not read here: what others tell of their pieces is what one loop finds, and no value of them can be had."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.errors import Where
from lstmprep.framing.frame import Segments
from lstmprep.panel import Panel
from lstmprep.prepare import Rewriter
from lstmprep.stores import Shelf
from lstmprep.transforms import moments as of_moments
from lstmprep.transforms import pieces
from lstmprep.transforms.affine import Affine
from lstmprep.transforms.classes import extremes
from lstmprep.transforms.moments import OF_MOMENTS, moments
from lstmprep.transforms.pieces import TrainRows, taken
from lstmprep.transforms.tree import Trees
from lstmprep.unread import Unread, UnreadError

NONE = np.zeros(0, np.int64)


class Others:
    """Those who have the values, and are asked about some pieces at a time."""

    def __init__(self, values: Any, each: int = 2) -> None:
        self.values, self.each, self.asked = values, each, 0

    def __call__(self, rows: TrainRows, asked: Any) -> list[list[Any]]:
        self.asked += 1
        trees = Trees(asked, rows.groups)
        for number, some in enumerate(rows.stretches(self.each)):
            names, own = some.own()
            mine = Trees(asked, own.groups)
            for at, (which, begins, groups) in enumerate(own.pieces()):
                mine.take(at, groups, [[f.of(taken(self.values, which, b), begins) for b in some] for f, some in asked])
            trees.take(number, names, mine.done())
        return trees.done()

    def unread(self, *, scaled: bool = False) -> Unread:
        ends = np.array([self.values.min(axis=0), self.values.max(axis=0)])
        return Unread(self.values.shape, self.values.dtype, ends, self, scaled=scaled)


@given(
    seed=st.integers(0, 10**6), lengths=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), min_size=1, max_size=9),
    piece=st.integers(1, 30), each=st.sampled_from([1, 2, 4, 8]), width=st.integers(2, 6), cells=st.integers(1, 90), grouped=st.booleans(),
)  # fmt: skip
def test_what_others_tell_of_their_pieces_makes_the_moments_of_one_loop(
    seed, lengths, piece, each, width, cells, grouped
):
    stops = np.cumsum([n + gap for n, gap in lengths]) - [gap for _, gap in lengths]
    rows = TrainRows(stops - [n for n, _ in lengths], stops, np.arange(len(stops)), len(stops))
    rows = rows if grouped else rows.together()
    values = np.random.default_rng(seed).normal(size=(int(stops[-1]) + 1, width)) * 1e3
    columns = np.arange(width)[seed % 2 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", piece)
        patch.setattr(of_moments, "PIECE", piece)
        patch.setattr(of_moments, "CELLS", cells)
        near = moments(values, rows, columns)
        told = moments(Others(values, each).unread(), rows, columns)

    for name in ("n", "mean", "m2", "low", "high"):
        assert getattr(told, name).tobytes() == getattr(near, name).tobytes()


@pytest.mark.parametrize("scaled", [True, False])
def test_who_is_asked_for_the_ends_of_rows_that_will_be_scaled_reads_them_once(scaled):
    values = np.random.default_rng(3).normal(size=(50_000, 3))
    one = Segments(np.array([0, 0]), np.array([100, 30_000]), np.array([29_000, 50_000]))
    rows = TrainRows(one.starts, one.stops, one.sequence, 1)
    others, columns = Others(values), np.arange(3)
    unread = others.unread(scaled=scaled)

    low, high = extremes(unread, one, columns)
    found = moments(unread, rows, columns)

    assert (low.tolist(), high.tolist()) == tuple(e.tolist() for e in extremes(values, one, columns))
    assert found.m2.tobytes() == moments(values, rows, columns).m2.tobytes()
    assert others.asked == (1 if scaled else 2)


@pytest.mark.parametrize(("columns", "groups"), [([0, 1, 2], 2), ([1], 1), ([0, 2], 1)])
def test_other_questions_about_these_rows_are_asked_anew(columns, groups):
    values = np.random.default_rng(3).normal(size=(200, 3))
    one = Segments(np.array([0, 1]), np.array([0, 100]), np.array([90, 200]))
    rows = TrainRows(one.starts, one.stops, one.sequence % groups, groups)
    others = Others(values)
    unread, some = others.unread(scaled=True), np.array(columns)

    extremes(unread, one, np.arange(3))
    found = moments(unread, rows, some)

    assert found.mean.tobytes() == moments(values, rows, some).mean.tobytes()
    assert others.asked == 2


def rewriter(rows: int, dtype: str) -> Rewriter:
    panel = Panel(np.zeros((rows, 2)), np.array([0]), np.array([rows]), {})
    return Rewriter(panel, np.dtype(dtype), Shelf(), lambda row, column: Where(row=row, column=column))


def test_rows_that_are_scaled_elsewhere_keep_their_shape_and_get_their_type():
    unread = Others(np.array([[1.0, 2.0], [3.0, 9.0]])).unread()
    by_group = Affine(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[2.0, 1.0], [4.0, 1.0]]))

    for affine in (None, by_group):
        made = rewriter(2, "float32")(unread, affine, ["a", "b"], None, NONE, None)
        assert isinstance(made, Unread)
        assert (made.shape, made.dtype, made.nbytes) == ((2, 2), np.float32, 16)
        with pytest.raises(UnreadError):
            made.told(OF_MOMENTS, TrainRows(NONE, NONE, NONE, 1), [])


@pytest.mark.parametrize(
    ("affine", "some", "zero", "pad"),
    [
        (None, None, NONE, None),  # 70,000 is no float16
        (Affine(np.array([[0.0, 0.0]]), np.array([[1e-9, 1.0]])), None, NONE, None),
        (Affine(np.array([[7e4, 7e4], [0.0, 7e4]]), np.ones((2, 2))), None, NONE, None),  # of one group alone
        (Affine(np.array([[7e4, 7e4]]), np.ones((1, 2))), np.array([1]), NONE, None),
        (Affine(np.array([[7e4, 7e4]]), np.ones((1, 2))), None, np.array([1]), None),
        (Affine(np.array([[7e4, 7e4]]), np.ones((1, 2))), None, NONE, 0.0),
    ],
)
def test_rows_of_which_a_value_may_be_too_large_or_is_written_over_must_be_read(affine, some, zero, pad):
    unread = Others(np.array([[7e4, 7e4], [7e4 + 1, 7e4]])).unread()

    with pytest.raises(UnreadError):
        rewriter(2, "float16")(unread, affine, ["a", "b"], some, zero, pad)


TAKEN: list[Callable[[Any], Any]] = [
    lambda u: u[0], lambda u: u[:, 0], list, np.asarray, np.isnan, np.concatenate, bool, lambda u: u == 0, lambda u: u.astype("f4"),
    lambda u: np.take(u, [0], axis=0), lambda u: u.min(), lambda u: np.multiply(u, 2), pickle.dumps, copy.deepcopy, lambda u: u.T,
    np.add.reduce, lambda u: np.full((2, 2), 0.0) + u,
]  # fmt: skip


@pytest.mark.parametrize("take", TAKEN)
def test_no_value_can_be_had_and_none_is_made_up(take):
    with pytest.raises(UnreadError):
        take(Others(np.ones((2, 2))).unread())


def test_what_is_known_of_them_can_be_had():
    unread = Others(np.ones((5, 2), np.float32)).unread()

    assert (len(unread), unread.shape, unread.ndim, unread.dtype, unread.nbytes) == (5, (5, 2), 2, np.float32, 40)
    assert unread in {unread: 1}
    assert not hasattr(unread, "__array_interface__")
