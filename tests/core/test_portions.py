"""The values of some samples alone are those that the whole array has there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmprep import execute, laid
from lstmprep.portions import of_samples
from tests.conftest import batchings, lengths, plan_of
from tests.core.test_stretches import framings, layouts, planned


@given(
    sizes=lengths, case=framings, layout=layouts, batching=batchings(), buffer=st.sampled_from([1, 40, 300]), data=st.data(),
)  # fmt: skip
def test_some_samples_are_those_of_the_whole_whatever_the_axis(sizes, case, layout, batching, buffer, data):
    plan = planned(sizes, case, layout, batching)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid, "BUFFER", buffer)
        for part in plan.parts:
            for array in (a for a in part.arrays if a.stored and "samples" in a.axes):
                filler = execute.Filler(part)
                whole = np.concatenate([block.flatten() for block in filler.blocks(array)]).reshape(array.shape)
                first = data.draw(st.integers(0, array.samples), label=f"{array.name} from")
                stop = data.draw(st.integers(first, array.samples), label="to")

                found = [b.copy() for b in of_samples(array, filler.stretch, first, stop)] if first < stop else []

                expected = np.take(whole, range(first, stop), array.axes.index("samples"))
                assert np.array_equal(np.concatenate([expected.reshape(-1)[:0], *found]), expected.reshape(-1))


def test_a_stretch_that_ends_behind_the_array_ends_with_it():
    part = plan_of([7], timesteps=3).parts[0]
    array = part.arrays[0]

    found = [block.copy() for _, block in execute.Filler(part).stretch(array, 0, array.bytes + 1)]

    assert array.name == "X"
    assert np.concatenate(found).tolist() == [[[10 * (i + t), 10 * (i + t) + 1] for t in range(3)] for i in range(5)]
