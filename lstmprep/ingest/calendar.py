"""Dates and times of day from numbers: year, month, day, hour, minute, second, each checked.

Vectorised over rows; a day that its month does not have is refused, never carried over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmprep.errors import DataError, Where

Parts = dict[str, NDArray[np.int64]]
_RANGES = {
    "Y": (1000, 9999, "year"),
    "M": (1, 12, "month"),
    "D": (1, 31, "day"),
    "h": (0, 23, "hour"),
    "m": (0, 59, "minute"),
    "s": (0, 59, "second"),
}
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def dates(parts: Parts, first: int) -> NDArray[Any]:
    """Midnights, as datetime64[us], from years and what is given of months and days.

    Raises
    ------
    DataError
        If a number is out of its range or the month lacks the day; `first` is the row of the first one.

    Examples
    --------
    >>> dates({"Y": np.array([2020]), "M": np.array([2]), "D": np.array([29])}, 0).astype(str).tolist()
    ['2020-02-29T00:00:00.000000']
    """
    for unit in ("Y", "M", "D"):
        if unit in parts:
            _require_range(parts[unit], unit, first)
    ones = np.ones_like(parts["Y"])
    months = ((parts["Y"] - 1970) * 12 + parts.get("M", ones) - 1).astype("M8[M]")
    day = parts.get("D", ones)
    found = months.astype("M8[D]") + (day - 1)
    wrong = found.astype("M8[M]") != months
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(f"there is no day {day[at]} in {months[at]}", fix="Mend the date.", where=Where(row=first + at))
    return found.astype("M8[us]")


def clock_time(parts: Parts, first: int) -> NDArray[Any]:
    """Time since midnight, as timedelta64[us], from what is given of hours, minutes and seconds."""
    total = np.zeros(len(next(iter(parts.values()))), np.int64)
    for unit, seconds in _SECONDS.items():
        if unit in parts:
            _require_range(parts[unit], unit, first)
            total += parts[unit] * seconds
    return (total * 10**6).view("m8[us]")


def _require_range(values: NDArray[np.int64], unit: str, first: int) -> None:
    low, high, name = _RANGES[unit]
    wrong = (values < low) | (values > high)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(
            f"{values[at]} is no {name} ({low} to {high})",
            fix="Mend the cell, or name another column with --time.",
            where=Where(row=first + at),
        )
