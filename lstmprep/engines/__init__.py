"""Who does the work: one loop, several processes, many machines. Three functions, and nobody else can tell.

Each is the class `Workers` of the module of its name.

    map_unordered(fn, units)    (unit, fn(unit)) as they are done      local      here, one after the other
    preflight(plan)             refused before any work                processes  on this machine
    close()                     nothing goes on afterwards             dask       wherever its workers are

A unit may be done more than once: a worker that dies costs the unit it had. What an error in `fn` means is
not known here: it ends everything and comes back as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, Protocol, cast

MOST_DEATHS = 4  # of workers over one unit


class LostError(Exception):
    """A unit that ended its worker every time."""

    def __init__(self, unit: Any, how: str) -> None:
        super().__init__(unit, how)
        self.unit, self.how = unit, how


class Engine(Protocol):
    """Who does the work."""

    def map_unordered(self, fn: Callable[[Any], Any], units: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Units with what `fn` makes of them, as they are done; `fn` may be called in another process."""

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        """Call `plan` on every worker; what it raises is raised here."""

    def close(self) -> None:
        """Let the workers go."""


def engine_of(name: str, workers: int | None, *scheduler: str | None) -> Engine:
    """The engine of this name; `scheduler` is its address and its file, where there is one."""
    return cast("Engine", import_module(f"lstmprep.engines.{name}").Workers(workers, *scheduler))
