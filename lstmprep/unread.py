"""Rows of numbers that are not read here: they stand in the files of the table, and those who work read them there.

    shape, type, the ends of every column     known from a pass of those who work
    what is to be known of rows               asked of them, and told of all of them
    a value                                   none: whoever wants one learns that the table must be read first

No value of them is missing, and none is infinite. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Never, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Asked = tuple[Any, Sequence[Array]]  # a Fold, and batches of columns
Ask = Callable[[Any, Sequence[Asked]], Sequence[list[Array]]]  # of some rows, for each that is asked


class Hands(Protocol):
    """Those who work: an engine, to whoever is not to know of engines."""

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Units with what `fn` makes of them, as they are done."""
        ...

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        """Call `plan` on every worker; what it raises is raised here."""
        ...


class UnreadError(Exception):
    """Values are needed that were not read here: what is planned is planned anew, with all of them."""


class Unread:
    """Stands in the place of a (rows, columns) array.

    Parameters
    ----------
    shape : (rows, columns)
    dtype : dtype
    ends : (2, columns) float64
        The smallest and the largest value of each column.
    ask : callable or None
        Tells what is to be known of rows: ``ask(rows, [(fold, batches of columns), ...])``; None where nobody can.
    scaled : bool
        Whether scalers will learn of them.

    Examples
    --------
    >>> rows = Unread((5, 2), "f4", np.array([[0.0, 1.0], [2.0, 3.0]]))
    >>> len(rows), rows.nbytes
    (5, 40)
    >>> rows[0]
    Traceback (most recent call last):
    lstmprep.unread.UnreadError
    """

    ndim = 2

    def __init__(
        self, shape: tuple[int, int], dtype: DTypeLike, ends: Array, ask: Ask | None = None, *, scaled: bool = False
    ) -> None:
        self.shape, self.dtype, self.ends, self._ask, self.scaled = shape, np.dtype(dtype), ends, ask, scaled
        self._kept: dict[tuple[Any, int], tuple[Any, Sequence[Array], list[Array]]] = {}

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes that the values would take."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def told(self, fold: Any, rows: Any, batches: Sequence[Array], beside: Asked | None = None) -> list[Array]:
        """What is to be known of these rows.

        Parameters
        ----------
        fold : Fold
            What that is.
        rows : TrainRows
        batches : sequence of (columns,) int64
        beside : (fold, batches) or None
            What will be asked about the same rows, of one group, next: so that they are read once.

        Returns
        -------
        list of (numbers, groups, columns) float64
            For each batch of columns.

        Raises
        ------
        UnreadError
            If nobody can tell.
        """
        starts, known, found = self._kept.pop((fold, id(rows.starts)), (None, (), []))
        if starts is rows.starts and rows.groups == 1 and _same(known, batches):
            return found
        if self._ask is None:
            raise UnreadError
        if beside is None:
            return self._ask(rows, [(fold, batches)])[0]
        found, later = self._ask(rows, [(fold, batches), beside])
        self._kept[beside[0], id(rows.starts)] = rows.starts, beside[1], later
        return found

    def cast(self, dtype: DTypeLike) -> Unread:
        """Other values of these rows, in another type, of which nothing is known but their shape."""
        return Unread(self.shape, dtype, np.full_like(self.ends, np.nan))

    def _unread(self, *_: Any, **__: Any) -> Never:
        raise UnreadError

    __getitem__ = __iter__ = __array__ = __bool__ = __eq__ = __reduce__ = __reduce_ex__ = _unread
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Never:
        raise AttributeError(name) if name.startswith("__") else UnreadError(name)


def _same(one: Sequence[Array], other: Sequence[Array]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))
