"""Numbers and local times as instants: ``--time-unit`` and ``--timezone``.

1600000000   s                 -> microseconds since 1970 in UTC
02:30 on 2020-10-25, Berlin    -> refused: it comes twice
02:30 on 2020-03-29, Berlin    -> refused: it is on no clock
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types as t

from lstmprep.arrow import buffer
from lstmprep.errors import DataError, Where
from lstmprep.ingest.zones import Zone
from lstmprep.wording import number

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_EARLIEST, _LATEST = -62_135_596_800, 253_402_300_799  # years 1 to 9999, in seconds since 1970


def since_1970(array: pa.Array, unit: str, first: int) -> NDArray[np.int64]:
    """Numbers of `unit` since 1970 as int64: nanoseconds for ``ns``, else microseconds.

    Parameters
    ----------
    array : pyarrow.Array
        Numbers without nulls.
    unit : {"s", "ms", "us", "ns"}
    first : int
        Row of the first one.

    Raises
    ------
    DataError
        If a number is none, or lies beyond the years 1 to 9999; a likelier unit is named.
    """
    per, kept = PER_SECOND[unit], 10**9 if unit == "ns" else 10**6
    whole = t.is_integer(array.type)
    values: Any = buffer(array, "i8") if whole else buffer(array.cast(pa.float64()), "f8")
    low, high = _range(unit)
    with np.errstate(invalid="ignore"):
        beyond = ~((values >= low) & (values <= high)) if whole else ~((values >= float(low)) & (values < float(high)))
    if beyond.any():
        at = int(np.argmax(beyond))
        value = values[at].item()
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
            raise DataError(
                "the time is missing or infinite",
                fix="Mend the cell: a row without a time has no place.",
                where=Where(row=first + at),
            )
        fits = [u for u in PER_SECOND if _range(u)[0] <= value <= _range(u)[1]]
        hint = f"--time-unit {fits[0]} would read it" if fits else "Mend the cell"
        raise DataError(
            f"{number(value)} {WORDS[unit]} since 1970 is beyond the years that a clock has",
            fix=f"{hint}: instants from year 1 to 9999 can be kept{', in nanoseconds those from 1677 to 2262' if unit == 'ns' else ''}.",
            where=Where(row=first + at),
        )
    scaled = values * (kept // per)
    return np.asarray(scaled if whole else np.rint(scaled), np.int64)


def _range(unit: str) -> tuple[int, int]:
    """The first and the last instant that can be kept, in a unit."""
    per = PER_SECOND[unit]
    return max(_EARLIEST * per, -(2**63) + 1), min((_LATEST + 1) * per, 2**63) - 1


def localised(walls: NDArray[np.int64], zone: Zone, unit: str, first: int) -> NDArray[np.int64]:
    """Instants of wall clocks in a zone, in the same unit.

    Raises
    ------
    DataError
        If a wall clock comes twice, or never, where clocks are changed.
    """
    out, twice, never = zone.instants(walls, PER_SECOND[unit])
    wrong = twice | never
    if wrong.any():
        at = int(np.argmax(wrong))
        wall = str(walls[at : at + 1].view(f"M8[{unit}]").astype("M8[s]")[0]).replace("T", " ")
        more = f" ({int(wrong.sum()):,} rows like it near by)" if wrong.sum() > 1 else ""
        said = "comes twice: clocks are set back in that hour" if twice[at] else "is on no clock: that hour is left out"
        offset = zone.walls(out[at : at + 1], PER_SECOND[unit])[0] - out[at]
        raise DataError(
            f"{wall} {said} in {zone.name}{more}",
            fix=f"Write such times with their offset, for example {wall.replace(' ', 'T')}{_offset(int(offset) // PER_SECOND[unit])}, or all of them in UTC.",
            where=Where(row=first + at),
        )
    return out


def _offset(seconds: int) -> str:
    """``+02:00``."""
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
