"""Who does the work: one loop, several processes, many machines. Three functions, and nobody else can tell.

    map_unordered(fn, units)    (unit, fn(unit)) as they are done      local      here, one after the other
    preflight(plan)             refused before any work                processes  on this machine
    close()                     nothing goes on afterwards             dask       wherever its workers are

A unit may be done more than once: a worker that dies costs the unit it had. What an error in `fn` means is
not known here: it ends everything and comes back as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

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
        ...

    def preflight(self, plan: Callable[[Any], Any]) -> None:
        """Call `plan` on every worker; what it raises is raised here."""
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


def engine_of(
    name: str, workers: int | None, scheduler: str | None = None, scheduler_file: str | None = None
) -> Engine:
    """The engine of this name."""
    if name == "local":
        from lstmprep.engines.local import Local

        return Local()
    if name == "processes":
        from lstmprep.engines.processes import Processes

        return Processes(workers)
    from lstmprep.engines.dask import Dask

    return Dask(workers, scheduler, scheduler_file)
