"""Whoever can read the rows of a panel once more from where they come, wherever it is sent."""

from __future__ import annotations

from typing import Any, Protocol


class Rereading(Protocol):
    """What a panel knows of the files that its rows stand in."""

    @property
    def files(self) -> tuple[Any, ...]:
        """The files, each of which can be asked whether it is seen."""
        ...

    def holds(self, role: str, values: Any) -> bool:
        """Whether these values of a panel are what would be read."""
        ...

    def scaled(self, role: str, values: Any, affine: Any) -> Rereading:
        """The same, of values that were scaled, or cast, to these."""
        ...

    def sent(self, roles: list[str]) -> Rereading:
        """The same for these alone, without any value: it holds None for each of them."""
        ...

    def rows(self, roles: list[str], low: int, panel: Any) -> Any:
        """From row `low` on: (first row, values of each role) some thousand rows at a time; values are good until the next ones."""
        ...
