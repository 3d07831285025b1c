"""Pieces are merged two by two, by their numbers alone: a plain recursion says what with what."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep.transforms.classes import ENDS
from lstmprep.transforms.moments import OF_MOMENTS, batched
from lstmprep.transforms.tree import Fold, Tree, Trees


def odd(one: Any, other: Any) -> Any:
    """An operation that shows every change of order, and no group."""
    return np.array([np.sin(3 * one[0] - other[0]), one[1] + other[1]])


def asis(block: Any, _: Any) -> Any:
    """Nothing is made here: the numbers of pieces are drawn."""
    return block


FOLD = Fold(asis, odd, (np.nan, 0.0))


def recursive(leaves: dict[int, Any], low: int, size: int) -> Any:
    """Of the pieces ``low <= number < low + size`` that there are; None of none."""
    if size == 1:
        return leaves.get(low)
    left, right = recursive(leaves, low, size // 2), recursive(leaves, low + size // 2, size // 2)
    return odd(left, right) if left is not None and right is not None else left if right is None else right


@st.composite
def pieces(draw: Any) -> tuple[int, list[list[int]]]:
    """How many groups, and which of them each piece has rows of."""
    group, out = 0, []
    for _ in range(draw(st.integers(1, 40))):
        first = group + draw(st.booleans()) if out else 0
        group = first + draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
        out.append(list(range(first, group + 1)))
    return group + 1, out


@given(case=pieces(), each=st.sampled_from([1, 2, 4, 8, 64]), columns=st.integers(1, 3), seed=st.integers(0, 99))
def test_all_pieces_and_some_of_them_first_give_the_bytes_of_the_recursion(case, each, columns, seed):
    groups, some = case
    made = [np.random.default_rng([seed, at]).normal(size=(2, len(some[at]), columns)) for at in range(len(some))]
    tree = Tree(FOLD, FOLD.room(groups, columns))
    for number, at in enumerate(range(0, len(some), each)):
        here = range(at, min(at + each, len(some)))
        names = sorted({g for i in here for g in some[i]})
        unit = Tree(FOLD, FOLD.room(len(names), columns))
        for i in here:
            unit.take(i - at, np.array(some[i]) - names[0], made[i])
        tree.take(number, np.array(names), unit.done())
    found = tree.done()

    for g in range(groups):
        leaves = {i: made[i][:, some[i].index(g)] for i in range(len(some)) if g in some[i]}
        assert found[:, g].tobytes() == recursive(leaves, 0, 64).tobytes()


def test_what_has_no_piece_has_the_numbers_of_no_row():
    assert np.array_equal(Tree(FOLD, FOLD.room(2, 1)).done().ravel(), [np.nan, np.nan, 0, 0], equal_nan=True)


@pytest.mark.parametrize(("ranges", "most"), [(False, 19), (True, 12)])  # as docs/cluster.md says
def test_what_a_worker_answers_about_so_many_columns_is_below_a_kilobyte(ranges, most):
    every = np.arange(most)
    asked = [(ENDS, [every])] * ranges + [(OF_MOMENTS, batched(every))]

    assert len(pickle.dumps((np.array([0]), Trees(asked, 1).done()))) < 1000
