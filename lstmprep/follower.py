"""Whoever looks on while a table is read, and may begin with what its rows suffice for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from lstmprep.stores import RowStore


class Follower(Protocol):
    """What the reader of a table tells on its way."""

    def begin(self, store: RowStore) -> None:
        """A pass begins; the features of every row go to this store."""
        ...

    def grown(self) -> None:
        """The store has more rows, and none of them will move or fall out as far as is known."""
        ...

    def busy(self) -> bool:
        """Whether there are more rows already than it has come to."""
        ...

    def stop(self) -> None:
        """What comes is not as it was."""
        ...

    def gathering(self, width: int, dtype: DTypeLike) -> RowStore | None:
        """Rows move: where their features are put in the order of the panel, None where that is all one."""
        ...
