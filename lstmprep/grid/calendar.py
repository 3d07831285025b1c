"""Numbers of a wall clock: day of the week, month, hour, ..., plain or as a point on a circle.

    2018-01-20 05:30  ->  dow 5 (Monday is 0), month 1, day 20, hour 5, minute 30, doy 20, week 3 (ISO 8601)
    cyclic            ->  sine and cosine of 2 pi (value - first) / period: December stands beside January

Proleptic Gregorian calendar, any year that the clock holds. Knows nothing of time zones: the
caller hands in wall clocks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
DAYS_OF_YEAR = 365.25
#: field -> (first value, period)
FIELDS: dict[str, tuple[int, float]] = {
    "dow": (0, 7), "month": (1, 12), "hour": (0, 24), "minute": (0, 60), "second": (0, 60), "doy": (1, DAYS_OF_YEAR), "day": (1, 31),
    "week": (1, DAYS_OF_YEAR / 7), "weekend": (0, 0), "quarter": (1, 4), "year": (0, 0),
}  # fmt: skip


def field_of(name: str, walls: Ints, unit: str) -> Ints:
    """One field of wall clocks.

    Parameters
    ----------
    name : str
        One of `FIELDS`.
    walls : (rows,) int64
        Units since 1970-01-01 00:00 of the wall clock.
    unit : {"us", "ns"}

    Examples
    --------
    >>> walls = np.array(["2018-01-20T05:30", "1600-02-29T23:59"], "M8[us]").view(np.int64)
    >>> {n: field_of(n, walls, "us").tolist() for n in ("dow", "month", "hour", "doy", "week")}
    {'dow': [5, 1], 'month': [1, 2], 'hour': [5, 23], 'doy': [20, 60], 'week': [3, 9]}
    """
    per_second = {"us": 10**6, "ns": 10**9}[unit]
    days = walls // (86_400 * per_second)
    if name in ("hour", "minute", "second"):
        second = (walls - days * (86_400 * per_second)) // per_second
        return np.asarray({"hour": second // 3600, "minute": second // 60 % 60, "second": second % 60}[name])
    return _of_days(name, days)


def _of_days(name: str, days: Ints) -> Ints:
    dow = (days + 3) % 7  # 1970-01-01 was a Thursday
    dates: Any = days.view("M8[D]")
    years, months = dates.astype("M8[Y]"), dates.astype("M8[M]")
    month = (months - years.astype("M8[M]")).view(np.int64)
    if name == "week":
        thursday = (days - dow + 3).view("M8[D]")  # a week belongs to the year of its Thursday
        return np.asarray((thursday - thursday.astype("M8[Y]").astype("M8[D]")).view(np.int64) // 7 + 1)
    found: dict[str, Callable[[], Any]] = {
        "dow": lambda: dow,
        "weekend": lambda: dow >= 5,
        "year": lambda: years.view(np.int64) + 1970,
        "quarter": lambda: month // 3 + 1,
        "month": lambda: month + 1,
        "doy": lambda: (dates - years.astype("M8[D]")).view(np.int64) + 1,
        "day": lambda: (dates - months.astype("M8[D]")).view(np.int64) + 1,
    }
    return np.asarray(found[name](), np.int64)


def names_of(name: str, *, cyclic: bool) -> list[str]:
    """The features that a field becomes.

    Examples
    --------
    >>> names_of("hour", cyclic=True), names_of("weekend", cyclic=True)
    (['hour_sin', 'hour_cos'], ['weekend'])
    """
    return [f"{name}_sin", f"{name}_cos"] if cyclic and FIELDS[name][1] else [name]


def calendar(fields: tuple[str, ...], walls: Ints, unit: str, *, cyclic: bool) -> NDArray[np.float64]:
    """(rows, columns) the fields side by side, in the order of `names_of`."""
    columns: list[Any] = []
    for name in fields:
        value = field_of(name, walls, unit)
        first, period = FIELDS[name]
        if cyclic and period:
            angle = 2 * np.pi * ((value - first) / period)
            columns += [np.sin(angle), np.cos(angle)]
        else:
            columns.append(value)
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1)
