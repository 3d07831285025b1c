"""One unit after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class Local:
    """A loop."""

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        return ((unit, fn(unit)) for unit in units)

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        pass  # the one worker is who asks

    def close(self) -> None:
        pass
