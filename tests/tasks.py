"""What the tests let workers do: functions that another process can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any


class Once:
    """Ends its worker the first time it meets a unit, and answers afterwards."""

    def __init__(self, folder: Path, deadly: int) -> None:
        self.folder, self.deadly = folder, deadly

    def __call__(self, unit: int) -> tuple[int, int]:
        """The unit and who did it."""
        mark = self.folder / f"done-{unit}"
        with mark.open("a", encoding="utf-8") as stream:
            stream.write("x")
        if unit == self.deadly and mark.stat().st_size == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return unit * unit, os.getpid()


def ended(unit: int) -> Any:
    """End the worker by its third unit, always."""
    if unit == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return unit


def refused(unit: int) -> Any:
    """Refuse the third unit."""
    from lstmprep.errors import DataError

    if unit == 3:
        raise DataError("3 is too much", fix="Take less.")
    return unit


class Deadly:
    """Does the work of another function, but ends its worker by one unit every time."""

    def __init__(self, fn: Any, unit: Any) -> None:
        self.fn, self.unit = fn, unit

    def __call__(self, unit: Any) -> Any:
        """The answer of the other function."""
        if unit == self.unit:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.fn(unit)


class Fatal:
    """Does the work of another function, but ends its worker by the unit of a number: once, or every time where no folder keeps that it did."""

    def __init__(self, fn: Any, number: int, folder: Path | None) -> None:
        self.fn, self.number, self.folder = fn, number, folder

    def __call__(self, unit: Any) -> Any:
        """The answer of the other function."""
        if unit.number == self.number:
            mark = None if self.folder is None else self.folder / type(self.fn).__name__
            if mark is None or not mark.exists():
                if mark is not None:
                    mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return self.fn(unit)
