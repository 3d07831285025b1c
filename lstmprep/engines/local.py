"""One unit after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class Workers:
    """A loop."""

    def __init__(self, *_: Any) -> None:
        """There are no others."""

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        return ((unit, fn(unit)) for unit in units)

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        """The one worker is who asks."""

    def close(self) -> None:
        """Nothing goes on."""
