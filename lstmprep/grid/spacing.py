"""How evenly rows follow one another: facts of the steps between them, exact and in bounded memory.

    times of a sequence   0 1 2 3 9 10        steps 1 1 1 6 1
                                              min 1, median 1, max 6, uneven 1 of 5

The median is found by counting steps into ever narrower ranges, so that nothing is sorted
and no step is kept. A sequence's own rate is that of its first steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.records import record

BLOCK = 1 << 17
BINS = 1 << 12
LARGEST = 2**63 - 1
KEPT = 1 << 13  # distinct rates
FIRST = 64  # steps from which the rate of a sequence is taken
NEAR = 1e-6  # numbers with a fraction count as equal within this share
MOST_DIGITS = 22  # ten to this power is still exact
FIRST_POWER = -1100  # of two, below all numbers
Ints = NDArray[np.int64]


@record(frozen=True, eq=False)
class Spacing:
    """Facts of the steps inside sequences.

    Parameters
    ----------
    steps : int
        How many there are.
    low, median, high : int or float
        In the unit of the times; 0 without a step.
    uneven : int
        Steps that are not the median.
    first_uneven : int
        The panel row at the end of the first of them in panel order, -1 when none is.
    highest : int
        The panel row at the end of the first of the longest.
    long : int
        Steps above twice the median: holes, as a person sees them.
    rates : dict of number to int
        Typical steps, and how many sequences of two rows or more keep to each; the commonest first, a handful.
    """

    steps: int = 0
    low: float = 0
    median: float = 0
    high: float = 0
    uneven: int = 0
    first_uneven: int = -1
    highest: int = -1
    long: int = 0
    rates: dict[float, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the steps that are not the median."""
        return self.uneven / self.steps if self.steps else 0.0

    @property
    def mixed(self) -> bool:
        """Whether sequences keep to clearly different rates."""
        return len(self.rates) > 1 and max(self.rates) >= 1.5 * min(self.rates)


def spacing(times: Any, starts: Ints, stops: Ints) -> Spacing:
    """The facts of these times.

    Parameters
    ----------
    times : (rows,) int64 or float64
        Rising inside each sequence.
    starts, stops : (sequences,) int64
        Rows of each sequence.

    Examples
    --------
    >>> s = spacing(np.array([0, 1, 2, 3, 9, 10]), np.array([0]), np.array([6]))
    >>> s.low, s.median, s.high, s.uneven, s.first_uneven
    (1, 1, 6, 1, 4)
    """
    begins = np.sort(starts)
    low: Any = None
    high: Any = None
    count, highest = 0, -1
    for first, steps, real in steps_of(times, begins):
        some = steps[real]
        if not len(some):
            continue
        count += len(some)
        low = some.min() if low is None else min(low, some.min())
        if high is None or some.max() > high:
            high = some.max()
            highest = first + int(np.flatnonzero(real & (steps == high))[0])
    if not count:
        return Spacing()
    middle = low if low == high else _median(times, begins, count, low, high)
    uneven, first_uneven, long = 0, -1, 0
    if low != high:
        for first, steps, real in steps_of(times, begins):
            off = real & odd(steps, middle)
            long += int(np.count_nonzero(real & (steps / 2 > middle)))
            if off.any():
                uneven += int(np.count_nonzero(off))
                first_uneven = first_uneven if first_uneven >= 0 else first + int(np.argmax(off))
    own = int(np.count_nonzero(stops - starts > 1))  # a sequence of one row has no rate
    rates = {middle.item(): own} if low == high else _rates(times, starts, stops)
    return Spacing(count, low.item(), middle.item(), high.item(), uneven, first_uneven, highest, long, rates)


def settled(steps: Any, times: Any) -> Any:
    """Steps without what rounding of the times left of them; whole numbers are as they are.

    Seconds since 1970 with a fraction are kept to some 0.2 microseconds: 0.1 s from one to the next is 0.0999999 or 0.1000001
    then, and means 0.1. A step that rounding would leave nothing of stays.

    Parameters
    ----------
    steps, times : (n,) or (m, n) arrays
        How far each time is from the one before. Both tell how finely they are kept.

    Examples
    --------
    >>> times = np.array([1700000000.0, 1700000000.1, 1700000000.2])
    >>> settled(np.diff(times), times[1:]).tolist()
    [0.1, 0.1]
    """
    if steps.dtype.kind != "f":
        return steps
    tenths = _tenths()[np.frexp(np.maximum(np.abs(times), np.abs(times - steps)))[1] - FIRST_POWER]
    out = np.rint(steps * tenths) / tenths
    return np.where((out == 0) | (tenths == 1), steps, out)


def _tenths() -> Any:
    """By the power of two above a number, how many parts of 1 it can tell apart, as a power of ten; 1 for none, or too many."""
    twice = np.arange(FIRST_POWER, 1025) - 52.0  # the power of two of twice the distance to the next number
    digits = np.floor(-twice * np.log10(2.0))
    return 10.0 ** np.where((digits > 0) & (digits <= MOST_DIGITS), digits, 0)


def odd(steps: Any, even: Any) -> NDArray[np.bool_]:
    """Where a step is not the even one; numbers with a fraction are compared up to rounding."""
    if steps.dtype.kind == "f":
        return np.asarray(np.abs(steps - even) > NEAR * even)
    return np.asarray(steps != even)


def steps_of(times: Any, begins: Ints) -> Iterator[tuple[int, Any, NDArray[np.bool_]]]:
    """(first row, step from the row before to each row, False at the first row of a sequence), block by block."""
    for i in range(0, len(times), BLOCK):
        first = max(i - 1, 0)
        some = times[first : i + BLOCK]
        piece = settled(np.diff(some, prepend=some[:1])[i - first :], some[i - first :])
        _saturate(piece)
        real = np.ones(len(piece), bool)
        low, high = np.searchsorted(begins, [i, i + len(piece)])
        real[begins[low:high] - i] = False
        yield i, piece, real


def _saturate(steps: Any) -> None:
    """A step wider than its type is the widest."""
    if steps.dtype.kind != "f":
        steps[steps < 0] = LARGEST


def _median(times: Any, begins: Ints, count: int, low: Any, high: Any) -> Any:
    """The lower of the middle steps, by counting into ever narrower ranges.

    Positive floats keep their order when their bits are read as integers.
    """
    whole = times.dtype.kind != "f"
    a, b = (int(v) if whole else int(np.float64(v).view(np.int64)) for v in (low, high))
    rank = (count - 1) // 2
    while a < b:
        width = -(-(b - a + 1) // BINS)
        counts = np.zeros(BINS, np.int64)
        for _, steps, real in steps_of(times, begins):
            some = steps[real] if whole else steps[real].astype(np.float64).view(np.int64)
            some = some[(some >= a) & (some <= b)]
            counts += np.bincount((some - a) // width, minlength=BINS)
        at = int(np.searchsorted(np.cumsum(counts), rank, side="right"))
        rank -= int(counts[:at].sum())
        a, b = a + at * width, min(b, a + (at + 1) * width - 1)
    return np.int64(a) if whole else np.int64(a).view(np.float64)


def _rates(times: Any, starts: Ints, stops: Ints) -> dict[float, int]:
    """How many sequences keep to which typical step, judged by the first steps of each."""
    found: dict[float, int] = {}
    group = max(1, BLOCK // FIRST)
    for i in range(0, len(starts), group):
        begin, stop = starts[i : i + group], stops[i : i + group]
        most = min(FIRST, int((stop - begin).max()) - 1)
        if most < 1:
            continue
        rows = np.minimum(begin[:, None] + np.arange(most + 1), stop[:, None] - 1)
        some = times[rows]
        steps = settled(np.diff(some, axis=1), some[:, 1:])
        _saturate(steps)
        steps[np.diff(rows, axis=1) == 0] = LARGEST if steps.dtype.kind != "f" else np.inf  # beyond the end: last
        count = np.minimum(stop - begin - 1, most)
        typical = np.sort(steps, axis=1)[np.arange(len(begin)), np.maximum(count - 1, 0) // 2][count > 0]
        values, many = np.unique(typical, return_counts=True)
        for value, n in zip(values.tolist(), many.tolist(), strict=True):  # distinct rates, not rows
            found[value] = found.get(value, 0) + n
        if len(found) > KEPT:  # every sequence has a rate of its own: the commonest are enough
            found = dict(_ranked(found)[: KEPT // 2])
    return dict(_ranked(found)[:5])


def _ranked(found: dict[float, int]) -> list[tuple[float, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
