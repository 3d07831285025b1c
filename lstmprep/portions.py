"""The values of some samples alone, out of an array that is made from any byte on.

    samples first        X[2:4] is bytes 2*row .. 4*row of X
    time first           and of every step, when the samples are not the first axis

Decides nothing; makes no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from lstmprep.arrays import ArrayPlan
from lstmprep.panel import Array

Stretch = Callable[[ArrayPlan, int, int], Iterator[tuple[int, Array]]]


def of_samples(array: ArrayPlan, stretch: Stretch, first: int, stop: int) -> Iterator[Array]:
    """The values of samples first..stop alone, in the order of an array of them; flat.

    Parameters
    ----------
    array : ArrayPlan
    stretch : callable
        Blocks that hold bytes begin..end of the array, each with the byte where it begins.
    first, stop : int
    """
    axis, size = array.axes.index("samples"), array.dtype.itemsize
    n, one = array.shape[axis], math.prod(array.shape[axis + 1 :]) * size
    for lap in range(math.prod(array.shape[:axis]) if one else 0):
        begin, end = (lap * n + first) * one, (lap * n + stop) * one
        for at, block in stretch(array, begin, end):
            yield block.reshape(-1)[max(begin - at, 0) // size : (end - at) // size]
