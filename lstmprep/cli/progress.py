"""A progress bar on standard error, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lstmprep.wording import size_of


@contextmanager
def bar(asked: bool | None) -> Iterator[Callable[[str, int, int], None] | None]:  # noqa: FBT001
    """A callback that draws how far a run is, or None when nobody looks.

    Parameters
    ----------
    asked : bool or None
        ``--progress/--no-progress``; None is on when standard error is a terminal.
    """
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if asked is False or not terminal:
        yield None
        return
    drawn, last = False, 0.0

    def draw(phase: str, done: int, total: int) -> None:
        nonlocal drawn, last
        now = time.monotonic()
        if now - last < 0.1:
            return
        drawn, last = True, now
        share = f"{100 * done // total:3d}% of {size_of(total)}" if total else f"{done:,} rows"
        sys.stderr.write(f"\r{phase} {share}".ljust(40))
        sys.stderr.flush()

    try:
        yield draw
    finally:
        if drawn:
            sys.stderr.write("\r" + " " * 40 + "\r")
            sys.stderr.flush()
