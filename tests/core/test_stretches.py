"""Blocks of an array can begin at any byte of it, so that a file can be written in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstmprep import execute, laid
from lstmprep.errors import LstmprepError
from tests.conftest import batchings, lengths, pads, plan_of, windows

layouts = st.sampled_from([{}, {}, {"layout": "time-first"}, {"layout": "channels-first"}])
framings = st.sampled_from([None, "target", "label", "input"]).flatmap(
    lambda answer: st.tuples(st.just("window"), st.just(answer), windows(answer))
) | st.sampled_from([None, "target", "label"]).flatmap(
    lambda answer: st.tuples(st.just("pad"), st.just(answer), pads(answer))
)


def as_bytes(array: Any, blocks: Any) -> bytes:
    return b"".join(np.ascontiguousarray(block, array.dtype).tobytes() for block in blocks)


def planned(sizes, case, layout, batching):
    """The plan of a drawn case; one that is refused is not drawn."""
    command, answer, settings = case
    more = {"target": {"target": ["y"]}, "label": {"label": "lab"}}.get(answer, {})
    if command == "window":
        settings = settings | batching | layout
    try:
        plan = plan_of(sizes, command=command, **settings, **more)
    except LstmprepError:
        assume(False)
    return plan


@given(
    sizes=lengths,
    case=framings,
    layout=layouts,
    batching=batchings(),
    buffer=st.sampled_from([1, 40, 300]),
    data=st.data(),
)
def test_a_stretch_from_any_byte_holds_what_the_whole_holds_there(sizes, case, layout, batching, buffer, data):
    plan = planned(sizes, case, layout, batching)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid, "BUFFER", buffer)
        for part in plan.parts:
            for array in (a for a in part.arrays if a.stored and a.bytes):
                whole = as_bytes(array, execute.Filler(part).blocks(array))
                begin = data.draw(st.integers(0, array.bytes - 1), label=f"{array.name} from")
                end = data.draw(st.integers(begin + 1, array.bytes), label="to")

                found = [(at, as_bytes(array, [b])) for at, b in execute.Filler(part).stretch(array, begin, end)]

                assert found[0][0] <= begin < found[0][0] + len(found[0][1])
                assert sum(len(b) for _, b in found[:-1]) + found[0][0] < end
                assert all(whole[at : at + len(b)] == b for at, b in found)
                assert found[-1][0] + len(found[-1][1]) >= end
