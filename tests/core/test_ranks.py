"""Values at ranks: what sorting would say, with little memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep import ranks
from lstmprep.ranks import at_ranks, keys_of, value_of

floats = st.floats(allow_nan=False, width=64)
wholes = st.integers(-(2**63), 2**63 - 1)


@given(values=st.lists(floats, min_size=1, max_size=40), size=st.integers(1, 7), held=st.sampled_from([1, 4, 1 << 22]))
def test_ranks_are_those_of_a_sorted_list(values, size, held):
    array = np.array(values) + 0.0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "HELD", held)
        found = at_ranks(lambda: (array[i : i + size] for i in range(0, len(array), size)), range(len(array)), "f")

    assert [found[r] for r in range(len(array))] == np.sort(array).tolist()


@given(values=st.lists(wholes | st.integers(-3, 3), min_size=1, max_size=40), held=st.sampled_from([1, 1 << 22]))
def test_whole_numbers_keep_every_digit(values, held):
    array = np.array(values, np.int64)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "HELD", held)
        found = at_ranks(lambda: iter([array]), range(len(array)), "i")

    assert [found[r] for r in range(len(array))] == sorted(values)


@given(a=floats, b=floats)
def test_keys_have_the_order_of_their_numbers_and_lead_back(a, b):
    one, two = keys_of(np.array([a, b]))

    assert (one < two) == (a < b) and (one == two) == (a == b)
    assert value_of(int(one), "f") == a
